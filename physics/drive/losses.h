// What a machine loses besides the heat of its windings: in its iron, and by friction of its own.
#ifndef FLYBALL_PHYSICS_DRIVE_LOSSES_H_
#define FLYBALL_PHYSICS_DRIVE_LOSSES_H_

#include "physics/drive/machines.h"

namespace flyball {

// Power = (hysteresis |w| + eddy w^2) psi^2, with w the electrical speed of the rotor (rad/s; DC
// machines: mechanical) and psi the linkage of the main flux (Wb): Steinmetz' and the classical term
// at the fundamental. It brakes the shaft by power / omega. And power = pulses |d psi / dt|^2 with the
// flux as the rotor sees it, where the fundamental stands still: the classical term of the flux's
// ripple under pulses, and of slip. That comes out of the supply.
struct IronLoss {
  double hysteresis = 0;                // W s / (rad Wb^2), >= 0
  double eddy = 0;                      // W s^2 / (rad^2 Wb^2) = S, >= 0
  double pulses = 0;                    // S, >= 0
  static constexpr double kKnee = 1.0;  // rad/s electrical: below, hysteresis falls to zero
};

// Of bearings and of the air about the rotor; brakes the shaft.
struct Friction {
  double a = 0, b = 0, c = 0;           // N m, N m s/rad, N m s^2/rad^2, >= 0
  static constexpr double kKnee = 0.1;  // rad/s: below, a falls to zero
  double Torque(double omega) const {
    return a * Clamp(omega / kKnee, -1.0, 1.0) + b * omega + c * omega * Abs(omega);
  }
};

// The square of the linkage of the main flux, Wb^2, in state x.
inline double FluxSquared(const PermExDc& m, const double*) { return m.psi_e * m.psi_e; }
inline double FluxSquared(const SeriesDc& m, const double* x) {
  return (m.l_e_prime * x[0]) * (m.l_e_prime * x[0]);
}
inline double FluxSquared(const ExtExDc& m, const double* x) {
  return (m.l_e_prime * x[1]) * (m.l_e_prime * x[1]);
}
inline double FluxSquared(const Pmsm& m, const double* x) {
  const double d = m.psi_p + m.l_d * x[0], q = m.l_q * x[1];
  return d * d + q * q;
}
inline double FluxSquared(const Eesm& m, const double* x) {
  const double d = m.l_m * x[2] + m.l_d * x[0], q = m.l_q * x[1];
  return d * d + q * q;
}
inline double FluxSquared(const SixPhasePmsm& m, const double* x) {
  const double d = m.psi_pm + m.l_d * x[0], q = m.l_q * x[1];
  return d * d + q * q;
}
inline double FluxSquared(const InductionMachine& m, const double* x) {
  const double share = m.l_m / m.l_r();
  const double alpha = m.l_transient() * x[0] + share * x[2];
  const double beta = m.l_transient() * x[1] + share * x[3];
  return alpha * alpha + beta * beta;
}

// The square of the rate of the main flux as the rotor sees it, V^2, at state x that moves by dx / dt
// while the rotor turns by `speed` (electrical rad/s).
inline double FluxRateSquared(const PermExDc&, const double*, const double*, double) { return 0; }
inline double FluxRateSquared(const SeriesDc& m, const double*, const double* dx, double) {
  return (m.l_e_prime * dx[0]) * (m.l_e_prime * dx[0]);
}
inline double FluxRateSquared(const ExtExDc& m, const double*, const double* dx, double) {
  return (m.l_e_prime * dx[1]) * (m.l_e_prime * dx[1]);
}
inline double FluxRateSquared(const Pmsm& m, const double*, const double* dx, double) {
  return (m.l_d * dx[0]) * (m.l_d * dx[0]) + (m.l_q * dx[1]) * (m.l_q * dx[1]);
}
inline double FluxRateSquared(const Eesm& m, const double*, const double* dx, double) {
  const double d = m.l_m * dx[2] + m.l_d * dx[0], q = m.l_q * dx[1];
  return d * d + q * q;
}
inline double FluxRateSquared(const SixPhasePmsm& m, const double*, const double* dx, double) {
  return (m.l_d * dx[0]) * (m.l_d * dx[0]) + (m.l_q * dx[1]) * (m.l_q * dx[1]);
}
// Of a flux (Wb) in the stator and its rate there (V).
inline double FluxRateSquared(const AlphaBeta<double>& psi, const AlphaBeta<double>& rate,
                              double speed) {
  const double alpha = rate.alpha + speed * psi.beta, beta = rate.beta - speed * psi.alpha;
  return alpha * alpha + beta * beta;
}
inline double FluxRateSquared(const InductionMachine& m, const double* x, const double* dx,
                              double speed) {
  const double share = m.l_m / m.l_r(), l = m.l_transient();
  return FluxRateSquared(AlphaBeta<double>{l * x[0] + share * x[2], l * x[1] + share * x[3]},
                         AlphaBeta<double>{l * dx[0] + share * dx[2], l * dx[1] + share * dx[3]},
                         speed);
}

// The braking torque of the iron, N m; pole_pairs 1 for DC machines.
inline double IronTorque(const IronLoss& iron, double pole_pairs, double omega,
                         double flux_squared) {
  const double speed = pole_pairs * omega;
  const double hysteresis = iron.hysteresis * Clamp(speed / IronLoss::kKnee, -1.0, 1.0);
  return pole_pairs * (hysteresis + iron.eddy * speed) * flux_squared;
}

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_DRIVE_LOSSES_H_
