// Rayleigh-Benard convection under a heated wall, W cells side by side.
#include <algorithm>
#include <numbers>
#include <tuple>

#include "envs/core/kernel_batch.h"
#include "envs/pde/convection_config.h"
#include "envs/pde/lane_piece.h"

namespace flyball {
namespace {

class ConvectionKernel {
 public:
  using Config = ConvectionConfig;
  explicit ConvectionKernel(const Config& config)
      : c_(config), ffts_(RealFft<double>(c_.cell.nx), RealFft<Lanes<sleef::kChunk>>(c_.cell.nx)) {}

  int num_state() const { return c_.state_size() + num_kept(); }
  int num_scratch() const {
    // In pieces: fields, actions, the result, modes, the wall, a row's modes, and the cell's own.
    const ConvectionData& d = c_.cell;
    const size_t modes = static_cast<size_t>(d.rows()) * d.kept;
    return static_cast<int>(c_.state_size() + c_.num_actions + 1 + 4 * modes + 2 * d.kept +
                            2 * d.modes() + Convection<double>::WorkSize(d)) +
           c_.num_sensors;
  }
  bool uses_noise() const { return c_.sensor_deviation > 0.0; }

  // Conduction, and rolls of random phase. Reset keys: field, init_roll.
  void Reset(Rng& rng, const ResetValues& values, std::span<double> state) const {
    constexpr int kRolls = 4;
    const ConvectionData& d = c_.cell;
    double size = rng.Uniform(c_.low, c_.high);
    if (values.has(1)) size = values[1][0];
    double phase[kRolls];
    for (double& p : phase) p = rng.Uniform(0.0, 2 * std::numbers::pi);
    for (int i = 0; i < d.rows(); ++i) {
      const double z = d.height[i], shape = size / kRolls * Sin(std::numbers::pi * z);
      for (int j = 0; j < d.nx; ++j) {
        double sum = 1.0 - z;
        for (int k = 0; k < kRolls; ++k) {
          sum += shape * Cos(2 * std::numbers::pi * (k + 1) * j / d.nx + phase[k]);
        }
        state[static_cast<size_t>(i) * d.nx + j] = sum;
      }
    }
    std::fill_n(state.begin() + static_cast<std::ptrdiff_t>(d.row_size()), d.row_size(), 0.0);
    if (values.has(0)) std::copy_n(values[0].begin(), c_.state_size(), state.begin());
    for (int i = 0; i < num_kept(); ++i) {
      state[c_.state_size() + i] = c_.sensor_deviation * rng.Normal();
    }
  }

  template <class T>
  void Observe(KernelIo<T>& io) const {
    c_.sensors.Multiply(io.state, io.observation);
    for (int i = 0; i < num_kept(); ++i) io.observation[i] += io.state[c_.state_size() + i];
    io.info[0] = Advance(io, 0);
    io.info[1] = T(0.0);
  }

  template <class T>
  void Step(KernelIo<T>& io) const {
    T action_cost(0.0);
    for (int i = 0; i < c_.num_actions; ++i) action_cost += io.action[i] * io.action[i];
    action_cost *= c_.action_weight;
    io.info[0] = Advance(io, c_.substeps);
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
    std::copy_n(state.begin(), c_.state_size(), out.begin());
  }

 private:
  int num_kept() const { return c_.sensor_deviation > 0.0 ? c_.num_sensors : 0; }

  // So many steps, and the Nusselt number after them. None: the wall is even.
  template <class T>
  T Advance(KernelIo<T>& io, int steps) const {
    using V = typename LanePiece<T>::Type;
    constexpr int kPiece = kWidth<V>;
    V* field = reinterpret_cast<V*>(io.scratch);
    V* action = field + c_.state_size();
    V* result = action + c_.num_actions;
    alignas(128) double nusselt[kWidth<T>];
    for (int first = 0; first < kWidth<T>; first += kPiece) {
      const auto gather = [first](const T* from, int count, V* to) {
        for (int i = 0; i < count; ++i) {
          to[i] = Load<V>(reinterpret_cast<const double*>(from + i) + first);
        }
      };
      gather(io.state, c_.state_size(), field);
      if (steps > 0) gather(io.action, c_.num_actions, action);
      *result = AdvancePiece(field, action, result + 1, steps);
      Store(*result, nusselt + first);
      for (int j = 0; steps > 0 && j < c_.state_size(); ++j) {
        Store(field[j], reinterpret_cast<double*>(io.state + j) + first);
      }
    }
    return Load<T>(nusselt);
  }

  template <class V>
  V AdvancePiece(V* field, const V* action, V* work, int steps) const {
    const ConvectionData& d = c_.cell;
    const RealFft<V>& fft = std::get<RealFft<V>>(ffts_);
    const size_t modes = static_cast<size_t>(d.rows()) * d.kept;
    const ConvectionModes<V> u{work, work + modes, work + 2 * modes, work + 3 * modes};
    V* wall_re = work + 4 * modes;
    V* wall_im = wall_re + d.kept;
    V* row_re = wall_im + d.kept;
    V* row_im = row_re + d.modes();
    V* rest = row_im + d.modes();
    const std::span<V> fft_work(rest, 2 * d.nx), re(row_re, d.modes()), im(row_im, d.modes());
    V* heat = field;
    V* psi = field + d.row_size();
    for (int i = 0; i < d.rows(); ++i) {
      const auto load = [&](const V* row, V* to_re, V* to_im) {
        fft.Forward(std::span<const V>(row + static_cast<size_t>(i) * d.nx, d.nx), re, im,
                    fft_work);
        for (int k = 0; k < d.kept; ++k) {
          to_re[static_cast<size_t>(i) * d.kept + k] = row_re[k];
          to_im[static_cast<size_t>(i) * d.kept + k] = row_im[k];
        }
      };
      load(heat, u.heat_re, u.heat_im);
      load(psi, u.psi_re, u.psi_im);
    }

    for (int k = 0; k < d.kept; ++k) {
      wall_re[k] = V(k == 0 ? static_cast<double>(d.nx) : 0.0);
      wall_im[k] = V(0.0);
      for (int i = 0; steps > 0 && i < c_.num_actions; ++i) {
        wall_re[k] += c_.push_re[static_cast<size_t>(k) * c_.num_actions + i] * action[i];
        wall_im[k] += c_.push_im[static_cast<size_t>(k) * c_.num_actions + i] * action[i];
      }
    }
    const Convection<V> convection(d, fft, rest);
    for (int i = 0; i < steps; ++i) convection.Step(u, wall_re, wall_im);
    const V nusselt = convection.Nusselt(u, wall_re);
    if (steps == 0) return nusselt;

    for (int k = d.kept; k < d.modes(); ++k) row_re[k] = row_im[k] = V(0.0);
    for (int i = 0; i < d.rows(); ++i) {
      const auto store = [&](const V* from_re, const V* from_im, V* row) {
        for (int k = 0; k < d.kept; ++k) {
          row_re[k] = from_re[static_cast<size_t>(i) * d.kept + k];
          row_im[k] = from_im[static_cast<size_t>(i) * d.kept + k];
        }
        fft.Inverse(std::span<const V>(row_re, d.modes()), std::span<const V>(row_im, d.modes()),
                    std::span<V>(row + static_cast<size_t>(i) * d.nx, d.nx), fft_work);
      };
      store(u.heat_re, u.heat_im, heat);
      store(u.psi_re, u.psi_im, psi);
    }
    return nusselt;
  }

  Config c_;
  std::tuple<RealFft<double>, RealFft<Lanes<sleef::kChunk>>> ffts_;
};

}  // namespace
}  // namespace flyball

using flyball::ConvectionKernel;
FLYBALL_KERNEL(convection, ConvectionKernel);
