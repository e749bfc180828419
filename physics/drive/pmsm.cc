#include "physics/drive/pmsm.h"

#include <cmath>
#include <string>

#include "physics/drive/check.h"
#include "physics/numeric/error.h"

namespace flyball {

void CheckPmsm(const Pmsm& machine) {
  RequirePositive("motor r_s", machine.r_s, "Ohm");
  // Positive self inductances are all that is needed of an inductance matrix which is diagonal.
  RequirePositive("motor l_d", machine.l_d, "H");
  RequirePositive("motor l_q", machine.l_q, "H");
  RequireNotNegative("motor psi_p", machine.psi_p, "Wb");
  RequirePositive("motor j_rotor", machine.j_rotor, "kg m^2");
  if (!(machine.p >= 1 && machine.p <= 1000 && machine.p == std::floor(machine.p))) {
    throw InputError("motor p = " + Describe(machine.p) +
                     ": the number of pole pairs is a whole number from 1 to 1000");
  }
  if (machine.psi_p == 0 && machine.l_d == machine.l_q) {
    throw InputError(
        "motor psi_p = 0 with l_d = l_q: such a machine has no torque; give psi_p > 0 "
        "or two different inductances");
  }
}

Dq<double> MaxTorqueCurrent(const Pmsm& machine, double amplitude) {
  const double saliency = machine.l_d - machine.l_q;
  if (saliency == 0) return {0, amplitude};
  // dT/d(angle) = 0 on the circle: 2 i_d^2 + (psi / saliency) i_d - amplitude^2 = 0. The root on
  // the side where the reluctance torque adds to the magnet's.
  const double half = machine.psi_p / (4 * saliency);
  const double root = std::sqrt(half * half + 0.5 * amplitude * amplitude);
  const double i_d = saliency < 0 ? -half - root : -half + root;
  return {i_d, std::sqrt(std::fmax(0.0, amplitude * amplitude - i_d * i_d))};
}

}  // namespace flyball
