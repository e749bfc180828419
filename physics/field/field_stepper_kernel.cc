// The loops of field_stepper.h. Nothing here depends on how wide a vector is but the speed: each
// number is made by the same operations in the same order.
#include <algorithm>
#include <cstddef>
#include <cstring>
#include <utility>

#include "physics/field/field_stepper.h"
#include "physics/numeric/fft_stage.h"
#include "physics/numeric/isa.h"

namespace flyball {
namespace {

using fft_internal::Complex;
using Kind = FieldStepperData::Kind;
using Power = FieldStepperData::Power;

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
  for (const LaneTransform::Stage& s : t.stages) {
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
FLYBALL_INLINE void LoadAcross(const double* z, int j, Complex<V<W>> (&a)[8]) {
#pragma GCC unroll 8
  for (int lane = 0; lane < 8; lane += W) {
    V<W> re[W], im[W];
#pragma GCC unroll 8
    for (int i = 0; i < W; ++i) {
      re[i] = Load<W>(z + static_cast<size_t>(j + i) * 16 + lane);
      im[i] = Load<W>(z + static_cast<size_t>(j + i) * 16 + lane + 8);
    }
    Transpose<W>(re);
    Transpose<W>(im);
#pragma GCC unroll 8
    for (int i = 0; i < W; ++i) a[lane + i] = {re[i], im[i]};
  }
}
template <int W>
FLYBALL_INLINE void StoreAcross(const Complex<V<W>> (&a)[8], double* z, int j) {
#pragma GCC unroll 8
  for (int lane = 0; lane < 8; lane += W) {
    V<W> re[W], im[W];
#pragma GCC unroll 8
    for (int i = 0; i < W; ++i) {
      re[i] = a[lane + i].re;
      im[i] = a[lane + i].im;
    }
    Transpose<W>(re);
    Transpose<W>(im);
#pragma GCC unroll 8
    for (int i = 0; i < W; ++i) {
      Store<W>(re[i], z + static_cast<size_t>(j + i) * 16 + lane);
      Store<W>(im[i], z + static_cast<size_t>(j + i) * 16 + lane + 8);
    }
  }
}
template <int W, bool kInverse>
FLYBALL_INLINE void RotateLanes(const LaneTransform& t, int j, Complex<V<W>> (&a)[8]) {
  const double* roots = t.lane_roots.data()->at + j;
  const size_t stride = t.lane_stride();
#pragma GCC unroll 8
  for (int lane = 1; lane < 8; ++lane) {
    const double* at = roots + 2 * stride * (lane - 1);
    const Complex<V<W>> root = {Load<W>(at), Load<W>(at + stride)};
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

template <Power kPower, class T>
FLYBALL_INLINE T Evaluate(const Polynomial& p, const T& x) {
  if (kPower == Power::kSquare) return x * x;
  if (kPower == Power::kCube) return x * x * x;
  return x * (p.c1 + x * (p.c2 + x * p.c3));
}

// To points, the polynomial of each, and back.
template <Power kPower>
void PassThroughPoints(const LaneTransform& t, const Polynomial& p, double* z) {
  ForAllAcross<kNative>(
      t, [&]<int W>(int j) __attribute__((always_inline)) {
        Complex<V<W>> a[8];
        LoadAcross<W>(z, j, a);
        RotateLanes<W, true>(t, j, a);
        Transform<true>(a);
#pragma GCC unroll 8
        for (int i = 0; i < 8; ++i) {
          a[i].re = Evaluate<kPower>(p, a[i].re);
          a[i].im = Evaluate<kPower>(p, a[i].im);
        }
        Transform<false>(a);
        RotateLanes<W, false>(t, j, a);
        StoreAcross<W>(a, z, j);
      });
}
// Points of the field in their order, pairs of them being the complex numbers.
void TakePoints(const LaneTransform& t, const double* field, double* z) {
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
void GivePoints(const LaneTransform& t, const double* z, double* field) {
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

// ---- A step ----

// Where the numbers of eight modes are among the work, in doubles.
enum : int { kU = 0, kStage = 16, kAgain = 32, kLast = 48, kSum = 64, kPush = 80, kPushSum = 96 };
constexpr int kWorkParts = 14;

template <Kind kKind>
constexpr int kPartsOf = kKind == Kind::kComplex ? 2 : 1;
// Where the weights of eight modes are.
template <Kind kLinear, Kind kTerm>
struct Weights {
  static constexpr int kE2 = 0, kE = 8 * kPartsOf<kLinear>, kQ = 2 * kE;
  static constexpr int kOne = 8 * kPartsOf<kTerm>, kF1 = kQ + kOne, kF2 = kF1 + kOne,
                       kF3 = kF2 + kOne, kRoot = kF3 + kOne;
  static constexpr int kParts = kRoot / 8 + 2;
};

// A weight times a number: complex times complex, or one part of the weight is zero.
template <Kind kKind, int W>
FLYBALL_INLINE Complex<V<W>> Weigh(const double* weight, const Complex<V<W>>& x) {
  if constexpr (kKind == Kind::kComplex) return Times(x, LoadComplex<W>(weight));
  const V<W> w = Load<W>(weight);
  if constexpr (kKind == Kind::kReal) return {w * x.re, w * x.im};
  return {-(w * x.im), w * x.re};
}

// `steps` steps of the modes kU of `work`, by way of z and other.
template <Kind kLinear, Kind kTerm, Power kPower>
void Steps(const FieldStepperData& d, int steps, double* work, double* z, double* other) {
  constexpr int W = kNative;
  using C = Complex<V<W>>;
  using Of = Weights<kLinear, kTerm>;
  const LaneTransform& t = d.padded;
  const int modes = 8 * d.blocks, m = t.m;

  // Takes what was packed into z through the polynomial; f(modes at work, weights, the polynomial's
  // modes) gives what comes next, by blocks, to be stored at kTo and packed.
  const auto stage = [&]<int kTo>(const auto& f) __attribute__((always_inline)) {
    double* points = TransformLanes<true>(t, z, other);
    PassThroughPoints<kPower>(t, d.polynomial, points);
    TransformLanes<false>(t, points, points == z ? other : z);  // to z
    const double* weights = d.weights.data()->at;
    for (int k = 0; k < modes; k += W) {
      double* here = work + At<kWorkParts>(k);
      const double* weight = weights + At<Of::kParts>(k);
      const C root = LoadComplex<W>(weight + Of::kRoot);
      const C next = f(here, weight, Unpack<W>(z, m, k, root));
      StoreComplex<W>(next, here + kTo);
    }
    Pack<kWorkParts>(t, d.highest, work + kTo, other);
    std::swap(z, other);
  };

  Pack<kWorkParts>(t, d.highest, work + kU, z);
  for (int step = 0; step < steps; ++step) {
    // With N = force + g p: a = E2 u + Q N(u). What the others need of u and a is made here too.
    stage.template operator()<kStage>(
        [](double* at, const double* weight, const C& power) __attribute__((always_inline)) {
          const C u = LoadComplex<W>(at + kU), push = LoadComplex<W>(at + kPush);
          const C term = Weigh<kTerm, W>(weight + Of::kQ, power);
          const C base = Weigh<kLinear, W>(weight + Of::kE2, u) + push, a = base + term;
          StoreComplex<W>(base, at + kAgain);
          StoreComplex<W>(Weigh<kLinear, W>(weight + Of::kE2, a) + push - term, at + kLast);
          StoreComplex<W>(Weigh<kLinear, W>(weight + Of::kE, u) + LoadComplex<W>(at + kPushSum) +
                              Weigh<kTerm, W>(weight + Of::kF1, power),
                          at + kSum);
          return a;
        });
    const auto add =
        [](double* at, const double* weight, const C& power) __attribute__((always_inline)) {
      StoreComplex<W>(LoadComplex<W>(at + kSum) + Weigh<kTerm, W>(weight + Of::kF2, power),
                      at + kSum);
    };
    // b = E2 u + Q N(a)
    stage.template operator()<kStage>([&](double* at, const double* weight,
                                          const C& power) __attribute__((always_inline)) {
      add(at, weight, power);
      return LoadComplex<W>(at + kAgain) + Weigh<kTerm, W>(weight + Of::kQ, power);
    });
    // c = E2 a + Q (2 N(b) - N(u))
    stage.template operator()<kStage>([&](double* at, const double* weight, const C& power)
                                          __attribute__((always_inline)) {
                                            add(at, weight, power);
                                            const C term = Weigh<kTerm, W>(weight + Of::kQ, power);
                                            return LoadComplex<W>(at + kLast) + (term + term);
                                          });
    // u+ = E u + f1 N(u) + 2 f2 (N(a) + N(b)) + f3 N(c)
    stage.template operator()<kU>(
        [](double* at, const double* weight, const C& power) __attribute__((always_inline)) {
          return LoadComplex<W>(at + kSum) + Weigh<kTerm, W>(weight + Of::kF3, power);
        });
  }
}
template <Kind kLinear, Kind kTerm>
void Steps(const FieldStepperData& d, int steps, double* work, double* z, double* other) {
  switch (d.power) {
    case Power::kSquare:
      return Steps<kLinear, kTerm, Power::kSquare>(d, steps, work, z, other);
    case Power::kCube:
      return Steps<kLinear, kTerm, Power::kCube>(d, steps, work, z, other);
    case Power::kAny:
      return Steps<kLinear, kTerm, Power::kAny>(d, steps, work, z, other);
  }
}

void Run(const FieldStepperData& d, double* field, const double* force_re, const double* force_im,
         int steps, double* work) {
  constexpr int W = kNative;
  // Spectra end in a block of zeros, which is read when they are packed.
  const size_t spectra = static_cast<size_t>(kWorkParts) * 8 * (d.blocks + 1);
  double* z = work + spectra;
  double* other = z + 2 * (d.padded.m + 8);
  std::memset(work, 0, spectra * sizeof(double));
  for (int k = 0; k <= d.highest; ++k) {
    work[At<kWorkParts>(k) + kStage] = force_re[k];
    work[At<kWorkParts>(k) + kStage + 8] = force_im[k];
  }
  for (int k = 0; k < 8 * d.blocks; k += W) {
    double* at = work + At<kWorkParts>(k);
    const double* weight = d.force_weights.data()->at + At<4>(k);
    const Complex<V<W>> force = LoadComplex<W>(at + kStage);
    StoreComplex<W>(Weigh<Kind::kComplex, W>(weight, force), at + kPush);
    StoreComplex<W>(Weigh<Kind::kComplex, W>(weight + 16, force), at + kPushSum);
  }

  // To modes, which above the highest stay zero.
  const LaneTransform& t = d.grid;
  TakePoints(t, field, z);
  const double* numbers = TransformLanes<false>(t, z, other);
  for (int k = 0; k < t.m; k += W) {
    const Complex<V<W>> root = LoadComplex<W>(t.half_roots.data()->at + At(k));
    StoreComplex<W>(Unpack<W>(numbers, t.m, k, root) * 0.5, work + At<kWorkParts>(k) + kU);
  }
  double* edge = work + At<kWorkParts>(t.m) + kU;
  if (d.highest == t.m) edge[0] = numbers[0] - numbers[8];

  using enum Kind;
  if (d.linear == kReal) {
    if (d.term == kReal) Steps<kReal, kReal>(d, steps, work, z, other);
    if (d.term == kImaginary) Steps<kReal, kImaginary>(d, steps, work, z, other);
  } else {
    if (d.term == kImaginary) Steps<kComplex, kImaginary>(d, steps, work, z, other);
    if (d.term == kComplex) Steps<kComplex, kComplex>(d, steps, work, z, other);
  }

  if (d.highest == t.m) edge[8] = 0.0;  // what the grid cannot show
  Pack<kWorkParts>(t, d.highest, work + kU, z);
  GivePoints(t, TransformLanes<true>(t, z, other), field);
}

}  // namespace
}  // namespace flyball

extern "C" void FLYBALL_ISA_SYMBOL(field_stepper)(const flyball::FieldStepperData& data,
                                                  double* field, const double* force_re,
                                                  const double* force_im, int steps, double* work) {
  flyball::Run(data, field, force_re, force_im, steps, work);
}
