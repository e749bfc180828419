#include "physics/drive/machines.h"

#include <cmath>

#include "physics/numeric/describe.h"
#include "physics/numeric/error.h"

namespace flyball {
namespace {

void CheckTorque(double psi, double l_d, double l_q) {
  if (psi == 0 && l_d == l_q) {
    throw InputError(
        "motor psi_p = 0 with l_d = l_q: such a machine has no torque; give psi_p > 0 "
        "or two different inductances");
  }
}

}  // namespace

void CheckMachine(const Machine& machine, bool unphysical) {
  std::visit([](const auto& m) { CheckParameters(m); }, machine);
  if (const auto* m = std::get_if<Pmsm>(&machine)) CheckTorque(m->psi_p, m->l_d, m->l_q);
  if (const auto* m = std::get_if<Eesm>(&machine)) {
    if (m->leakage() == 0 || (m->leakage() < 0 && !unphysical)) {
      throw InputError(
          "motor l_m = " + Describe(m->l_m) +
          " H: 1.5 l_m^2 must be below l_d l_e = " + Describe(m->l_d * m->l_e) +
          " H^2, or the inductance matrix is not positive definite (the windings would "
          "be coupled more than wholly)");
    }
  }
}

double RotorInertia(const Machine& machine) {
  return std::visit([](const auto& m) { return m.j_rotor; }, machine);
}

double PolePairs(const Machine& machine) {
  return std::visit(
      [](const auto& m) {
        if constexpr (requires { m.p; }) {
          return m.p;
        } else {
          return 0.0;
        }
      },
      machine);
}

Dq<double> MaxTorqueCurrent(double psi, double saliency, double amplitude) {
  if (saliency == 0) return {0, amplitude};
  // dT/d(angle) = 0 on the circle: 2 i_d^2 + (psi / saliency) i_d - amplitude^2 = 0. The root on
  // the side where the reluctance torque adds to the magnet's.
  const double half = psi / (4 * saliency);
  const double root = std::sqrt(half * half + 0.5 * amplitude * amplitude);
  const double i_d = saliency < 0 ? -half - root : -half + root;
  return {i_d, std::sqrt(std::fmax(0.0, amplitude * amplitude - i_d * i_d))};
}

namespace {

double Most(const PermExDc& m, double i, double) { return m.psi_e * i; }
double Most(const SeriesDc& m, double i, double) { return m.l_e_prime * i * i; }
double Most(const ExtExDc& m, double i, double i_e) { return m.l_e_prime * i * i_e; }
double Most(const ShuntDc& m, double i, double i_e) { return m.l_e_prime * i * i_e; }
double Most(const Pmsm& m, double i, double) {
  const Dq<double> best = MaxTorqueCurrent(m.psi_p, m.l_d - m.l_q, i);
  const double x[2] = {best.d, best.q};
  return m.Torque(x);
}
double Most(const Eesm& m, double i, double i_e) {
  const Dq<double> best = MaxTorqueCurrent(m.l_m * i_e, m.l_d - m.l_q, i);
  const double x[3] = {best.d, best.q, i_e};
  return m.Torque(x);
}
// With the flux at l_m i_d and the current halfway between making flux and making torque.
double Most(const InductionMachine& m, double i, double) {
  return 1.5 * m.p * m.l_m * m.l_m / m.l_r() * i * i / 2;
}
double Most(const SixPhasePmsm& m, double i, double) {
  const Dq<double> best = MaxTorqueCurrent(m.psi_pm, m.l_d - m.l_q, i);
  const double x[4] = {best.d, best.q, 0, 0};
  return m.Torque(x);
}

}  // namespace

double MaxTorque(const Machine& machine, double i, double i_e) {
  return std::visit([&](const auto& m) { return Most(m, i, i_e); }, machine);
}

}  // namespace flyball
