// One nonlinear equation of one periodic field, solved: for environments, checks before a run and tests.
#ifndef FLYBALL_PHYSICS_FIELD_FIELD_SOLVER_H_
#define FLYBALL_PHYSICS_FIELD_FIELD_SOLVER_H_

#include <complex>
#include <optional>
#include <span>
#include <vector>

#include "physics/field/etd.h"
#include "physics/field/field_stepper.h"
#include "physics/field/periodic_equation.h"

namespace flyball {

// The two parts of an equation on a grid of n points over a length of `length` m.
std::vector<std::complex<double>> SymbolOf(const PeriodicEquation& equation, int n, double length,
                                           std::span<const double> constants);
// `nyquist`: mode n / 2 takes part. `padded`: see PaddedPoints.
PolynomialTermData TermOf(const PeriodicEquation& equation, int n, double length,
                          std::span<const double> constants, int padded, bool nyquist);
int DegreeOf(const Polynomial& polynomial);  // 2 or 3

class FieldSolver {
 public:
  FieldSolver(EtdCoefficients etd, PolynomialTermData term);
  // The equation with everything as it should be: full circle, no aliases, mode n / 2 left out.
  FieldSolver(const PeriodicEquation& equation, int n, double length,
              std::span<const double> constants, double step);

  int n() const { return term_.n; }
  // `steps` integration steps of `field` (n), under the force with these modes (n / 2 + 1, as
  // RealFft gives them; empty: none). Mode n / 2 of the field is dropped if the term is without it.
  void Run(std::span<double> field, int steps, std::span<const double> force_re = {},
           std::span<const double> force_im = {});

 private:
  EtdCoefficients etd_;
  PolynomialTermData term_;
  std::optional<FieldStepper> stepper_;  // where its lengths fit; else the plain loops
  RealFft<double> fft_, padded_fft_;
  std::vector<double> memory_;
};

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_FIELD_FIELD_SOLVER_H_
