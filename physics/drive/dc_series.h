// Direct-current machine with armature and exciting winding in series. State: their current i (A).
// Its torque has one sign, whatever the sign of the current.
#ifndef FLYBALL_PHYSICS_DRIVE_DC_SERIES_H_
#define FLYBALL_PHYSICS_DRIVE_DC_SERIES_H_

#include "physics/drive/machine.h"

namespace flyball {

struct SeriesDc {
  double r_a = 16e-3;
  double r_e = 0.048;
  double l_a = 19e-6;
  double l_e_prime = 1.7e-3;
  double l_e = 5.4e-3;
  double j_rotor = 0.0025;

  static constexpr int kStates = 1, kInputs = 1, kTerminals = 1;
  static constexpr bool kHasAngle = false;
  static constexpr std::array<Turn, 0> kTurns = {};
  static constexpr auto Parameters() {
    using M = SeriesDc;
    using P = Parameter<M>;
    return std::array{
        P{&M::r_a, "r_a", "Ohm", Allowed::kPositive, "armature resistance"},
        P{&M::r_e, "r_e", "Ohm", Allowed::kPositive, "resistance of the exciting winding"},
        P{&M::l_a, "l_a", "H", Allowed::kPositive, "armature inductance"},
        P{&M::l_e_prime, "l_e_prime", "H", Allowed::kPositive, "flux seen by the armature per A"},
        P{&M::l_e, "l_e", "H", Allowed::kPositive, "inductance of the exciting winding"},
        P{&M::j_rotor, "j_rotor", "kg m^2", Allowed::kPositive, "moment of inertia of the rotor"}};
  }

  template <class T>
  FLYBALL_INLINE void Derivative(const T* x, const T* u, const T& omega, T* dx) const {
    dx[0] = (u[0] - (r_a + r_e) * x[0] - l_e_prime * (omega * x[0])) / (l_a + l_e);
  }
  template <class T>
  FLYBALL_INLINE T Torque(const T* x) const {
    return l_e_prime * (x[0] * x[0]);
  }
  template <class T>
  FLYBALL_INLINE T FieldEnergy(const T* x) const {
    return (0.5 * (l_a + l_e)) * (x[0] * x[0]);
  }
  template <class T>
  FLYBALL_INLINE T CopperLoss(const T* x) const {
    return (r_a + r_e) * (x[0] * x[0]);
  }
  template <class T>
  FLYBALL_INLINE T InputPower(const T* x, const T* u) const {
    return u[0] * x[0];
  }
  template <class T>
  FLYBALL_INLINE void Inputs(const T* terminal, const Frame<T>&, T* u) const {
    u[0] = terminal[0];
  }
  template <class T>
  FLYBALL_INLINE void Currents(const T* x, const Frame<T>&, T* terminal) const {
    terminal[0] = x[0];
  }
};

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_DRIVE_DC_SERIES_H_
