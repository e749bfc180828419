// Steps one periodic field by ETDRK4 at the speed of the processor: vectors run along the field, so
// that a row costs the same alone and among others, and all of its arrays stay in the nearest cache.
// Built once per instruction set (field_stepper_kernel.cc); all give the same bits.
//
// The polynomial is taken between two transforms (lane_transform.h), wherever points happen to lie, as
// their order does not matter.
#ifndef FLYBALL_PHYSICS_FIELD_FIELD_STEPPER_H_
#define FLYBALL_PHYSICS_FIELD_FIELD_STEPPER_H_

#include <cstddef>

#include "physics/field/etd.h"
#include "physics/field/lane_transform.h"
#include "physics/field/polynomial_term.h"

namespace flyball {

// All that the loops read.
struct FieldStepperData {
  enum class Kind { kReal, kImaginary, kComplex };
  enum class Power { kSquare, kCube, kAny };
  int highest = 0;  // mode that takes part
  int blocks = 0;   // of eight modes
  LaneTransform grid, padded;
  Polynomial polynomial;  // of values that lack the factor of their transform
  Power power = Power::kAny;
  // By eight modes: e2, e, then q, f1, 2 f2 and f3 times all factors of the term and its
  // transforms, then half_roots of `padded`. The parts of them that the two kinds name.
  ModeTable weights;
  Kind linear = Kind::kReal, term = Kind::kReal;
  ModeTable force_weights;   // of a held force: q and f1 + 4 f2 + f3, complex
  size_t work_size() const;  // doubles
};

class FieldStepper {
 public:
  // Whether a grid of n points and a padded one have such transforms.
  static bool Fits(int n, int padded) { return HasLaneTransform(n) && HasLaneTransform(padded); }

  // Throws InputError if the lengths do not fit. Mode n / 2 takes part if the term has it.
  FieldStepper(const EtdCoefficients& etd, const PolynomialTermData& term);

  size_t work_size() const { return data_.work_size() + 8; }  // doubles, at any address
  // `steps` steps of `field` (n) under the force with these modes (n / 2 + 1).
  void Run(double* field, const double* force_re, const double* force_im, int steps,
           double* work) const;

 private:
  FieldStepperData data_;
  using Loops = void(const FieldStepperData&, double*, const double*, const double*, int, double*);
  Loops* loops_;
};

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_FIELD_FIELD_STEPPER_H_
