// The loops of lane_transform.h, for sources that are compiled once per instruction set. Nothing here
// depends on how wide a vector is but the speed: each number is made by the same operations in the same
// order.
#ifndef FLYBALL_PHYSICS_FIELD_LANE_TRANSFORM_LOOPS_H_
#define FLYBALL_PHYSICS_FIELD_LANE_TRANSFORM_LOOPS_H_

#include <cstddef>
#include <utility>

#include "physics/field/lane_transform.h"
#include "physics/field/lane_vectors.h"

namespace flyball::lane_loops {

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

}  // namespace flyball::lane_loops

#endif  // FLYBALL_PHYSICS_FIELD_LANE_TRANSFORM_LOOPS_H_
