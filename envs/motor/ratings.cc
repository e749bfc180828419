// What settings leave to be worked out: ratings, and the scales and bounds of what is shown.
#include <algorithm>
#include <cmath>

#include "envs/motor/settings.h"

namespace flyball::motor {
namespace {

// The peer's torque limits: at the most efficient point of the nominal current, or near it.
double PeerTorque(const DriveSettings& settings) {
  const Ratings &limits = settings.limits, &nominal = settings.nominal;
  if (settings.task.machine == MachineKind::kPmsm) {
    const Pmsm& m = std::get<Pmsm>(settings.machine);
    return MaxTorque(m, m.l_d == m.l_q ? limits.i : nominal.i, 0);
  }
  if (settings.task.machine == MachineKind::kEesm) {
    // It looks for the best angle with a flux of l_M times the stator's nominal current.
    const Eesm& m = std::get<Eesm>(settings.machine);
    const double saliency = m.l_d - m.l_q;
    const Dq<double> i = saliency == 0
                             ? Dq<double>{0, limits.i}
                             : MaxTorqueCurrent(1.5 * m.k * m.l_m * nominal.i, saliency, nominal.i);
    const double x[3] = {i.d, i.q, limits.i_e};
    return m.Torque(x);
  }
  return MaxTorque(settings.machine, limits.i, limits.i_e);
}

}  // namespace

void CompleteRatings(DriveSettings& settings) {
  Ratings &limits = settings.limits, &nominal = settings.nominal;
  if (settings.gem()) {
    const double peers = PeerTorque(settings);
    if (limits.torque == 0) limits.torque = peers;
    if (nominal.torque == 0) nominal.torque = std::min(peers, limits.torque);
    return;
  }
  // At the limit currents, so that nothing exceeds it.
  if (limits.torque == 0) limits.torque = MaxTorque(settings.machine, limits.i, limits.i_e);
  if (nominal.torque == 0) {
    nominal.torque = std::min(MaxTorque(settings.machine, nominal.i, nominal.i_e), limits.torque);
  }
}

double SpeedPace(const DriveSettings& settings) {
  const double inertia = RotorInertia(settings.machine) + settings.load.j_load;
  return settings.nominal.torque / inertia * settings.tau / settings.limits.omega;
}

void SetScales(DriveSettings& settings) {
  const bool gem = settings.gem();
  const double u_sup = settings.supply.most();
  // Sensors reach a quarter beyond the limit: what is shown stops there.
  const double reach = gem ? kInfinity : 1.25;
  // The longest voltage vector of a bridge is 2/3 of the supply, in the rotor frame too. One scale
  // for all of a machine's voltages: that one, or half the machine's rated supply in the peer.
  const double longest = 2 * u_sup / 3;
  const bool direct = settings.task.direct_current();
  const double u_scale = gem ? settings.limits.u / (direct ? 1 : 2) : direct ? u_sup : longest;
  // Unclipped numbers may exceed what they stand for by rounding.
  const double slack = gem ? 1 + 1e-9 : 1.0;
  const double phase = settings.quirks.midpoint_voltages ? u_sup / 2 : longest;
  for (Quantity& quantity : settings.quantities) {
    const auto set = [&](double scale, double bound) {
      quantity.scale = scale;
      quantity.high = bound;
      quantity.low = -bound;
    };
    switch (quantity.role) {
      case Role::kSpeed:
        set(settings.limits.omega, gem && settings.load.constant_speed() ? 1.0 : reach);
        break;
      case Role::kTorque:
        set(settings.limits.torque, reach * reach);
        break;
      case Role::kCurrent:
        // A sum of two currents reaches twice as far.
        set(settings.limits.i, quantity.name == "i_sum" ? 2 * reach : reach);
        break;
      case Role::kExcitingCurrent:
        set(settings.limits.i_e, reach);
        break;
      case Role::kDirectVoltage:
        set(gem || direct ? u_scale : u_sup, slack * u_sup / (gem ? u_scale : u_sup));
        break;
      case Role::kPhaseVoltage:
        set(u_scale, slack * phase / u_scale);
        break;
      case Role::kVectorVoltage:
        set(u_scale, slack * longest / u_scale);
        break;
      case Role::kAngle:
        set(std::numbers::pi, 1.0);
        break;
      case Role::kSupply:
        set(gem ? settings.supply.u_nominal : u_sup, slack * (gem ? std::numbers::sqrt2 : 1.0));
        if (settings.supply.kind == Supply::Kind::kIdeal) set(u_sup, 1.0);
        if (settings.supply.kind == Supply::Kind::kIdeal) quantity.low = 0.0;
        break;
      case Role::kUnit:
        set(1.0, 1.0 + (gem ? 1e-9 : 0.0));
        break;
      case Role::kError:
        set(settings.limits.i, gem ? kInfinity : 2.0);
        break;
      case Role::kFlux: {
        const double l_m = settings.task.machine == MachineKind::kScim
                               ? std::get<Scim>(settings.machine).l_m
                               : std::get<Dfim>(settings.machine).l_m;
        set(l_m * settings.limits.i, reach);
      }
    }
  }
  if (!gem) return;
  // A capacitor that the machine feeds may be charged to anything.
  const bool fed = settings.supply.kind == Supply::Kind::kRc;
  for (Quantity& quantity : settings.quantities) {
    const Role role = quantity.role;
    const bool voltage = role == Role::kDirectVoltage || role == Role::kPhaseVoltage ||
                         role == Role::kVectorVoltage || role == Role::kSupply;
    if (fed && voltage) {
      quantity.low = -kInfinity;
      quantity.high = kInfinity;
    }
  }
  for (const StateNoise& noise : settings.noise) {
    settings.quantities[noise.state].low = -kInfinity;
    settings.quantities[noise.state].high = kInfinity;
  }
}

}  // namespace flyball::motor
