// The loops of lane_transform.h and what goes between modes and the complex numbers of such a
// transform, for sources that are compiled once per instruction set. Nothing here depends on how wide a
// vector is but the speed: each number is made by the same operations in the same order.
#ifndef FLYBALL_PHYSICS_FIELD_LANE_TRANSFORM_LOOPS_H_
#define FLYBALL_PHYSICS_FIELD_LANE_TRANSFORM_LOOPS_H_

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <utility>

#include "physics/field/lane_transform.h"
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

// ---- Transforms of the lanes ----

template <bool kInverse, class T>
FLYBALL_INLINE void Transform(Complex<T> (&a)[8]) {
  constexpr double kHalf = 0.70710678118654752440;  // sqrt(1 / 2)
  Complex<T> even[4] = {a[0], a[2], a[4], a[6]}, odd[4] = {a[1], a[3], a[5], a[7]};
  fft_internal::Butterfly<kInverse>(even);
  fft_internal::Butterfly<kInverse>(odd);
  // An eighth of a turn and three of them.
  const Complex<T> quarter = fft_internal::QuarterTurn<kInverse>(odd[1]);
  odd[1] = (odd[1] + quarter) * kHalf;
  odd[2] = fft_internal::QuarterTurn<kInverse>(odd[2]);
  odd[3] = (fft_internal::QuarterTurn<kInverse>(odd[3]) - odd[3]) * kHalf;
#pragma GCC unroll 4
  for (int k = 0; k < 4; ++k) {
    a[k] = even[k] + odd[k];
    a[k + 4] = even[k] - odd[k];
  }
}
template <bool kInverse, int kRadix, class T>
FLYBALL_INLINE void Transform(Complex<T> (&a)[kRadix]) {
  fft_internal::Butterfly<kInverse>(a);
}

// One stage of Stockham's transform (see fft_stage.h) of eight lanes.
template <int kRadix, bool kInverse, bool kRotate>
FLYBALL_INLINE void PassBlock(const LaneTransform::Stage& s, int block, const double* root,
                              const double* __restrict in, double* __restrict out) {
  const size_t step = static_cast<size_t>(s.stride) * s.blocks * 16;
  const double* source = in + static_cast<size_t>(s.stride) * block * 16;
  double* target = out + static_cast<size_t>(s.stride) * kRadix * block * 16;
  for (int i = 0; i < s.stride * 16; i += 16) {
    for (int piece = i; piece < i + 8; piece += kNative) {
      Complex<V<kNative>> a[kRadix];
#pragma GCC unroll 8
      for (int j = 0; j < kRadix; ++j) {
        a[j].re = Load<kNative>(source + step * j + piece);
        a[j].im = Load<kNative>(source + step * j + piece + 8);
      }
      Transform<kInverse>(a);
#pragma GCC unroll 8
      for (int k = 0; k < kRadix; ++k) {
        if (kRotate && k > 0) a[k] = fft_internal::Rotate<kInverse>(a[k], root + 2 * (k - 1));
        double* to = target + static_cast<size_t>(s.stride) * 16 * k + piece;
        Store<kNative>(a[k].re, to);
        Store<kNative>(a[k].im, to + 8);
      }
    }
  }
}
template <int kRadix, bool kInverse>
void Pass(const LaneTransform::Stage& s, const double* roots, const double* in, double* out) {
  PassBlock<kRadix, kInverse, false>(s, 0, nullptr, in, out);
  for (int block = 1; block < s.blocks; ++block) {
    const double* root = roots + s.first_root + 2 * static_cast<size_t>(kRadix - 1) * block;
    PassBlock<kRadix, kInverse, true>(s, block, root, in, out);
  }
}
// Of `from`, to and fro; returns where the result is.
template <bool kInverse>
double* TransformLanes(const LaneTransform& t, double* from, double* other) {
  for (const LaneTransform::Stage& s : kInverse ? t.to_points : t.to_modes) {
    switch (s.radix) {
      case 2:
        Pass<2, kInverse>(s, t.roots.data(), from, other);
        break;
      case 3:
        Pass<3, kInverse>(s, t.roots.data(), from, other);
        break;
      case 4:
        Pass<4, kInverse>(s, t.roots.data(), from, other);
        break;
      case 5:
        Pass<5, kInverse>(s, t.roots.data(), from, other);
        break;
      case 8:
        Pass<8, kInverse>(s, t.roots.data(), from, other);
        break;
    }
    std::swap(from, other);
  }
  return from;
}

// ---- Transforms across the lanes, eight points each, W of them side by side ----

template <int W>
FLYBALL_INLINE void TransposeComplex(const Complex<V<W>>* from, Complex<V<W>>* to) {
  V<W> re[W], im[W];
#pragma GCC unroll 8
  for (int i = 0; i < W; ++i) {
    re[i] = from[i].re;
    im[i] = from[i].im;
  }
  Transpose<W>(re);
  Transpose<W>(im);
#pragma GCC unroll 8
  for (int i = 0; i < W; ++i) to[i] = {re[i], im[i]};
}
template <int W>
FLYBALL_INLINE void LoadAcross(const double* z, int j, Complex<V<W>> (&a)[8]) {
#pragma GCC unroll 8
  for (int lane = 0; lane < 8; lane += W) {
#pragma GCC unroll 8
    for (int i = 0; i < W; ++i) {
      a[lane + i] = LoadComplex<W>(z + static_cast<size_t>(j + i) * 16 + lane);
    }
    TransposeComplex<W>(a + lane, a + lane);
  }
}
template <int W>
FLYBALL_INLINE void StoreAcross(const Complex<V<W>> (&a)[8], double* z, int j) {
#pragma GCC unroll 8
  for (int lane = 0; lane < 8; lane += W) {
    Complex<V<W>> some[W];
    TransposeComplex<W>(a + lane, some);
#pragma GCC unroll 8
    for (int i = 0; i < W; ++i) {
      StoreComplex<W>(some[i], z + static_cast<size_t>(j + i) * 16 + lane);
    }
  }
}
// The lanes of the W numbers from `place` on.
template <int W, bool kInverse>
FLYBALL_INLINE void RotateLanes(const LaneTransform& t, int place, Complex<V<W>> (&a)[8]) {
  const double* roots = t.lane_roots.data()->at + static_cast<size_t>(place / 8) * 112 + place % 8;
#pragma GCC unroll 8
  for (int lane = 1; lane < 8; ++lane) {
    const Complex<V<W>> root = LoadComplex<W>(roots + 16 * (lane - 1));
    a[lane] = kInverse ? TimesConjugate(a[lane], root) : Times(a[lane], root);
  }
}

// f<W>(j) for all j below t.length in steps of W, the last ones narrower.
template <int W, class F>
FLYBALL_INLINE void ForAllAcross(const LaneTransform& t, const F& f, int j = 0) {
  for (; j + W <= t.length; j += W) f.template operator()<W>(j);
  if constexpr (W > 1) {
    if (j < t.length) ForAllAcross<W / 2>(t, f, j);
  }
}

// To points, f of each of them, and back.
template <int W, class F>
FLYBALL_INLINE void PassThroughPoints(const LaneTransform& t, int place, const F& f,
                                      Complex<V<W>> (&a)[8]) {
  RotateLanes<W, true>(t, place, a);
  Transform<true>(a);
#pragma GCC unroll 8
  for (int i = 0; i < 8; ++i) a[i] = {f(a[i].re), f(a[i].im)};
  Transform<false>(a);
  RotateLanes<W, false>(t, place, a);
}

// The same for kNumbers of all lanes, with the stages before and after.
template <int W, int kTurn, int kNumbers, class F>
FLYBALL_INLINE void TurnSome(const LaneTransform& t, int place, const F& f, const double* in,
                             double* out) {
  using C = Complex<V<W>>;
  constexpr int kPieces = 8 / W;
  const int first = place / kTurn, stride = t.length / kTurn;
  C at[kPieces][kNumbers];
  for (int piece = 0; piece < kPieces; ++piece) {
#pragma GCC unroll 8
    for (int i = 0; i < kNumbers; i += kTurn) {
      C a[kTurn];
#pragma GCC unroll 8
      for (int j = 0; j < kTurn; ++j) {
        const size_t number = first + i / kTurn + static_cast<size_t>(stride) * j;
        a[j] = LoadComplex<W>(in + number * 16 + piece * W);
      }
      Transform<true>(a);
#pragma GCC unroll 8
      for (int j = 0; j < kTurn; ++j) at[piece][i + j] = a[j];
    }
  }
  for (int part = 0; part < kNumbers; part += W) {
    C a[8];
    for (int piece = 0; piece < kPieces; ++piece) {
      TransposeComplex<W>(&at[piece][part], &a[piece * W]);
    }
    PassThroughPoints<W>(t, place + part, f, a);
    for (int piece = 0; piece < kPieces; ++piece) {
      TransposeComplex<W>(&a[piece * W], &at[piece][part]);
    }
  }
#pragma GCC unroll 8
  for (int i = 0; i < kNumbers; i += kTurn) {
    const int block = first + i / kTurn;
    const double* roots = t.turn_roots.data() + static_cast<size_t>(block) * 2 * (kTurn - 1);
    for (int piece = 0; piece < kPieces; ++piece) {
      C a[kTurn];
#pragma GCC unroll 8
      for (int j = 0; j < kTurn; ++j) a[j] = at[piece][i + j];
      Transform<false>(a);
#pragma GCC unroll 8
      for (int k = 0; k < kTurn; ++k) {
        if (k > 0) a[k] = fft_internal::Rotate<false>(a[k], roots + 2 * (k - 1));
        StoreComplex<W>(a[k], out + static_cast<size_t>(place + i + k) * 16 + piece * W);
      }
    }
  }
}
// All numbers of all lanes to points, f of each of those, and back. Returns where they are then.
template <class F>
double* Turn(const LaneTransform& t, const F& f, double* in, double* out) {
  if (t.turn == 1) {
    ForAllAcross<kNative>(
        t, [&]<int W>(int j) __attribute__((always_inline)) {
          Complex<V<W>> a[8];
          LoadAcross<W>(in, j, a);
          PassThroughPoints<W>(t, j, f, a);
          StoreAcross<W>(a, in, j);
        });
    return in;
  }
  int place = 0;
  if (t.turn == 8) {
    for (; place < t.length; place += 8) TurnSome<kNative, 8, 8>(t, place, f, in, out);
  }
  if constexpr (kNative > 4) {
    for (; place + 8 <= t.length; place += 8) TurnSome<kNative, 4, 8>(t, place, f, in, out);
  }
  constexpr int kNarrow = kNative > 4 ? 4 : kNative;
  for (; place < t.length; place += 4) TurnSome<kNarrow, 4, 4>(t, place, f, in, out);
  return out;
}

// Points of the field in their order, pairs of them being the complex numbers.
inline void TakePoints(const LaneTransform& t, const double* field, double* z) {
  ForAllAcross<kNative>(
      t, [&]<int W>(int j) __attribute__((always_inline)) {
        Complex<V<W>> a[8];
#pragma GCC unroll 8
        for (int i = 0; i < 8; ++i) {
          const double* from = field + 2 * (static_cast<size_t>(i) * t.length + j);
          const V<W> low = Load<W>(from), high = Load<W>(from + W);
          a[i].re = Pick<W>(low, high, [](int l) { return 2 * l; });
          a[i].im = Pick<W>(low, high, [](int l) { return 2 * l + 1; });
        }
        Transform<false>(a);
        RotateLanes<W, false>(t, j, a);
        StoreAcross<W>(a, z, j);
      });
}
inline void GivePoints(const LaneTransform& t, const double* z, double* field) {
  const double scale = 0.5 / t.m;
  ForAllAcross<kNative>(
      t, [&]<int W>(int j) __attribute__((always_inline)) {
        Complex<V<W>> a[8];
        LoadAcross<W>(z, j, a);
        RotateLanes<W, true>(t, j, a);
        Transform<true>(a);
#pragma GCC unroll 8
        for (int i = 0; i < 8; ++i) {
          double* to = field + 2 * (static_cast<size_t>(i) * t.length + j);
          const Complex<V<W>> x = a[i] * scale;
          Store<W>(Pick<W>(x.re, x.im, [](int l) { return l / 2 + (l & 1) * W; }), to);
          Store<W>(Pick<W>(x.re, x.im, [](int l) { return (l + W) / 2 + ((l + W) & 1) * W; }),
                   to + W);
        }
      });
}

// ---- Between modes and the complex transform; see fft_stage.h, but without the factors ----

// Numbers k, k - 1, ... of z, k a multiple of W; number k is at `first`.
template <int W, int kParts>
FLYBALL_INLINE Complex<V<W>> LoadBackwards(const double* z, int k, const double* first) {
  const Complex<V<W>> before = LoadComplex<W>(z + At<kParts>(k - W));
  const Complex<V<W>> at = LoadComplex<W>(first);
  return {Backwards<W>(before.re, at.re), Backwards<W>(before.im, at.im)};
}
// Twice modes k .. k + W - 1 from z, whose number m is number 0.
template <int W>
FLYBALL_INLINE Complex<V<W>> Unpack(const double* z, int m, int k, const Complex<V<W>>& root) {
  const Complex<V<W>> a = LoadComplex<W>(z + At(k)),
                      b = LoadBackwards<W, 2>(z, m - k, z + (k > 0 ? At(m - k) : 0));
  const Complex<V<W>> odd = Times<V<W>>({a.im + b.im, b.re - a.re}, root);
  return {a.re + b.re + odd.re, a.im - b.im + odd.im};
}

// Numbers k and m - k from modes a = u[k] and b = u[m - k].
template <class T>
FLYBALL_INLINE void PackPair(const Complex<T>& a, const Complex<T>& b, const Complex<T>& root,
                             Complex<T>& z, Complex<T>& mirrored) {
  const Complex<T> even = {a.re + b.re, a.im - b.im};
  const Complex<T> odd = TimesConjugate<T>({a.re - b.re, a.im + b.im}, root);
  z = {even.re - odd.im, even.im + odd.re};
  mirrored = {even.re + odd.im, odd.re - even.im};
}
// The same where b is zero.
template <class T>
FLYBALL_INLINE void PackAlone(const Complex<T>& a, const Complex<T>& root, Complex<T>& z,
                              Complex<T>& mirrored) {
  const Complex<T> odd = TimesConjugate(a, root);
  z = {a.re - odd.im, a.im + odd.re};
  mirrored = {a.re + odd.im, odd.re - a.im};
}

// Of the modes u, in a table with so many parts. Those above `highest` are zero; those of a block
// that is read beyond them, too.
template <int kParts>
void Pack(const LaneTransform& t, int highest, const double* u, double* z) {
  constexpr int W = kNative;
  using C = Complex<V<W>>;
  const double* roots = t.half_roots.data()->at;
  // Modes below `alone` have partners that are zero.
  const int m = t.m, middle = m / 16 * 8, alone = std::min((m - highest) / 8 * 8, middle);
  C number, mirrored, last = {};  // last: mirrored numbers of the modes before
  const auto put_mirrored = [&](int k) __attribute__((always_inline)) {
    if (k > 0) {
      StoreComplex<W>({Backwards<W>(last.re, mirrored.re), Backwards<W>(last.im, mirrored.im)},
                      z + At(m - k));
    }
    last = mirrored;
  };
  int k = 0;
  for (; k < alone; k += W) {
    PackAlone(LoadComplex<W>(u + At<kParts>(k)), LoadComplex<W>(roots + At(k)), number, mirrored);
    StoreComplex<W>(number, z + At(k));
    put_mirrored(k);
  }
  for (; k < middle; k += W) {
    const C partner = LoadBackwards<W, kParts>(u, m - k, u + At<kParts>(m - k));
    PackPair(LoadComplex<W>(u + At<kParts>(k)), partner, LoadComplex<W>(roots + At(k)), number,
             mirrored);
    StoreComplex<W>(number, z + At(k));
    put_mirrored(k);
  }
  mirrored = C{};
  put_mirrored(k);

  // The modes about m / 2, one by one.
  for (; 2 * k <= m; ++k) {
    const auto mode = [&](int i) {
      const double* at = u + At<kParts>(i);
      return i > highest ? Complex<double>{0.0, 0.0} : Complex<double>{at[0], at[8]};
    };
    Complex<double> one, other;
    PackPair(mode(k), mode(m - k), {roots[At(k)], roots[At(k) + 8]}, one, other);
    z[At(m - k)] = other.re;
    z[At(m - k) + 8] = other.im;
    z[At(k)] = one.re;
    z[At(k) + 8] = one.im;
  }
}

}  // namespace flyball::lane_loops

#endif  // FLYBALL_PHYSICS_FIELD_LANE_TRANSFORM_LOOPS_H_
