// The numbers a drive can show, in the order in which they are shown: the peer's first, then what it
// adds by wrappers or not at all.
#ifndef FLYBALL_ENVS_MOTOR_QUANTITY_H_
#define FLYBALL_ENVS_MOTOR_QUANTITY_H_

#include <string>
#include <string_view>
#include <vector>

#include "envs/motor/task.h"

namespace flyball::motor {

// What decides a quantity's scale and bounds.
enum class Role {
  kSpeed,
  kTorque,
  kCurrent,
  kExcitingCurrent,
  kDirectVoltage,  // of a winding between two outputs, up to the whole supply
  kPhaseVoltage,
  kVectorVoltage,  // d, q and the like
  kAngle,
  kSupply,
  kUnit,   // cosines and sines
  kError,  // of a current, seen from the stator
  kFlux,
};

// A quantity in SI units is shown divided by `scale`; what is shown lies in [low, high].
struct Quantity {
  std::string name;
  Role role;
  std::string doc;
  double scale = 1.0, low = -1.0, high = 1.0;
  bool one_sided = false;  // the peer's space starts at 0

  std::string_view unit() const;  // of the number before it is scaled
};

// All quantities of a machine. The peer shows the first NumPeerQuantities of them.
std::vector<Quantity> QuantitiesOf(MachineKind machine);
int NumPeerQuantities(MachineKind machine);

// The index of a quantity. Throws InputError with the nearest name; `where` is how the option is
// called.
int QuantityNamed(const std::vector<Quantity>& quantities, std::string_view name,
                  std::string_view where);

}  // namespace flyball::motor

#endif  // FLYBALL_ENVS_MOTOR_QUANTITY_H_
