// Direct-current machine excited by permanent magnets. State: armature current i (A).
#ifndef FLYBALL_PHYSICS_DRIVE_DC_PERMANENT_H_
#define FLYBALL_PHYSICS_DRIVE_DC_PERMANENT_H_

#include "physics/drive/machine.h"

namespace flyball {

struct PermExDc {
  double r_a = 16e-3;
  double l_a = 19e-6;
  double psi_e = 0.165;
  double j_rotor = 0.025;

  static constexpr int kStates = 1, kInputs = 1, kTerminals = 1;
  static constexpr bool kHasAngle = false;
  static constexpr std::array<Turn, 0> kTurns = {};
  static constexpr auto Parameters() {
    using P = Parameter<PermExDc>;
    return std::array{P{&PermExDc::r_a, "r_a", "Ohm", Allowed::kPositive, "armature resistance"},
                      P{&PermExDc::l_a, "l_a", "H", Allowed::kPositive, "armature inductance"},
                      P{&PermExDc::psi_e, "psi_e", "Wb", Allowed::kPositive, "flux of the magnets"},
                      P{&PermExDc::j_rotor, "j_rotor", "kg m^2", Allowed::kPositive,
                        "moment of inertia of the rotor"}};
  }

  template <class T>
  FLYBALL_INLINE void Derivative(const T* x, const T* u, const T& omega, T* dx) const {
    dx[0] = (u[0] - psi_e * omega - r_a * x[0]) / l_a;
  }
  template <class T>
  FLYBALL_INLINE T Torque(const T* x) const {
    return psi_e * x[0];
  }
  template <class T>
  FLYBALL_INLINE T FieldEnergy(const T* x) const {
    return (0.5 * l_a) * (x[0] * x[0]);
  }
  template <class T>
  FLYBALL_INLINE T CopperLoss(const T* x) const {
    return r_a * (x[0] * x[0]);
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

#endif  // FLYBALL_PHYSICS_DRIVE_DC_PERMANENT_H_
