#include "physics/drive/pmsm_step.h"

#include <algorithm>
#include <cmath>

namespace flyball {
namespace {

// Currents, voltages, and a one: all that is linear in the piece.
constexpr int kN = 5;
using Matrix = std::array<std::array<double, kN>, kN>;

Matrix Multiply(const Matrix& a, const Matrix& b) {
  Matrix product = {};
  for (int i = 0; i < kN; ++i) {
    for (int k = 0; k < kN; ++k) {
      for (int j = 0; j < kN; ++j) product[i][j] += a[i][k] * b[k][j];
    }
  }
  return product;
}

double Norm1(const Matrix& a) {
  double norm = 0;
  for (int j = 0; j < kN; ++j) {
    double sum = 0;
    for (int i = 0; i < kN; ++i) sum += std::fabs(a[i][j]);
    norm = std::max(norm, sum);
  }
  return norm;
}

// exp(a) by scaling and squaring of its Taylor series: exactly rounded operations only, so that the
// bits are the same everywhere.
Matrix Exponential(Matrix a) {
  int squarings = 0;
  for (double norm = Norm1(a); norm > 0.25 && squarings < 60; norm *= 0.5) ++squarings;
  const double scale = std::ldexp(1.0, -squarings);
  for (auto& row : a) {
    for (double& x : row) x *= scale;
  }
  // 0.25^14 / 14! is below 1e-19.
  Matrix result = {}, term = {};
  for (int i = 0; i < kN; ++i) result[i][i] = term[i][i] = 1.0;
  for (int order = 1; order <= 14; ++order) {
    term = Multiply(term, a);
    for (int i = 0; i < kN; ++i) {
      for (int j = 0; j < kN; ++j) result[i][j] += term[i][j] /= order;
    }
  }
  for (int k = 0; k < squarings; ++k) result = Multiply(result, result);
  return result;
}

}  // namespace

PmsmExactStep MakePmsmExactStep(const Pmsm& machine, double omega, double duration,
                                VoltageHold hold) {
  // Voltages are scaled to currents, so that the matrix is well balanced before it is squared.
  const double speed = machine.p * omega;
  const double unit = machine.l_d / duration;  // V per A
  Matrix rate = {};
  rate[0] = {-machine.r_s / machine.l_d, speed * machine.l_q / machine.l_d, unit / machine.l_d, 0,
             0};
  rate[1] = {-speed * machine.l_d / machine.l_q, -machine.r_s / machine.l_q, 0, unit / machine.l_q,
             -speed * machine.psi_p / machine.l_q};
  if (hold == VoltageHold::kStator) {
    rate[2][3] = speed;
    rate[3][2] = -speed;
  }
  for (auto& row : rate) {
    for (double& x : row) x *= duration;
  }
  const Matrix step = Exponential(rate);
  return {{step[0][0], step[0][1], step[1][0], step[1][1], step[0][2] / unit, step[0][3] / unit,
           step[1][2] / unit, step[1][3] / unit, step[0][4], step[1][4]}};
}

int Rk4Substeps(const Pmsm& machine, const MechanicalLoad& load, double omega, double duration) {
  // The electrical, the mechanical and the coupled motions, 1/s.
  const double inductance = std::min(machine.l_d, machine.l_q);
  const double inertia = machine.j_rotor + load.j_load;
  const double electrical = machine.r_s / inductance + machine.p * std::fabs(omega);
  double mechanical = (load.b + 2 * load.c * std::fabs(omega)) / inertia;
  if (load.a > 0) mechanical += 1 / load.tau_decay;
  const double coupled = machine.p * machine.psi_p * std::sqrt(1.5 / (inductance * inertia));
  const double turned = (electrical + mechanical + coupled) * duration;
  // n parts leave turned^5 / (120 n^4).
  const double parts = std::pow(std::pow(turned, 5) / 120 / 1e-11, 0.25);
  return static_cast<int>(std::clamp(std::ceil(parts), 1.0, 1000.0));
}

}  // namespace flyball
