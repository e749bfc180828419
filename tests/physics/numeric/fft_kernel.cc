#include <vector>

#include "physics/numeric/fft.h"
#include "physics/numeric/isa.h"
#include "tests/physics/numeric/fft_probe.h"

namespace flyball {
namespace {

template <class T>
void Probe(int n, const double* x, double* re, double* im, double* back) {
  const RealFft<T> fft(n);
  const int half = fft.spectrum_size();
  std::vector<T> signal(n), real(half), imaginary(half), work(fft.work_size());
  for (int i = 0; i < n; ++i) {
    for (int lane = 0; lane < kWidth<T>; ++lane) SetLane(signal[i], lane, x[lane * n + i]);
  }
  fft.Forward(signal, real, imaginary, work);
  for (int lane = 0; lane < kWidth<T>; ++lane) {
    for (int k = 0; k < half; ++k) {
      re[lane * half + k] = GetLane(real[k], lane);
      im[lane * half + k] = GetLane(imaginary[k], lane);
    }
  }
  fft.Inverse(real, imaginary, signal, work);
  for (int lane = 0; lane < kWidth<T>; ++lane) {
    for (int i = 0; i < n; ++i) back[lane * n + i] = GetLane(signal[i], lane);
  }
}

}  // namespace
}  // namespace flyball

extern "C" void FLYBALL_ISA_SYMBOL(fft_probe)(int width, int n, const double* x, double* re,
                                              double* im, double* back) {
  using flyball::Lanes, flyball::Probe;
  if (width == 1) Probe<double>(n, x, re, im, back);
  if (width == 3) Probe<Lanes<3>>(n, x, re, im, back);
  if (width == 4) Probe<Lanes<4>>(n, x, re, im, back);
  if (width == 8) Probe<Lanes<8>>(n, x, re, im, back);
  if (width == 16) Probe<Lanes<16>>(n, x, re, im, back);
}
