// What turns with the rotor: its speed held by a stronger machine, or inertia and friction.
#ifndef FLYBALL_PHYSICS_DRIVE_LOAD_H_
#define FLYBALL_PHYSICS_DRIVE_LOAD_H_

#include "physics/numeric/lanes.h"

namespace flyball {

struct MechanicalLoad {
  enum class Kind {
    kConstantSpeed,     // omega stays what it was at reset, whatever the torque
    kPolynomialStatic,  // inertia, and a braking torque a + b |omega| + c omega^2
  };
  Kind kind = Kind::kConstantSpeed;
  double omega = 100.0;  // speed at reset, rad/s
  // kPolynomialStatic:
  double a = 0.0;           // Coulomb friction, N m, >= 0
  double b = 0.0;           // viscous friction, N m s/rad, >= 0
  double c = 0.0;           // drag, N m s^2/rad^2, >= 0
  double j_load = 1e-5;     // moment of inertia, kg m^2, >= 0
  double tau_decay = 1e-3;  // s, > 0: near standstill the Coulomb part is replaced by a slope that
                            // alone would bring the shaft to rest with this time constant

  bool constant_speed() const { return kind == Kind::kConstantSpeed; }
  // Acceleration of the shaft, rad/s^2, under the machine's torque; `j_rotor` in kg m^2.
  template <class T>
  FLYBALL_INLINE T Acceleration(const T& omega, const T& torque, double j_rotor) const {
    if (constant_speed()) return T(0.0);
    const double inertia = j_load + j_rotor;
    return (torque - Brake(omega, inertia)) / inertia;
  }
  // The braking torque, N m, with the sign of omega; `inertia` is that of the whole shaft.
  template <class T>
  FLYBALL_INLINE T Brake(const T& omega, double inertia) const {
    const T coulomb = Select(Abs(omega) > a * tau_decay / inertia, a * Sign(omega),
                             (inertia / tau_decay) * omega);
    // With a = 0 the slope would act at no speed but exactly zero, where it is zero.
    return c * (omega * Abs(omega)) + b * omega + coulomb;
  }
};

// Throws InputError naming the parameter.
void CheckLoad(const MechanicalLoad& load);

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_DRIVE_LOAD_H_
