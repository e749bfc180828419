#include "physics/drive/load.h"

#include "physics/drive/check.h"
#include "physics/numeric/describe.h"
#include "physics/numeric/error.h"

namespace flyball {

void CheckLoad(const MechanicalLoad& load) {
  RequireFinite("load omega", load.omega, "rad/s");
  RequireNotNegative("load a", load.a, "N m");
  RequireNotNegative("load b", load.b, "N m s/rad");
  RequireNotNegative("load c", load.c, "N m s^2/rad^2");
  RequireNotNegative("load j_load", load.j_load, "kg m^2");
  RequirePositive("load tau_decay", load.tau_decay, "s");
  if (load.kind == MechanicalLoad::Kind::kExternalSpeed) {
    if (load.profile.empty()) throw InputError("load profile: at least one speed (rad/s) expected");
    for (size_t k = 0; k < load.profile.size(); ++k) {
      RequireFinite("load profile [" + std::to_string(k) + "]", load.profile[k], "rad/s");
    }
  }
  RequireNotNegative("load lag", load.lag, "s");
  RequireFinite("load mu", load.mu, "rad/s");
  RequirePositive("load theta", load.theta, "1/s");
  RequireNotNegative("load sigma", load.sigma, "rad/s/sqrt(s)");
  if (!(load.low <= load.high)) {
    throw InputError("load omega_range = [" + Describe(load.low) + ", " + Describe(load.high) +
                     "]: the first number must not be above the second");
  }
}

}  // namespace flyball
