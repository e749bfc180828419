// The numbers a three-phase drive can show, in the order in which they are shown.
#ifndef FLYBALL_ENVS_MOTOR_QUANTITY_H_
#define FLYBALL_ENVS_MOTOR_QUANTITY_H_

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace flyball::motor {

enum class Quantity : int {
  kOmega,
  kTorque,
  kIA,
  kIB,
  kIC,
  kISd,
  kISq,
  kUA,
  kUB,
  kUC,
  kUSd,
  kUSq,
  kEpsilon,
  kUSup,
  kCosEpsilon,
  kSinEpsilon,
  kErrorAlpha,
  kErrorBeta,
};
inline constexpr int kNumQuantities = 18;

struct QuantityInfo {
  std::string_view name;
  std::string_view unit;  // of the number before it is scaled
  std::string_view doc;
};
inline constexpr std::array<QuantityInfo, kNumQuantities> kQuantities = {{
    {"omega", "rad/s", "mechanical speed"},
    {"torque", "N m", "torque of the machine on its rotor"},
    {"i_a", "A", "current into phase a"},
    {"i_b", "A", "current into phase b"},
    {"i_c", "A", "current into phase c"},
    {"i_sd", "A", "stator current along the magnet"},
    {"i_sq", "A", "stator current across the magnet"},
    {"u_a", "V", "voltage of phase a during the last step"},
    {"u_b", "V", "voltage of phase b during the last step"},
    {"u_c", "V", "voltage of phase c during the last step"},
    {"u_sd", "V", "the last step's voltage along the magnet"},
    {"u_sq", "V", "the last step's voltage across the magnet"},
    {"epsilon", "rad", "electrical angle of the rotor, from -pi to pi"},
    {"u_sup", "V", "supply voltage"},
    {"cos_epsilon", "1", "cosine of the electrical angle"},
    {"sin_epsilon", "1", "sine of the electrical angle"},
    {"error_alpha", "A", "current reference less current, seen from the stator, on phase a"},
    {"error_beta", "A", "current reference less current, seen from the stator, across phase a"},
}};

// Throws InputError with the nearest name; `where` is how the option is called.
Quantity QuantityNamed(std::string_view name, std::string_view where);

}  // namespace flyball::motor

#endif  // FLYBALL_ENVS_MOTOR_QUANTITY_H_
