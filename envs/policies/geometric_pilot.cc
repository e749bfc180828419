// Pilots that work on attitudes as they are, without linearising.
#include <algorithm>
#include <cmath>

#include "envs/policies/pilot.h"

namespace flyball::policies {
namespace {

Geometric::Settings SettingsOf(const PilotSettings& settings) {
  return {.period = settings.period, .aside = settings.aside, .up = settings.up};
}

Vec3<double> Bounded(const Vec3<double>& a, const PilotSettings& settings) {
  return {std::clamp(a.x, -settings.aside, settings.aside),
          std::clamp(a.y, -settings.aside, settings.aside),
          std::clamp(a.z, -settings.up, settings.up)};
}

constexpr Vec3<double> kAlongX = {1.0, 0.0, 0.0}, kZero = {0.0, 0.0, 0.0};

class GeometricPilot final : public Pilot {
 public:
  GeometricPilot(const rotorcraft::Airframe& airframe, const PilotSettings& settings)
      : settings_(settings), control_(airframe, SettingsOf(settings)) {}

  PilotDemand Fly(const PilotView& view, std::span<double>) const override {
    PilotDemand demand;
    const Vec3<double> back = control_.Approach(view.p, view.v, view.target_p, view.target_v);
    demand.acceleration = Bounded(back + view.target_a, settings_);
    Axes<double> wanted;
    demand.thrust = control_.Aim(demand.acceleration, kAlongX, view.R, wanted);
    demand.torque = control_.Turn(view.R, wanted, view.w_B, kZero);
    return demand;
  }

 private:
  PilotSettings settings_;
  Geometric control_;
};

class MellingerPilot final : public Pilot {
 public:
  MellingerPilot(const rotorcraft::Airframe& airframe, const PilotSettings& settings)
      : settings_(settings), control_(airframe, SettingsOf(settings)) {}

  // Integral of the error (m s), direction of the force one call ago, whether there was one.
  int memory_size() const override { return 7; }

  PilotDemand Fly(const PilotView& view, std::span<double> memory) const override {
    // The firmware's gains, per mass of a Crazyflie of 27 g: 1/s^2, 1/s, 1/s^3.
    constexpr double kMass = 0.027;
    constexpr double kP[3] = {0.4 / kMass, 0.4 / kMass, 1.25 / kMass};
    constexpr double kD[3] = {0.2 / kMass, 0.2 / kMass, 0.5 / kMass};
    constexpr double kI = 0.05 / kMass, kMost[3] = {2.0, 2.0, 0.4};
    // Slower where the loop is asked rarely: gains of position and of speed scale with the square
    // of the attitude loop's speed and with it.
    const double pace = std::min(1.0, std::sqrt(control_.attitude_gain()) / 20);
    PilotDemand demand;
    Vec3<double> a;
    for (int i = 0; i < 3; ++i) {
      const double error = (&view.target_p.x)[i] - (&view.p.x)[i];
      const double slip = (&view.target_v.x)[i] - (&view.v.x)[i];
      memory[i] = std::clamp(memory[i] + error * settings_.period, -kMost[i], kMost[i]);
      (&a.x)[i] = pace * pace * kP[i] * error + pace * kD[i] * slip +
                  pace * pace * pace * kI * memory[i] + (&view.target_a.x)[i];
    }
    demand.acceleration = Bounded(a, settings_);
    Axes<double> wanted;
    demand.thrust = control_.Aim(demand.acceleration, kAlongX, view.R, wanted);
    // z' = w x z gives the rates about x and y that keep up with the force.
    Vec3<double> rate = kZero;
    if (memory[6] > 0.5) {
      const Vec3<double> before = {memory[3], memory[4], memory[5]};
      const Vec3<double> moved = (wanted.z - before) * (0.5 / settings_.period);
      rate = {std::clamp(-Dot(moved, wanted.y), -3.0, 3.0),
              std::clamp(Dot(moved, wanted.x), -3.0, 3.0), 0.0};
    }
    memory[3] = wanted.z.x, memory[4] = wanted.z.y, memory[5] = wanted.z.z, memory[6] = 1.0;
    demand.torque = control_.Turn(view.R, wanted, view.w_B, rate);
    return demand;
  }

 private:
  PilotSettings settings_;
  Geometric control_;
};

}  // namespace

std::unique_ptr<Pilot> MakeGeometricPilot(const rotorcraft::Airframe& airframe,
                                          const PilotSettings& settings) {
  return std::make_unique<GeometricPilot>(airframe, settings);
}
std::unique_ptr<Pilot> MakeMellingerPilot(const rotorcraft::Airframe& airframe,
                                          const PilotSettings& settings) {
  return std::make_unique<MellingerPilot>(airframe, settings);
}

}  // namespace flyball::policies
