#include "physics/drive/main_flux.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "physics/drive/check.h"
#include "physics/numeric/describe.h"
#include "physics/numeric/error.h"

namespace flyball {
namespace {

void CheckCurve(const std::vector<double>& i, const std::vector<double>& psi) {
  if (i.size() < 3 || i.size() != psi.size()) {
    throw InputError(
        "saturation i_m, psi_m: at least 3 numbers each and as many of both expected, got " +
        std::to_string(i.size()) + " and " + std::to_string(psi.size()));
  }
  if (i[0] != 0 || psi[0] != 0) throw InputError("saturation i_m, psi_m: must begin with 0");
  for (size_t k = 0; k < i.size(); ++k) {
    RequireFinite("saturation i_m [" + std::to_string(k) + "]", i[k], "A");
    RequireFinite("saturation psi_m [" + std::to_string(k) + "]", psi[k], "Wb");
    if (k == 0) continue;
    const std::string at = " [" + std::to_string(k) + "] = ";
    if (i[k] <= i[k - 1]) {
      throw InputError("saturation i_m" + at + Describe(i[k]) + " A: must be above the one before");
    }
    if (psi[k] <= psi[k - 1]) {
      throw InputError(
          "saturation psi_m" + at + Describe(psi[k]) +
          " Wb: must be above the one before, or the flux does not grow with the current");
    }
  }
}

}  // namespace

MainFlux::MainFlux(std::vector<double> i_m, std::vector<double> psi_m)
    : i_(std::move(i_m)), psi_(std::move(psi_m)), slope_(i_.size()), coenergy_(i_.size()) {
  CheckCurve(i_, psi_);
  // Slopes at the nodes: weighted harmonic means of the neighbours' secants. The curve is odd, so
  // that at 0 both neighbours have the same.
  const size_t n = i_.size();
  const auto step = [&](size_t k) { return i_[k + 1] - i_[k]; };
  const auto secant = [&](size_t k) { return (psi_[k + 1] - psi_[k]) / step(k); };
  slope_[0] = secant(0);
  for (size_t k = 1; k + 1 < n; ++k) {
    const double before = 2 * step(k) + step(k - 1), after = step(k) + 2 * step(k - 1);
    slope_[k] = (before + after) / (before / secant(k - 1) + after / secant(k));
  }
  slope_[n - 1] = secant(n - 2);
  for (size_t k = 0; k + 1 < n; ++k) {
    const double h = step(k);
    coenergy_[k + 1] =
        coenergy_[k] + 0.5 * h * (psi_[k] + psi_[k + 1]) + h * h / 12 * (slope_[k] - slope_[k + 1]);
  }
}

MainFlux::Point MainFlux::At(double i) const {
  const double x = std::fabs(i), sign = i < 0 ? -1 : 1;
  if (x >= i_.back()) {
    const double beyond = x - i_.back(), slope = slope_.back();
    return {sign * (psi_.back() + slope * beyond), slope,
            coenergy_.back() + beyond * (psi_.back() + 0.5 * slope * beyond)};
  }
  const size_t k = std::upper_bound(i_.begin(), i_.end(), x) - i_.begin() - 1;
  // psi = a + t (b + t (c + t d)) with t from 0 to h.
  const double h = i_[k + 1] - i_[k], t = x - i_[k], rise = (psi_[k + 1] - psi_[k]) / h;
  const double a = psi_[k], b = slope_[k];
  const double c = (3 * rise - 2 * b - slope_[k + 1]) / h;
  const double d = (b + slope_[k + 1] - 2 * rise) / (h * h);
  return {sign * (a + t * (b + t * (c + t * d))), b + t * (2 * c + t * 3 * d),
          coenergy_[k] + t * (a + t * (b / 2 + t * (c / 3 + t * d / 4)))};
}

double MainFlux::CurrentFor(double total, double leakage) const {
  const double last = psi_.back() + leakage * i_.back();
  if (total >= last) return i_.back() + (total - last) / (slope_.back() + leakage);
  size_t k = 0;
  while (psi_[k + 1] + leakage * i_[k + 1] <= total) ++k;
  // Newton's method, kept between the ends by halving.
  double low = i_[k], high = i_[k + 1];
  double x = 0.5 * (low + high);
  for (int round = 0; round < 60; ++round) {
    const Point here = At(x);
    const double error = here.psi + leakage * x - total;
    (error > 0 ? high : low) = x;
    const double step = error / (here.slope + leakage);
    double next = x - step;
    if (!(next >= low && next <= high)) next = 0.5 * (low + high);
    if (std::fabs(next - x) <= 1e-16 * high) return next;
    x = next;
  }
  return x;
}

SaturatedCage::SaturatedCage(const MainFlux& curve, const Scim& machine, const double* state)
    : m(machine), x(state) {
  const double alpha = x[2] + m.l_sigr * x[0], beta = x[3] + m.l_sigr * x[1];
  length = std::hypot(alpha, beta);
  along[0] = length > 0 ? alpha / length : 1.0;
  along[1] = length > 0 ? beta / length : 0.0;
  i_m = curve.CurrentFor(length, m.l_sigr);
  main = curve.At(i_m);
  psi_m = {main.psi * along[0], main.psi * along[1]};
  i_rotor = {i_m * along[0] - x[0], i_m * along[1] - x[1]};
}
double SaturatedCage::Torque() const {
  return 1.5 * m.p * (psi_m.alpha * x[1] - psi_m.beta * x[0]);
}
double SaturatedCage::FieldEnergy() const {
  const double stator = x[0] * x[0] + x[1] * x[1];
  const double rotor = i_rotor.alpha * i_rotor.alpha + i_rotor.beta * i_rotor.beta;
  return 0.75 * (m.l_sigs * stator + m.l_sigr * rotor) + 1.5 * (main.psi * i_m - main.coenergy);
}
double SaturatedCage::CopperLoss() const {
  const double rotor = i_rotor.alpha * i_rotor.alpha + i_rotor.beta * i_rotor.beta;
  return 1.5 * (m.r_s * (x[0] * x[0] + x[1] * x[1]) + m.r_r * rotor);
}
AlphaBeta<double> SaturatedCage::StatorFlux() const {
  return {psi_m.alpha + m.l_sigs * x[0], psi_m.beta + m.l_sigs * x[1]};
}
void SaturatedCage::Derivative(const double* u, double omega, double* dx) const {
  const double speed = m.p * omega;
  dx[2] = -m.r_r * i_rotor.alpha - speed * x[3];
  dx[3] = -m.r_r * i_rotor.beta + speed * x[2];
  // The main flux moves with psi_r + l_sigr i_s: along itself by the slope's share, across by its own.
  const double share[2] = {main.slope / (main.slope + m.l_sigr),
                           length > 0 ? main.psi / length : main.slope / (main.slope + m.l_sigr)};
  const double v[2] = {u[0] - m.r_s * x[0], u[1] - m.r_s * x[1]};
  const double across[2] = {-along[1], along[0]};
  dx[0] = dx[1] = 0;
  for (const auto& [axis, part] : {std::pair{along, share[0]}, {across, share[1]}}) {
    const double driven = axis[0] * v[0] + axis[1] * v[1];
    const double rotor = axis[0] * dx[2] + axis[1] * dx[3];
    const double rate = (driven - part * rotor) / (m.l_sigs + part * m.l_sigr);
    dx[0] += rate * axis[0];
    dx[1] += rate * axis[1];
  }
}

SaturatedEesm::SaturatedEesm(const MainFlux& curve, const Eesm& machine, const double* state)
    : m(machine), x(state) {
  ratio = m.l_m / curve.unsaturated();
  leakage_d = m.l_d - curve.unsaturated();
  leakage_e = m.l_e - 1.5 * ratio * m.l_m;
  main = curve.At(x[0] + ratio * x[2]);
  psi_d = main.psi + leakage_d * x[0];
  psi_q = m.l_q * x[1];
  l_dd = leakage_d + main.slope;
  l_de = ratio * main.slope;
  l_ee = leakage_e + 1.5 * ratio * ratio * main.slope;
}
double SaturatedEesm::Torque() const { return 1.5 * m.p * (psi_d * x[1] - psi_q * x[0]); }
double SaturatedEesm::FieldEnergy() const {
  return 1.5 * (main.psi * (x[0] + ratio * x[2]) - main.coenergy) +
         0.75 * (leakage_d * x[0] * x[0] + m.l_q * x[1] * x[1]) + 0.5 * leakage_e * x[2] * x[2];
}
void SaturatedEesm::Derivative(const double* u, double omega, double* dx) const {
  const double speed = m.p * omega;
  const double v_d = u[0] - m.r_s * x[0] + speed * psi_q;
  const double v_e = u[2] - m.r_e * x[2];
  const double det = l_dd * l_ee - 1.5 * l_de * l_de;
  dx[0] = (l_ee * v_d - l_de * v_e) / det;
  dx[1] = (u[1] - m.r_s * x[1] - speed * psi_d) / m.l_q;
  dx[2] = (l_dd * v_e - 1.5 * l_de * v_d) / det;
}

void CheckMainFlux(const MainFlux& curve, const Eesm& m) {
  const double least = 1.5 * m.l_m * m.l_m / m.l_e;
  if (curve.unsaturated() > least && curve.unsaturated() < m.l_d) return;
  throw InputError("saturation psi_m: rises from 0 by " + Describe(curve.unsaturated()) +
                   " H: must be between 1.5 l_m^2 / l_e = " + Describe(least) +
                   " and l_d = " + Describe(m.l_d) + ", or a winding has no leakage");
}

}  // namespace flyball
