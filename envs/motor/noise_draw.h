// Numbers of the distributions of noise.h, on lanes.
#ifndef FLYBALL_ENVS_MOTOR_NOISE_DRAW_H_
#define FLYBALL_ENVS_MOTOR_NOISE_DRAW_H_

#include "envs/motor/noise.h"
#include "physics/numeric/philox.h"

namespace flyball::motor {

// A value of a Laplace distribution of scale 1 from a uniform in [0, 1).
template <class T>
FLYBALL_INLINE T LaplaceAt(const T& uniform) {
  const T x = uniform - 0.5;
  return -Sign(x) * Log(Max(1.0 - 2.0 * Abs(x), 1e-300));
}

// A triangle's quantile: rising from `left` to `mode`, falling to `right`.
template <class T>
FLYBALL_INLINE T TriangularAt(double left, double mode, double right, const T& uniform) {
  const double rising = (mode - left) / (right - left);
  const T up = left + Sqrt(uniform * ((right - left) * (mode - left)));
  const T down = right - Sqrt((1.0 - uniform) * ((right - left) * (right - mode)));
  return Select(uniform < rising, up, down);
}

// The smaller root of an inverse Gaussian's quadratic or its reflection, by J. R. Michael,
// W. R. Schucany and R. W. Haas (The American Statistician 30, 1976).
template <class T>
FLYBALL_INLINE T WaldAt(double mean, double scale, const T& normal, const T& uniform) {
  const T y = (0.5 * mean / scale) * normal * normal;
  // mean (1 + y - sqrt(y^2 + 2 y)), as a quotient that does not cancel.
  const T root = mean / (1.0 + y + Sqrt(y * (y + 2.0)));
  return Select(uniform * (mean + root) <= mean, root, (mean * mean) / root);
}

// The noise of one state; `draw` numbers the pairs of the stream, of which it takes this and the
// next. Not for kNormal, of which a pair serves two states.
template <class T>
__attribute__((noinline)) T DrawNoise(const StateNoise& noise, const NoiseKey<T>& key,
                                      uint32_t stream, uint32_t draw) {
  const auto& [a, b, c] = noise.parameters;
  T u, v;
  key.UniformPair(stream, draw, u, v);
  const T inside = u + 0x1p-53;     // in (0, 1)
  const T waiting = -Log(1.0 - u);  // exponential, of scale 1
  switch (noise.distribution) {
    case Distribution::kUniform:
      return a + (b - a) * u;
    case Distribution::kLaplace:
      return a + b * LaplaceAt(u);
    case Distribution::kLogistic:
      return a + b * Log(inside / (1.0 - inside));
    case Distribution::kGumbel:
      return a - b * Log(-Log(inside));
    case Distribution::kTriangular:
      return TriangularAt(a, b, c, u);
    case Distribution::kExponential:
      return a * waiting;
    case Distribution::kRayleigh:
      return a * Sqrt(2.0 * waiting);
    case Distribution::kWeibull:
      return Pow(waiting, T(1 / a));
    case Distribution::kPareto:
      return Expm1(waiting / a);
    case Distribution::kPower:
      return Pow(inside, T(1 / a));
    case Distribution::kLognormal:
      return Exp(a + b * key.Normal(stream, draw));
    case Distribution::kCauchy:
      return Tan((inside - 0.5) * std::numbers::pi);
    case Distribution::kStudent: {
      // R. W. Bailey, Mathematics of Computation 62 (1994): a radius of its own for each `df`.
      const T radius = Sqrt(a * Expm1((2 / a) * waiting));
      return radius * Cos(v * (2 * std::numbers::pi));
    }
    case Distribution::kWald:
      return WaldAt(a, b, key.Normal(stream, draw + 1), u);
    case Distribution::kNormal:
      break;
  }
  return T(0.0);
}

}  // namespace flyball::motor

#endif  // FLYBALL_ENVS_MOTOR_NOISE_DRAW_H_
