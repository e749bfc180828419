// What each preset is. "gem" is gym-electric-motor 3.0.3 within an episode, quirks included;
// "default" is the same machine, control rate and goal with the physics and the scaling as they
// should be, and with episodes an agent can learn from.
#include <cmath>

#include "envs/motor/settings.h"

namespace flyball::motor {
namespace {

constexpr double kRpm = std::numbers::pi / 30;  // rad/s

DriveSettings Common(bool finite) {
  DriveSettings settings;
  settings.finite = finite;
  settings.tau = finite ? 1e-5 : 1e-4;
  settings.limits = {.omega = 4000 * kRpm, .i = 400, .u = 300, .torque = 0};
  settings.nominal = {.omega = 3000 * kRpm, .i = 240, .u = 300, .torque = 0};
  // The peer feeds its finite-set drives from 420 V and this continuous one from 300 V.
  settings.supply.u_nominal = finite ? 420 : 300;
  settings.reference.states = {Quantity::kISd, Quantity::kISq};
  // The peer never cuts an episode; Gymnasium registers one limit for an id, whatever its preset.
  settings.max_episode_steps = kMaxEpisodeSteps;
  settings.constraints = {{.squared = true, .states = settings.reference.states}};
  return settings;
}

DriveSettings Gem(bool finite) {
  DriveSettings settings = Common(finite);
  settings.quirks = {.frozen_rotor_voltage = true,
                     .stale_angle = true,
                     .midpoint_voltages = true,
                     .open_for_whole_step = true,
                     .noise_is_real = true,
                     .unclipped = true};
  for (int k = 0; k <= static_cast<int>(Quantity::kUSup); ++k) {
    settings.shown.push_back(static_cast<Quantity>(k));
  }
  // A punishment of -1 / (1 - gamma) for gamma = 0.9, as the peer computes it.
  settings.reward = {.weights = {0.5, 0.5}, .power = 1, .bias = 0, .violation = -1 / (1 - 0.9)};
  return settings;
}

DriveSettings Default(bool finite) {
  DriveSettings settings = Common(finite);
  using enum Quantity;
  // Enough to control the machine with a linear policy at constant speed: where the rotor is, what
  // flows, and the error as the phases see it.
  settings.shown = {kOmega, kTorque, kIA,         kIB,         kIC,         kISd,      kISq,
                    kUSd,   kUSq,    kCosEpsilon, kSinEpsilon, kErrorAlpha, kErrorBeta};
  // Between 0 and 1 at each step, so that it never pays to end an episode early.
  settings.reward = {.weights = {0.5, 0.5}, .power = 1, .bias = 1, .violation = 0};
  // Steps of a walk grow with the square root of time. At most 4 A in 0.1 ms: the supply can drive
  // the q current by 12 A in that time.
  const double pace = std::sqrt(settings.tau / 1e-4);
  settings.reference.sigma = {1e-3 * pace, 1e-2 * pace};
  settings.start_current = 0.25;
  settings.start_any_angle = true;
  return settings;
}

}  // namespace

DriveSettings PresetSettings(bool finite, const std::string& preset) {
  return preset == "gem" ? Gem(finite) : Default(finite);
}

void SetScales(DriveSettings& settings) {
  const auto set = [&](Quantity quantity, double scale, double bound) {
    const int k = static_cast<int>(quantity);
    settings.scale[k] = scale;
    settings.high[k] = bound;
    settings.low[k] = -bound;
  };
  using enum Quantity;
  const bool gem = settings.quirks.unclipped;
  const double u_sup = settings.supply.u_nominal;
  // Sensors reach a quarter beyond the limit: what is shown stops there.
  const double reach = gem ? kInfinity : 1.25;
  set(kOmega, settings.limits.omega, gem && settings.load.constant_speed() ? 1.0 : reach);
  set(kTorque, settings.limits.torque, gem ? kInfinity : reach * reach);
  for (const Quantity current : {kIA, kIB, kIC, kISd, kISq}) set(current, settings.limits.i, reach);
  // The longest voltage vector of the bridge is 2/3 of the supply, in the rotor frame too. One
  // scale for all voltages: that one, or half the machine's rated supply in the peer.
  const double longest = 2 * u_sup / 3;
  const double u_scale = gem ? settings.limits.u / 2 : longest;
  const double phase = settings.quirks.midpoint_voltages ? u_sup / 2 : longest;
  // Unclipped numbers may exceed what they stand for by rounding.
  const double slack = gem ? 1 + 1e-9 : 1.0;
  for (const Quantity u : {kUA, kUB, kUC}) set(u, u_scale, slack * phase / u_scale);
  for (const Quantity u : {kUSd, kUSq}) set(u, u_scale, slack * longest / u_scale);
  set(kEpsilon, std::numbers::pi, 1.0);
  set(kUSup, u_sup, 1.0);
  settings.low[static_cast<int>(kUSup)] = 0.0;
  for (const Quantity x : {kCosEpsilon, kSinEpsilon}) set(x, 1.0, 1.0);
  for (const Quantity x : {kErrorAlpha, kErrorBeta}) set(x, settings.limits.i, gem ? reach : 2.0);
  if (!gem) return;
  for (const Quantity noisy : settings.noise.states) {
    settings.low[static_cast<int>(noisy)] = -kInfinity;
    settings.high[static_cast<int>(noisy)] = kInfinity;
  }
}

}  // namespace flyball::motor
