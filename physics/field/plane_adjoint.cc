#include "physics/field/plane_adjoint.h"

#include <algorithm>

namespace flyball {

using Complex = std::complex<double>;

PlaneAdjoint::PlaneAdjoint(const PlaneFlowData& data, int substeps)
    : d_(data), substeps_(substeps), fft_(data.n) {}

PlaneAdjoint::Points PlaneAdjoint::Inverse(const Modes& modes) const {
  Points re(modes.size()), im(modes.size()), x(fft_.points()), work(fft_.work_size());
  for (size_t k = 0; k < modes.size(); ++k) {
    re[k] = modes[k].real();
    im[k] = modes[k].imag();
  }
  fft_.Inverse(re.data(), im.data(), x.data(), work.data());
  return x;
}

Modes PlaneAdjoint::Forward(std::span<const double> x) const {
  Points re(fft_.modes()), im(fft_.modes()), work(fft_.work_size());
  fft_.Forward(x.data(), re.data(), im.data(), work.data());
  Modes modes(re.size());
  for (size_t k = 0; k < modes.size(); ++k) modes[k] = {re[k], im[k]};
  return modes;
}

// Columns 0 and n / 2 stand for themselves, the others for their mirror images too.
Modes PlaneAdjoint::InverseTransposed(const Points& by_x) const {
  Modes modes = Forward(by_x);
  const size_t n = d_.n, last = n / 2;
  for (size_t k = 0; k < modes.size(); ++k) {
    const bool once = k / n == 0 || k / n == last;
    modes[k] *= (once ? 1.0 : 2.0) / static_cast<double>(n * n);
  }
  return modes;
}
PlaneAdjoint::Points PlaneAdjoint::ForwardTransposed(const Modes& by_modes) const {
  const size_t n = d_.n, last = n / 2;
  Modes weighted(by_modes);
  for (size_t k = 0; k < weighted.size(); ++k) {
    const bool once = k / n == 0 || k / n == last;
    weighted[k] *= (once ? 1.0 : 0.5) * static_cast<double>(n * n);
  }
  return Inverse(weighted);
}

Complex PlaneAdjoint::ToVelocity(int direction, size_t k) const {
  if (d_.burgers) return d_.kept[k];
  const double factor = direction == 0 ? d_.wave_y[k] : -d_.wave_x[k];
  return {0.0, factor * d_.inverse_square[k]};
}
Complex PlaneAdjoint::ToSlope(int direction, size_t k) const {
  return {0.0, direction == 0 ? d_.wave_x[k] : d_.wave_y[k]};
}

Modes PlaneAdjoint::Part(const Modes& all, int field) const {
  const auto first = all.begin() + static_cast<std::ptrdiff_t>(field) * d_.modes();
  return {first, first + d_.modes()};
}

// As PlaneFlow.
Modes PlaneAdjoint::Nonlinear(const Modes& u, const Modes& force) const {
  const size_t modes = d_.modes();
  Modes out(force);
  for (int field = 0; field < d_.fields(); ++field) {
    Points sum(fft_.points(), 0.0);
    for (int direction = 0; direction < 2; ++direction) {
      Modes velocity = Part(u, VelocityField(direction)), slope = Part(u, field);
      for (size_t k = 0; k < modes; ++k) {
        velocity[k] *= ToVelocity(direction, k);
        slope[k] *= ToSlope(direction, k);
      }
      const Points a = Inverse(velocity), b = Inverse(slope);
      for (size_t j = 0; j < sum.size(); ++j) sum[j] += a[j] * b[j];
    }
    const Modes advection = Forward(sum);
    for (size_t k = 0; k < modes; ++k) out[field * modes + k] -= d_.kept[k] * advection[k];
  }
  return out;
}

Modes PlaneAdjoint::NonlinearTransposed(const Modes& u, const Modes& by_out) const {
  const size_t modes = d_.modes();
  Modes by_u(u.size());
  for (int field = 0; field < d_.fields(); ++field) {
    Modes by_advection = Part(by_out, field);
    for (size_t k = 0; k < modes; ++k) by_advection[k] *= -d_.kept[k];
    const Points by_sum = ForwardTransposed(by_advection);
    for (int direction = 0; direction < 2; ++direction) {
      const int source = VelocityField(direction);
      Modes velocity = Part(u, source), slope = Part(u, field);
      for (size_t k = 0; k < modes; ++k) {
        velocity[k] *= ToVelocity(direction, k);
        slope[k] *= ToSlope(direction, k);
      }
      Points a = Inverse(velocity), b = Inverse(slope);
      for (size_t j = 0; j < a.size(); ++j) {
        std::swap(a[j], b[j]);  // each one's derivative is the other
        a[j] *= by_sum[j];
        b[j] *= by_sum[j];
      }
      const Modes by_velocity = InverseTransposed(a), by_slope = InverseTransposed(b);
      for (size_t k = 0; k < modes; ++k) {
        by_u[source * modes + k] += std::conj(ToVelocity(direction, k)) * by_velocity[k];
        by_u[field * modes + k] += std::conj(ToSlope(direction, k)) * by_slope[k];
      }
    }
  }
  return by_u;
}

Modes PlaneAdjoint::ToModes(std::span<const double> fields) const {
  Modes all;
  for (int f = 0; f < d_.fields(); ++f) {
    Modes part = Forward(fields.subspan(static_cast<size_t>(f) * fft_.points(), fft_.points()));
    for (size_t k = 0; k < part.size(); ++k) part[k] *= d_.kept[k];
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}
void PlaneAdjoint::PullToModes(const Modes& by_modes, std::span<double> by_fields) const {
  for (int f = 0; f < d_.fields(); ++f) {
    Modes part = Part(by_modes, f);
    for (size_t k = 0; k < part.size(); ++k) part[k] *= d_.kept[k];
    const Points x = ForwardTransposed(part);
    for (size_t j = 0; j < x.size(); ++j) by_fields[f * x.size() + j] += x[j];
  }
}

void PlaneAdjoint::Step(std::span<const double> fields, const Modes& force,
                        std::span<double> next) const {
  Modes u = ToModes(fields);
  const auto nonlinear = [&](const Modes& at) { return Nonlinear(at, force); };
  for (int i = 0; i < substeps_; ++i) StepEtdrk4(d_.etd, nonlinear, u);
  for (int f = 0; f < d_.fields(); ++f) {
    const Points x = Inverse(Part(u, f));
    std::copy(x.begin(), x.end(), next.begin() + static_cast<std::ptrdiff_t>(f * x.size()));
  }
}

void PlaneAdjoint::Pull(std::span<const double> fields, const Modes& force,
                        std::span<const double> by_next, std::span<double> by_fields,
                        Modes& by_force) const {
  const size_t points = fft_.points();
  Modes by_u;
  for (int f = 0; f < d_.fields(); ++f) {
    const std::span<const double> part = by_next.subspan(f * points, points);
    const Modes by_part = InverseTransposed(Points(part.begin(), part.end()));
    by_u.insert(by_u.end(), by_part.begin(), by_part.end());
  }
  const auto nonlinear = [&](const Modes& at) { return Nonlinear(at, force); };
  const auto transposed = [&](const Modes& at, const Modes& by) {
    return NonlinearTransposed(at, by);
  };
  std::vector<Modes> starts = {ToModes(fields)};
  for (int i = 0; i + 1 < substeps_; ++i) {
    starts.push_back(starts.back());
    StepEtdrk4(d_.etd, nonlinear, starts.back());
  }
  for (int i = substeps_ - 1; i >= 0; --i) {
    PullEtdrk4(d_.etd, nonlinear, transposed, starts[i], by_u, by_force);
  }
  PullToModes(by_u, by_fields);
}

}  // namespace flyball
