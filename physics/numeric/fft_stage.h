// The loops of fft.h. Complex numbers are T re, T im side by side. Each loop goes over the native
// vectors of a T one after the other, so that a butterfly stays in registers however wide T is.
#ifndef FLYBALL_PHYSICS_NUMERIC_FFT_STAGE_H_
#define FLYBALL_PHYSICS_NUMERIC_FFT_STAGE_H_

#include <cstddef>

#include "physics/numeric/lanes.h"

namespace flyball::fft_internal {

// Throws InputError if a span given to RealFft does not fit its length.
void CheckSizes(int n, size_t x, size_t re, size_t im, size_t work);

// A T cut into kCount pieces of native width.
template <class T>
struct Pieces {
  static constexpr int kCount = 1;
  using Piece = T;
  static FLYBALL_INLINE Piece Get(const T* from, int) { return *from; }
  static FLYBALL_INLINE void Put(const Piece& x, T* to, int) { *to = x; }
};
template <int W>
requires(sleef::kChunk > 1 && W % sleef::kChunk == 0) struct Pieces<Lanes<W>> {
  static constexpr int kCount = W / sleef::kChunk;
  using Piece = sleef::Chunk;
  static_assert(sizeof(Lanes<W>) == W * sizeof(double));
  static FLYBALL_INLINE Piece Get(const Lanes<W>* from, int piece) {
    return reinterpret_cast<const sleef::UnalignedChunk*>(from)[piece];
  }
  static FLYBALL_INLINE void Put(const Piece& x, Lanes<W>* to, int piece) {
    reinterpret_cast<sleef::UnalignedChunk*>(to)[piece] = x;
  }
};

template <class V>
struct Complex {
  V re, im;
  FLYBALL_INLINE Complex operator+(const Complex& b) const { return {re + b.re, im + b.im}; }
  FLYBALL_INLINE Complex operator-(const Complex& b) const { return {re - b.re, im - b.im}; }
  FLYBALL_INLINE Complex operator*(double b) const { return {re * b, im * b}; }
};

// a times the root of unity (root[0], root[1]), or its conjugate.
template <bool kConjugate, class V>
FLYBALL_INLINE Complex<V> Rotate(const Complex<V>& a, const double* root) {
  const double c = root[0], s = kConjugate ? -root[1] : root[1];
  return {a.re * c - a.im * s, a.im * c + a.re * s};
}
// -i a in the forward transform, i a in the inverse one.
template <bool kInverse, class V>
FLYBALL_INLINE Complex<V> QuarterTurn(const Complex<V>& a) {
  if constexpr (kInverse) {
    return {-a.im, a.re};
  } else {
    return {a.im, -a.re};
  }
}

// Transforms of kRadix numbers, in place.
template <bool kInverse, class V>
FLYBALL_INLINE void Butterfly(Complex<V> (&a)[2]) {
  const Complex<V> sum = a[0] + a[1];
  a[1] = a[0] - a[1];
  a[0] = sum;
}
template <bool kInverse, class V>
FLYBALL_INLINE void Butterfly(Complex<V> (&a)[3]) {
  constexpr double kSin = 0.86602540378443864676;  // sin(2 pi / 3)
  const Complex<V> sum = a[1] + a[2], middle = a[0] - sum * 0.5;
  const Complex<V> turned = QuarterTurn<kInverse>((a[1] - a[2]) * kSin);
  a[0] = a[0] + sum;
  a[1] = middle + turned;
  a[2] = middle - turned;
}
template <bool kInverse, class V>
FLYBALL_INLINE void Butterfly(Complex<V> (&a)[4]) {
  const Complex<V> even_sum = a[0] + a[2], even_difference = a[0] - a[2];
  const Complex<V> odd_sum = a[1] + a[3], turned = QuarterTurn<kInverse>(a[1] - a[3]);
  a[0] = even_sum + odd_sum;
  a[1] = even_difference + turned;
  a[2] = even_sum - odd_sum;
  a[3] = even_difference - turned;
}
template <bool kInverse, class V>
FLYBALL_INLINE void Butterfly(Complex<V> (&a)[5]) {
  constexpr double kCos1 = 0.30901699437494742410, kSin1 = 0.95105651629515357212;  // 2 pi / 5
  constexpr double kCos2 = -0.80901699437494742410, kSin2 = 0.58778525229247312917;
  const Complex<V> sum1 = a[1] + a[4], sum2 = a[2] + a[3];
  const Complex<V> difference1 = a[1] - a[4], difference2 = a[2] - a[3];
  const Complex<V> middle1 = a[0] + (sum1 * kCos1 + sum2 * kCos2);
  const Complex<V> middle2 = a[0] + (sum1 * kCos2 + sum2 * kCos1);
  const Complex<V> turned1 = QuarterTurn<kInverse>(difference1 * kSin1 + difference2 * kSin2);
  const Complex<V> turned2 = QuarterTurn<kInverse>(difference1 * kSin2 - difference2 * kSin1);
  a[0] = a[0] + (sum1 + sum2);
  a[1] = middle1 + turned1;
  a[2] = middle2 + turned2;
  a[3] = middle2 - turned2;
  a[4] = middle1 - turned1;
}

// One stage: butterflies over numbers `blocks` apart, rotated, and stored where the next stage
// finds them in order. roots (blocks, kRadix - 1) complex.
template <class T, int kRadix, bool kInverse>
void Pass(int blocks, int stride, const double* roots, const T* __restrict in, T* __restrict out) {
  using P = Pieces<T>;
  for (int block = 0; block < blocks; ++block) {
    const T* source = in + 2 * static_cast<size_t>(stride) * block;
    T* target = out + 2 * static_cast<size_t>(stride) * kRadix * block;
    const double* root = roots + 2 * (kRadix - 1) * block;
    for (int q = 0; q < stride; ++q) {
      for (int piece = 0; piece < P::kCount; ++piece) {
        Complex<typename P::Piece> a[kRadix];
#pragma GCC unroll 5
        for (int j = 0; j < kRadix; ++j) {
          const T* at = source + 2 * (static_cast<size_t>(stride) * blocks * j + q);
          a[j] = {P::Get(at, piece), P::Get(at + 1, piece)};
        }
        Butterfly<kInverse>(a);
#pragma GCC unroll 5
        for (int k = 0; k < kRadix; ++k) {
          if (k > 0 && block > 0) a[k] = Rotate<kInverse>(a[k], root + 2 * (k - 1));
          T* at = target + 2 * (static_cast<size_t>(stride) * k + q);
          P::Put(a[k].re, at, piece);
          P::Put(a[k].im, at + 1, piece);
        }
      }
    }
  }
}

// From the transform z of m complex pairs to the lower half of that of the 2 m real numbers. With
// even part E = (z[k] + conj z[m-k]) / 2 and odd part O = (z[k] - conj z[m-k]) / 2i:
// X[k] = E + w^k O and X[m-k] = conj(E - w^k O).
template <class T>
void Unpack(int m, const double* roots, const T* __restrict z, T* __restrict re, T* __restrict im) {
  using P = Pieces<T>;
  using C = Complex<typename P::Piece>;
  im[0] = im[m] = T(0.0);
  for (int piece = 0; piece < P::kCount; ++piece) {
    const C first = {P::Get(z, piece), P::Get(z + 1, piece)};
    P::Put(first.re + first.im, re, piece);
    P::Put(first.re - first.im, re + m, piece);
  }
  for (int k = 1; 2 * k <= m; ++k) {
    for (int piece = 0; piece < P::kCount; ++piece) {
      const C a = {P::Get(z + 2 * k, piece), P::Get(z + 2 * k + 1, piece)};
      const C b = {P::Get(z + 2 * (m - k), piece), P::Get(z + 2 * (m - k) + 1, piece)};
      const C even = C{a.re + b.re, a.im - b.im} * 0.5;
      const C odd = Rotate<false>(C{a.im + b.im, b.re - a.re} * 0.5, roots + 2 * k);
      P::Put(even.re + odd.re, re + k, piece);
      P::Put(even.im + odd.im, im + k, piece);
      P::Put(even.re - odd.re, re + (m - k), piece);
      P::Put(odd.im - even.im, im + (m - k), piece);
    }
  }
}

// The way back, with the factor 1 / (2 m) of the inverse transform.
template <class T>
void Pack(int m, const double* roots, const T* __restrict re, const T* __restrict im,
          T* __restrict z) {
  using P = Pieces<T>;
  using C = Complex<typename P::Piece>;
  const double scale = 0.5 / m;
  for (int piece = 0; piece < P::kCount; ++piece) {
    P::Put((P::Get(re, piece) + P::Get(re + m, piece)) * scale, z, piece);
    P::Put((P::Get(re, piece) - P::Get(re + m, piece)) * scale, z + 1, piece);
  }
  for (int k = 1; 2 * k <= m; ++k) {
    for (int piece = 0; piece < P::kCount; ++piece) {
      const C a = {P::Get(re + k, piece), P::Get(im + k, piece)};
      const C b = {P::Get(re + (m - k), piece), P::Get(im + (m - k), piece)};
      const C even = C{a.re + b.re, a.im - b.im} * scale;
      const C odd = Rotate<true>(C{a.re - b.re, a.im + b.im} * scale, roots + 2 * k);
      P::Put(even.re - odd.im, z + 2 * k, piece);
      P::Put(even.im + odd.re, z + 2 * k + 1, piece);
      P::Put(even.re + odd.im, z + 2 * (m - k), piece);
      P::Put(odd.re - even.im, z + 2 * (m - k) + 1, piece);
    }
  }
}

}  // namespace flyball::fft_internal

#endif  // FLYBALL_PHYSICS_NUMERIC_FFT_STAGE_H_
