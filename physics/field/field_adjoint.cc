#include "physics/field/field_adjoint.h"

#include <algorithm>

namespace flyball {
namespace {

using Complex = std::complex<double>;
using etd_internal::At;

// The real transform of `fft`'s length, and back.
Modes Transform(const RealFft<double>& fft, std::span<const double> x) {
  const size_t half = fft.spectrum_size();
  std::vector<double> re(half), im(half), work(fft.work_size());
  fft.Forward(x, std::span(re), std::span(im), std::span(work));
  Modes modes(half);
  for (size_t k = 0; k < half; ++k) modes[k] = {re[k], im[k]};
  return modes;
}

}  // namespace

FieldAdjoint::FieldAdjoint(const FieldStepParts& parts)
    : p_(parts), fft_(parts.points),
      padded_(parts.modal.fields > 0 ? parts.points : parts.term.padded) {}

Modes FieldAdjoint::Forward(std::span<const double> x) const { return Transform(fft_, x); }

// Modes beyond those given are zero.
std::vector<double> FieldAdjoint::Inverse(const RealFft<double>& fft, const Modes& modes) const {
  const size_t half = fft.spectrum_size();
  std::vector<double> re(half, 0.0), im(half, 0.0), x(fft.n()), work(fft.work_size());
  for (size_t k = 0; k < modes.size() && k < half; ++k) {
    re[k] = modes[k].real();
    im[k] = modes[k].imag();
  }
  fft.Inverse(std::span<const double>(re), std::span<const double>(im), std::span(x),
              std::span(work));
  return x;
}

std::vector<double> FieldAdjoint::ForwardTransposed(const RealFft<double>& fft,
                                                    const Modes& by_modes) const {
  const size_t last = fft.spectrum_size() - 1;
  Modes weighted(by_modes);
  for (size_t k = 0; k < weighted.size(); ++k) {
    weighted[k] *= fft.n() * (k == 0 || k == last ? 1.0 : 0.5);
  }
  return Inverse(fft, weighted);
}

Modes FieldAdjoint::InverseTransposed(const RealFft<double>& fft,
                                      std::span<const double> by_x) const {
  Modes modes = Transform(fft, by_x);
  const size_t last = modes.size() - 1;
  for (size_t k = 0; k <= last; ++k) modes[k] *= (k == 0 || k == last ? 1.0 : 2.0) / fft.n();
  modes[0].imag(0.0);
  modes[last].imag(0.0);
  return modes;
}

Modes FieldAdjoint::Nonlinear(const Modes& u, const Modes& force) const {
  const Polynomial& p = p_.term.scaled;
  std::vector<double> values = Inverse(padded_, u);
  for (double& v : values) v = p(v);
  const Modes all = Transform(padded_, values);
  Modes out(u.size());
  for (size_t k = 0; k < out.size(); ++k) {
    const double f = p_.term.factor[k];
    out[k] = force[k] + (p_.term.imaginary ? Complex(0.0, f) : Complex(f)) * all[k];
  }
  return out;
}

Modes FieldAdjoint::NonlinearTransposed(const Modes& u, const Modes& by_out) const {
  const Polynomial& p = p_.term.scaled;
  const std::vector<double> values = Inverse(padded_, u);
  Modes by_all(by_out);
  for (size_t k = 0; k < by_all.size(); ++k) {
    const double f = p_.term.factor[k];
    by_all[k] *= p_.term.imaginary ? Complex(0.0, -f) : Complex(f);
  }
  std::vector<double> by_values = ForwardTransposed(padded_, by_all);
  for (size_t j = 0; j < values.size(); ++j) by_values[j] *= p.Slope(values[j]);
  Modes by_u = InverseTransposed(padded_, by_values);
  by_u.resize(u.size());
  return by_u;
}

void FieldAdjoint::LoadModes(std::span<const double> field, std::vector<Modes>& u) const {
  for (int f = 0; f < p_.fields; ++f) {
    u.push_back(Forward(field.subspan(static_cast<size_t>(f) * p_.points, p_.points)));
    if (!p_.keep_nyquist) u.back().back() = 0.0;
  }
}

void FieldAdjoint::Step(std::span<const double> field, const Modes& force, std::span<double> next) {
  std::vector<Modes> u;
  LoadModes(field, u);
  if (p_.modal.fields > 0) {
    const size_t modes = force.size();
    std::vector<double> parts(2 * (p_.fields + 1) * modes);
    const auto part = [&](int i) {
      return Spectrum<double>{parts.data() + 2 * i * modes, parts.data() + (2 * i + 1) * modes};
    };
    const auto put = [&](const Modes& from, Spectrum<double> to) {
      for (size_t k = 0; k < modes; ++k) {
        to.re[k] = from[k].real();
        to.im[k] = from[k].imag();
      }
    };
    const Spectrum<double> spectra[2] = {part(0), part(p_.fields - 1)};
    for (int f = 0; f < p_.fields; ++f) put(u[f], spectra[f]);
    put(force, part(p_.fields));
    TakeModalStep(p_.modal, static_cast<int>(modes), spectra, part(p_.fields));
    for (int f = 0; f < p_.fields; ++f) {
      for (size_t k = 0; k < modes; ++k) u[f][k] = {spectra[f].re[k], spectra[f].im[k]};
    }
  } else {
    const auto nonlinear = [&](const Modes& at) { return Nonlinear(at, force); };
    for (int i = 0; i < p_.substeps; ++i) StepEtdrk4(p_.etd, nonlinear, u[0]);
  }
  for (int f = 0; f < p_.fields; ++f) {
    const std::vector<double> x = Inverse(fft_, u[f]);
    std::copy(x.begin(), x.end(), next.begin() + static_cast<size_t>(f) * p_.points);
  }
}

void FieldAdjoint::Pull(std::span<const double> field, const Modes& force,
                        std::span<const double> by_next, std::span<double> by_field,
                        Modes& by_force) {
  std::vector<Modes> by_u;
  for (int f = 0; f < p_.fields; ++f) {
    by_u.push_back(
        InverseTransposed(fft_, by_next.subspan(static_cast<size_t>(f) * p_.points, p_.points)));
  }
  if (p_.modal.fields == 1) {
    for (size_t k = 0; k < force.size(); ++k) {
      by_force[k] += std::conj(At(p_.modal.push, k)) * by_u[0][k];
      by_u[0][k] *= std::conj(At(p_.modal.step, k));
    }
  } else if (p_.modal.fields == 2) {
    for (size_t k = 0; k < force.size(); ++k) {
      const double* s = p_.modal.step2.data() + 4 * k;
      const double* push = p_.modal.push2.data() + 2 * k;
      const Complex first = by_u[0][k], second = by_u[1][k];
      by_force[k] += push[0] * first + push[1] * second;
      by_u[0][k] = s[0] * first + s[2] * second;
      by_u[1][k] = s[1] * first + s[3] * second;
    }
  } else {
    // The substeps once more, each one's start kept.
    const auto nonlinear = [&](const Modes& at) { return Nonlinear(at, force); };
    const auto transposed = [&](const Modes& at, const Modes& by) {
      return NonlinearTransposed(at, by);
    };
    std::vector<Modes> starts;
    LoadModes(field, starts);
    for (int i = 0; i + 1 < p_.substeps; ++i) {
      starts.push_back(starts.back());
      StepEtdrk4(p_.etd, nonlinear, starts.back());
    }
    for (int i = p_.substeps - 1; i >= 0; --i) {
      PullEtdrk4(p_.etd, nonlinear, transposed, starts[i], by_u[0], by_force);
    }
  }
  for (int f = 0; f < p_.fields; ++f) {
    if (!p_.keep_nyquist) by_u[f].back() = 0.0;
    const std::vector<double> x = ForwardTransposed(fft_, by_u[f]);
    for (int j = 0; j < p_.points; ++j) by_field[static_cast<size_t>(f) * p_.points + j] += x[j];
  }
}

}  // namespace flyball
