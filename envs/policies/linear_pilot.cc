// Pilots on the hover linearisation. The direction of the body's z, times g, is the level
// acceleration; so along each level axis position, velocity, acceleration and jerk are a chain of
// integrators whose input is g times an angular acceleration.
#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "envs/policies/pilot.h"
#include "physics/linear/discretize.h"
#include "physics/linear/riccati.h"
#include "physics/numeric/decompositions.h"

namespace flyball::policies {
namespace {

using rotorcraft::kGravity;

// A chain of `size` integrators regulated to zero, with a bound on its input.
struct Chain {
  int size;
  std::array<double, 4> weights;  // of the states, squared
  double input_weight;
  double bound;  // on the input, for those who keep to it
};

// Level: m, m/s, m/s^2, m/s^3 and m/s^4. A metre off asks for most of what the rotors can turn.
Chain LevelChain(const PilotSettings& settings) {
  const double most = kGravity * settings.turn, gain = std::min(2000.0, 0.8 * most);
  return {4, {10, 2, 0.05, 2e-4}, 10 / (gain * gain), 0.9 * most};
}
// Height: m, m/s and m/s^2.
Chain HeightChain(const PilotSettings& settings) { return {2, {10, 2, 0, 0}, 0.1, settings.up}; }
// Heading: rad, rad/s, rad/s^2. Rotors turn the body about z only weakly.
Chain HeadingChain(const PilotSettings& settings) {
  return {2, {1, 0.2, 0, 0}, 0.02, 0.1 * settings.turn};
}

HeldInput Discrete(const Chain& chain, double period) {
  Matrix a = Matrix::Zero(chain.size, chain.size), b = Matrix::Zero(chain.size, 1);
  for (int i = 0; i + 1 < chain.size; ++i) a(i, i + 1) = 1.0;
  b(chain.size - 1, 0) = 1.0;
  return DiscretizeHeldInput(a, b, period);
}

QuadraticCost CostOf(const Chain& chain) {
  Matrix q = Matrix::Zero(chain.size, chain.size), r(1, 1);
  for (int i = 0; i < chain.size; ++i) q(i, i) = chain.weights[i];
  r(0, 0) = chain.input_weight;
  return {q, r, Matrix::Zero(chain.size, 1)};
}

class Regulator {
 public:
  Regulator(const Chain& chain, double period) {
    const HeldInput step = Discrete(chain, period);
    gain_ = Flatten(SolveDiscreteRiccati(step.a, step.b, CostOf(chain)).gain);
  }
  double Input(std::span<const double> error, std::span<double>) const {
    double u = 0.0;
    for (size_t i = 0; i < gain_.size(); ++i) u += gain_[i] * error[i];
    return u;
  }
  // What a state counts beside another.
  double Ratio(int state, int other) const { return gain_[state] / gain_[other]; }
  static constexpr int kMemory = 0;

 private:
  std::vector<double> gain_;
};

// min U'HU / 2 + (F e)'U within bounds. Where the free optimum keeps to them it is the answer; else
// the alternating direction method of multipliers finds it, from where it stood one call ago.
class Predictor {
 public:
  static constexpr int kHorizon = 25, kSweeps = 40, kMemory = 2 * kHorizon;

  Predictor(const Chain& chain, double control_period) : size_(chain.size), bound_(chain.bound) {
    const double period = std::max(control_period, 1.0 / 30);
    const HeldInput step = Discrete(chain, period);
    const QuadraticCost cost = CostOf(chain);
    const Matrix terminal = SolveDiscreteRiccati(step.a, step.b, cost).p;
    // States over the horizon: x_k = A^k e + sum of A^(k-1-j) B u_j.
    Matrix h = Matrix::Zero(kHorizon, kHorizon), f = Matrix::Zero(kHorizon, size_);
    std::vector<Matrix> power = {Matrix::Identity(size_, size_)};
    for (int k = 0; k < kHorizon; ++k) power.push_back(step.a * power.back());
    for (int k = 1; k <= kHorizon; ++k) {
      const Matrix weight = k == kHorizon ? terminal : cost.q;
      Matrix inputs = Matrix::Zero(size_, kHorizon);
      for (int j = 0; j < k; ++j) inputs.col(j) = power[k - 1 - j] * step.b;
      h += inputs.transpose() * weight * inputs;
      f += inputs.transpose() * weight * power[k];
    }
    for (int k = 0; k < kHorizon; ++k) h(k, k) += chain.input_weight;
    penalty_ = h.trace() / kHorizon;
    free_ = Flatten(Matrix(-h.ldlt().solve(f)));
    linear_ = Flatten(f);
    const Matrix unit = Matrix::Identity(kHorizon, kHorizon);
    inverse_ = Flatten(Matrix((h + penalty_ * unit).ldlt().solve(unit)));
  }

  double Input(std::span<const double> error, std::span<double> memory) const {
    double* z = memory.data();
    double* y = z + kHorizon;
    std::array<double, kHorizon> u, f, rest;
    bool inside = true;
    for (int k = 0; k < kHorizon; ++k) {
      u[k] = f[k] = 0.0;
      for (int i = 0; i < size_; ++i) {
        u[k] += free_[k * size_ + i] * error[i];
        f[k] += linear_[k * size_ + i] * error[i];
      }
      inside = inside && std::abs(u[k]) <= bound_;
    }
    if (inside) {
      std::copy(u.begin(), u.end(), z);
      std::fill_n(y, kHorizon, 0.0);
      return u[0];
    }
    for (int sweep = 0; sweep < kSweeps; ++sweep) {
      for (int k = 0; k < kHorizon; ++k) rest[k] = penalty_ * (z[k] - y[k]) - f[k];
      for (int k = 0; k < kHorizon; ++k) {
        u[k] = 0.0;
        for (int j = 0; j < kHorizon; ++j) u[k] += inverse_[k * kHorizon + j] * rest[j];
      }
      for (int k = 0; k < kHorizon; ++k) {
        z[k] = std::clamp(u[k] + y[k], -bound_, bound_);
        y[k] += u[k] - z[k];
      }
    }
    return z[0];
  }

 private:
  int size_;
  double bound_, penalty_ = 0;
  std::vector<double> free_, linear_, inverse_;  // (horizon, size), likewise, (horizon, horizon)
};

template <class Solver>
class LinearPilot final : public Pilot {
 public:
  LinearPilot(const rotorcraft::Airframe& airframe, const PilotSettings& settings)
      : airframe_(airframe), settings_(settings), level_(LevelChain(settings), settings.period),
        height_(HeightChain(settings), settings.period),
        heading_(HeadingChain(settings), settings.period) {
    const Regulator level(LevelChain(settings), settings.period);
    stiffness_ = level.Ratio(0, 2), damping_ = level.Ratio(1, 2);
  }

  int memory_size() const override { return 4 * Solver::kMemory; }

  PilotDemand Fly(const PilotView& view, std::span<double> memory) const override {
    const Rotation<double>& R = view.R;
    const Vec3<double> z = R.BodyZ();
    const Vec3<double> turning = R.ToWorld(Vec3<double>{view.w_B.y, -view.w_B.x, 0.0});
    double input[2];
    const double chain[2][4] = {{view.p.x - view.target_p.x, view.v.x - view.target_v.x,
                                 kGravity * z.x - view.target_a.x, kGravity * turning.x},
                                {view.p.y - view.target_p.y, view.v.y - view.target_v.y,
                                 kGravity * z.y - view.target_a.y, kGravity * turning.y}};
    for (int i = 0; i < 2; ++i) {
      // Errors of place and speed ask for an acceleration, which is what tilts the drone: no more of it
      // than it can keep its height with.
      double error[4];
      std::copy_n(chain[i], 4, error);
      const double asked = -(stiffness_ * error[0] + damping_ * error[1]);
      const double ahead = std::clamp((&view.target_a.x)[i], -settings_.aside, settings_.aside);
      const double given = std::clamp(ahead + asked, -settings_.aside, settings_.aside) - ahead;
      const double share = std::abs(given) < std::abs(asked) ? given / asked : 1.0;
      error[0] *= share, error[1] *= share;
      input[i] = level_.Input(error, memory.subspan(i * Solver::kMemory, Solver::kMemory));
    }
    const double height[2] = {std::clamp(view.p.z - view.target_p.z, -1.0, 1.0),
                              view.v.z - view.target_v.z};
    double up = height_.Input(height, memory.subspan(2 * Solver::kMemory, Solver::kMemory));
    up = std::clamp(up + view.target_a.z, -settings_.up, settings_.up);
    const double heading[2] = {Atan2(R.yx, R.xx), view.w_B.z};
    const double spin =
        heading_.Input(heading, memory.subspan(3 * Solver::kMemory, Solver::kMemory));

    PilotDemand demand;
    const Vec3<double> wanted =
        R.ToBody(Vec3<double>{input[0] / kGravity, input[1] / kGravity, 0.0});
    demand.torque = {-airframe_.inertia_x * wanted.y, airframe_.inertia_y * wanted.x,
                     airframe_.inertia_z * spin};
    demand.thrust = std::max(0.0, airframe_.mass * (kGravity + up) / std::max(R.zz, 0.5));
    // Where thrust is to point a tenth of a second on.
    demand.acceleration = {kGravity * (z.x + 0.1 * turning.x) + 0.005 * input[0],
                           kGravity * (z.y + 0.1 * turning.y) + 0.005 * input[1], up};
    return demand;
  }

 private:
  rotorcraft::Airframe airframe_;
  PilotSettings settings_;
  Solver level_, height_, heading_;
  double stiffness_, damping_;  // 1/s^2, 1/s: of the regulator, errors to level acceleration
};

}  // namespace

std::unique_ptr<Pilot> MakeLqrPilot(const rotorcraft::Airframe& airframe,
                                    const PilotSettings& settings) {
  return std::make_unique<LinearPilot<Regulator>>(airframe, settings);
}
std::unique_ptr<Pilot> MakeMpcPilot(const rotorcraft::Airframe& airframe,
                                    const PilotSettings& settings) {
  return std::make_unique<LinearPilot<Predictor>>(airframe, settings);
}

}  // namespace flyball::policies
