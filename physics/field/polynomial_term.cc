#include "physics/field/polynomial_term.h"

#include <string>

#include "physics/numeric/error.h"

namespace flyball {

int PaddedPoints(int n, int degree) { return degree == 2 ? n / 2 * 3 : 2 * n; }

PolynomialTermData MakePolynomialTerm(int n, int padded, const Polynomial& polynomial,
                                      std::span<const std::complex<double>> multiplier) {
  if (n < 4 || n % 4 != 0) {
    throw InputError("n is " + std::to_string(n) +
                     "; a periodic field needs a positive multiple of 4 points");
  }
  if (padded < n || multiplier.size() != static_cast<size_t>(n / 2 + 1)) {
    throw InputError("a polynomial term of " + std::to_string(n) + " points needs " +
                     std::to_string(n / 2 + 1) + " multipliers and a grid that is not coarser");
  }
  PolynomialTermData data;
  data.n = n;
  data.padded = padded;
  for (const std::complex<double>& m : multiplier) data.imaginary |= m.imag() != 0.0;
  // The field on the padded grid is padded / n times the inverse transform of its modes, and a mode
  // of the result is n / padded times that of the padded transform.
  const double ratio = static_cast<double>(padded) / n;
  data.scaled = {polynomial.c1, polynomial.c2 * ratio, polynomial.c3 * ratio * ratio};
  for (const std::complex<double>& m : multiplier) {
    if (m.real() != 0.0 && data.imaginary) {
      throw InputError("the multipliers of a polynomial term are all real or all imaginary");
    }
    data.factor.push_back(data.imaginary ? m.imag() : m.real());
  }
  return data;
}

}  // namespace flyball
