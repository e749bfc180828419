// All equations on a periodic domain. Where they are linear, exact steps of the modes, W fields side by
// side; where not, ETDRK4 field by field, or side by side too if the grid does not suit FieldStepper.
#include <algorithm>
#include <cstring>
#include <optional>
#include <string>
#include <tuple>

#include "envs/core/kernel_batch.h"
#include "envs/pde/field_config.h"
#include "envs/pde/lane_piece.h"
#include "physics/field/etdrk4.h"
#include "physics/field/field_stepper.h"
#include "physics/numeric/error.h"
#include "physics/numeric/fft.h"

namespace flyball {
namespace {

class FieldKernel {
 public:
  using Config = FieldConfig;
  explicit FieldKernel(const Config& config)
      : c_(config), ffts_(PieceFfts<double>(config), PieceFfts<Lanes<sleef::kChunk>>(config)) {
    if (!linear() && FieldStepper::Fits(c_.points, c_.term.padded)) {
      stepper_.emplace(c_.etd, c_.term);
    }
  }

  int num_state() const { return c_.n + num_kept(); }
  int num_scratch() const {
    if (stepper_) {
      // The force of all; fields and forces of two rows, and a result; and noise.
      const size_t row = c_.points + 2 * c_.modes();
      return static_cast<int>(2 * c_.modes() + 2 * row + c_.points + stepper_->work_size() +
                              std::max(c_.num_sensors, c_.n));
    }
    // In pieces: fields, action, force, spectra, and what the step works with; and noise in T's.
    const size_t step =
        linear() ? 2 * c_.points
                 : Etdrk4WorkSize(c_.room()) + std::max<size_t>(c_.term.work_size(), 2 * c_.points);
    const size_t pieces = c_.n + c_.num_actions + 2 * (1 + c_.fields) * c_.room() + step;
    return static_cast<int>(pieces) + std::max(c_.num_sensors, c_.n);
  }
  bool uses_noise() const { return c_.sensor_deviation > 0.0 || c_.process_deviation > 0.0; }

  // Draws as controlgym does: the initial condition, then the noise of the first measurement. Reset
  // keys: field, then the parameters.
  void Reset(Rng& rng, const ResetValues& values, std::span<double> state) const {
    double parameters[kMostParameters];
    const int count = static_cast<int>(c_.parameters.size());
    for (int i = 0; i < count; ++i) {
      const FieldConfig::Parameter& p = c_.parameters[i];
      parameters[i] = p.mean + rng.Uniform(-0.5 * p.width, 0.5 * p.width);
      if (values.has(1 + i)) parameters[i] = values[1 + i][0];
      if (p.positive && !(parameters[i] > 0.0)) {
        throw InputError(std::string(p.name) + " is " + std::to_string(parameters[i]) +
                         "; it must be positive");
      }
    }
    c_.initial(c_, std::span<const double>(parameters, count), state.first(c_.points));
    if (values.has(0)) std::copy_n(values[0].begin(), c_.n, state.begin());
    for (int i = 0; i < num_kept(); ++i) state[c_.n + i] = c_.sensor_deviation * rng.Normal();
  }

  template <class T>
  void Observe(KernelIo<T>& io) const {
    c_.sensors.Multiply(io.state, io.observation);
    for (int i = 0; i < num_kept(); ++i) io.observation[i] += io.state[c_.n + i];
    if (c_.info_state) {
      for (int j = 0; j < c_.n; ++j) io.info[j] = io.state[j];
    } else {
      io.info[0] = StateCost(io.state);
      io.info[1] = T(0.0);
    }
  }

  template <class T>
  void Step(KernelIo<T>& io) const {
    T state_cost = StateCost(io.state), action_cost(0.0);
    for (int i = 0; i < c_.num_actions; ++i) action_cost += io.action[i] * io.action[i];
    action_cost *= c_.action_weight;
    io.reward = -(state_cost + action_cost);

    T* noise = io.scratch;
    if (c_.observe_before) Measure(io, noise);
    if (stepper_) {
      IntegrateRows(io);
    } else {
      Integrate(io);
    }
    if (c_.process_deviation > 0.0) {
      io.noise.Normals(kProcessStream, std::span<T>(noise, c_.n));
      for (int j = 0; j < c_.n; ++j) io.state[j] += c_.process_deviation * noise[j];
    }
    if (!c_.observe_before) Measure(io, noise);

    if (c_.info_state) {
      for (int j = 0; j < c_.n; ++j) io.info[j] = io.state[j];
    } else {
      io.info[0] = state_cost;
      io.info[1] = action_cost;
    }
    io.terminated = Mask<T>(false);
    io.truncated = Abs(io.reward) > c_.reward_limit;
  }

  void ReadState(std::span<const double> state, std::span<double> out) const {
    std::copy_n(state.begin(), c_.n, out.begin());
  }

 private:
  static constexpr uint32_t kSensorStream = 0, kProcessStream = 1;
  static constexpr int kMostParameters = 4, kMostFields = 2;

  template <class V>
  struct PieceFfts {
    explicit PieceFfts(const Config& config)
        : grid(config.points),
          padded(config.modal.fields > 0 ? config.points : config.term.padded) {}
    RealFft<V> grid, padded;
  };

  bool linear() const { return c_.modal.fields > 0; }
  // The first measurement's noise is part of the state, since it is drawn at reset.
  int num_kept() const { return c_.sensor_deviation > 0.0 ? c_.num_sensors : 0; }

  template <class T>
  T StateCost(const T* field) const {
    T sum(0.0);
    for (int j = 0; j < c_.n; ++j) {
      const T error = field[j] - c_.target[j];
      sum += error * error;
    }
    return c_.state_weight * sum;
  }

  template <class T>
  void Measure(KernelIo<T>& io, T* noise) const {
    c_.sensors.Multiply(io.state, io.observation);
    if (c_.sensor_deviation == 0.0) return;
    io.noise.Normals(kSensorStream, std::span<T>(noise, c_.num_sensors));
    for (int i = 0; i < c_.num_sensors; ++i) {
      io.observation[i] += c_.sensor_deviation * noise[i];
    }
  }

  // All rows over one control step, one by one.
  template <class T>
  void IntegrateRows(KernelIo<T>& io) const {
    const int modes = c_.modes(), points = c_.points;
    const Spectrum<T> force{io.scratch, io.scratch + modes};
    SetForce(io.action, force);
    // A row: its field, and the two parts of its force.
    const size_t size = points + 2 * modes;
    double* row = reinterpret_cast<double*>(io.scratch + 2 * modes);
    double* before = row + size;
    double* result = before + size;
    double* work = result + points;
    for (int lane = 0; lane < kWidth<T>; ++lane) {
      const auto gather = [lane](const T* from, int count, double* to) {
        for (int i = 0; i < count; ++i) to[i] = reinterpret_cast<const double*>(from + i)[lane];
      };
      gather(io.state, points, row);
      gather(force.re, modes, row + points);
      gather(force.im, modes, row + points + modes);
      // Lanes past the last row are copies of it, and are not worked out again.
      if (lane == 0 || std::memcmp(row, before, size * sizeof(double)) != 0) {
        std::copy_n(row, size, before);
        std::copy_n(row, points, result);
        stepper_->Run(result, row + points, row + points + modes, c_.substeps, work);
      }
      for (int j = 0; j < points; ++j) reinterpret_cast<double*>(io.state + j)[lane] = result[j];
    }
  }

  // All rows over one control step, a piece of lanes at a time.
  template <class T>
  void Integrate(KernelIo<T>& io) const {
    using V = typename LanePiece<T>::Type;
    constexpr int kPiece = kWidth<V>;
    V* field = reinterpret_cast<V*>(io.scratch);
    V* action = field + c_.n;
    V* work = action + c_.num_actions;
    for (int first = 0; first < kWidth<T>; first += kPiece) {
      const auto gather = [first](const T* from, int count, V* to) {
        for (int i = 0; i < count; ++i) {
          to[i] = Load<V>(reinterpret_cast<const double*>(from + i) + first);
        }
      };
      gather(io.state, c_.n, field);
      gather(io.action, c_.num_actions, action);
      IntegratePiece(field, action, work);
      for (int j = 0; j < c_.n; ++j)
        Store(field[j], reinterpret_cast<double*>(io.state + j) + first);
    }
  }

  template <class V>
  void IntegratePiece(V* field, const V* action, V* work) const {
    const PieceFfts<V>& ffts = std::get<PieceFfts<V>>(ffts_);
    const int modes = c_.modes(), room = c_.room();
    const size_t points = c_.points;
    const auto take = [&work, room] {
      const Spectrum<V> spectrum{work, work + room};
      work += 2 * room;
      return spectrum;
    };
    const Spectrum<V> force = take();
    Spectrum<V> u[kMostFields];
    for (int f = 0; f < c_.fields; ++f) u[f] = take();
    SetForce(action, force);

    // To modes, a step, and back.
    V* etd_work = work;
    V* term_work = linear() ? work : work + Etdrk4WorkSize(room);
    const std::span<V> fft_work(term_work, 2 * points);
    for (int f = 0; f < c_.fields; ++f) {
      const std::span<V> re(u[f].re, modes), im(u[f].im, modes);
      ffts.grid.Forward(std::span<const V>(field + f * points, points), re, im, fft_work);
      if (!c_.keep_nyquist) re[modes - 1] = im[modes - 1] = V(0.0);
      for (int k = modes; k < room; ++k) u[f].re[k] = u[f].im[k] = V(0.0);
    }
    if (linear()) {
      TakeModalStep(c_.modal, modes, u, force);
    } else {
      const PolynomialTerm<V> term(c_.term, ffts.padded, force, term_work);
      for (int i = 0; i < c_.substeps; ++i) {
        if (c_.etd.real) {
          StepEtdrk4<true>(c_.etd, room, term, u[0], etd_work);
        } else {
          StepEtdrk4<false>(c_.etd, room, term, u[0], etd_work);
        }
      }
    }
    for (int f = 0; f < c_.fields; ++f) {
      ffts.grid.Inverse(std::span<const V>(u[f].re, modes), std::span<const V>(u[f].im, modes),
                        std::span<V>(field + f * points, points), fft_work);
    }
  }

  // The force is held over the step, so its modes are too.
  template <class V>
  void SetForce(const V* action, Spectrum<V> force) const {
    for (int k = 0; k < c_.modes(); ++k) {
      V re(0.0), im(0.0);
      for (int i = 0; i < c_.num_actions; ++i) {
        re += c_.force_re[static_cast<size_t>(k) * c_.num_actions + i] * action[i];
        im += c_.force_im[static_cast<size_t>(k) * c_.num_actions + i] * action[i];
      }
      force.re[k] = re;
      force.im[k] = im;
    }
  }

  Config c_;
  std::optional<FieldStepper> stepper_;
  std::tuple<PieceFfts<double>, PieceFfts<Lanes<sleef::kChunk>>> ffts_;
};

}  // namespace
}  // namespace flyball

using flyball::FieldKernel;
FLYBALL_KERNEL(field, FieldKernel);
