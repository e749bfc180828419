#include "physics/field/field_stepper.h"

#include <algorithm>
#include <complex>
#include <cstdint>
#include <string>
#include <vector>

#include "physics/numeric/error.h"
#include "physics/numeric/isa.h"

extern "C" {
using FieldStepperLoops = void(const flyball::FieldStepperData&, double* field,
                               const double* force_re, const double* force_im, int steps,
                               double* work);
FieldStepperLoops flyball_kernel_field_stepper_base;
#ifdef FLYBALL_HAS_V3
FieldStepperLoops flyball_kernel_field_stepper_v3, flyball_kernel_field_stepper_v4;
#endif
}

namespace flyball {
namespace {

using Complex = std::complex<double>;
using Kind = FieldStepperData::Kind;
using Power = FieldStepperData::Power;

FieldStepperLoops* BestLoops() {
#ifdef FLYBALL_HAS_V3
  if (BestIsa() == Isa::kV4) return flyball_kernel_field_stepper_v4;
  if (BestIsa() == Isa::kV3) return flyball_kernel_field_stepper_v3;
#endif
  return flyball_kernel_field_stepper_base;
}

// Puts numbers of all modes up to the highest into the parts from `first` on of a table that has
// `parts` parts for each eight modes.
void Put(const FieldStepperData& d, Kind kind, const std::vector<Complex>& numbers, int first,
         int parts, ModeTable& table) {
  table.resize(static_cast<size_t>(d.blocks) * parts);
  for (int k = 0; k <= d.highest; ++k) {
    ModeBlock* block = table.data() + static_cast<size_t>(k / 8) * parts + first;
    block->at[k % 8] = kind == Kind::kImaginary ? numbers[k].imag() : numbers[k].real();
    // The mean of a field is real, whatever rounding made of its weights.
    if (kind == Kind::kComplex && k > 0) block[1].at[k % 8] = numbers[k].imag();
  }
}

std::vector<Complex> Numbers(const ModeArray& array, double factor = 1.0) {
  std::vector<Complex> numbers;
  for (size_t k = 0; k < array.re.size(); ++k) {
    numbers.push_back(factor * Complex(array.re[k], array.im[k]));
  }
  return numbers;
}

}  // namespace

size_t FieldStepperData::work_size() const {
  return 14 * 8 * static_cast<size_t>(blocks + 1) + 4 * static_cast<size_t>(padded.m + 8);
}

FieldStepper::FieldStepper(const EtdCoefficients& etd, const PolynomialTermData& term)
    : loops_(BestLoops()) {
  FieldStepperData& d = data_;
  if (!Fits(term.n, term.padded) || etd.modes() != term.n / 2 + 1) {
    throw InputError("FieldStepper: " + std::to_string(term.n) + " points, padded to " +
                     std::to_string(term.padded) +
                     "; both must be 16 times a product of 2, 3 and 5");
  }
  d.highest = term.factor.back() != 0.0 ? term.n / 2 : term.n / 2 - 1;
  d.blocks = d.highest / 8 + 1;
  d.grid = MakeLaneTransform(term.n, term.n / 2, false);
  d.padded = MakeLaneTransform(term.padded, 8 * d.blocks, true);

  // The transform to points lacks its factor 1 / padded, that to modes gives them twice.
  const double scale = 1.0 / term.padded;
  d.polynomial = {term.scaled.c1 * scale, term.scaled.c2 * scale * scale,
                  term.scaled.c3 * scale * scale * scale};
  double factor = 0.5;
  if (d.polynomial.c1 == 0.0 && d.polynomial.c3 == 0.0) {
    d.power = Power::kSquare;
    factor *= d.polynomial.c2;
  } else if (d.polynomial.c1 == 0.0 && d.polynomial.c2 == 0.0) {
    d.power = Power::kCube;
    factor *= d.polynomial.c3;
  }

  const std::vector<Complex> q = Numbers(etd.q), f1 = Numbers(etd.f1), f2 = Numbers(etd.f2, 2.0),
                             f3 = Numbers(etd.f3);
  std::vector<Complex> sum, terms[4] = {q, f1, f2, f3};
  for (size_t k = 0; k < q.size(); ++k) sum.push_back(f1[k] + 2.0 * f2[k] + f3[k]);
  Put(d, Kind::kComplex, q, 0, 4, d.force_weights);
  Put(d, Kind::kComplex, sum, 2, 4, d.force_weights);

  // What is real, or imaginary, throughout costs less.
  bool any_real = false, any_imaginary = false;
  for (std::vector<Complex>& numbers : terms) {
    for (int k = 0; k <= d.highest; ++k) {
      numbers[k] *= (term.imaginary ? Complex(0.0, factor) : Complex(factor)) * term.factor[k];
      any_real |= numbers[k].real() != 0.0;
      any_imaginary |= numbers[k].imag() != 0.0;
    }
  }
  d.linear = etd.real ? Kind::kReal : Kind::kComplex;
  d.term = !any_real ? Kind::kImaginary : any_imaginary || !etd.real ? Kind::kComplex : Kind::kReal;
  const int linear = d.linear == Kind::kComplex ? 2 : 1, one = d.term == Kind::kComplex ? 2 : 1;
  const int parts = 2 * linear + 4 * one + 2;
  Put(d, d.linear, Numbers(etd.e2), 0, parts, d.weights);
  Put(d, d.linear, Numbers(etd.e), linear, parts, d.weights);
  for (int i = 0; i < 4; ++i) Put(d, d.term, terms[i], 2 * linear + i * one, parts, d.weights);
  for (int block = 0; block < d.blocks; ++block) {
    std::copy_n(d.padded.half_roots.begin() + 2 * block, 2,
                d.weights.begin() + static_cast<size_t>(block + 1) * parts - 2);
  }
}

void FieldStepper::Run(double* field, const double* force_re, const double* force_im, int steps,
                       double* work) const {
  const auto address = reinterpret_cast<uintptr_t>(work);
  loops_(data_, field, force_re, force_im, steps, work + (64 - address % 64) % 64 / sizeof(double));
}

}  // namespace flyball
