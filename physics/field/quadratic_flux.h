// The nonlinearity s d(u^2)/dx plus a force, on a periodic domain, without aliasing: Burgers and
// Kuramoto-Sivashinsky have s = -1/2, Korteweg-de Vries has s = 3.
#ifndef FLYBALL_PHYSICS_FIELD_QUADRATIC_FLUX_H_
#define FLYBALL_PHYSICS_FIELD_QUADRATIC_FLUX_H_

#include <span>
#include <vector>

#include "physics/field/etdrk4.h"
#include "physics/numeric/fft.h"

namespace flyball {

// What it needs, whatever T. Modes 0 .. n / 2 of a grid of n points.
struct QuadraticFluxData {
  int n = 0;                   // points; a multiple of 4
  int padded = 0;              // points of the grid on which u is squared: 3 n / 2
  std::vector<double> factor;  // (modes) mode k of the square, times i factor[k], is the flux term
  int room() const { return padded / 2 + 1; }  // numbers a spectrum must have room for
  size_t work_size() const { return static_cast<size_t>(padded) * 3; }  // T's of workspace
};

// `nyquist`: whether mode n / 2 takes part, as controlgym has it (counted twice on the padded
// grid). Else it is left out, since its derivative has no meaning. Throws InputError if n is not a
// positive multiple of 4.
QuadraticFluxData MakeQuadraticFlux(int n, double length, double scale, bool nyquist);

template <class T>
class QuadraticFlux {
 public:
  // All of these are the caller's to keep. `force`: modes of the force; `work`: data.work_size().
  QuadraticFlux(const QuadraticFluxData& data, const RealFft<T>& padded_fft, Spectrum<T> force,
                T* work)
      : data_(data), fft_(padded_fft), force_(force), values_(work), work_(work + data.padded) {}

  void operator()(Spectrum<T> in, Spectrum<T> out) const {
    const size_t padded = data_.padded, room = data_.room();
    const std::span<T> values(values_, padded), work(work_, 2 * padded);
    fft_.Inverse(std::span<const T>(in.re, room), std::span<const T>(in.im, room), values, work);
    for (T& value : values) value *= value;
    fft_.Forward(values, std::span<T>(out.re, room), std::span<T>(out.im, room), work);
    const int modes = static_cast<int>(data_.factor.size());
    for (int k = 0; k < modes; ++k) {
      const T re = out.re[k], im = out.im[k];
      out.re[k] = force_.re[k] - data_.factor[k] * im;
      out.im[k] = force_.im[k] + data_.factor[k] * re;
    }
  }

 private:
  const QuadraticFluxData& data_;
  const RealFft<T>& fft_;
  Spectrum<T> force_;
  T* values_;
  T* work_;
};

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_FIELD_QUADRATIC_FLUX_H_
