// What every machine of physics/drive has in common, so that one stepper and one kernel serve all.
//
// A machine is a plain struct of parameters. Its electrical state x and its inputs u are short
// arrays; at one speed it is linear in both. With these members (T: double or Lanes<W>):
//
//   static constexpr int kStates, kInputs, kTerminals;   // sizes of x, u, and of the converter side
//   static constexpr bool kHasAngle;                      // whether an electrical angle is kept
//   static constexpr std::array<Turn, n> kTurns;          // inputs that turn in the machine's frame
//   static constexpr auto Parameters();                   // names, units, meanings
//   void Derivative(const T* x, const T* u, const T& omega, T* dx) const;   // per second
//   T Torque(const T* x) const;                           // N m, on the rotor
//   T FieldEnergy(const T* x) const;                      // J
//   T CopperLoss(const T* x) const;                       // W
//   T InputPower(const T* x, const T* u) const;           // W, into all windings
//   void Inputs(const T* terminal, const Frame<T>&, T* u) const;       // V of the converter's outputs
//   void Currents(const T* x, const Frame<T>&, T* terminal) const;     // A into them
//
// InputPower = CopperLoss + d FieldEnergy / dt + Torque * omega, identically.
#ifndef FLYBALL_PHYSICS_DRIVE_MACHINE_H_
#define FLYBALL_PHYSICS_DRIVE_MACHINE_H_

#include <array>
#include <string>

#include "physics/drive/check.h"
#include "physics/drive/three_phase.h"

namespace flyball {

// Of the electrical angle of the rotor.
template <class T>
struct Frame {
  T cosine, sine;
};

// Inputs u[first], u[first + 1], constant where the converter is, turn in the frame of the machine's
// equations at `sign` times the electrical speed (positive from the first towards the second).
struct Turn {
  int first;
  double sign;
};

enum class Allowed { kPositive, kNotNegative, kWhole };  // kWhole: 1, 2, ... 1000

template <class M>
struct Parameter {
  double M::*value;
  const char* name;
  const char* unit;
  Allowed allowed;
  const char* doc;
};

// Throws InputError naming the first parameter whose number cannot be.
template <class M>
void CheckParameters(const M& machine) {
  for (const Parameter<M>& parameter : M::Parameters()) {
    const std::string name = std::string("motor ") + parameter.name;
    const double value = machine.*parameter.value;
    switch (parameter.allowed) {
      case Allowed::kPositive:
        RequirePositive(name, value, parameter.unit);
        break;
      case Allowed::kNotNegative:
        RequireNotNegative(name, value, parameter.unit);
        break;
      case Allowed::kWhole:
        RequireWhole(name, value, 1, 1000);
    }
  }
}

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_DRIVE_MACHINE_H_
