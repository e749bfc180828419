// The Fourier transform of a real field on a periodic plane, W fields side by side.
#ifndef FLYBALL_PHYSICS_FIELD_PLANE_FFT_H_
#define FLYBALL_PHYSICS_FIELD_PLANE_FFT_H_

#include <cstddef>
#include <span>

#include "physics/numeric/fft.h"

namespace flyball {

// A field of n by n points is x[row n + column]; its modes are re, im[k n + l], k = 0 .. n / 2 along
// a row and l = 0 .. n - 1 across rows, where l > n / 2 stands for l - n. As numpy.fft.rfft2,
// transposed.
template <class T>
class PlaneFft {
 public:
  explicit PlaneFft(int n) : fft_(n) {}

  int n() const { return fft_.n(); }
  int points() const { return n() * n(); }
  int modes() const { return (n() / 2 + 1) * n(); }
  int work_size() const { return 2 * n() + 4 * (n() / 2 + 1) + 2 * n(); }  // T's

  void Forward(const T* x, T* re, T* im, T* work) const {
    const int n = this->n(), half = n / 2 + 1;
    T* line_re = work;
    T* line_im = line_re + half;
    T* other_re = line_im + half;
    T* other_im = other_re + half;
    const std::span<T> rest(other_im + half, 2 * n);
    for (int row = 0; row < n; ++row) {
      fft_.Forward(std::span<const T>(x + row * n, n), std::span<T>(line_re, half),
                   std::span<T>(line_im, half), rest);
      for (int k = 0; k < half; ++k) {
        re[k * n + row] = line_re[k];
        im[k * n + row] = line_im[k];
      }
    }
    // A column of complex numbers is two of real ones.
    for (int k = 0; k < half; ++k) {
      T* column_re = re + k * n;
      T* column_im = im + k * n;
      fft_.Forward(std::span<const T>(column_re, n), std::span<T>(line_re, half),
                   std::span<T>(line_im, half), rest);
      fft_.Forward(std::span<const T>(column_im, n), std::span<T>(other_re, half),
                   std::span<T>(other_im, half), rest);
      for (int l = 0; l < half; ++l) {
        column_re[l] = line_re[l] - other_im[l];
        column_im[l] = line_im[l] + other_re[l];
        if (l == 0 || 2 * l == n) continue;
        column_re[n - l] = line_re[l] + other_im[l];
        column_im[n - l] = other_re[l] - line_im[l];
      }
    }
  }

  // With the factor 1 / n^2. `re` and `im` are overwritten.
  void Inverse(T* re, T* im, T* x, T* work) const {
    const int n = this->n(), half = n / 2 + 1;
    T* line_re = work;
    T* line_im = line_re + half;
    T* other_re = line_im + half;
    T* other_im = other_re + half;
    const std::span<T> rest(other_im + half, 2 * n);
    for (int k = 0; k < half; ++k) {
      T* column_re = re + k * n;
      T* column_im = im + k * n;
      for (int l = 0; l < half; ++l) {
        const int m = l == 0 ? 0 : n - l;
        line_re[l] = 0.5 * (column_re[l] + column_re[m]);
        line_im[l] = 0.5 * (column_im[l] - column_im[m]);
        other_re[l] = 0.5 * (column_im[l] + column_im[m]);
        other_im[l] = 0.5 * (column_re[m] - column_re[l]);
      }
      fft_.Inverse(std::span<const T>(line_re, half), std::span<const T>(line_im, half),
                   std::span<T>(column_re, n), rest);
      fft_.Inverse(std::span<const T>(other_re, half), std::span<const T>(other_im, half),
                   std::span<T>(column_im, n), rest);
    }
    for (int row = 0; row < n; ++row) {
      for (int k = 0; k < half; ++k) {
        line_re[k] = re[k * n + row];
        line_im[k] = im[k * n + row];
      }
      fft_.Inverse(std::span<const T>(line_re, half), std::span<const T>(line_im, half),
                   std::span<T>(x + row * n, n), rest);
    }
  }

 private:
  RealFft<T> fft_;
};

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_FIELD_PLANE_FFT_H_
