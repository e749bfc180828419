// What a machine loses besides the heat of its windings: in its iron, and by friction of its own.
#ifndef FLYBALL_PHYSICS_DRIVE_LOSSES_H_
#define FLYBALL_PHYSICS_DRIVE_LOSSES_H_

#include "physics/drive/machines.h"

namespace flyball {

// Power = (hysteresis |w| + eddy w^2) psi^2, with w the electrical speed of the rotor (rad/s; DC
// machines: mechanical) and psi the linkage of the main flux (Wb): Steinmetz' and the classical term
// at the fundamental. It brakes the shaft by power / omega.
struct IronLoss {
  double hysteresis = 0;                // W s / (rad Wb^2), >= 0
  double eddy = 0;                      // W s^2 / (rad^2 Wb^2) = S, >= 0
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

// The braking torque of the iron, N m; pole_pairs 1 for DC machines.
inline double IronTorque(const IronLoss& iron, double pole_pairs, double omega,
                         double flux_squared) {
  const double speed = pole_pairs * omega;
  const double hysteresis = iron.hysteresis * Clamp(speed / IronLoss::kKnee, -1.0, 1.0);
  return pole_pairs * (hysteresis + iron.eddy * speed) * flux_squared;
}

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_DRIVE_LOSSES_H_
