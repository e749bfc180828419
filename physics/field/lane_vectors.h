// Vectors of as many numbers as a register of this build's instruction set holds, complex numbers of
// them, and what moves numbers between their lanes. For the loops of lane_transform.h.
#ifndef FLYBALL_PHYSICS_FIELD_LANE_VECTORS_H_
#define FLYBALL_PHYSICS_FIELD_LANE_VECTORS_H_

#include <cstddef>
#include <cstring>
#include <utility>

#include "physics/numeric/fft_stage.h"

namespace flyball::lane_loops {

using fft_internal::Complex;

#if defined(__AVX512F__)
constexpr int kNative = 8;
#elif defined(__AVX__)
constexpr int kNative = 4;
#else
constexpr int kNative = 2;
#endif

template <int W>
struct Vector {
  typedef double Type __attribute__((vector_size(8 * W)));
};
template <int W>
using V = typename Vector<W>::Type;

template <int W>
FLYBALL_INLINE V<W> Load(const double* from) {
  V<W> x;
  std::memcpy(&x, from, sizeof(x));
  return x;
}
template <int W>
FLYBALL_INLINE void Store(const V<W>& x, double* to) {
  std::memcpy(to, &x, sizeof(x));
}

// Where mode (or number) k is in a table that has so many parts for each eight.
template <int kParts = 2>
FLYBALL_INLINE size_t At(int k) {
  return static_cast<size_t>(k / 8u) * (8 * kParts) + k % 8u;
}
// A complex number: its imaginary part is 8 further on.
template <int W>
FLYBALL_INLINE Complex<V<W>> LoadComplex(const double* at) {
  return {Load<W>(at), Load<W>(at + 8)};
}
template <int W>
FLYBALL_INLINE void StoreComplex(const Complex<V<W>>& x, double* at) {
  Store<W>(x.re, at);
  Store<W>(x.im, at + 8);
}
template <class T>
FLYBALL_INLINE Complex<T> Times(const Complex<T>& a, const Complex<T>& b) {
  return {a.re * b.re - a.im * b.im, a.im * b.re + a.re * b.im};
}
template <class T>
FLYBALL_INLINE Complex<T> TimesConjugate(const Complex<T>& a, const Complex<T>& b) {
  return {a.re * b.re + a.im * b.im, a.im * b.re - a.re * b.im};
}

// ---- Between lanes ----

// Lane l is number from(l) of a's and then b's.
template <int W, class F, int... kLane>
FLYBALL_INLINE V<W> PickLanes(const V<W>& a, const V<W>& b, std::integer_sequence<int, kLane...>) {
  return __builtin_shufflevector(a, b, F()(kLane)...);
}
template <int W, class F>
FLYBALL_INLINE V<W> Pick(const V<W>& a, const V<W>& b, F) {
  return PickLanes<W, F>(a, b, std::make_integer_sequence<int, W>());
}
// b's first lane, then a's from the last to the second: if a begins at index i - W and b at i, the
// numbers at i, i - 1, ...
template <int W>
FLYBALL_INLINE V<W> Backwards(const V<W>& a, const V<W>& b) {
  return Pick<W>(a, b, [](int l) { return l == 0 ? W : W - l; });
}
template <int W, int kDistance>
FLYBALL_INLINE void Exchange(V<W> (&a)[W]) {
#pragma GCC unroll 8
  for (int i = 0; i < W; ++i) {
    if (i & kDistance) continue;
    const V<W> low = a[i], high = a[i + kDistance];
    a[i] = Pick<W>(low, high, [](int l) { return l & kDistance ? W + l - kDistance : l; });
    a[i + kDistance] =
        Pick<W>(low, high, [](int l) { return l & kDistance ? W + l : l + kDistance; });
  }
}
template <int W>
FLYBALL_INLINE void Transpose(V<W> (&a)[W]) {
  if constexpr (W > 1) Exchange<W, 1>(a);
  if constexpr (W > 2) Exchange<W, 2>(a);
  if constexpr (W > 4) Exchange<W, 4>(a);
}

}  // namespace flyball::lane_loops

#endif  // FLYBALL_PHYSICS_FIELD_LANE_VECTORS_H_
