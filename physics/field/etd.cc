#include "physics/field/etd.h"

#include <cmath>
#include <numbers>
#include <string>

#include "physics/numeric/error.h"
#include "physics/numeric/lanes.h"

namespace flyball {
namespace {

using Complex = std::complex<double>;

// Through our own functions, so that the coefficients do not depend on the C library.
Complex Exponential(Complex z) {
  double sine, cosine;
  SinCos(z.imag(), sine, cosine);
  const double size = Exp(z.real());
  return {size * cosine, size * sine};
}

void Push(ModeArray& array, Complex value, bool real) {
  array.re.push_back(value.real());
  array.im.push_back(real ? 0.0 : value.imag());
}

}  // namespace

EtdCoefficients MakeEtdCoefficients(std::span<const Complex> symbol, double step,
                                    EtdContour contour, int points) {
  if (!(step > 0.0) || !std::isfinite(step)) {
    throw InputError("integration step is " + std::to_string(step) +
                     " s; it must be positive and finite");
  }
  if (points < 8) throw InputError("an ETD contour needs at least 8 points");
  const bool half = contour == EtdContour::kUpperHalfReal;

  EtdCoefficients out;
  out.step = step;
  for (const Complex& l : symbol) {
    if (!std::isfinite(l.real()) || !std::isfinite(l.imag())) {
      throw InputError("the linear operator holds a number that is not finite");
    }
    out.real = out.real && l.imag() == 0.0;
  }
  for (const Complex& l : symbol) {
    const Complex lh = l * step;
    Push(out.e, Exponential(lh), out.real);
    Push(out.e2, Exponential(lh / 2.0), out.real);
    Complex q, f1, f2, f3;
    for (int j = 0; j < points; ++j) {
      const double angle = (half ? 1.0 : 2.0) * std::numbers::pi * (j + 0.5) / points;
      const Complex z = lh + Exponential({0.0, angle});
      const Complex ez = Exponential(z), cube = z * z * z;
      q += (Exponential(z / 2.0) - 1.0) / z;
      f1 += (-4.0 - z + ez * (4.0 - 3.0 * z + z * z)) / cube;
      f2 += (2.0 + z + ez * (-2.0 + z)) / cube;
      f3 += (-4.0 - 3.0 * z - z * z + ez * (4.0 - z)) / cube;
    }
    const double weight = step / points;
    const bool real = out.real || half;
    Push(out.q, weight * q, real);
    Push(out.f1, weight * f1, real);
    Push(out.f2, weight * f2, real);
    Push(out.f3, weight * f3, real);
  }
  return out;
}

}  // namespace flyball
