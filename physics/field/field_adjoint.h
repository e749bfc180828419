// The transpose of a field's step, for gradients: ETDRK4 and the exact modal step, on plain numbers.
//
// The transpose of a real transform is the other transform with weights 1, 2, ..., 2, 1.
#ifndef FLYBALL_PHYSICS_FIELD_FIELD_ADJOINT_H_
#define FLYBALL_PHYSICS_FIELD_FIELD_ADJOINT_H_

#include <complex>
#include <span>
#include <vector>

#include "physics/field/etdrk4_adjoint.h"
#include "physics/field/modal_step.h"
#include "physics/field/polynomial_term.h"

namespace flyball {

// What a step is made of; the references are the caller's to keep.
struct FieldStepParts {
  const EtdCoefficients& etd;
  const PolynomialTermData& term;
  const ModalStep& modal;  // fields > 0: this alone is the step
  int fields, points, substeps;
  bool keep_nyquist;  // else mode points / 2 of the field is dropped before the step
};

class FieldAdjoint {
 public:
  explicit FieldAdjoint(const FieldStepParts& parts);

  // The field (fields * points) after a step under a force with these modes (points / 2 + 1).
  void Step(std::span<const double> field, const Modes& force, std::span<double> next);
  // From the derivatives by `next`, adds those by the field and by the force's modes. Runs the step
  // again.
  void Pull(std::span<const double> field, const Modes& force, std::span<const double> by_next,
            std::span<double> by_field, Modes& by_force);

 private:
  Modes Forward(std::span<const double> x) const;  // as RealFft
  std::vector<double> Inverse(const RealFft<double>& fft, const Modes& modes) const;
  std::vector<double> ForwardTransposed(const RealFft<double>& fft, const Modes& by_modes) const;
  Modes InverseTransposed(const RealFft<double>& fft, std::span<const double> by_x) const;
  Modes Nonlinear(const Modes& u, const Modes& force) const;
  Modes NonlinearTransposed(const Modes& u, const Modes& by_out) const;
  void LoadModes(std::span<const double> field, std::vector<Modes>& u) const;

  FieldStepParts p_;
  RealFft<double> fft_, padded_;
};

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_FIELD_FIELD_ADJOINT_H_
