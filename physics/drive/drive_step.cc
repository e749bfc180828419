#include "physics/drive/drive_step.h"

#include <algorithm>
#include <cmath>

namespace flyball {
namespace {

// Square, row by row.
struct Square {
  int n;
  std::vector<double> value;
  explicit Square(int size) : n(size), value(static_cast<size_t>(size) * size, 0.0) {}
  double& operator()(int i, int j) { return value[static_cast<size_t>(i) * n + j]; }
  double operator()(int i, int j) const { return value[static_cast<size_t>(i) * n + j]; }
};

Square Multiply(const Square& a, const Square& b) {
  Square product(a.n);
  for (int i = 0; i < a.n; ++i) {
    for (int k = 0; k < a.n; ++k) {
      for (int j = 0; j < a.n; ++j) product(i, j) += a(i, k) * b(k, j);
    }
  }
  return product;
}

double Norm1(const Square& a) {
  double norm = 0;
  for (int j = 0; j < a.n; ++j) {
    double sum = 0;
    for (int i = 0; i < a.n; ++i) sum += std::fabs(a(i, j));
    norm = std::max(norm, sum);
  }
  return norm;
}

// exp(a) by scaling and squaring of its Taylor series: exactly rounded operations only, so that the
// bits are the same everywhere.
Square Exponential(Square a) {
  int squarings = 0;
  for (double norm = Norm1(a); norm > 0.25 && squarings < 60; norm *= 0.5) ++squarings;
  const double scale = std::ldexp(1.0, -squarings);
  for (double& x : a.value) x *= scale;
  // 0.25^14 / 14! is below 1e-19.
  Square result(a.n), term(a.n);
  for (int i = 0; i < a.n; ++i) result(i, i) = term(i, i) = 1.0;
  for (int order = 1; order <= 14; ++order) {
    term = Multiply(term, a);
    for (size_t k = 0; k < term.value.size(); ++k) result.value[k] += term.value[k] /= order;
  }
  for (int k = 0; k < squarings; ++k) result = Multiply(result, result);
  return result;
}

}  // namespace

std::vector<double> DiscretizeFlow(int n, int m, const LinearFlow& f, std::span<const Turn> turns,
                                   double turning_speed, double duration) {
  // The flow at unit vectors gives its columns.
  std::vector<double> x(n, 0.0), u(m, 0.0), zero(n), column(n);
  f(x.data(), u.data(), zero.data());
  const int size = n + m + 1;
  Square rate(size);
  double strongest = 0;
  for (int j = 0; j < m; ++j) {
    u[j] = 1;
    f(x.data(), u.data(), column.data());
    u[j] = 0;
    for (int i = 0; i < n; ++i) {
      rate(i, n + j) = column[i] - zero[i];
      strongest = std::max(strongest, std::fabs(rate(i, n + j)));
    }
  }
  for (int j = 0; j < n; ++j) {
    x[j] = 1;
    f(x.data(), u.data(), column.data());
    x[j] = 0;
    for (int i = 0; i < n; ++i) rate(i, j) = column[i] - zero[i];
  }
  // Inputs and the constant are scaled to states, so that the matrix is well balanced before it is
  // squared.
  const double unit = 1 / (strongest * duration);
  double constant = 0;
  for (int i = 0; i < n; ++i) constant = std::max(constant, std::fabs(zero[i]) * duration);
  const double one = constant > 0 ? 1 / constant : 1.0;
  for (int i = 0; i < n; ++i) {
    for (int j = 0; j < m; ++j) rate(i, n + j) *= unit;
    rate(i, n + m) = zero[i] * one;
  }
  for (const Turn& turn : turns) {
    const int k = n + turn.first;
    rate(k, k + 1) = -turn.sign * turning_speed;
    rate(k + 1, k) = turn.sign * turning_speed;
  }
  for (double& entry : rate.value) entry *= duration;

  const Square step = Exponential(rate);
  std::vector<double> result;
  for (int i = 0; i < n; ++i) {
    for (int j = 0; j < n; ++j) result.push_back(step(i, j));
  }
  for (int i = 0; i < n; ++i) {
    for (int j = 0; j < m; ++j) result.push_back(step(i, n + j) / unit);
  }
  for (int i = 0; i < n; ++i) result.push_back(step(i, n + m) / one);
  return result;
}

double FastestRate(std::span<const double> x, std::span<const double> scale,
                   const std::function<void(const double* x, double* dx)>& f) {
  const int n = static_cast<int>(x.size());
  std::vector<double> probe(x.begin(), x.end()), low(n), high(n);
  Square jacobian(n);
  for (int j = 0; j < n; ++j) {
    // The flows are at most quadratic (but for friction at rest): central differences are exact.
    const double h = 1e-3 * scale[j];
    probe[j] = x[j] + h;
    f(probe.data(), high.data());
    probe[j] = x[j] - h;
    f(probe.data(), low.data());
    probe[j] = x[j];
    for (int i = 0; i < n; ++i) jacobian(i, j) = (high[i] - low[i]) / (2 * h) * scale[j] / scale[i];
  }
  // The norm of the 64th power tends to that power of the largest modulus.
  double log_rate = 0, power = 1;
  for (int k = 0; k < 6; ++k) {
    const double norm = Norm1(jacobian);
    if (!(norm > 0)) return 0;
    log_rate += std::log(norm) / power;
    for (double& entry : jacobian.value) entry /= norm;
    jacobian = Multiply(jacobian, jacobian);
    power *= 2;
  }
  const double norm = Norm1(jacobian);
  return norm > 0 ? std::exp(log_rate + std::log(norm) / power) : 0.0;
}

int Rk4Substeps(double rate, double duration, double tolerance) {
  // n parts leave (rate duration)^5 / (120 n^4).
  const double parts = std::pow(std::pow(rate * duration, 5) / 120 / tolerance, 0.25);
  return static_cast<int>(std::clamp(std::ceil(parts), 1.0, 1000.0));
}

}  // namespace flyball
