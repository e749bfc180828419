// What turns with the rotor: its speed held by a stronger machine, or inertia and friction.
#ifndef FLYBALL_PHYSICS_DRIVE_LOAD_H_
#define FLYBALL_PHYSICS_DRIVE_LOAD_H_

#include <vector>

#include "physics/numeric/lanes.h"

namespace flyball {

struct MechanicalLoad {
  enum class Kind {
    kConstantSpeed,      // omega stays what it was at reset, whatever the torque
    kPolynomialStatic,   // inertia, and a braking torque a + b |omega| + c omega^2
    kExternalSpeed,      // omega follows a profile, whatever the torque
    kOrnsteinUhlenbeck,  // omega wanders about a mean, whatever the torque
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
  // kExternalSpeed: rad/s at the start of step 0, 1, ...; straight in between, the last stays.
  std::vector<double> profile;
  double lag = 0.0;  // s: 0: the profile is met at the end of each step; else the speed runs after
                     // the step's target with this time constant
  // kOrnsteinUhlenbeck: d omega = theta (mu - omega) dt + sigma dW, kept in [low, high].
  double mu = 0.0;                    // rad/s
  double theta = 10.0;                // 1/s, > 0
  double sigma = 100.0;               // rad/s per root of a second, >= 0
  double low = -200.0, high = 200.0;  // rad/s

  bool constant_speed() const { return kind == Kind::kConstantSpeed; }
  // Whether the speed is prescribed step by step: then `ramp` below decides.
  bool imposed() const { return kind == Kind::kExternalSpeed || kind == Kind::kOrnsteinUhlenbeck; }
  // Acceleration of the shaft, rad/s^2, under the machine's torque; `j_rotor` in kg m^2. `ramp`, for
  // imposed speeds: that acceleration (lag 0), or the speed to run after.
  template <class T>
  FLYBALL_INLINE T Acceleration(const T& omega, const T& torque, double j_rotor,
                                const T& ramp) const {
    if (constant_speed()) return T(0.0);
    if (imposed()) return lag > 0 ? (ramp - omega) / lag : ramp;
    const double inertia = j_load + j_rotor;
    return (torque - Brake(omega, inertia)) / inertia;
  }
  // The braking torque, N m, with the sign of omega; `inertia` is that of the whole shaft.
  template <class T>
  FLYBALL_INLINE T Brake(const T& omega, double inertia) const {
    // With a = 0 the slope would act at no speed but exactly zero, where it is zero.
    T brake = b * omega;
    if (a > 0) {
      brake += Select(Abs(omega) > a * tau_decay / inertia, a * Sign(omega),
                      (inertia / tau_decay) * omega);
    }
    if (c > 0) brake += c * (omega * Abs(omega));
    return brake;
  }
};

// Throws InputError naming the parameter.
void CheckLoad(const MechanicalLoad& load);

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_DRIVE_LOAD_H_
