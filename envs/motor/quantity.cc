#include "envs/motor/quantity.h"

#include "physics/numeric/error.h"

namespace flyball::motor {
namespace {

const std::string kLast = " during the last step";

// Three phases and, where there is one, the vector behind them.
void AddPhases(std::vector<Quantity>& list, const std::string& prefix, const std::string& suffix,
               Role role, const std::string& what) {
  for (const char* phase : {"a", "b", "c"}) {
    const std::string name = phase + suffix;
    list.push_back({prefix + name, role,
                    role == Role::kCurrent ? "current into " + what + "phase " + name
                                           : "voltage of " + what + "phase " + name + kLast});
  }
}
void AddVector(std::vector<Quantity>& list, const std::string& prefix,
               const std::vector<std::string>& axes, Role role, const std::string& frame) {
  for (const std::string& axis : axes) {
    const std::string what = role == Role::kCurrent ? "current along " : "voltage along ";
    list.push_back({prefix + axis, role,
                    what + axis + " of " + frame + (role == Role::kCurrent ? "" : kLast)});
  }
}
void AddErrors(std::vector<Quantity>& list) {
  list.push_back({"error_alpha", Role::kError,
                  "current reference less current, seen from the stator, on phase a"});
  list.push_back({"error_beta", Role::kError,
                  "current reference less current, seen from the stator, across phase a"});
}
void AddAngle(std::vector<Quantity>& list, const std::string& angle, const std::string& doc) {
  list.push_back({"cos_" + angle, Role::kUnit, "cosine of " + doc});
  list.push_back({"sin_" + angle, Role::kUnit, "sine of " + doc});
}

void AddDirect(std::vector<Quantity>& list, MachineKind machine) {
  const bool two = machine == MachineKind::kExtExDc || machine == MachineKind::kShuntDc;
  if (two) {
    list.push_back({"i_a", Role::kCurrent, "armature current"});
    list.push_back({"i_e", Role::kExcitingCurrent, "exciting current"});
  } else {
    list.push_back({"i", Role::kCurrent, "armature current"});
  }
  if (machine == MachineKind::kExtExDc) {
    list.push_back({"u_a", Role::kDirectVoltage, "armature voltage" + kLast});
    list.push_back({"u_e", Role::kDirectVoltage, "voltage of the exciting winding" + kLast});
  } else {
    list.push_back({"u", Role::kDirectVoltage, "voltage of the machine" + kLast});
  }
  list.push_back({"u_sup", Role::kSupply, "supply voltage"});
  if (two) list.push_back({"i_sum", Role::kCurrent, "armature and exciting current together"});
}

void AddSynchronous(std::vector<Quantity>& list, MachineKind machine) {
  const bool excited = machine == MachineKind::kEesm;
  const std::string frame = excited ? "the exciting winding" : "the rotor";
  AddPhases(list, "i_", "", Role::kCurrent, "");
  AddVector(list, "i_s", {"d", "q"}, Role::kCurrent, frame);
  if (excited) list.push_back({"i_e", Role::kExcitingCurrent, "exciting current"});
  AddPhases(list, "u_", "", Role::kPhaseVoltage, "");
  AddVector(list, "u_s", {"d", "q"}, Role::kVectorVoltage, frame);
  if (excited) {
    list.push_back({"u_e", Role::kDirectVoltage, "voltage of the exciting winding" + kLast});
  }
}

void AddSixPhases(std::vector<Quantity>& list) {
  AddPhases(list, "i_", "1", Role::kCurrent, "");
  AddPhases(list, "i_", "2", Role::kCurrent, "");
  AddVector(list, "i_s", {"d", "q", "x", "y"}, Role::kCurrent, "the rotor");
  AddPhases(list, "u_", "1", Role::kPhaseVoltage, "");
  AddPhases(list, "u_", "2", Role::kPhaseVoltage, "");
  AddVector(list, "u_s", {"d", "q", "x", "y"}, Role::kVectorVoltage, "the rotor");
}

void AddInduction(std::vector<Quantity>& list, MachineKind machine) {
  const std::string field = "the rotor's flux";
  AddPhases(list, "i_s", "", Role::kCurrent, "stator ");
  AddVector(list, "i_s", {"d", "q"}, Role::kCurrent, field);
  if (machine == MachineKind::kDfim) {
    AddPhases(list, "i_r", "", Role::kCurrent, "rotor ");
    AddVector(list, "i_r", {"d", "q"}, Role::kCurrent, field);
  }
  AddPhases(list, "u_s", "", Role::kPhaseVoltage, "stator ");
  AddVector(list, "u_s", {"d", "q"}, Role::kVectorVoltage, field);
  if (machine == MachineKind::kDfim) {
    AddPhases(list, "u_r", "", Role::kPhaseVoltage, "rotor ");
    AddVector(list, "u_r", {"d", "q"}, Role::kVectorVoltage, field);
  }
}

}  // namespace

std::string_view Quantity::unit() const {
  switch (role) {
    case Role::kSpeed:
      return "rad/s";
    case Role::kTorque:
      return "N m";
    case Role::kCurrent:
    case Role::kExcitingCurrent:
    case Role::kError:
      return "A";
    case Role::kDirectVoltage:
    case Role::kPhaseVoltage:
    case Role::kVectorVoltage:
    case Role::kSupply:
      return "V";
    case Role::kAngle:
      return "rad";
    case Role::kFlux:
      return "Wb";
    case Role::kUnit:
      break;
  }
  return "1";
}

std::vector<Quantity> QuantitiesOf(MachineKind machine) {
  std::vector<Quantity> list = {{"omega", Role::kSpeed, "mechanical speed"},
                                {"torque", Role::kTorque, "torque of the machine on its rotor"}};
  const Task task{.machine = machine};
  if (task.direct_current()) {
    AddDirect(list, machine);
  } else if (task.induction()) {
    AddInduction(list, machine);
  } else if (machine == MachineKind::kSixPmsm) {
    AddSixPhases(list);
  } else {
    AddSynchronous(list, machine);
  }
  // The peer's spaces of machines whose torque or speed it takes to have one sign.
  if (machine == MachineKind::kSeriesDc) list[1].one_sided = true;
  if (machine == MachineKind::kSeriesDc || machine == MachineKind::kShuntDc) {
    list[0].one_sided = true;
  }
  if (task.direct_current()) return list;

  list.push_back({"epsilon", Role::kAngle, "electrical angle of the rotor, from -pi to pi"});
  list.push_back({"u_sup", Role::kSupply, "supply voltage"});
  AddAngle(list, "epsilon", "the electrical angle of the rotor");
  if (task.induction()) {
    AddAngle(list, "field", "the angle of the rotor's flux in the stator");
    list.push_back({"psi_abs", Role::kFlux, "rotor flux, as an observer in the stator sees it"});
    list.push_back({"psi_angle", Role::kAngle, "angle of that flux in the stator"});
  }
  AddErrors(list);
  if (machine == MachineKind::kSixPmsm) {
    list.push_back({"error_x", Role::kError, "as error_alpha, in the second plane"});
    list.push_back({"error_y", Role::kError, "as error_beta, in the second plane"});
  }
  return list;
}

int NumPeerQuantities(MachineKind machine) {
  const std::vector<Quantity> all = QuantitiesOf(machine);
  for (size_t k = 0; k < all.size(); ++k) {
    if (all[k].role != Role::kSupply) continue;
    // The peer's shunt machine comes with the wrapper that sums its currents.
    return static_cast<int>(k) + (machine == MachineKind::kShuntDc ? 2 : 1);
  }
  return 0;
}

int QuantityNamed(const std::vector<Quantity>& quantities, std::string_view name,
                  std::string_view where) {
  std::vector<std::string> known;
  for (size_t k = 0; k < quantities.size(); ++k) {
    if (quantities[k].name == name) return static_cast<int>(k);
    known.push_back(quantities[k].name);
  }
  throw InputError(std::string(where) + ": " + UnknownName("state", name, known));
}

}  // namespace flyball::motor
