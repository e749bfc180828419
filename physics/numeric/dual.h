// Dual numbers: a value and its derivative in one direction, for plants written on a type T whose
// transpose is not worth writing by hand.
#ifndef FLYBALL_PHYSICS_NUMERIC_DUAL_H_
#define FLYBALL_PHYSICS_NUMERIC_DUAL_H_

#include <cmath>

namespace flyball {

struct Dual {
  double value = 0.0, slope = 0.0;
  Dual() = default;
  Dual(double v, double s = 0.0) : value(v), slope(s) {}
};

inline Dual operator+(const Dual& a, const Dual& b) {
  return {a.value + b.value, a.slope + b.slope};
}
inline Dual operator-(const Dual& a, const Dual& b) {
  return {a.value - b.value, a.slope - b.slope};
}
inline Dual operator*(const Dual& a, const Dual& b) {
  return {a.value * b.value, a.value * b.slope + a.slope * b.value};
}
inline Dual operator/(const Dual& a, const Dual& b) {
  const double quotient = a.value / b.value;
  return {quotient, (a.slope - quotient * b.slope) / b.value};
}
inline Dual Sqrt(const Dual& a) {
  const double root = std::sqrt(a.value);
  return {root, root > 0.0 ? 0.5 * a.slope / root : 0.0};
}
inline Dual Max(const Dual& a, const Dual& b) { return a.value < b.value ? b : a; }

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_NUMERIC_DUAL_H_
