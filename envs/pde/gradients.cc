#include "envs/pde/gradients.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "physics/field/convection_adjoint.h"
#include "physics/field/field_adjoint.h"
#include "physics/field/plane_adjoint.h"
#include "physics/numeric/dual.h"

namespace flyball {
namespace {

class PeriodicAdjoint final : public Adjoint {
 public:
  explicit PeriodicAdjoint(FieldConfig config)
      : c_(std::move(config)),
        step_({c_.etd, c_.term, c_.modal, c_.fields, c_.points, c_.substeps, c_.keep_nyquist}) {}

  void Step(std::span<const double> state, std::span<const double> action, std::span<double> next,
            double& reward) override {
    double cost = 0.0, effort = 0.0;
    for (int j = 0; j < c_.n; ++j) {
      cost += (state[j] - c_.target[j]) * (state[j] - c_.target[j]);
    }
    for (const double a : action) effort += a * a;
    reward = -(c_.state_weight * cost + c_.action_weight * effort);
    step_.Step(state, Force(action), next);
  }

  void Pull(std::span<const double> state, std::span<const double> action,
            std::span<const double> by_next, double by_reward, std::span<double> by_state,
            std::span<double> by_action) override {
    for (int j = 0; j < c_.n; ++j) {
      by_state[j] = -2.0 * c_.state_weight * (state[j] - c_.target[j]) * by_reward;
    }
    Modes by_force(c_.modes());
    step_.Pull(state, Force(action), by_next, by_state, by_force);
    for (int i = 0; i < c_.num_actions; ++i) {
      by_action[i] = -2.0 * c_.action_weight * action[i] * by_reward;
      for (int k = 0; k < c_.modes(); ++k) {
        const size_t at = static_cast<size_t>(k) * c_.num_actions + i;
        by_action[i] += c_.force_re[at] * by_force[k].real() + c_.force_im[at] * by_force[k].imag();
      }
    }
  }

 private:
  Modes Force(std::span<const double> action) const {
    Modes force(c_.modes());
    for (int k = 0; k < c_.modes(); ++k) {
      for (int i = 0; i < c_.num_actions; ++i) {
        const size_t at = static_cast<size_t>(k) * c_.num_actions + i;
        force[k] += std::complex<double>(c_.force_re[at], c_.force_im[at]) * action[i];
      }
    }
    return force;
  }

  FieldConfig c_;
  FieldAdjoint step_;  // refers to c_
};

class BoundaryAdjoint final : public Adjoint {
 public:
  explicit BoundaryAdjoint(BoundaryConfig config) : c_(std::move(config)), middle_(c_.n) {}

  void Step(std::span<const double> state, std::span<const double> action, std::span<double> next,
            double& reward) override {
    Advance(state, action, next);
    if (c_.reward == BoundaryConfig::Reward::kCost) {
      double cost = 0.0;
      for (int j = 0; j < c_.n; ++j) {
        cost += c_.weight[j] * (state[j] - c_.target[j]) * (state[j] - c_.target[j]);
      }
      for (const double a : action) {
        cost += c_.action_weight * (a - c_.action_target) * (a - c_.action_target);
      }
      reward = -cost;
    } else {
      reward = -Norm(next);
      if (c_.reward == BoundaryConfig::Reward::kFall) reward += Norm(middle_);
    }
  }

  void Pull(std::span<const double> state, std::span<const double> action,
            std::span<const double> by_next, double by_reward, std::span<double> by_state,
            std::span<double> by_action) override {
    std::vector<double> by_after(by_next.begin(), by_next.end()), by_middle(c_.n, 0.0), next(c_.n);
    std::fill(by_state.begin(), by_state.end(), 0.0);
    std::fill(by_action.begin(), by_action.end(), 0.0);
    Advance(state, action, next);
    if (c_.reward == BoundaryConfig::Reward::kCost) {
      for (int j = 0; j < c_.n; ++j) {
        by_state[j] = -2.0 * c_.weight[j] * (state[j] - c_.target[j]) * by_reward;
      }
      for (size_t i = 0; i < action.size(); ++i) {
        by_action[i] = -2.0 * c_.action_weight * (action[i] - c_.action_target) * by_reward;
      }
    } else {
      AddNormSlope(next, -by_reward, by_after);
      if (c_.reward == BoundaryConfig::Reward::kFall) AddNormSlope(middle_, by_reward, by_middle);
    }

    if (c_.traffic) {
      PullTraffic(state, action, by_after, by_state, by_action);
      return;
    }
    PullMap(c_.last, by_after, by_middle, by_action[0]);
    if (c_.first.a.empty()) {
      for (int j = 0; j < c_.n; ++j) by_state[j] += by_middle[j];
    } else {
      PullMap(c_.first, by_middle, by_state, by_action[0]);
    }
  }

 private:
  // Also sets the field between the two parts of a step.
  void Advance(std::span<const double> state, std::span<const double> action,
               std::span<double> next) {
    if (c_.traffic) {
      std::vector<double> x(state.begin(), state.end()), work(4 * (c_.road.cells + 1));
      std::vector<double> u(action.begin(), action.end());
      Drive<double>(x.data(), u.data(), work.data());
      std::copy(x.begin(), x.end(), next.begin());
      return;
    }
    std::copy(state.begin(), state.end(), middle_.begin());
    const auto apply = [&](const BoundaryConfig::Map& map, std::span<double> x) {
      std::vector<double> out(c_.n);
      for (int j = 0; j < c_.n; ++j) out[j] = map.b[j] * action[0];
      map.a.MultiplyAdd(x.data(), out.data());
      std::copy(out.begin(), out.end(), x.begin());
    };
    if (!c_.first.a.empty()) apply(c_.first, middle_);
    std::copy(middle_.begin(), middle_.end(), next.begin());
    apply(c_.last, next);
  }

  template <class T>
  void Drive(T* x, const T* action, T* work) const {
    TrafficEnds<T> ends{T(c_.flow), T(c_.flow)};
    if (c_.meters_in) ends.inflow = action[0];
    if (c_.meters_out) ends.outflow = action[c_.num_actions - 1];
    for (int i = 0; i < c_.substeps; ++i) {
      StepTraffic(c_.road, ends, c_.copy_ends, x, x + c_.road.cells + 1, work);
    }
  }

  // One direction after the other: a road is short, and its step cheap.
  void PullTraffic(std::span<const double> state, std::span<const double> action,
                   std::span<const double> by_next, std::span<double> by_state,
                   std::span<double> by_action) const {
    const size_t n = state.size(), m = action.size();
    std::vector<Dual> x(n), u(m), work(4 * (c_.road.cells + 1));
    for (size_t direction = 0; direction < n + m; ++direction) {
      for (size_t j = 0; j < n; ++j) x[j] = {state[j], j == direction ? 1.0 : 0.0};
      for (size_t i = 0; i < m; ++i) u[i] = {action[i], n + i == direction ? 1.0 : 0.0};
      Drive<Dual>(x.data(), u.data(), work.data());
      double sum = 0.0;
      for (size_t j = 0; j < n; ++j) sum += by_next[j] * x[j].slope;
      (direction < n ? by_state[direction] : by_action[direction - n]) += sum;
    }
  }

  void PullMap(const BoundaryConfig::Map& map, std::span<const double> by_out,
               std::span<double> by_in, double& by_action) const {
    for (int i = 0; i < c_.n; ++i) {
      by_action += map.b[i] * by_out[i];
      for (int k = map.a.begin[i]; k < map.a.begin[i + 1]; ++k) {
        by_in[map.a.column[k]] += map.a.value[k] * by_out[i];
      }
    }
  }

  // As the kernel's.
  double Norm(std::span<const double> x) const {
    double total = 0.0;
    VisitNorms(x, [&](int, int, double norm, double scale) { total += scale * norm; });
    return total;
  }
  void AddNormSlope(std::span<const double> x, double by_norm, std::span<double> by_x) const {
    VisitNorms(x, [&](int first, int end, double norm, double scale) {
      for (int j = first; j < end && norm > 0.0; ++j) {
        by_x[j] += by_norm * scale * (x[j] - c_.target[j]) / norm;
      }
    });
  }
  template <class Visit>
  void VisitNorms(std::span<const double> x, const Visit& visit) const {
    const int half = c_.traffic ? c_.n / 2 : c_.n;
    for (int first = 0; first < c_.n; first += half) {
      double sum = 0.0;
      for (int j = first; j < first + half; ++j) {
        sum += (x[j] - c_.target[j]) * (x[j] - c_.target[j]);
      }
      visit(first, first + half, std::sqrt(sum), c_.traffic ? 1.0 / c_.target[first] : 1.0);
    }
  }

  BoundaryConfig c_;
  std::vector<double> middle_;
};

class FlowAdjoint final : public Adjoint {
 public:
  explicit FlowAdjoint(PlaneConfig config) : c_(std::move(config)), step_(c_.flow, c_.substeps) {}

  void Step(std::span<const double> state, std::span<const double> action, std::span<double> next,
            double& reward) override {
    const Modes u = step_.ToModes(state);
    double cost = 0.0;
    for (size_t k = 0; k < u.size(); ++k) cost += c_.weight[k] * std::norm(u[k] - Target(k));
    for (const double a : action) cost += c_.action_weight * a * a;
    reward = -cost;
    step_.Step(state, Force(action), next);
  }

  void Pull(std::span<const double> state, std::span<const double> action,
            std::span<const double> by_next, double by_reward, std::span<double> by_state,
            std::span<double> by_action) override {
    std::fill(by_state.begin(), by_state.end(), 0.0);
    Modes by_modes = step_.ToModes(state), by_force(by_modes.size());
    for (size_t k = 0; k < by_modes.size(); ++k) {
      by_modes[k] = -2.0 * c_.weight[k] * by_reward * (by_modes[k] - Target(k));
    }
    step_.PullToModes(by_modes, by_state);
    step_.Pull(state, Force(action), by_next, by_state, by_force);
    for (int i = 0; i < c_.num_actions; ++i) {
      by_action[i] = -2.0 * c_.action_weight * action[i] * by_reward;
      for (size_t k = 0; k < by_force.size(); ++k) {
        const size_t at = k * c_.num_actions + i;
        by_action[i] += c_.push_re[at] * by_force[k].real() + c_.push_im[at] * by_force[k].imag();
      }
    }
  }

 private:
  std::complex<double> Target(size_t k) const { return {c_.target_re[k], c_.target_im[k]}; }
  Modes Force(std::span<const double> action) const {
    Modes force(c_.steady_re.size());
    for (size_t k = 0; k < force.size(); ++k) {
      force[k] = {c_.steady_re[k], c_.steady_im[k]};
      for (int i = 0; i < c_.num_actions; ++i) {
        const size_t at = k * c_.num_actions + i;
        force[k] += std::complex<double>(c_.push_re[at], c_.push_im[at]) * action[i];
      }
    }
    return force;
  }

  PlaneConfig c_;
  PlaneAdjoint step_;  // refers to c_
};

class CellAdjoint final : public Adjoint {
 public:
  explicit CellAdjoint(ConvectionConfig config)
      : c_(std::move(config)), step_(c_.cell, c_.substeps) {}

  void Step(std::span<const double> state, std::span<const double> action, std::span<double> next,
            double& reward) override {
    reward = -step_.Step(state, Wall(action), next);
    for (const double a : action) reward -= c_.action_weight * a * a;
  }

  void Pull(std::span<const double> state, std::span<const double> action,
            std::span<const double> by_next, double by_reward, std::span<double> by_state,
            std::span<double> by_action) override {
    std::fill(by_state.begin(), by_state.end(), 0.0);
    Modes by_wall(c_.cell.kept);
    step_.Pull(state, Wall(action), by_next, -by_reward, by_state, by_wall);
    for (int i = 0; i < c_.num_actions; ++i) {
      by_action[i] = -2.0 * c_.action_weight * action[i] * by_reward;
      for (int k = 0; k < c_.cell.kept; ++k) {
        const size_t at = static_cast<size_t>(k) * c_.num_actions + i;
        by_action[i] += c_.push_re[at] * by_wall[k].real() + c_.push_im[at] * by_wall[k].imag();
      }
    }
  }

 private:
  Modes Wall(std::span<const double> action) const {
    Modes wall(c_.cell.kept);
    wall[0] = c_.cell.nx;
    for (int k = 0; k < c_.cell.kept; ++k) {
      for (int i = 0; i < c_.num_actions; ++i) {
        const size_t at = static_cast<size_t>(k) * c_.num_actions + i;
        wall[k] += std::complex<double>(c_.push_re[at], c_.push_im[at]) * action[i];
      }
    }
    return wall;
  }

  ConvectionConfig c_;
  ConvectionAdjoint step_;  // refers to c_
};

}  // namespace

std::unique_ptr<Adjoint> MakeConvectionAdjoint(ConvectionConfig config) {
  return std::make_unique<CellAdjoint>(std::move(config));
}

std::unique_ptr<Adjoint> MakePlaneAdjoint(PlaneConfig config) {
  return std::make_unique<FlowAdjoint>(std::move(config));
}

std::unique_ptr<Adjoint> MakeFieldAdjoint(FieldConfig config) {
  return std::make_unique<PeriodicAdjoint>(std::move(config));
}

std::unique_ptr<Adjoint> MakeBoundaryAdjoint(BoundaryConfig config) {
  return std::make_unique<BoundaryAdjoint>(std::move(config));
}

}  // namespace flyball
