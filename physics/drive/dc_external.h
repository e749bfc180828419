// Direct-current machine whose exciting winding has a supply of its own. State: armature current
// i_a and exciting current i_e (A).
#ifndef FLYBALL_PHYSICS_DRIVE_DC_EXTERNAL_H_
#define FLYBALL_PHYSICS_DRIVE_DC_EXTERNAL_H_

#include "physics/drive/machine.h"

namespace flyball {

struct ExtExDc {
  double r_a = 16e-3;
  double r_e = 0.16;
  double l_a = 19e-6;
  double l_e_prime = 1.7e-3;
  double l_e = 5.4e-3;
  double j_rotor = 0.0025;

  static constexpr int kStates = 2, kInputs = 2, kTerminals = 2;
  static constexpr bool kHasAngle = false;
  static constexpr std::array<Turn, 0> kTurns = {};
  template <class M>
  static constexpr auto ParametersOf() {
    using P = Parameter<M>;
    return std::array{
        P{&M::r_a, "r_a", "Ohm", Allowed::kPositive, "armature resistance"},
        P{&M::r_e, "r_e", "Ohm", Allowed::kPositive, "resistance of the exciting winding"},
        P{&M::l_a, "l_a", "H", Allowed::kPositive, "armature inductance"},
        P{&M::l_e_prime, "l_e_prime", "H", Allowed::kPositive,
          "flux seen by the armature per exciting current"},
        P{&M::l_e, "l_e", "H", Allowed::kPositive, "inductance of the exciting winding"},
        P{&M::j_rotor, "j_rotor", "kg m^2", Allowed::kPositive, "moment of inertia of the rotor"}};
  }
  static constexpr auto Parameters() { return ParametersOf<ExtExDc>(); }

  template <class T>
  FLYBALL_INLINE void Derivative(const T* x, const T* u, const T& omega, T* dx) const {
    dx[0] = (u[0] - r_a * x[0] - l_e_prime * (omega * x[1])) / l_a;
    dx[1] = (u[1] - r_e * x[1]) / l_e;
  }
  template <class T>
  FLYBALL_INLINE T Torque(const T* x) const {
    return l_e_prime * (x[0] * x[1]);
  }
  template <class T>
  FLYBALL_INLINE T FieldEnergy(const T* x) const {
    return 0.5 * (l_a * (x[0] * x[0]) + l_e * (x[1] * x[1]));
  }
  template <class T>
  FLYBALL_INLINE T CopperLoss(const T* x) const {
    return r_a * (x[0] * x[0]) + r_e * (x[1] * x[1]);
  }
  template <class T>
  FLYBALL_INLINE T InputPower(const T* x, const T* u) const {
    return u[0] * x[0] + u[1] * x[1];
  }
  template <class T>
  FLYBALL_INLINE void Inputs(const T* terminal, const Frame<T>&, T* u) const {
    u[0] = terminal[0];
    u[1] = terminal[1];
  }
  template <class T>
  FLYBALL_INLINE void Currents(const T* x, const Frame<T>&, T* terminal) const {
    terminal[0] = x[0];
    terminal[1] = x[1];
  }
};

// The two windings side by side on one pair of terminals.
struct ShuntDc : ExtExDc {
  ShuntDc() { r_e = 0.4; }
  static constexpr int kTerminals = 1;
  static constexpr auto Parameters() { return ParametersOf<ShuntDc>(); }

  template <class T>
  FLYBALL_INLINE void Inputs(const T* terminal, const Frame<T>&, T* u) const {
    u[0] = terminal[0];
    u[1] = terminal[0];
  }
  template <class T>
  FLYBALL_INLINE void Currents(const T* x, const Frame<T>&, T* terminal) const {
    terminal[0] = x[0] + x[1];
  }
};

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_DRIVE_DC_EXTERNAL_H_
