#include "physics/field/plane_adjoint.h"

#include <algorithm>

namespace flyball {

using Complex = std::complex<double>;

PlaneAdjoint::PlaneAdjoint(const PlaneFlowData& data, int substeps)
    : d_(data), substeps_(substeps), fft_(data.n), re_(fft_.modes()), im_(fft_.modes()),
      work_(fft_.work_size()), first_(fft_.points()), second_(fft_.points()), sum_(fft_.points()) {
  slope_[0] = {d_.wave_x, true};
  slope_[1] = {d_.wave_y, true};
  if (d_.burgers) {
    velocity_[0] = velocity_[1] = {d_.kept, false};
  } else {
    // (psi_y, -psi_x), psi = w / |wave|^2.
    velocity_[0] = {d_.wave_y, true};
    velocity_[1] = {d_.wave_x, true};
    for (int k = 0; k < d_.modes(); ++k) {
      velocity_[0].of_mode[k] *= d_.inverse_square[k];
      velocity_[1].of_mode[k] *= -d_.inverse_square[k];
    }
  }
}

PlaneAdjoint::Points PlaneAdjoint::Inverse(std::span<const Complex> modes) const {
  Points x(fft_.points());
  for (size_t k = 0; k < modes.size(); ++k) {
    re_[k] = modes[k].real();
    im_[k] = modes[k].imag();
  }
  fft_.Inverse(re_.data(), im_.data(), x.data(), work_.data());
  return x;
}

Modes PlaneAdjoint::Forward(std::span<const double> x) const {
  fft_.Forward(x.data(), re_.data(), im_.data(), work_.data());
  Modes modes(re_.size());
  for (size_t k = 0; k < modes.size(); ++k) modes[k] = {re_[k], im_[k]};
  return modes;
}

// Columns 0 and n / 2 stand for themselves, the others for their mirror images too.
Modes PlaneAdjoint::InverseTransposed(std::span<const double> by_x) const {
  Modes modes = Forward(by_x);
  const size_t n = d_.n, last = n / 2;
  for (size_t k = 0; k < modes.size(); ++k) {
    const bool once = k / n == 0 || k / n == last;
    modes[k] *= (once ? 1.0 : 2.0) / static_cast<double>(n * n);
  }
  return modes;
}
PlaneAdjoint::Points PlaneAdjoint::ForwardTransposed(std::span<const Complex> by_modes) const {
  const size_t n = d_.n, last = n / 2;
  Modes weighted(by_modes.begin(), by_modes.end());
  for (size_t k = 0; k < weighted.size(); ++k) {
    const bool once = k / n == 0 || k / n == last;
    weighted[k] *= (once ? 1.0 : 0.5) * static_cast<double>(n * n);
  }
  return Inverse(weighted);
}

void PlaneAdjoint::ToPoints(const Modes& u, int field, const Multiplier& multiplier,
                            Points& x) const {
  const size_t modes = d_.modes();
  const Complex* part = u.data() + field * modes;
  for (size_t k = 0; k < modes; ++k) {
    const double factor = multiplier.of_mode[k], re = part[k].real(), im = part[k].imag();
    re_[k] = factor * (multiplier.imaginary ? -im : re);
    im_[k] = factor * (multiplier.imaginary ? re : im);
  }
  fft_.Inverse(re_.data(), im_.data(), x.data(), work_.data());
}

void PlaneAdjoint::PullToPoints(const Points& by_x, const Multiplier& multiplier, int field,
                                Modes& by_u) const {
  fft_.Forward(by_x.data(), re_.data(), im_.data(), work_.data());
  const size_t modes = d_.modes(), n = d_.n, last = n / 2;
  Complex* part = by_u.data() + field * modes;
  for (size_t k = 0; k < modes; ++k) {
    // As InverseTransposed, times the multiplier's conjugate.
    const bool once = k / n == 0 || k / n == last;
    const double factor = multiplier.of_mode[k] * (once ? 1.0 : 2.0) / static_cast<double>(n * n);
    if (multiplier.imaginary) {
      part[k] += Complex(factor * im_[k], -factor * re_[k]);
    } else {
      part[k] += Complex(factor * re_[k], factor * im_[k]);
    }
  }
}

// As PlaneFlow.
Modes PlaneAdjoint::Nonlinear(const Modes& u, const Modes& force) const {
  const size_t modes = d_.modes();
  Modes out(force);
  for (int field = 0; field < d_.fields(); ++field) {
    std::fill(sum_.begin(), sum_.end(), 0.0);
    for (int direction = 0; direction < 2; ++direction) {
      ToPoints(u, VelocityField(direction), velocity_[direction], first_);
      ToPoints(u, field, slope_[direction], second_);
      for (size_t j = 0; j < sum_.size(); ++j) sum_[j] += first_[j] * second_[j];
    }
    fft_.Forward(sum_.data(), re_.data(), im_.data(), work_.data());
    for (size_t k = 0; k < modes; ++k) {
      out[field * modes + k] -= Complex(d_.kept[k] * re_[k], d_.kept[k] * im_[k]);
    }
  }
  return out;
}

Modes PlaneAdjoint::NonlinearTransposed(const Modes& u, const Modes& by_out) const {
  const size_t modes = d_.modes();
  Modes by_u(u.size()), by_advection(modes);
  for (int field = 0; field < d_.fields(); ++field) {
    for (size_t k = 0; k < modes; ++k) by_advection[k] = by_out[field * modes + k] * -d_.kept[k];
    const Points by_sum = ForwardTransposed(by_advection);
    for (int direction = 0; direction < 2; ++direction) {
      const int source = VelocityField(direction);
      ToPoints(u, source, velocity_[direction], first_);
      ToPoints(u, field, slope_[direction], second_);
      for (size_t j = 0; j < by_sum.size(); ++j) {
        // Each one's derivative is the other.
        const double by_velocity = second_[j] * by_sum[j];
        second_[j] = first_[j] * by_sum[j];
        first_[j] = by_velocity;
      }
      PullToPoints(first_, velocity_[direction], source, by_u);
      PullToPoints(second_, slope_[direction], field, by_u);
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
  const size_t modes = d_.modes();
  for (int f = 0; f < d_.fields(); ++f) {
    Modes part(modes);
    for (size_t k = 0; k < modes; ++k) part[k] = by_modes[f * modes + k] * d_.kept[k];
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
    const Points x = Inverse(std::span(u).subspan(f * d_.modes(), d_.modes()));
    std::copy(x.begin(), x.end(), next.begin() + static_cast<std::ptrdiff_t>(f * x.size()));
  }
}

void PlaneAdjoint::Pull(std::span<const double> fields, const Modes& force,
                        std::span<const double> by_next, std::span<double> by_fields,
                        Modes& by_force) const {
  const size_t points = fft_.points();
  Modes by_u;
  for (int f = 0; f < d_.fields(); ++f) {
    const Modes by_part = InverseTransposed(by_next.subspan(f * points, points));
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
