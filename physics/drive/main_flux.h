// Saturation of a main flux: its linkage as a curve over the current that magnetises.
//
// A cage's machine has it in common to stator and rotor, along whatever current both make; an
// externally excited one along d, where stator and exciting winding meet. Either way all fluxes are
// slopes of one coenergy, so that the book of energies closes; leakage inductances stay what they are.
#ifndef FLYBALL_PHYSICS_DRIVE_MAIN_FLUX_H_
#define FLYBALL_PHYSICS_DRIVE_MAIN_FLUX_H_

#include <cstddef>
#include <vector>

#include "physics/drive/machines.h"

namespace flyball {

class MainFlux {
 public:
  struct Point {
    double psi;       // Wb, of the current's sign
    double slope;     // H, incremental
    double coenergy;  // Wb A: the integral of psi from no current
  };

  // Ascending currents (A) from 0, at least three, and the linkages (Wb) they make, growing from 0.
  // Between them a monotone cubic (Fritsch and Carlson), beyond them a straight line. Throws
  // InputError.
  MainFlux(std::vector<double> i_m, std::vector<double> psi_m);

  Point At(double i) const;
  // The current (A, >= 0) at which psi + leakage * current is `total` (Wb, >= 0).
  double CurrentFor(double total, double leakage) const;
  double unsaturated() const { return slope_[0]; }  // H
  double most() const { return i_.back(); }         // A

 private:
  std::vector<double> i_, psi_, slope_, coenergy_;
};

// The machine of a curve at one state: fluxes, torque, rates and energies in place of those of its
// constant inductances.
struct SaturatedCage {
  SaturatedCage(const MainFlux& curve, const Scim& machine, const double* x);
  double Torque() const;
  double FieldEnergy() const;
  double CopperLoss() const;
  AlphaBeta<double> StatorFlux() const;
  // d x / dt under the stator's voltage u (V), at omega (rad/s).
  void Derivative(const double* u, double omega, double* dx) const;

  const Scim& m;
  const double* x;
  double i_m, length;                // A; |psi_r + l_sigr i_s|, Wb
  double along[2];                   // its direction
  AlphaBeta<double> psi_m, i_rotor;  // Wb, A
  MainFlux::Point main;
};
// The magnetising current is i_d + ratio i_e, with the ratio at which the unsaturated curve makes the
// machine's l_m; what that leaves of l_d and l_e is leakage.
struct SaturatedEesm {
  SaturatedEesm(const MainFlux& curve, const Eesm& machine, const double* x);
  double Torque() const;
  double FieldEnergy() const;
  void Derivative(const double* u, double omega, double* dx) const;

  const Eesm& m;
  const double* x;
  double ratio, leakage_d, leakage_e;  // 1, H, H
  double psi_d, psi_q;                 // Wb
  double l_dd, l_de, l_ee;             // H, incremental; 1.5 l_de from d to e
  MainFlux::Point main;
};

// Throws InputError if the curve leaves an Eesm no leakage.
void CheckMainFlux(const MainFlux& curve, const Eesm& machine);

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_DRIVE_MAIN_FLUX_H_
