#include "envs/quadcopter/pid_policy.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "envs/policies/cascade.h"
#include "envs/policies/dsl_pid.h"
#include "envs/quadcopter/pilot_policy.h"

namespace flyball::quadcopter {
namespace {

using policies::Cascade;
using policies::CascadeMemory;
using policies::DslPid;
using policies::DslPidMemory;
using rotorcraft::Vec3;

// Each drone's numbers in PolicyInput::state.
struct DroneInput {
  DroneInput(const PolicyInput& input, int drone, int num_drones)
      : kinematics(input.state.subspan(20 * drone, 20)),
        goal(input.state.subspan(23 * num_drones + 9 * drone, 9)) {}
  std::span<const double> kinematics, goal;
};

// What the peer flies its drones with where rotor speeds are the action.
class DslPidPolicy final : public Policy {
 public:
  explicit DslPidPolicy(const Config& config)
      : config_(config), pid_(config.airframe, config.airframe.plus) {}

  void Resize(int num_rows) override {
    memory_.assign(static_cast<size_t>(num_rows) * config_.num_drones, {});
  }
  void VisitState(int row, StateVisitor& visitor) override { visitor("pid", Rows(row)); }
  void Act(int row, const PolicyInput& input, std::span<double> action) override {
    for (int drone = 0; drone < config_.num_drones; ++drone) {
      const DroneInput view(input, drone, config_.num_drones);
      const double* s = view.kinematics.data();
      DslPidMemory<double>& memory = Rows(row)[drone];
      if (input.step == 0) memory = {};
      pid_.Step<double>(memory, config_.control_period(), {s[0], s[1], s[2]},
                        {s[3], s[4], s[5], s[6]}, {s[7], s[8], s[9]}, {s[10], s[11], s[12]},
                        {view.goal[0], view.goal[1], view.goal[2]}, {0, 0, 0}, 0.0,
                        action.data() + 4 * drone);
    }
  }

 private:
  std::span<DslPidMemory<double>> Rows(int row) {
    return std::span(memory_).subspan(static_cast<size_t>(row) * config_.num_drones,
                                      config_.num_drones);
  }
  Config config_;
  DslPid pid_;
  std::vector<DslPidMemory<double>> memory_;
};

// Rotor speeds from a cascade tuned for the control rate; set points for actions that have a
// controller behind them already.
class CascadePolicy final : public Policy {
 public:
  explicit CascadePolicy(const Config& config)
      : config_(config), cascade_(config.airframe, SettingsFor(config)), range_(RangeOf(config)),
        hover_rpm_(config.airframe.hover_rpm()) {}

  void Resize(int num_rows) override {
    memory_.assign(static_cast<size_t>(num_rows) * config_.num_drones, {});
  }
  void VisitState(int row, StateVisitor& visitor) override { visitor("cascade", Rows(row)); }
  void Act(int row, const PolicyInput& input, std::span<double> action) override {
    const int size = ActionSize(config_.action);
    for (int drone = 0; drone < config_.num_drones; ++drone) {
      CascadeMemory& memory = Rows(row)[drone];
      if (input.step == 0) memory = {};
      ActOne(memory, DroneInput(input, drone, config_.num_drones),
             action.subspan(drone * size, size));
    }
  }

 private:
  static policies::CascadeSettings SettingsFor(const Config& config) {
    policies::CascadeSettings settings;
    settings.period = config.control_period();
    settings.rotor_lag = config.gpd() ? 0.0 : config.airframe.lag();
    // Leave part of a narrow action range to turning: thrust goes with the square of rotor speed.
    if (config.action == ActionKind::kRpm || config.action == ActionKind::kOneDRpm) {
      settings.acceleration_up = std::min(4.0, 0.6 * 2 * config.rpm_range * rotorcraft::kGravity);
    }
    return settings;
  }

  void ActOne(CascadeMemory& memory, const DroneInput& view, std::span<double> action) const {
    const Vec3<double> p = {view.kinematics[0], view.kinematics[1], view.kinematics[2]};
    const Vec3<double> goal = {view.goal[0], view.goal[1], view.goal[2]}, way = goal - p;
    if (config_.action == ActionKind::kGains) {
      std::fill(action.begin(), action.end(), 0.0);
    } else if (config_.action == ActionKind::kPid) {
      action[0] = goal.x, action[1] = goal.y, action[2] = goal.z;
    } else if (config_.action == ActionKind::kOneDPid) {
      action[0] = way.z / 0.1;
    } else if (config_.action == ActionKind::kVel) {
      const Vec3<double> speed = way + Vec3<double>{view.goal[3], view.goal[4], view.goal[5]};
      const double size = std::sqrt(Dot(speed, speed));
      const double largest = 0.03 * config_.airframe.max_speed;  // m/s
      for (int i = 0; i < 3; ++i) action[i] = (&speed.x)[i] / std::max(size, 1e-9);
      action[3] = std::min(1.0, size / largest);
    } else {
      double rpm[4];
      cascade_.Step(memory, view.kinematics, view.goal, rpm);
      if (config_.action == ActionKind::kRaw) {
        std::copy_n(rpm, 4, action.data());
        return;
      }
      range_.Fit(view.kinematics.data() + 16, rpm);
      if (config_.action == ActionKind::kOneDRpm) rpm[0] = (rpm[0] + rpm[1] + rpm[2] + rpm[3]) / 4;
      for (size_t i = 0; i < action.size(); ++i) {
        action[i] = (rpm[i] / hover_rpm_ - 1) / config_.rpm_range;
      }
    }
    for (double& a : action) a = std::clamp(a, -1.0, 1.0);
  }

  std::span<CascadeMemory> Rows(int row) {
    return std::span(memory_).subspan(static_cast<size_t>(row) * config_.num_drones,
                                      config_.num_drones);
  }
  Config config_;
  Cascade cascade_;
  policies::RotorRange range_;  // of the action
  double hover_rpm_;
  std::vector<CascadeMemory> memory_;
};

}  // namespace

std::unique_ptr<Policy> MakePidPolicy(const Config& config) {
  if (config.gpd() && config.action == ActionKind::kRaw && DslPid::Knows(config.airframe)) {
    return std::make_unique<DslPidPolicy>(config);
  }
  if (config.action >= ActionKind::kPosition) {
    return MakePilotPolicy(PilotKind::kMellinger, config);  // its outer loop is a PID
  }
  return std::make_unique<CascadePolicy>(config);
}

}  // namespace flyball::quadcopter
