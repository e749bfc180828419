#include "physics/field/quadratic_flux.h"

#include <numbers>
#include <string>

#include "physics/numeric/error.h"

namespace flyball {

QuadraticFluxData MakeQuadraticFlux(int n, double length, double scale, bool nyquist) {
  if (n < 4 || n % 4 != 0) {
    throw InputError("n is " + std::to_string(n) +
                     "; a periodic field needs a positive multiple of 4 points");
  }
  if (!(length > 0.0)) throw InputError("domain_length must be positive");
  QuadraticFluxData data;
  data.n = n;
  data.padded = n / 2 * 3;
  // The field on the padded grid is padded / n times the inverse transform of its modes, and a mode
  // of the square is n / padded times that of the padded transform: once too often, twice too few.
  const double ratio = static_cast<double>(data.padded) / n;
  for (int k = 0; k <= n / 2; ++k) {
    const double wave = 2 * std::numbers::pi / length * k;
    data.factor.push_back(k == n / 2 && !nyquist ? 0.0 : scale * wave * ratio);
  }
  return data;
}

}  // namespace flyball
