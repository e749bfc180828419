// Flows on a periodic plane: pseudo-spectral ETDRK4, W planes side by side.
#include <algorithm>
#include <numbers>
#include <tuple>

#include "envs/core/kernel_batch.h"
#include "envs/pde/lane_piece.h"
#include "envs/pde/plane_config.h"

namespace flyball {
namespace {

class PlaneKernel {
 public:
  using Config = PlaneConfig;
  explicit PlaneKernel(const Config& config)
      : c_(config), ffts_(PlaneFft<double>(c_.flow.n), PlaneFft<Lanes<sleef::kChunk>>(c_.flow.n)) {}

  int num_state() const { return size() + num_kept(); }
  int num_scratch() const {
    // In pieces: field, actions, costs, two spectra, ETDRK4's and the flow's own; noise in T's.
    const size_t room = static_cast<size_t>(c_.flow.fields()) * c_.flow.modes();
    return static_cast<int>(size() + c_.num_actions + 2 + 4 * room + Etdrk4WorkSize(room) +
                            c_.flow.work_size()) +
           c_.num_sensors;
  }
  bool uses_noise() const { return c_.sensor_deviation > 0.0; }

  // Reset keys: field, init_speed.
  void Reset(Rng& rng, const ResetValues& values, std::span<double> state) const {
    double wanted = rng.Uniform(c_.low, c_.high);
    if (values.has(1)) wanted = values[1][0];
    for (int field = 0; field < c_.flow.fields(); ++field) {
      DrawWaves(rng, wanted, state.subspan(field * points(), points()));
    }
    if (values.has(0)) std::copy_n(values[0].begin(), size(), state.begin());
    for (int i = 0; i < num_kept(); ++i) state[size() + i] = c_.sensor_deviation * rng.Normal();
  }

  template <class T>
  void Observe(KernelIo<T>& io) const {
    c_.sensors.Multiply(io.state, io.observation);
    for (int i = 0; i < num_kept(); ++i) io.observation[i] += io.state[size() + i];
    Advance(io, false);
    io.info[1] = T(0.0);
  }

  template <class T>
  void Step(KernelIo<T>& io) const {
    T action_cost(0.0);
    for (int i = 0; i < c_.num_actions; ++i) action_cost += io.action[i] * io.action[i];
    action_cost *= c_.action_weight;
    Advance(io, true);
    io.info[1] = action_cost;
    io.reward = -(io.info[0] + action_cost);
    io.terminated = Mask<T>(false);
    io.truncated = Mask<T>(false);
    c_.sensors.Multiply(io.state, io.observation);
    if (c_.sensor_deviation > 0.0) {
      io.noise.Normals(0, std::span<T>(io.scratch, c_.num_sensors));
      for (int i = 0; i < c_.num_sensors; ++i) {
        io.observation[i] += c_.sensor_deviation * io.scratch[i];
      }
    }
  }

  void ReadState(std::span<const double> state, std::span<double> out) const {
    std::copy_n(state.begin(), size(), out.begin());
  }

 private:
  int points() const { return c_.flow.n * c_.flow.n; }
  int size() const { return c_.state_size(); }
  int num_kept() const { return c_.sensor_deviation > 0.0 ? c_.num_sensors : 0; }

  // Waves of equal strength in velocity, scaled to a root mean square of the speed.
  void DrawWaves(Rng& rng, double wanted, std::span<double> field) const {
    const int n = c_.flow.n;
    const double unit = 2 * std::numbers::pi / c_.flow.length;
    double count = 0.0;
    std::fill(field.begin(), field.end(), 0.0);
    for (int k = 0; k <= c_.reach; ++k) {
      for (int l = k == 0 ? 1 : -c_.reach; l <= c_.reach; ++l) {
        const double phase = rng.Uniform(0.0, 2 * std::numbers::pi);
        // Vorticity is |wave| times the speed.
        const double size = c_.flow.burgers ? 1.0 : unit * Sqrt(static_cast<double>(k * k + l * l));
        count += 0.5;
        for (int row = 0; row < n; ++row) {
          for (int j = 0; j < n; ++j) {
            const int turn = ((k * j + l * row) % n + n) % n;
            field[row * n + j] += size * Cos(2 * std::numbers::pi * turn / n + phase);
          }
        }
      }
    }
    const double scale = wanted / Sqrt(count * (c_.flow.burgers ? 2.0 : 1.0));
    for (double& x : field) x *= scale;
  }

  // Cost and energy of the field before, and with `step` the field after a control step.
  template <class T>
  void Advance(KernelIo<T>& io, bool step) const {
    using V = typename LanePiece<T>::Type;
    constexpr int kPiece = kWidth<V>;
    V* field = reinterpret_cast<V*>(io.scratch);
    V* action = field + size();
    V* results = action + c_.num_actions;
    alignas(128) double cost[kWidth<T>], energy[kWidth<T>];
    for (int first = 0; first < kWidth<T>; first += kPiece) {
      const auto gather = [first](const T* from, int count, V* to) {
        for (int i = 0; i < count; ++i) {
          to[i] = Load<V>(reinterpret_cast<const double*>(from + i) + first);
        }
      };
      gather(io.state, size(), field);
      if (step) gather(io.action, c_.num_actions, action);
      AdvancePiece(field, action, results, results + 2, step);
      Store(results[0], cost + first);
      Store(results[1], energy + first);
      for (int j = 0; step && j < size(); ++j) {
        Store(field[j], reinterpret_cast<double*>(io.state + j) + first);
      }
    }
    io.info[0] = Load<T>(cost);
    io.info[2] = Load<T>(energy);
  }

  template <class V>
  void AdvancePiece(V* field, const V* action, V* results, V* work, bool step) const {
    const PlaneFft<V>& fft = std::get<PlaneFft<V>>(ffts_);
    const int modes = c_.flow.modes(), room = c_.flow.fields() * modes;
    const Spectrum<V> u{work, work + room}, force{work + 2 * room, work + 3 * room};
    V* etd_work = work + 4 * room;
    V* flow_work = etd_work + Etdrk4WorkSize(room);
    for (int f = 0; f < c_.flow.fields(); ++f) {
      fft.Forward(field + f * points(), u.re + f * modes, u.im + f * modes, flow_work);
      for (int k = 0; k < modes; ++k) {
        u.re[f * modes + k] *= c_.flow.kept[k];
        u.im[f * modes + k] *= c_.flow.kept[k];
      }
    }

    V cost(0.0), energy(0.0);
    for (int k = 0; k < room; ++k) {
      const V re = u.re[k] - c_.target_re[k], im = u.im[k] - c_.target_im[k];
      cost += c_.weight[k] * (re * re + im * im);
      energy += c_.weight[k] * (u.re[k] * u.re[k] + u.im[k] * u.im[k]);
    }
    results[0] = cost;
    results[1] = c_.energy_scale * energy;
    if (!step) return;

    for (int k = 0; k < room; ++k) {
      V re(c_.steady_re[k]), im(c_.steady_im[k]);
      for (int i = 0; i < c_.num_actions; ++i) {
        re += c_.push_re[static_cast<size_t>(k) * c_.num_actions + i] * action[i];
        im += c_.push_im[static_cast<size_t>(k) * c_.num_actions + i] * action[i];
      }
      force.re[k] = re;
      force.im[k] = im;
    }
    const PlaneFlow<V> flow(c_.flow, fft, force, flow_work);
    for (int i = 0; i < c_.substeps; ++i) StepEtdrk4<true>(c_.flow.etd, room, flow, u, etd_work);
    for (int f = 0; f < c_.flow.fields(); ++f) {
      fft.Inverse(u.re + f * modes, u.im + f * modes, field + f * points(), flow_work);
    }
  }

  Config c_;
  std::tuple<PlaneFft<double>, PlaneFft<Lanes<sleef::kChunk>>> ffts_;
};

}  // namespace
}  // namespace flyball

using flyball::PlaneKernel;
FLYBALL_KERNEL(plane, PlaneKernel);
