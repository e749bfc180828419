// The nonlinear part of an equation on a periodic domain: m_k F[c1 u + c2 u^2 + c3 u^3]_k plus a
// force, without aliasing. The multiplier m is real (a reaction) or imaginary (a flux's slope).
#ifndef FLYBALL_PHYSICS_FIELD_POLYNOMIAL_TERM_H_
#define FLYBALL_PHYSICS_FIELD_POLYNOMIAL_TERM_H_

#include <complex>
#include <span>
#include <vector>

#include "physics/field/etdrk4.h"
#include "physics/numeric/fft.h"

namespace flyball {

struct Polynomial {
  double c1 = 0.0, c2 = 0.0, c3 = 0.0;
  double operator()(double u) const { return u * (c1 + u * (c2 + u * c3)); }
  double Slope(double u) const { return c1 + u * (2.0 * c2 + u * (3.0 * c3)); }
};

// What it needs, whatever T. Modes 0 .. n / 2 of a grid of n points.
struct PolynomialTermData {
  int n = 0;                   // points; a multiple of 4
  int padded = 0;              // points of the grid on which the polynomial is taken
  bool imaginary = false;      // the multipliers are i factor[k], else factor[k]
  std::vector<double> factor;  // (modes) with the ratio of the two transforms in it
  Polynomial scaled;           // for values that lack the factor padded / n
  int room() const { return padded / 2 + 1; }  // numbers a spectrum must have room for
  size_t work_size() const { return static_cast<size_t>(padded) * 3; }  // T's of workspace
};

// Points of the grid on which a polynomial of this degree (2 or 3) of n / 2 modes has no aliases:
// 3 n / 2 or 2 n.
int PaddedPoints(int n, int degree);

// `multiplier` (n / 2 + 1), all real or all imaginary. Mode n / 2 takes part if its multiplier is
// not zero, and is then counted twice on the padded grid, as controlgym does. Throws InputError if
// n is not a positive multiple of 4 or the multipliers do not fit.
PolynomialTermData MakePolynomialTerm(int n, int padded, const Polynomial& polynomial,
                                      std::span<const std::complex<double>> multiplier);

template <class T>
class PolynomialTerm {
 public:
  // All of these are the caller's to keep. `force`: modes of the force; `work`: data.work_size().
  PolynomialTerm(const PolynomialTermData& data, const RealFft<T>& padded_fft, Spectrum<T> force,
                 T* work)
      : data_(data), fft_(padded_fft), force_(force), values_(work), work_(work + data.padded) {}

  void operator()(Spectrum<T> in, Spectrum<T> out) const {
    const size_t padded = data_.padded, room = data_.room();
    const std::span<T> values(values_, padded), work(work_, 2 * padded);
    fft_.Inverse(std::span<const T>(in.re, room), std::span<const T>(in.im, room), values, work);
    const Polynomial p = data_.scaled;
    for (T& v : values) v = v * (p.c1 + v * (p.c2 + v * p.c3));
    fft_.Forward(values, std::span<T>(out.re, room), std::span<T>(out.im, room), work);
    const int modes = static_cast<int>(data_.factor.size());
    if (data_.imaginary) {
      for (int k = 0; k < modes; ++k) {
        const T re = out.re[k], im = out.im[k];
        out.re[k] = force_.re[k] - data_.factor[k] * im;
        out.im[k] = force_.im[k] + data_.factor[k] * re;
      }
    } else {
      for (int k = 0; k < modes; ++k) {
        out.re[k] = force_.re[k] + data_.factor[k] * out.re[k];
        out.im[k] = force_.im[k] + data_.factor[k] * out.im[k];
      }
    }
  }

 private:
  const PolynomialTermData& data_;
  const RealFft<T>& fft_;
  Spectrum<T> force_;
  T* values_;
  T* work_;
};

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_FIELD_POLYNOMIAL_TERM_H_
