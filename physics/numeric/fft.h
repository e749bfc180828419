// Fourier transform of real signals across rows: on T = Lanes<W> it transforms W signals at once,
// lane by lane with the same bits as T = double gives. Stockham's autosort form (no bit reversal)
// of a complex transform of half the length, radix 4, 2, 3 and 5.
#ifndef FLYBALL_PHYSICS_NUMERIC_FFT_H_
#define FLYBALL_PHYSICS_NUMERIC_FFT_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "physics/numeric/fft_stage.h"
#include "physics/numeric/lanes.h"

namespace flyball {

// exp(-2 pi i k / n), 0 <= k < n, to half a unit in the last place.
void UnitRoot(int64_t k, int64_t n, double& re, double& im);

// What a length needs, whatever T: factors of n / 2 and roots of unity.
class FftPlan {
 public:
  // n even and without prime factors but 2, 3, 5; throws InputError naming the nearest such
  // lengths.
  explicit FftPlan(int n);

  struct Stage {
    int radix;
    int blocks;         // length of this stage's transforms over the radix
    int stride;         // product of the radices before
    size_t first_root;  // in roots: (blocks, radix - 1) complex numbers exp(-2 pi i p k / length)
  };
  int n() const { return n_; }
  std::span<const Stage> stages() const { return stages_; }
  const double* roots() const { return roots_.data(); }            // re, im, re, im, ...
  const double* half_roots() const { return half_roots_.data(); }  // exp(-2 pi i k / n), k <= n / 4

 private:
  int n_;
  std::vector<Stage> stages_;
  std::vector<double> roots_, half_roots_;
};

template <class T>
class RealFft {
 public:
  explicit RealFft(int n) : plan_(n) {}

  int n() const { return plan_.n(); }
  int spectrum_size() const { return n() / 2 + 1; }
  int work_size() const { return 2 * n(); }  // T's of workspace that calls want

  // re[k] + i im[k] = sum_j x[j] exp(-2 pi i j k / n), k = 0 .. n / 2, as numpy.fft.rfft.
  void Forward(std::span<const T> x, std::span<T> re, std::span<T> im, std::span<T> work) const;
  // The inverse, with its factor 1 / n, as numpy.fft.irfft: im[0] and im[n / 2] are not read.
  // No span may overlap another.
  void Inverse(std::span<const T> re, std::span<const T> im, std::span<T> x,
               std::span<T> work) const;

 private:
  template <bool kInverse>
  static void RunStage(const FftPlan::Stage& stage, const double* roots, const T* in, T* out);
  void CheckSizes(size_t x, size_t re, size_t im, size_t work) const {
    fft_internal::CheckSizes(n(), x, re, im, work);
  }

  FftPlan plan_;
};

template <class T>
template <bool kInverse>
void RealFft<T>::RunStage(const FftPlan::Stage& stage, const double* roots, const T* in, T* out) {
  const double* first = roots + stage.first_root;
  switch (stage.radix) {
    case 2:
      return fft_internal::Pass<T, 2, kInverse>(stage.blocks, stage.stride, first, in, out);
    case 3:
      return fft_internal::Pass<T, 3, kInverse>(stage.blocks, stage.stride, first, in, out);
    case 4:
      return fft_internal::Pass<T, 4, kInverse>(stage.blocks, stage.stride, first, in, out);
    case 5:
      return fft_internal::Pass<T, 5, kInverse>(stage.blocks, stage.stride, first, in, out);
  }
}

template <class T>
void RealFft<T>::Forward(std::span<const T> x, std::span<T> re, std::span<T> im,
                         std::span<T> work) const {
  CheckSizes(x.size(), re.size(), im.size(), work.size());
  // Neighbours x[2k], x[2k + 1] are one complex number; stages go to and fro between two halves.
  const T* from = x.data();
  T* to = work.data();
  T* other = work.data() + n();
  for (const FftPlan::Stage& stage : plan_.stages()) {
    RunStage<false>(stage, plan_.roots(), from, to);
    from = to;
    std::swap(to, other);
  }
  fft_internal::Unpack(n() / 2, plan_.half_roots(), from, re.data(), im.data());
}

template <class T>
void RealFft<T>::Inverse(std::span<const T> re, std::span<const T> im, std::span<T> x,
                         std::span<T> work) const {
  CheckSizes(x.size(), re.size(), im.size(), work.size());
  T* from = plan_.stages().empty() ? x.data() : work.data();
  T* to = work.data() + n();
  fft_internal::Pack(n() / 2, plan_.half_roots(), re.data(), im.data(), from);
  for (const FftPlan::Stage& stage : plan_.stages()) {
    const bool last = &stage == &plan_.stages().back();
    RunStage<true>(stage, plan_.roots(), from, last ? x.data() : to);
    std::swap(from, to);
  }
}

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_NUMERIC_FFT_H_
