// Steppers for ordinary differential equations x' = f(x). The fixed-step ones run on T = double or
// Lanes<W> inside kernels; the adaptive one is in dormand_prince.h.
//
// f(x, dx) writes the derivative of x to dx; both are std::array<T, N>, or spans of a run-time
// size.
#ifndef FLYBALL_PHYSICS_NUMERIC_ODE_H_
#define FLYBALL_PHYSICS_NUMERIC_ODE_H_

#include <array>
#include <cstddef>
#include <span>
#include <utility>

#include "physics/numeric/lanes.h"

// Everything a stepper calls is inlined into it: a derivative called with its lanes in memory costs
// half the speed.
#define FLYBALL_FLATTEN inline __attribute__((flatten))

namespace flyball {

// x += h f(x). h: double or T (s).
template <class T, size_t N, class H, class Derivative>
FLYBALL_FLATTEN void EulerStep(Derivative&& f, const H& h, std::array<T, N>& x) {
  std::array<T, N> dx;
  f(std::as_const(x), dx);
  for (size_t i = 0; i < N; ++i) x[i] += h * dx[i];
}

// The classical Runge-Kutta method of order four.
template <class T, size_t N, class H, class Derivative>
FLYBALL_FLATTEN void Rk4Step(Derivative&& f, const H& h, std::array<T, N>& x) {
  const H half = 0.5 * h;
  std::array<T, N> dx, sum, probe;
  f(std::as_const(x), dx);
  for (size_t i = 0; i < N; ++i) sum[i] = dx[i], probe[i] = x[i] + half * dx[i];
  f(std::as_const(probe), dx);
  for (size_t i = 0; i < N; ++i) sum[i] += 2.0 * dx[i], probe[i] = x[i] + half * dx[i];
  f(std::as_const(probe), dx);
  for (size_t i = 0; i < N; ++i) sum[i] += 2.0 * dx[i], probe[i] = x[i] + h * dx[i];
  f(std::as_const(probe), dx);
  const H sixth = h * (1.0 / 6.0);
  for (size_t i = 0; i < N; ++i) x[i] += sixth * (sum[i] + dx[i]);
}

// The same for a size known at run time. `work` holds at least n (Euler) or 3 n (Runge-Kutta)
// values; its contents do not matter and are not kept.
template <class T, class H, class Derivative>
FLYBALL_FLATTEN void EulerStep(Derivative&& f, const H& h, std::span<T> x, std::span<T> work) {
  const std::span<T> dx = work.first(x.size());
  f(std::span<const T>(x), dx);
  for (size_t i = 0; i < x.size(); ++i) x[i] += h * dx[i];
}
template <class T, class H, class Derivative>
FLYBALL_FLATTEN void Rk4Step(Derivative&& f, const H& h, std::span<T> x, std::span<T> work) {
  const size_t n = x.size();
  const std::span<T> dx = work.first(n), sum = work.subspan(n, n), probe = work.subspan(2 * n, n);
  const H half = 0.5 * h;
  f(std::span<const T>(x), dx);
  for (size_t i = 0; i < n; ++i) sum[i] = dx[i], probe[i] = x[i] + half * dx[i];
  f(std::span<const T>(probe), dx);
  for (size_t i = 0; i < n; ++i) sum[i] += 2.0 * dx[i], probe[i] = x[i] + half * dx[i];
  f(std::span<const T>(probe), dx);
  for (size_t i = 0; i < n; ++i) sum[i] += 2.0 * dx[i], probe[i] = x[i] + h * dx[i];
  f(std::span<const T>(probe), dx);
  const H sixth = h * (1.0 / 6.0);
  for (size_t i = 0; i < n; ++i) x[i] += sixth * (sum[i] + dx[i]);
}

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_NUMERIC_ODE_H_
