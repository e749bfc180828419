#include "physics/numeric/fft.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <complex>
#include <kissfft.hh>
#include <numbers>
#include <string>

#include "physics/numeric/error.h"
#include "physics/numeric/isa.h"
#include "physics/numeric/random.h"
#include "tests/physics/numeric/fft_probe.h"

namespace flyball {
namespace {

// Every radix first, last, alone and mixed.
constexpr int kLengths[] = {2,   4,   6,   8,   10,  12,  16,  18,  20,  24,  30,  32,   48,
                            50,  64,  72,  90,  96,  100, 128, 150, 180, 200, 250, 256,  300,
                            360, 384, 480, 500, 512, 600, 720, 768, 810, 900, 960, 1000, 1024};

std::vector<double> Noise(int n, uint64_t seed) {
  Rng rng(seed);
  std::vector<double> x(n);
  for (double& value : x) value = rng.Uniform(-1, 1);
  return x;
}

TEST_CASE("RealFft agrees with kissfft and comes back", "[fft]") {
  for (const int n : kLengths) {
    CAPTURE(n);
    const RealFft<double> fft(n);
    const std::vector<double> x = Noise(n, n);
    std::vector<double> re(n / 2 + 1), im(n / 2 + 1), back(n), work(fft.work_size());
    fft.Forward(x, re, im, work);
    std::vector<std::complex<double>> in(x.begin(), x.end()), out(n);
    kissfft<double>(n, false).transform(in.data(), out.data());
    double error = 0, size = 0;
    for (int k = 0; k <= n / 2; ++k) {
      error = std::max(error, std::abs(out[k] - std::complex(re[k], im[k])));
      size = std::max(size, std::abs(out[k]));
    }
    // Both round by some ulp a stage; kissfft's twiddles are rounded sines of rounded angles.
    CHECK(error < 1e-14 * size);
    CHECK(im[0] == 0);
    CHECK(im[n / 2] == 0);

    fft.Inverse(re, im, back, work);
    double difference = 0;
    for (int i = 0; i < n; ++i) difference = std::max(difference, std::abs(back[i] - x[i]));
    CHECK(difference < 1e-15);  // of numbers up to 1
  }
}

TEST_CASE("Cosines and sines come out as single lines", "[fft]") {
  constexpr int kN = 120;
  const RealFft<double> fft(kN);
  std::vector<double> x(kN), re(kN / 2 + 1), im(kN / 2 + 1), work(fft.work_size());
  for (const int line : {0, 1, 7, 30, 59, 60}) {
    for (int i = 0; i < kN; ++i) {
      const double angle = 2 * std::numbers::pi * ((line * i) % kN) / kN;
      x[i] = 2 * std::cos(angle) + 3 * std::sin(angle);
    }
    fft.Forward(x, re, im, work);
    for (int k = 0; k <= kN / 2; ++k) {
      const bool edge = line == 0 || line == kN / 2;
      const double cosine = k != line ? 0 : edge ? 2.0 * kN : 1.0 * kN;
      const double sine = k != line || edge ? 0 : -1.5 * kN;
      // 120 terms of size 5, each wrong by an ulp of its own.
      CHECK(re[k] == Approx(cosine).margin(1e-12));
      CHECK(im[k] == Approx(sine).margin(1e-12));
    }
  }
}

TEST_CASE("The inverse does not read what a real signal cannot have", "[fft]") {
  const RealFft<double> fft(8);
  std::vector<double> re = {1, 2, 3, 4, 5}, im = {9, 1, -1, 2, 9}, x(8), same(8), work(16);
  fft.Inverse(re, im, x, work);
  im[0] = im[4] = 0;
  fft.Inverse(re, im, same, work);
  CHECK(x == same);
  // numpy.fft.irfft([1, 2+1j, 3-1j, 4+2j, 5])[0] = (1 + 2 (2 + 3 + 4) + 5) / 8
  CHECK(x[0] == 3.0);
}

TEST_CASE("A row's transform has the same bits at every width and instruction set", "[fft]") {
  for (const int n : kLengths) {
    const int half = n / 2 + 1;
    std::vector<double> x = Noise(16 * n, 3), re(16 * half), im(16 * half), back(16 * n);
    std::vector<double> wide_re = re, wide_im = im, wide_back = back;
    for (int row = 0; row < 16; ++row) {
      flyball_kernel_fft_probe_base(1, n, &x[row * n], &re[row * half], &im[row * half],
                                    &back[row * n]);
    }
    const auto check = [&](FftProbe* probe, int width) {
      CAPTURE(n, width);
      probe(width, n, x.data(), wide_re.data(), wide_im.data(), wide_back.data());
      CHECK(std::equal(wide_re.begin(), wide_re.begin() + width * half, re.begin()));
      CHECK(std::equal(wide_im.begin(), wide_im.begin() + width * half, im.begin()));
      CHECK(std::equal(wide_back.begin(), wide_back.begin() + width * n, back.begin()));
    };
    for (const int width : {3, 4, 8, 16}) check(&flyball_kernel_fft_probe_base, width);
#if defined(FLYBALL_HAS_V3)
    for (const int width : {1, 3, 4, 8, 16}) {
      if (BestIsa() >= Isa::kV3) check(&flyball_kernel_fft_probe_v3, width);
      if (BestIsa() >= Isa::kV4) check(&flyball_kernel_fft_probe_v4, width);
    }
#endif
  }
}

TEST_CASE("Lengths and spans that do not fit are refused", "[fft]") {
  for (const int n : {-4, 0, 1, 3, 14, 15, 22}) CHECK_THROWS_AS(RealFft<double>(n), InputError);
  CHECK_THROWS_WITH(RealFft<double>(14), Catch::Contains("12 and 16"));
  const RealFft<double> fft(8);
  std::vector<double> x(8), re(5), im(5), work(15);
  CHECK_THROWS_AS(fft.Forward(x, re, im, work), InputError);
}

}  // namespace
}  // namespace flyball
