#include "envs/linear/linear_adjoint.h"

#include <vector>

namespace flyball {
namespace {

KernelMatrix Transposed(const Matrix& matrix) {
  return KernelMatrix(Flatten(matrix.transpose()), static_cast<int>(matrix.cols()),
                      static_cast<int>(matrix.rows()));
}

class LinearAdjoint final : public Adjoint {
 public:
  LinearAdjoint(const LinearConfig& config, const LinearPlant& plant, const LinearStep& step)
      : c_(config), a_(Transposed(step.a)), b1_(Transposed(step.b1)), b2_(Transposed(step.b2)),
        c1_(Transposed(plant.c1)), d12_(Transposed(plant.d12)), z_(config.nz),
        weighted_(config.nu) {}

  void Step(std::span<const double> state, std::span<const double> action, std::span<double> next,
            double& reward) override {
    c_.a.Multiply(state.data(), next.data());
    if (c_.disturbance_action) c_.b1.MultiplyAdd(action.data() + c_.nu, next.data());
    c_.b2.MultiplyAdd(action.data(), next.data());
    Output(state, action);
    double cost = 0.0;
    for (const double z : z_) cost += z * z;
    for (int i = 0; i < c_.nu; ++i) cost += action[i] * weighted_[i];
    reward = -(c_.reward_scale * cost);
  }

  // reward = -scale (|z|^2 + u'Eu) with z = C1 x + D12 u and E symmetric.
  void Pull(std::span<const double> state, std::span<const double> action,
            std::span<const double> by_next, double by_reward, std::span<double> by_state,
            std::span<double> by_action) override {
    Output(state, action);
    const double scale = -2.0 * c_.reward_scale * by_reward;
    for (double& z : z_) z *= scale;
    a_.Multiply(by_next.data(), by_state.data());
    c1_.MultiplyAdd(z_.data(), by_state.data());
    b2_.Multiply(by_next.data(), by_action.data());
    d12_.MultiplyAdd(z_.data(), by_action.data());
    for (int i = 0; i < c_.nu; ++i) by_action[i] += scale * weighted_[i];
    if (c_.disturbance_action) b1_.Multiply(by_next.data(), by_action.data() + c_.nu);
  }

 private:
  // z = C1 x + D12 u, and E u, where R is not D12'D12 but D12'D12 + E.
  void Output(std::span<const double> state, std::span<const double> action) {
    c_.c1.Multiply(state.data(), z_.data());
    c_.d12.MultiplyAdd(action.data(), z_.data());
    if (!c_.extra_input_weight.empty()) {
      c_.extra_input_weight.Multiply(action.data(), weighted_.data());
    }
  }

  const LinearConfig c_;
  const KernelMatrix a_, b1_, b2_, c1_, d12_;  // transposed
  std::vector<double> z_, weighted_;
};

}  // namespace

std::unique_ptr<Adjoint> MakeLinearAdjoint(const LinearConfig& config, const LinearPlant& plant,
                                           const LinearStep& step) {
  return std::make_unique<LinearAdjoint>(config, plant, step);
}

}  // namespace flyball
