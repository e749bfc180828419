#include "physics/drive/load.h"

#include "physics/drive/check.h"

namespace flyball {

void CheckLoad(const MechanicalLoad& load) {
  RequireFinite("load omega", load.omega, "rad/s");
  RequireNotNegative("load a", load.a, "N m");
  RequireNotNegative("load b", load.b, "N m s/rad");
  RequireNotNegative("load c", load.c, "N m s^2/rad^2");
  RequireNotNegative("load j_load", load.j_load, "kg m^2");
  RequirePositive("load tau_decay", load.tau_decay, "s");
}

}  // namespace flyball
