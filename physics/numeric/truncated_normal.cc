#include "physics/numeric/truncated_normal.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <span>

#include "physics/numeric/error.h"
#include "physics/numeric/lanes.h"

namespace flyball {
namespace {

// The part of a standard normal distribution below x. Near the middle by the series
// 1/2 + density (x + x^3/3 + x^5/15 + ...), in the tails by the continued fraction
// density / (z + 1 / (z + 2 / (z + ...))), z = |x|. To 1e-13 of itself.
double PartBelow(double x) {
  const double z = std::fabs(x);
  const double density = Exp(-0.5 * x * x) / Sqrt(2 * std::numbers::pi);
  if (z < 3) {
    double sum = 0, term = x;
    for (int k = 3; std::fabs(term) > 1e-17 * std::fabs(sum); k += 2) {
      sum += term;
      term *= x * x / k;
    }
    return 0.5 + density * sum;
  }
  double below = z;
  for (int k = 120; k > 0; --k) below = z + k / below;
  const double tail = density / below;
  return x < 0 ? tail : 1 - tail;
}

double Polynomial(std::span<const double> coefficients, double x) {
  double sum = 0;
  for (size_t k = coefficients.size(); k-- > 0;) sum = sum * x + coefficients[k];
  return sum;
}

// The inverse of PartBelow: rational approximations of M. J. Wichura, algorithm AS 241 (Applied
// Statistics 37, 1988), to about 1e-16.
double QuantileOf(double part) {
  static constexpr double kMiddle[2][8] = {
      {3.3871328727963666080e0, 1.3314166789178437745e+2, 1.9715909503065514427e+3,
       1.3731693765509461125e+4, 4.5921953931549871457e+4, 6.7265770927008700853e+4,
       3.3430575583588128105e+4, 2.5090809287301226727e+3},
      {1.0, 4.2313330701600911252e+1, 6.8718700749205790830e+2, 5.3941960214247511077e+3,
       2.1213794301586595867e+4, 3.9307895800092710610e+4, 2.8729085735721942674e+4,
       5.2264952788528545610e+3}};
  static constexpr double kTail[2][8] = {
      {1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0,
       3.64784832476320460504e0, 1.27045825245236838258e0, 2.41780725177450611770e-1,
       2.27238449892691845833e-2, 7.74545014278341407640e-4},
      {1.0, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1,
       1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4,
       1.05075007164441684324e-9}};
  static constexpr double kFarTail[2][8] = {
      {6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0,
       2.96560571828504891230e-1, 2.65321895265761230930e-2, 1.24266094738807843860e-3,
       2.71155556874348757815e-5, 2.01033439929228813265e-7},
      {1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2,
       7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7,
       2.04426310338993978564e-15}};
  const double q = part - 0.5;
  if (std::fabs(q) <= 0.425) {
    const double r = 0.180625 - q * q;
    return q * Polynomial(kMiddle[0], r) / Polynomial(kMiddle[1], r);
  }
  const double r = Sqrt(-Log(std::min(part, 1 - part)));
  const bool far = r > 5;
  const auto& ratio = far ? kFarTail : kTail;
  const double shifted = r - (far ? 5.0 : 1.6);
  const double x = Polynomial(ratio[0], shifted) / Polynomial(ratio[1], shifted);
  return q < 0 ? -x : x;
}

}  // namespace

TruncatedNormal::TruncatedNormal(double mean, double deviation, double low, double high)
    : mean_(mean), deviation_(deviation), low_(low), high_(high) {
  if (!(low < high)) throw InputError("an interval with its ends in order expected");
  mirrored_ = 0.5 * low + 0.5 * high > mean;
  const double sign = mirrored_ ? -1 : 1;
  at_low_ = PartBelow(sign * ((mirrored_ ? high : low) - mean) / deviation);
  at_high_ = PartBelow(sign * ((mirrored_ ? low : high) - mean) / deviation);
  if (!(at_low_ < at_high_)) {
    throw InputError("the interval is too many standard deviations away from the mean");
  }
}

double TruncatedNormal::Quantile(double u) const {
  const double part = at_low_ + (mirrored_ ? 1 - u : u) * (at_high_ - at_low_);
  if (part <= 0) return mirrored_ ? high_ : low_;
  const double x = mean_ + (mirrored_ ? -1 : 1) * deviation_ * QuantileOf(part);
  return std::clamp(x, low_, high_);
}

}  // namespace flyball
