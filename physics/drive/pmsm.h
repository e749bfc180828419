// Permanent-magnet synchronous machine in rotor coordinates: two stator currents and the rotor's
// electrical angle. Without a magnet (psi_p = 0) it is a synchronous reluctance machine.
#ifndef FLYBALL_PHYSICS_DRIVE_PMSM_H_
#define FLYBALL_PHYSICS_DRIVE_PMSM_H_

#include "physics/drive/three_phase.h"

namespace flyball {

// The defaults are a 240 A traction machine: Brosch, Hanke, Wallscheid, Boecker,
// doi 10.1109/TPEL.2020.3006779.
struct Pmsm {
  double r_s = 18e-3;        // stator resistance, Ohm, > 0
  double l_d = 0.37e-3;      // inductance along the magnet, H, > 0
  double l_q = 1.2e-3;       // inductance across it, H, > 0
  double psi_p = 66e-3;      // flux of the magnet seen by a phase, peak, Wb, >= 0
  double p = 3;              // pole pairs, a whole number >= 1
  double j_rotor = 0.03883;  // moment of inertia of the rotor, kg m^2, > 0

  // di/dt (A/s) under the terminal voltage u (V) at mechanical speed omega (rad/s).
  template <class T>
  FLYBALL_INLINE Dq<T> CurrentDerivative(const Dq<T>& i, const Dq<T>& u, const T& omega) const {
    const T speed = p * omega;  // electrical, rad/s
    return {(u.d - r_s * i.d + speed * (l_q * i.q)) / l_d,
            (u.q - r_s * i.q - speed * (l_d * i.d + psi_p)) / l_q};
  }
  // Electromagnetic torque on the rotor, N m.
  template <class T>
  FLYBALL_INLINE T Torque(const Dq<T>& i) const {
    return (1.5 * p) * ((psi_p + (l_d - l_q) * i.d) * i.q);
  }
  // Energy in the field of the currents, J, less that of the magnet alone.
  template <class T>
  FLYBALL_INLINE T FieldEnergy(const Dq<T>& i) const {
    return 0.75 * (l_d * i.d * i.d + l_q * i.q * i.q);
  }
  // Heat in the windings, W.
  template <class T>
  FLYBALL_INLINE T CopperLoss(const Dq<T>& i) const {
    return (1.5 * r_s) * (i.d * i.d + i.q * i.q);
  }
  // Electrical power into the terminals, W.
  template <class T>
  static FLYBALL_INLINE T TerminalPower(const Dq<T>& u, const Dq<T>& i) {
    return 1.5 * (u.d * i.d + u.q * i.q);
  }
};

// Throws InputError naming the parameter that no machine can have.
void CheckPmsm(const Pmsm& machine);

// The current of length `amplitude` (A, >= 0) that gives the most torque.
Dq<double> MaxTorqueCurrent(const Pmsm& machine, double amplitude);

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_DRIVE_PMSM_H_
