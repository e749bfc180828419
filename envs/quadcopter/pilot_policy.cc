#include "envs/quadcopter/pilot_policy.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "envs/policies/dsl_pid.h"
#include "envs/policies/pilot.h"
#include "envs/policies/rotor_range.h"
#include "envs/quadcopter/layout.h"
#include "physics/numeric/error.h"
#include "physics/rotorcraft/ground_effect.h"

namespace flyball::quadcopter {
namespace {

using policies::Pilot;
using policies::PilotDemand;
using policies::PilotView;

policies::PilotSettings SettingsOf(const Config& config) {
  policies::PilotSettings settings;
  settings.period = config.control_period();
  // What half of the thrust beyond hovering, given on one side and taken on the other, turns.
  const rotorcraft::Airframe& a = config.airframe;
  double span = 0.0;
  for (const rotorcraft::Rotor& rotor : a.rotors) span += std::abs(rotor.y);
  const double spare = 0.5 * (a.thrust_to_weight - 1) * a.mass * rotorcraft::kGravity / 4;
  settings.turn = spare * span / a.inertia_x;
  // Leave part of a narrow action range to turning: thrust goes with the square of rotor speed.
  if (config.action == ActionKind::kRpm || config.action == ActionKind::kOneDRpm) {
    settings.up = std::min(5.0, 0.6 * 2 * config.rpm_range * rotorcraft::kGravity);
    // Half of the thrust to spare keeps the height meanwhile.
    const double lift = 1 + config.rpm_range;
    settings.aside = std::min(5.0, rotorcraft::kGravity * std::sqrt(lift * lift - 1));
    settings.turn = std::min(settings.turn, 2 * config.rpm_range * a.mass * rotorcraft::kGravity /
                                                4 * span / a.inertia_x);
  }
  return settings;
}

// Whether the peer's PID has what its gains are made for: 48 Hz and motors with most of their range.
bool AsThePeerHasIt(const Config& config) {
  const bool narrow = config.action == ActionKind::kRpm || config.action == ActionKind::kOneDRpm;
  return config.gpd() || (config.control_hz >= 48 && !(narrow && config.rpm_range < 0.5));
}

// Else its loops are slowed, each to four times slower than the one inside it, the innermost to what
// the rate of control and the rotors' range allow.
policies::DslPidGains GainsFor(const Config& config) {
  policies::DslPidGains gains;
  if (AsThePeerHasIt(config)) return gains;
  const rotorcraft::Airframe& a = config.airframe;
  double span = 0.0;
  for (const rotorcraft::Rotor& rotor : a.rotors) span += std::abs(rotor.y);
  // rad/s^2 of a unit of command: half of it goes to each of four motors, or all to two.
  const double per_unit = policies::DslPid::kRpmPerCount * 2 * a.thrust_factor * a.hover_rpm() *
                          span * (a.plus ? 1.0 : 0.5) / a.inertia_x;
  const policies::PilotSettings settings = SettingsOf(config);
  const double rate = std::min({1 / a.lag(), 0.5 / settings.period, settings.turn / 2});
  const double rates = rate / per_unit / gains.attitude_d_xy,
               attitude = rate * rate / 4 / (2 * per_unit) / gains.attitude_p_xy;
  const double pace = std::min(1.0, rate / 8 / std::sqrt(gains.p_xy / a.mass));
  for (double* gain : {&gains.attitude_d_xy, &gains.attitude_d_z}) *gain *= rates;
  for (double* gain : {&gains.attitude_p_xy, &gains.attitude_p_z}) *gain *= attitude;
  gains.attitude_i_z *= attitude * rates;
  for (double* gain : {&gains.p_xy, &gains.p_z}) *gain *= pace * pace;
  for (double* gain : {&gains.d_xy, &gains.d_z}) *gain *= pace;
  for (double* gain : {&gains.i_xy, &gains.i_z}) *gain *= pace * pace * pace;
  return gains;
}

class DslPilot final : public Pilot {
 public:
  DslPilot(const Config& config)
      : period_(config.control_period()),
        pid_(config.airframe, config.airframe.plus, GainsFor(config)),
        // A controller that knows its rotors' lag tells them further than it wants them.
        lead_(config.gpd() ? 1.0 : -1 / Expm1(-period_ / config.airframe.lag())) {}

  int memory_size() const override { return policies::DslPidMemory<double>::kSize + 1; }
  PilotDemand Fly(const PilotView& view, std::span<double> memory) const override {
    double* m = memory.data();
    // No kick from an attitude that it has not seen.
    if (m[9] == 0.0) WriteVec3(m + 6, view.rpy);
    m[9] = 1.0;
    policies::DslPidMemory<double> kept = {ReadVec3(m), ReadVec3(m + 3), ReadVec3(m + 6)};
    PilotDemand demand = {};
    demand.has_rpm = true;
    pid_.Step<double>(kept, period_, view.p, view.q, view.rpy, view.v, view.target_p, view.target_v,
                      0.0, demand.rpm);
    for (int i = 0; i < 4; ++i) {
      demand.rpm[i] = view.rpm[i] + (demand.rpm[i] - view.rpm[i]) * lead_;
    }
    WriteVec3(m, kept.position_integral);
    WriteVec3(m + 3, kept.attitude_integral);
    WriteVec3(m + 6, kept.last_rpy);
    return demand;
  }

 private:
  double period_;
  policies::DslPid pid_;
  double lead_;
};

// Rotor speeds, or a set point outside of the loops that make them.
bool TakesRotorSpeeds(const Config& config) {
  return config.action != ActionKind::kAcceleration && config.action != ActionKind::kAttitude &&
         config.action != ActionKind::kRates;
}

std::unique_ptr<Pilot> MakePilot(PilotKind kind, const Config& config) {
  const policies::PilotSettings settings = SettingsOf(config);
  switch (kind) {
    case PilotKind::kDslPid:
      if (!policies::DslPid::Knows(config.airframe)) {
        throw InputError("policy dsl_pid is made for the drones cf2x and cf2p, not " +
                         config.airframe.name);
      }
      if (!TakesRotorSpeeds(config)) {
        throw InputError("policy dsl_pid commands rotor speeds; use geometric for this action");
      }
      return std::make_unique<DslPilot>(config);
    case PilotKind::kGeometric:
      return policies::MakeGeometricPilot(config.airframe, settings);
    case PilotKind::kMellinger:
      return policies::MakeMellingerPilot(config.airframe, settings);
    case PilotKind::kLqr:
      return policies::MakeLqrPilot(config.airframe, settings);
    default:
      return policies::MakeMpcPilot(config.airframe, settings);
  }
}

class PilotPolicy final : public Policy {
 public:
  PilotPolicy(PilotKind kind, const Config& config)
      : config_(config), pilot_(MakePilot(kind, config)),
        mixer_(config.airframe, {.period = config.control_period(), .lagging = !config.gpd()}),
        inner_(config.airframe, {.period = config.time_step()}), range_(RangeOf(config)),
        ground_(config.airframe) {}

  void Resize(int num_rows) override {
    memory_.assign(static_cast<size_t>(num_rows) * RowSize(), 0.0);
  }
  void VisitState(int row, StateVisitor& visitor) override { visitor("pilot", Memory(row)); }
  void Act(int row, const PolicyInput& input, std::span<double> action) override {
    const int drones = config_.num_drones, size = ActionSize(config_.action);
    const std::span<double> memory = Memory(row);
    if (input.step == 0) std::fill(memory.begin(), memory.end(), 0.0);
    for (int k = 0; k < drones; ++k) {
      const double* s = input.state.data() + 20 * k;
      const double* target = input.state.data() + 23 * drones + 9 * k;
      const Quat<double> q = ReadQuat(s + 3);
      const Rotation<double> R(q);
      PilotView view = {.p = ReadVec3(s),
                        .v = ReadVec3(s + 10),
                        .q = q,
                        .rpy = ReadVec3(s + 7),
                        .R = R,
                        .w_B = R.ToBody(ReadVec3(s + 13)),
                        .rpm = s + 16,
                        .target_p = ReadVec3(target),
                        .target_v = ReadVec3(target + 3),
                        .target_a = ReadVec3(target + 6)};
      // Over the pad first, then down slowly.
      if (config_.task == TaskId::kLanding) {
        const double x = view.target_p.x - view.p.x, y = view.target_p.y - view.p.y;
        view.target_p.z = view.p.z;
        view.target_v.z = x * x + y * y < 0.08 * 0.08 ? -0.2 : 0.0;
      }
      PilotDemand demand =
          pilot_->Fly(view, memory.subspan(pilot_->memory_size() * k, pilot_->memory_size()));
      if (config_.ground && view.p.z < ground_.reach()) {
        demand.thrust /= 1 + ground_.Gain(view.p.z, view.R.zz);
      }
      Write(view, demand, action.subspan(size * k, size));
    }
  }

 private:
  size_t RowSize() const { return static_cast<size_t>(pilot_->memory_size()) * config_.num_drones; }
  std::span<double> Memory(int row) {
    return std::span(memory_).subspan(row * RowSize(), RowSize());
  }

  // The action that comes nearest to what the pilot asks for.
  void Write(const PilotView& view, const PilotDemand& demand, std::span<double> a) const {
    const auto mix = [&](double* rpm) {
      if (demand.has_rpm) {
        for (int i = 0; i < 4; ++i) {
          rpm[i] = std::clamp(demand.rpm[i], 0.0, config_.airframe.max_rpm());
        }
      } else {
        mixer_.Mix(demand.thrust, demand.torque, view.rpm, rpm);
      }
    };
    const Vec3<double> way = view.target_p - view.p;
    const double weight = config_.airframe.mass * rotorcraft::kGravity;
    switch (config_.action) {
      case ActionKind::kRaw:
        mix(a.data());
        return;
      case ActionKind::kRpm:
      case ActionKind::kOneDRpm: {
        double rpm[4];
        mix(rpm);
        // The peer clips rotor by rotor.
        if (!(demand.has_rpm && AsThePeerHasIt(config_))) range_.Fit(view.rpm, rpm);
        if (a.size() == 1) rpm[0] = (rpm[0] + rpm[1] + rpm[2] + rpm[3]) / 4;
        for (size_t i = 0; i < a.size(); ++i) {
          a[i] = (rpm[i] / config_.airframe.hover_rpm() - 1) / config_.rpm_range;
        }
        break;
      }
      case ActionKind::kPid:
        for (int i = 0; i < 3; ++i) a[i] = (&view.target_p.x)[i];
        break;
      case ActionKind::kPosition:
        for (int i = 0; i < 3; ++i) {
          a[i] = std::clamp((&view.target_p.x)[i], -kMostPosition, kMostPosition);
        }
        a[3] = 0.0;
        return;
      case ActionKind::kOneDPid:
        a[0] = way.z / 0.1;
        break;
      case ActionKind::kVel:
      case ActionKind::kVelocity: {
        const Vec3<double> speed = way * 1.5 + view.target_v;
        if (config_.action == ActionKind::kVelocity) {
          WriteVec3(a.data(), speed * (1 / kMostVelocity));
          a[3] = 0.0;
        } else {
          const double size = std::sqrt(Dot(speed, speed));
          WriteVec3(a.data(), speed * (1 / std::max(size, 1e-9)));
          a[3] = size / (0.03 * config_.airframe.max_speed);
        }
        break;
      }
      case ActionKind::kAcceleration:
        WriteVec3(a.data(), demand.acceleration * (1 / kMostAcceleration));
        break;
      case ActionKind::kAttitude: {
        // Roll and pitch that point the body's z along the force, from the heading there is.
        const Vec3<double>& f = demand.acceleration;
        const double yaw = Atan2(view.R.yx, view.R.xx), up = f.z + rotorcraft::kGravity;
        const double ahead = Cos(yaw) * f.x + Sin(yaw) * f.y,
                     aside = Cos(yaw) * f.y - Sin(yaw) * f.x;
        a[0] = demand.thrust / weight - 1;
        a[1] = Atan2(-aside, std::sqrt(ahead * ahead + up * up)) / kMostAttitude;
        a[2] = Atan2(ahead, up) / kMostAttitude;
        a[3] = -yaw / kMostYawRate;
        break;
      }
      case ActionKind::kRates: {
        const Vec3<double> gain = inner_.SpinGains();
        a[0] = demand.thrust / weight - 1;
        a[1] = (view.w_B.x + demand.torque.x / gain.x) / kMostRate;
        a[2] = (view.w_B.y + demand.torque.y / gain.y) / kMostRate;
        a[3] = (view.w_B.z + demand.torque.z / gain.z) / kMostYawRate;
        break;
      }
      case ActionKind::kGains:
        std::fill(a.begin(), a.end(), 0.0);
        return;
    }
    for (double& x : a) x = std::clamp(x, -1.0, 1.0);
  }

  Config config_;
  std::unique_ptr<Pilot> pilot_;
  policies::Geometric mixer_, inner_;
  policies::RotorRange range_;       // of the action
  rotorcraft::GroundEffect ground_;  // what it adds to thrust is taken off
  std::vector<double> memory_;
};

}  // namespace

policies::RotorRange RangeOf(const Config& config) {
  const double hover = config.airframe.hover_rpm();
  return {config.airframe, hover * (1 - config.rpm_range), hover * (1 + config.rpm_range),
          config.control_period(), !config.gpd()};
}

bool PilotFits(PilotKind kind, const Config& config) {
  return kind != PilotKind::kDslPid ||
         (policies::DslPid::Knows(config.airframe) && TakesRotorSpeeds(config));
}

std::unique_ptr<Policy> MakePilotPolicy(PilotKind kind, const Config& config) {
  return std::make_unique<PilotPolicy>(kind, config);
}

}  // namespace flyball::quadcopter
