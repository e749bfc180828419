// Which currents make a torque.
#ifndef FLYBALL_ENVS_POLICIES_OPERATING_POINT_H_
#define FLYBALL_ENVS_POLICIES_OPERATING_POINT_H_

#include <algorithm>
#include <cmath>

#include "envs/policies/drive_axes.h"
#include "envs/policies/drive_control.h"

namespace flyball {

// The shortest current (d, q) that gives `torque` (N m) = 1.5 p (psi + saliency i_d) i_q k, up to a
// length of `most` (A): by bisection of its length.
inline Dq<double> ShortestCurrent(double torque, double factor, double psi, double saliency,
                                  double most) {
  const auto torque_of = [&](const Dq<double>& i) { return factor * (psi + saliency * i.d) * i.q; };
  double low = 0, high = most;
  for (int k = 0; k < 40; ++k) {
    const double middle = 0.5 * (low + high);
    const bool enough = torque_of(MaxTorqueCurrent(psi, saliency, middle)) >= std::fabs(torque);
    (enough ? high : low) = middle;
  }
  Dq<double> i = MaxTorqueCurrent(psi, saliency, high);
  if (torque < 0) i.q = -i.q;
  return i;
}

// Currents along the axes of a machine that make `torque`, with `weakening` (A, <= 0) added along d.
inline void CurrentsFor(const PermExDc& m, const DriveControlSettings& s, const Axes&,
                        double torque, double, double* i) {
  i[0] = std::clamp(torque / m.psi_e, -s.i_nominal, s.i_nominal);
}
inline void CurrentsFor(const SeriesDc& m, const DriveControlSettings& s, const Axes&,
                        double torque, double, double* i) {
  i[0] = std::min(std::sqrt(std::max(torque, 0.0) / m.l_e_prime), s.i_nominal);
}
// Both windings alike, since torque is the product of their currents; less flux where its back-EMF
// would use up the armature's voltage.
inline void CurrentsFor(const ExtExDc& m, const DriveControlSettings& s, const Axes& now,
                        double torque, double, double* i) {
  i[1] = std::clamp(std::sqrt(std::fabs(torque) / m.l_e_prime), 0.1 * s.i_e_nominal, s.i_e_nominal);
  i[1] = std::min(i[1], 0.8 * s.u_sup / (m.l_e_prime * std::max(std::fabs(now.omega), 1.0)));
  const double flux = std::max(now.flux, 0.05 * s.i_e_nominal * m.l_e_prime);
  i[0] = std::clamp(torque / flux, -s.i_nominal, s.i_nominal);
}
// One voltage u drives both windings, and what it must be for the armature's current decides what
// the exciting current does: l_e i_e' = u - r_e i_e = r_a i_a - (r_e - l_e' omega) i_e. Braking takes
// flux away, and beyond zero flux torque has the other sign. So the armature's current is kept where
// the exciting current may approach its ends no faster than within 5 ms of them.
inline void CurrentsFor(const ShuntDc& m, const DriveControlSettings& s, const Axes& now,
                        double torque, double, double* i) {
  const double flux = std::max(now.flux, 0.02 * s.i_e_nominal * m.l_e_prime);
  const double i_e = now.flux / m.l_e_prime, pace = m.l_e / 5e-3;
  const double least = 0.005 * s.i_e_limit, most = s.i_e_nominal;
  const double hold = m.r_e * i_e - now.motion[0];  // r_a times the current at which i_e stays
  const double low = (hold - pace * (i_e - least)) / m.r_a;
  const double high = (hold + pace * (most - i_e)) / m.r_a;
  i[0] = std::clamp(torque / flux, -s.i_nominal, s.i_nominal);
  i[0] = std::clamp(std::clamp(i[0], low, std::max(low, high)), -s.i_nominal, s.i_nominal);
}

// The flux (Wb) whose turning induces what the supply can just exceed.
inline double MostFlux(const DriveControlSettings& s, const Axes& now) {
  return 0.85 * s.u_sup * std::numbers::inv_sqrt3 / std::max(std::fabs(now.speed), 1.0);
}
// Adds `weakening` along d, keeps the flux along d below what the speed allows, and leaves along q
// what current and voltage then allow.
inline void Weaken(const DriveControlSettings& s, const Axes& now, double l_d, double l_q,
                   double weakening, double* i) {
  const double flux = MostFlux(s, now);
  i[0] = std::min(i[0] + weakening, (0.9 * flux - now.flux) / l_d);
  i[0] = std::clamp(i[0], -0.95 * s.i_nominal, 0.95 * s.i_nominal);
  double room = std::sqrt(s.i_nominal * s.i_nominal - i[0] * i[0]);
  const double along = now.flux + l_d * i[0];
  const double across = std::sqrt(std::max(0.0, flux * flux - along * along)) / l_q;
  room = std::min(room, std::max(across, 0.1 * s.i_nominal));
  i[1] = std::clamp(i[1], -room, room);
}
inline void CurrentsFor(const Pmsm& m, const DriveControlSettings& s, const Axes& now,
                        double torque, double weakening, double* i) {
  const Dq<double> best = ShortestCurrent(torque, 1.5 * m.p, m.psi_p, m.l_d - m.l_q, s.i_nominal);
  i[0] = best.d;
  i[1] = best.q;
  // Reluctance machines weaken by less current along d, never by one against it.
  if (m.psi_p == 0) weakening = std::max(weakening, -best.d);
  Weaken(s, now, m.l_d, m.l_q, weakening, i);
}
// The exciting current follows the root of the torque, as the stator's does.
inline void CurrentsFor(const Eesm& m, const DriveControlSettings& s, const Axes& now,
                        double torque, double weakening, double* i) {
  const double most = MaxTorque(m, s.i_nominal, 0.8 * s.i_e_limit);
  i[2] = 0.8 * s.i_e_limit * std::clamp(std::sqrt(std::fabs(torque) / most), 0.2, 1.0) *
         std::max(0.1, 1 + weakening / s.i_nominal);
  i[2] = std::min(i[2], 0.7 * MostFlux(s, now) / m.l_m);
  const double psi = std::max(now.flux, 0.05 * s.i_e_limit * m.l_m);
  const Dq<double> best = ShortestCurrent(torque, 1.5 * m.p, psi, m.l_d - m.l_q, s.i_nominal);
  i[0] = best.d;
  i[1] = best.q;
  Weaken(s, now, m.l_d, m.l_q, weakening, i);
}
// The flux of half the nominal current, less where the voltage is used up.
inline void CurrentsFor(const InductionMachine& m, const DriveControlSettings& s, const Axes& now,
                        double torque, double weakening, double* i) {
  i[0] = std::clamp(0.6 * s.i_nominal + weakening, 0.1 * s.i_nominal, 0.6 * s.i_nominal);
  const double flux = std::max(now.flux, 0.02 * s.i_nominal * m.l_m);
  const double room = std::sqrt(s.i_nominal * s.i_nominal - i[0] * i[0]);
  i[1] = std::clamp(torque / (1.5 * m.p * flux), -room, room);
}
inline void CurrentsFor(const SixPhasePmsm& m, const DriveControlSettings& s, const Axes& now,
                        double torque, double weakening, double* i) {
  const double factor = (m.mechanical_emf ? 1.5 : 3.0) * m.p;
  const Dq<double> best = ShortestCurrent(torque, factor, m.psi_pm, m.l_d - m.l_q, s.i_nominal);
  i[0] = best.d;
  i[1] = best.q;
  i[2] = i[3] = 0;
  Weaken(s, now, m.l_d, m.l_q, weakening, i);
}

}  // namespace flyball

#endif  // FLYBALL_ENVS_POLICIES_OPERATING_POINT_H_
