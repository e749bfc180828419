#include "physics/field/modal_step.h"

#include <cmath>
#include <string>

#include "physics/numeric/error.h"

namespace flyball {
namespace {

void CheckTime(double time) {
  if (!(time > 0.0) || !std::isfinite(time)) {
    throw InputError("a step of " + std::to_string(time) + " s; it must be positive and finite");
  }
}

// (exp(z) - 1) / z. Its closed form loses digits near 0, where the series takes over.
std::complex<double> HoldOf(std::complex<double> z, std::complex<double> exponential) {
  if (std::abs(z) > 0.5) return (exponential - 1.0) / z;
  std::complex<double> sum = 1.0, term = 1.0;
  for (int j = 2; j < 20; ++j) sum += (term *= z / static_cast<double>(j));
  return sum;
}

}  // namespace

ModalStep MakeModalStep(std::span<const std::complex<double>> symbol, double time, bool impulse) {
  CheckTime(time);
  ModalStep out;
  out.fields = 1;
  for (const std::complex<double>& l : symbol) {
    if (!std::isfinite(l.real()) || !std::isfinite(l.imag())) {
      throw InputError("the linear operator holds a number that is not finite");
    }
    const std::complex<double> z = l * time;
    double sine, cosine;
    SinCos(z.imag(), sine, cosine);
    const std::complex<double> e = Exp(z.real()) * std::complex<double>(cosine, sine);
    const std::complex<double> push = impulse ? 1.0 : time * HoldOf(z, e);
    out.step.re.push_back(e.real());
    out.step.im.push_back(e.imag());
    out.push.re.push_back(push.real());
    out.push.im.push_back(push.imag());
  }
  return out;
}

ModalStep MakeModalStep(std::span<const Rotation> generator, double time, bool impulse) {
  CheckTime(time);
  ModalStep out;
  out.fields = 2;
  for (const Rotation& g : generator) {
    // The square of the generator is -w^2, so that exp(t g) = cos(w t) + sin(w t) / w g.
    const double square = -g.a * g.b;
    if (!(square >= 0.0) || !std::isfinite(square)) {
      throw InputError("the generator of two fields must turn them into each other");
    }
    const double w = std::sqrt(square), phase = w * time;
    double sine, cosine;
    SinCos(phase, sine, cosine);
    // sin(w t) / w and (1 - cos(w t)) / w^2, by half the angle so that no digits are lost.
    double half, unused;
    SinCos(0.5 * phase, half, unused);
    const double first = w == 0.0 ? time : sine / w;
    const double second = w == 0.0 ? 0.5 * time * time : 2.0 * half * half / square;
    out.step2.insert(out.step2.end(), {cosine, first * g.a, first * g.b, cosine});
    if (impulse) {
      out.push2.insert(out.push2.end(), {0.0, 1.0});
    } else {
      out.push2.insert(out.push2.end(), {second * g.a, first});
    }
  }
  return out;
}

}  // namespace flyball
