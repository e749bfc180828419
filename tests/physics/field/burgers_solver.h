// The Burgers equation solved with the parts under test, for closed-form checks.
#ifndef FLYBALL_TESTS_PHYSICS_FIELD_BURGERS_SOLVER_H_
#define FLYBALL_TESTS_PHYSICS_FIELD_BURGERS_SOLVER_H_

#include <cmath>
#include <complex>
#include <numbers>
#include <vector>

#include "physics/field/field_solver.h"

namespace flyball {

// u_t = viscosity u_xx - u u_x on [0, 1), `steps` steps of `dt` from `u`, W fields at once.
template <class T>
std::vector<T> SolveBurgers(std::vector<T> u, double viscosity, double dt, int steps,
                            EtdContour contour = EtdContour::kFullCircle) {
  const int n = static_cast<int>(u.size());
  const PeriodicEquation& burgers = FindPeriodicEquation("burgers");
  const PolynomialTermData flux =
      TermOf(burgers, n, 1.0, {&viscosity, 1}, PaddedPoints(n, 2), false);
  const EtdCoefficients etd =
      MakeEtdCoefficients(SymbolOf(burgers, n, 1.0, {&viscosity, 1}), dt, contour);
  const RealFft<T> fft(n), padded(flux.padded);
  const int room = flux.room();
  std::vector<T> re(room, T(0.0)), im(room, T(0.0)), zero(room, T(0.0));
  std::vector<T> work(flux.work_size()), etd_work(Etdrk4WorkSize(room)), fft_work(2 * n);
  const size_t modes = etd.modes();
  fft.Forward(std::span<const T>(u), std::span<T>(re.data(), modes), std::span<T>(im.data(), modes),
              std::span<T>(fft_work));
  re[n / 2] = im[n / 2] = T(0.0);
  const PolynomialTerm<T> nonlinear(flux, padded, {zero.data(), zero.data()}, work.data());
  for (int i = 0; i < steps; ++i) {
    StepEtdrk4<true>(etd, room, nonlinear, Spectrum<T>{re.data(), im.data()}, etd_work.data());
  }
  fft.Inverse(std::span<const T>(re.data(), modes), std::span<const T>(im.data(), modes),
              std::span<T>(u), std::span<T>(fft_work));
  return u;
}

// Hopf and Cole: u = -2 nu phi_x / phi, where phi = 1 + c exp(-nu k^2 t) cos(k x) solves the heat
// equation; k = 2 pi.
inline std::vector<double> ColeHopf(int n, double viscosity, double c, double t) {
  const double k = 2 * std::numbers::pi;
  std::vector<double> u(n);
  for (int j = 0; j < n; ++j) {
    const double x = static_cast<double>(j) / n, size = c * std::exp(-viscosity * k * k * t);
    u[j] = 2 * viscosity * size * k * std::sin(k * x) / (1 + size * std::cos(k * x));
  }
  return u;
}

inline double MaxDifference(const std::vector<double>& a, const std::vector<double>& b) {
  double largest = 0.0;
  for (size_t i = 0; i < a.size(); ++i) largest = std::max(largest, std::abs(a[i] - b[i]));
  return largest;
}

}  // namespace flyball

#endif  // FLYBALL_TESTS_PHYSICS_FIELD_BURGERS_SOLVER_H_
