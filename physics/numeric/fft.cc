#include "physics/numeric/fft.h"

#include <cmath>
#include <cstdint>
#include <numbers>
#include <string>

#include "physics/numeric/error.h"

namespace flyball {
namespace {

bool IsAllowed(int n) {
  if (n < 2 || n % 2) return false;
  for (const int factor : {2, 3, 5}) {
    while (n % factor == 0) n /= factor;
  }
  return n == 1;
}

}  // namespace

// The angle is brought into the first eighth of a turn in integers, and the rest is done in extended
// precision.
void UnitRoot(int64_t k, int64_t n, double& re, double& im) {
  const auto first_eighth = [](int64_t numerator, int64_t denominator, double& c, double& s) {
    const long double angle = 2 * std::numbers::pi_v<long double> * numerator / denominator;
    c = static_cast<double>(std::cos(angle));
    s = static_cast<double>(std::sin(angle));
  };
  // Quarter turns, then the rest r / (4 n) of a turn with 0 <= r < n, mirrored if above an eighth.
  const int64_t quarter = 4 * k / n, rest = 4 * k - quarter * n;
  double c, s;
  if (2 * rest <= n) {
    first_eighth(rest, 4 * n, c, s);
  } else {
    first_eighth(n - rest, 4 * n, s, c);
  }
  const double cosines[] = {c, -s, -c, s}, sines[] = {s, c, -s, -c};
  re = cosines[quarter];
  im = -sines[quarter];
}

FftPlan::FftPlan(int n) : n_(n) {
  if (!IsAllowed(n)) {
    int below = n < 2 ? 2 : n, above = below;
    while (!IsAllowed(below)) --below;
    while (!IsAllowed(above)) ++above;
    throw InputError("RealFft: length " + std::to_string(n) +
                     " must be even with no prime factor above 5; the nearest such lengths are " +
                     std::to_string(below) + " and " + std::to_string(above));
  }
  int length = n / 2, stride = 1;
  while (length > 1) {
    int radix = 5;
    for (const int candidate : {4, 2, 3}) {
      if (length % candidate == 0) {
        radix = candidate;
        break;
      }
    }
    const int blocks = length / radix;
    stages_.push_back({radix, blocks, stride, roots_.size()});
    for (int block = 0; block < blocks; ++block) {
      for (int k = 1; k < radix; ++k) {
        double re, im;
        UnitRoot(static_cast<int64_t>(block) * k % length, length, re, im);
        roots_.insert(roots_.end(), {re, im});
      }
    }
    length = blocks;
    stride *= radix;
  }
  for (int k = 0; 4 * k <= n; ++k) {
    double re, im;
    UnitRoot(k, n, re, im);
    half_roots_.insert(half_roots_.end(), {re, im});
  }
}

void fft_internal::CheckSizes(int n, size_t x, size_t re, size_t im, size_t work) {
  const size_t real = n, half = n / 2 + 1;
  if (x == real && re == half && im == half && work >= 2 * real) return;
  throw InputError("RealFft(" + std::to_string(n) + "): signal " + std::to_string(x) + ", re " +
                   std::to_string(re) + ", im " + std::to_string(im) + ", work " +
                   std::to_string(work) + "; wanted " + std::to_string(real) + ", " +
                   std::to_string(half) + ", " + std::to_string(half) + " and at least " +
                   std::to_string(2 * real));
}

}  // namespace flyball
