// Plants are written once as `template <class T>` and run on T = double (one row) and on
// T = Lanes<W> (W rows side by side), with the same bits for a row whatever T and whatever the
// instruction set. That holds because every operation here is either exactly rounded (+ - * / sqrt,
// comparisons, rounding) or one of SLEEF's deterministic, never fused `cinz` functions, whose
// scalar, SSE4, AVX and AVX-512 builds agree (tests/physics/numeric/lanes_test.cc compares them).
//
// Rules for a plant: no std::sin and the like, no `if` on a lane value (Select instead), no Eigen.
#ifndef FLYBALL_PHYSICS_NUMERIC_LANES_H_
#define FLYBALL_PHYSICS_NUMERIC_LANES_H_

#include <concepts>
#include <cstddef>
#include <limits>
#include <numbers>
#include <type_traits>

#include "physics/numeric/simd.h"
#include "physics/numeric/sleef.h"

namespace flyball {

// What a `template <class T>` plant needs to know of T. kWidth: rows in one T. Mask: result of a
// comparison, combined with & | ! (both kinds) or && || (no short circuit on lanes).
template <class T>
struct LaneTraits;
template <>
struct LaneTraits<double> {
  static constexpr int kWidth = 1;
  using Mask = bool;
  using Scalar = double;
};
template <int W>
struct LaneTraits<Lanes<W>> {
  static constexpr int kWidth = W;
  using Mask = LaneMask<W>;
  using Scalar = double;
};

template <class T>
using Mask = typename LaneTraits<T>::Mask;
template <class T>
inline constexpr int kWidth = LaneTraits<T>::kWidth;

template <class T>
inline constexpr bool kIsLanes = false;
template <int W>
inline constexpr bool kIsLanes<Lanes<W>> = true;

// A lane type or a plain number; functions of two or three arguments take any mixture of them.
template <class T>
concept LaneArgument = kIsLanes<T> || std::is_arithmetic_v<T>;

namespace lanes_internal {
template <class... A>
struct Common {
  using type = double;
};
template <class A, class... B>
struct Common<A, B...> {
  using type = std::conditional_t<kIsLanes<A>, A, typename Common<B...>::type>;
};
}  // namespace lanes_internal

// The lane type among A, or double if all are plain numbers.
template <LaneArgument... A>
using CommonLanes = typename lanes_internal::Common<A...>::type;

// ---- Access to single rows. 0 <= lane < kWidth<T>. ----

FLYBALL_INLINE double GetLane(double x, int) { return x; }
FLYBALL_INLINE bool GetLane(bool mask, int) { return mask; }
template <int W>
FLYBALL_INLINE double GetLane(const Lanes<W>& x, int lane) {
  double lanes[W];
  simd::Store(x, lanes);
  return lanes[lane];
}
template <int W>
FLYBALL_INLINE bool GetLane(const LaneMask<W>& mask, int lane) {
  return simd::BitsOf(mask) >> lane & 1;
}

FLYBALL_INLINE void SetLane(double& x, int, double value) { x = value; }
FLYBALL_INLINE void SetLane(bool& mask, int, bool value) { mask = value; }
template <int W>
FLYBALL_INLINE void SetLane(Lanes<W>& x, int lane, double value) {
  typedef double Element __attribute__((may_alias));
  reinterpret_cast<Element*>(&x)[lane] = value;
}
template <int W>
FLYBALL_INLINE void SetLane(LaneMask<W>& mask, int lane, bool value) {
  typedef long long Element __attribute__((may_alias));
  reinterpret_cast<Element*>(&mask)[lane] = -static_cast<long long>(value);
}

// kWidth<T> consecutive doubles from and to memory of any alignment.
template <class T>
FLYBALL_INLINE T Load(const double* source) {
  if constexpr (kIsLanes<T>) {
    return simd::Load<LaneTraits<T>::kWidth>(source);
  } else {
    return *source;
  }
}
template <class T>
FLYBALL_INLINE void Store(const T& x, double* target) {
  if constexpr (kIsLanes<T>) {
    simd::Store(x, target);
  } else {
    *target = x;
  }
}

// Lane i is f(i), a double.
template <class T, class F>
FLYBALL_INLINE T Generate(const F& f) {
  if constexpr (kIsLanes<T>) {
    return simd::Generate<kWidth<T>>(f);
  } else {
    return f(0);
  }
}

// ---- Masks ----

// a where the mask is set, else b; both are computed, neither may trap.
template <LaneArgument A, LaneArgument B>
requires(!kIsLanes<A> && !kIsLanes<B>) FLYBALL_INLINE double Select(bool mask, A a, B b) {
  return mask ? static_cast<double>(a) : static_cast<double>(b);
}
template <int W>
FLYBALL_INLINE Lanes<W> Select(const LaneMask<W>& mask, const std::type_identity_t<Lanes<W>>& a,
                               const std::type_identity_t<Lanes<W>>& b) {
  return simd::Map<Lanes, W>(
      [](const auto& m, const auto& x, const auto& y)
          __attribute__((always_inline)) { return m ? x : y; },
      mask, a, b);
}

FLYBALL_INLINE bool AnyOf(bool mask) { return mask; }
FLYBALL_INLINE bool AllOf(bool mask) { return mask; }
template <int W>
FLYBALL_INLINE bool AnyOf(const LaneMask<W>& mask) {
  return simd::BitsOf(mask) != 0;
}
template <int W>
FLYBALL_INLINE bool AllOf(const LaneMask<W>& mask) {
  return simd::BitsOf(mask) == (1u << W) - 1;
}

// Bit i tells of lane i.
FLYBALL_INLINE unsigned MaskBits(bool mask) { return mask; }
template <int W>
FLYBALL_INLINE unsigned MaskBits(const LaneMask<W>& mask) {
  return simd::BitsOf(mask);
}

// ---- Exact operations ----

template <LaneArgument T>
FLYBALL_INLINE CommonLanes<T> Abs(const T& x) {
  if constexpr (kIsLanes<T>) {
    return simd::Map<Lanes, kWidth<T>>(simd::WithSign(), x, T(0.0));
  } else {
    return __builtin_fabs(x);
  }
}
template <LaneArgument T>
FLYBALL_INLINE CommonLanes<T> Sqrt(const T& x) {
  if constexpr (kIsLanes<T>) {
    return simd::Map<Lanes, kWidth<T>>(simd::SquareRoot(), x);
  } else {
    return __builtin_sqrt(x);
  }
}
template <LaneArgument T>
FLYBALL_INLINE CommonLanes<T> Floor(const T& x) {
  if constexpr (kIsLanes<T>) {
    return simd::Map<Lanes, kWidth<T>>(simd::RoundDown(), x);
  } else {
    return __builtin_floor(x);
  }
}
template <LaneArgument T>
FLYBALL_INLINE CommonLanes<T> Ceil(const T& x) {
  if constexpr (kIsLanes<T>) {
    return simd::Map<Lanes, kWidth<T>>(simd::RoundUp(), x);
  } else {
    return __builtin_ceil(x);
  }
}
template <LaneArgument T>
FLYBALL_INLINE CommonLanes<T> Trunc(const T& x) {
  if constexpr (kIsLanes<T>) {
    return simd::Map<Lanes, kWidth<T>>(simd::RoundToZero(), x);
  } else {
    return __builtin_trunc(x);
  }
}
// To the nearest integer, halves to even (the processor's default mode, as numpy.round).
template <LaneArgument T>
FLYBALL_INLINE CommonLanes<T> Round(const T& x) {
  if constexpr (kIsLanes<T>) {
    return simd::Map<Lanes, kWidth<T>>(simd::RoundNearest(), x);
  } else {
    return __builtin_rint(x);
  }
}

// As std::min and std::max: the first argument where they are equal or not comparable.
template <LaneArgument A, LaneArgument B>
FLYBALL_INLINE CommonLanes<A, B> Min(const A& a, const B& b) {
  const CommonLanes<A, B> x = a, y = b;
  return Select(y < x, y, x);
}
template <LaneArgument A, LaneArgument B>
FLYBALL_INLINE CommonLanes<A, B> Max(const A& a, const B& b) {
  const CommonLanes<A, B> x = a, y = b;
  return Select(x < y, y, x);
}
// As std::clamp; not-a-number stays, so that a diverged row is seen.
template <LaneArgument X, LaneArgument L, LaneArgument H>
FLYBALL_INLINE CommonLanes<X, L, H> Clamp(const X& x, const L& low, const H& high) {
  return Min(Max(CommonLanes<X, L, H>(x), low), high);
}
// The magnitude of `magnitude` with the sign (bit) of `sign`.
template <LaneArgument A, LaneArgument B>
FLYBALL_INLINE CommonLanes<A, B> CopySign(const A& magnitude, const B& sign) {
  using T = CommonLanes<A, B>;
  if constexpr (kIsLanes<T>) {
    return simd::Map<Lanes, kWidth<T>>(simd::WithSign(), T(magnitude), T(sign));
  } else {
    return __builtin_copysign(magnitude, sign);
  }
}
// -1, 0 or 1; not-a-number stays.
template <LaneArgument A>
FLYBALL_INLINE CommonLanes<A> Sign(const A& a) {
  using T = CommonLanes<A>;
  const T x = a;
  return Select(x > 0.0, T(1.0), Select(x < 0.0, T(-1.0), x + 0.0));
}
template <LaneArgument T>
FLYBALL_INLINE Mask<CommonLanes<T>> IsFinite(const T& x) {
  return Abs(x) <= std::numeric_limits<double>::max();
}

// x (rad) less whole turns, in (-pi, pi]. An x already inside comes back unchanged; up to about
// 6e6 rad the result is within an ulp or so of x of the true one.
template <LaneArgument A>
FLYBALL_INLINE CommonLanes<A> WrapAngle(const A& a) {
  using T = CommonLanes<A>;
  constexpr double kPi = std::numbers::pi, kTurn = 2 * std::numbers::pi;
  // One turn in two parts (Cody and Waite): 20 bits of turns times the first part are exact.
  constexpr double kTurnHigh = 0x1.921fb544p+2, kTurnLow = 0x1.0b4611a626331p-32;
  const T x = a;
  const T turns = Round(x * (1 / kTurn));
  const T wrapped = (x - turns * kTurnHigh) - turns * kTurnLow;
  return Select(wrapped <= -kPi, wrapped + kTurn, Select(wrapped > kPi, wrapped - kTurn, wrapped));
}

// ---- Elementary functions, within 1 ulp; bits as described at the top ----

namespace lanes_internal {

// SLEEF's functions take the native vector; narrower ones are padded with zeros.
template <class V>
FLYBALL_INLINE sleef::Chunk ToChunk(const V& x) {
  if constexpr (sizeof(V) == sizeof(sleef::Chunk)) {
    return x;
  } else {
    sleef::Chunk padded = {};
    for (size_t i = 0; i < sizeof(V) / sizeof(double); ++i) padded[i] = x[i];
    return padded;
  }
}
template <class V>
FLYBALL_INLINE V FromChunk(const sleef::Chunk& x) {
  if constexpr (sizeof(V) == sizeof(sleef::Chunk)) {
    return x;
  } else {
    V first = {};
    for (size_t i = 0; i < sizeof(V) / sizeof(double); ++i) first[i] = x[i];
    return first;
  }
}
// f of native vectors from one of SLEEF's chunks.
template <auto kFunction>
struct OnChunks {
  template <class V, class... More>
  FLYBALL_INLINE V operator()(const V& x, const More&... y) const {
    return FromChunk<V>(kFunction(ToChunk(x), ToChunk(y)...));
  }
};

}  // namespace lanes_internal

#define FLYBALL_LANES_UNARY(Name, name)                                                          \
  template <LaneArgument A>                                                                      \
  FLYBALL_INLINE CommonLanes<A> Name(const A& x) {                                               \
    if constexpr (kIsLanes<A>) {                                                                 \
      return simd::Map<Lanes, kWidth<A>>(lanes_internal::OnChunks<&FLYBALL_SLEEF_CHUNK(name)>(), \
                                         x);                                                     \
    } else {                                                                                     \
      return FLYBALL_SLEEF_SCALAR(name)(static_cast<double>(x));                                 \
    }                                                                                            \
  }
#define FLYBALL_LANES_BINARY(Name, name)                                                         \
  template <LaneArgument A, LaneArgument B>                                                      \
  FLYBALL_INLINE CommonLanes<A, B> Name(const A& a, const B& b) {                                \
    using T = CommonLanes<A, B>;                                                                 \
    if constexpr (kIsLanes<T>) {                                                                 \
      return simd::Map<Lanes, kWidth<T>>(lanes_internal::OnChunks<&FLYBALL_SLEEF_CHUNK(name)>(), \
                                         T(a), T(b));                                            \
    } else {                                                                                     \
      return FLYBALL_SLEEF_SCALAR(name)(static_cast<T>(a), static_cast<T>(b));                   \
    }                                                                                            \
  }
FLYBALL_SLEEF_UNARY_FUNCTIONS(FLYBALL_LANES_UNARY)    // Sin(x), Cos(x), ... Cosh(x)
FLYBALL_SLEEF_BINARY_FUNCTIONS(FLYBALL_LANES_BINARY)  // Atan2(y, x), Pow(x, y)
#undef FLYBALL_LANES_UNARY
#undef FLYBALL_LANES_BINARY

// Sine and cosine for little more than the price of one.
FLYBALL_INLINE void SinCos(double x, double& sine, double& cosine) {
  const sleef::Scalar2 pair = FLYBALL_SLEEF_SCALAR(sincos)(x);
  sine = pair.x;
  cosine = pair.y;
}
template <int W>
FLYBALL_INLINE void SinCos(const Lanes<W>& x, Lanes<W>& sine, Lanes<W>& cosine) {
  if constexpr (simd::IsNative(W)) {
    using V = typename simd::Vector<W>::Values;
    const sleef::Chunk2 pair = FLYBALL_SLEEF_CHUNK(sincos)(lanes_internal::ToChunk(x.native));
    sine.native = lanes_internal::FromChunk<V>(pair.x);
    cosine.native = lanes_internal::FromChunk<V>(pair.y);
  } else {
    const Lanes<W> angle = x;  // which may be one of the results
    SinCos(angle.low, sine.low, cosine.low);
    SinCos(angle.high, sine.high, cosine.high);
  }
}

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_NUMERIC_LANES_H_
