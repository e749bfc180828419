// Lanes<W>: W doubles side by side in the processor's vector registers, and LaneMask<W>, what
// comparing them gives. Arithmetic is the processor's own, lane by lane: exactly rounded, so that a
// lane has the bits that a double alone would have.
//
// Not std::experimental::simd: GCC 12 keeps its wide types in memory and copies them half a register
// at a time, which the processor cannot forward to the full load that follows. On the kernel of a
// synchronous machine this type takes less than half the time, and compiles in half. A wide type
// is a pair of narrower ones down to one native vector, so that the compiler sees nothing but
// members, each of which fits a register.
//
// Used through lanes.h, which has the functions.
#ifndef FLYBALL_PHYSICS_NUMERIC_SIMD_H_
#define FLYBALL_PHYSICS_NUMERIC_SIMD_H_

#include <bit>
#if defined(__SSE2__)
#include <immintrin.h>
#endif
#include <type_traits>

#include "physics/numeric/sleef.h"

// Helpers must vanish into the kernel: a call through the stack costs more than the operation.
#define FLYBALL_INLINE inline __attribute__((always_inline))

namespace flyball {

template <int W>
class Lanes;
template <int W>
class LaneMask;

namespace simd {

// Whether W lanes are one native vector, and if not, how many of them the lower part has.
constexpr bool IsNative(int W) {
  return W <= sleef::kChunk && std::has_single_bit(static_cast<unsigned>(W));
}
constexpr int LowWidth(int W) {
  return static_cast<int>(std::bit_floor(static_cast<unsigned>(W - 1)));
}

template <int W>
struct Vector {
  typedef double Values __attribute__((vector_size(8 * W)));
  typedef long long Bits __attribute__((vector_size(8 * W)));
};

template <int W, class Narrow>
struct Pair {
  typename Narrow::template Of<LowWidth(W)> low;
  typename Narrow::template Of<W - LowWidth(W)> high;
};
struct NarrowLanes {
  template <int W>
  using Of = Lanes<W>;
};
struct NarrowMask {
  template <int W>
  using Of = LaneMask<W>;
};
template <class V>
struct Single {
  V native;
};

template <int W>
struct LanesStorage : Pair<W, NarrowLanes> {};
template <int W>
requires(IsNative(W)) struct LanesStorage<W> : Single<typename Vector<W>::Values> {
};
template <int W>
struct MaskStorage : Pair<W, NarrowMask> {};
template <int W>
requires(IsNative(W)) struct MaskStorage<W> : Single<typename Vector<W>::Bits> {
};

}  // namespace simd

// Which lanes a condition holds for. All bits of a lane are set, or none.
template <int W>
class LaneMask : public simd::MaskStorage<W> {
 public:
  static constexpr bool kNative = simd::IsNative(W);

  LaneMask() = default;
  explicit FLYBALL_INLINE LaneMask(bool all) {
    if constexpr (kNative) {
      this->native = typename simd::Vector<W>::Bits{} - static_cast<long long>(all);
    } else {
      this->low = decltype(this->low)(all);
      this->high = decltype(this->high)(all);
    }
  }
  template <class A, class B>
  static FLYBALL_INLINE LaneMask Of(const A& low, const B& high) {
    LaneMask mask;
    mask.low = low;
    mask.high = high;
    return mask;
  }
  template <class V>
  static FLYBALL_INLINE LaneMask Of(const V& bits) {
    LaneMask mask;
    mask.native = reinterpret_cast<decltype(mask.native)>(bits);
    return mask;
  }

#define FLYBALL_MASK_OPERATOR(symbol, instruction)                                       \
  friend FLYBALL_INLINE LaneMask operator symbol(const LaneMask& a, const LaneMask& b) { \
    if constexpr (kNative) {                                                             \
      return Of(a.native instruction b.native);                                          \
    } else {                                                                             \
      return Of(a.low instruction b.low, a.high instruction b.high);                     \
    }                                                                                    \
  }
  FLYBALL_MASK_OPERATOR(&, &)
  FLYBALL_MASK_OPERATOR(|, |)
  FLYBALL_MASK_OPERATOR(^, ^)
  FLYBALL_MASK_OPERATOR(&&, &)
  FLYBALL_MASK_OPERATOR(||, |)
#undef FLYBALL_MASK_OPERATOR
  FLYBALL_INLINE LaneMask operator!() const {
    if constexpr (kNative) {
      return Of(~this->native);
    } else {
      return Of(!this->low, !this->high);
    }
  }
};

template <int W>
class Lanes : public simd::LanesStorage<W> {
 public:
  static constexpr bool kNative = simd::IsNative(W);

  Lanes() = default;  // contents undefined
  template <class A>
  requires(std::is_arithmetic_v<A>) FLYBALL_INLINE Lanes(A number) {  // NOLINT: as for doubles
    const double x = static_cast<double>(number);
    if constexpr (!kNative) {
      this->low = x;
      this->high = x;
    } else if constexpr (W == 8) {
      this->native = typename simd::Vector<W>::Values{x, x, x, x, x, x, x, x};
    } else if constexpr (W == 4) {
      this->native = typename simd::Vector<W>::Values{x, x, x, x};
    } else if constexpr (W == 2) {
      this->native = typename simd::Vector<W>::Values{x, x};
    } else {
      this->native = typename simd::Vector<W>::Values{x};
    }
  }
  template <class A, class B>
  static FLYBALL_INLINE Lanes Of(const A& low, const B& high) {
    Lanes lanes;
    lanes.low = low;
    lanes.high = high;
    return lanes;
  }
  template <class V>
  static FLYBALL_INLINE Lanes Of(const V& values) {
    Lanes lanes;
    lanes.native = values;
    return lanes;
  }

#define FLYBALL_LANES_OPERATOR(op)                                          \
  friend FLYBALL_INLINE Lanes operator op(const Lanes& a, const Lanes& b) { \
    if constexpr (kNative) {                                                \
      return Of(a.native op b.native);                                      \
    } else {                                                                \
      return Of(a.low op b.low, a.high op b.high);                          \
    }                                                                       \
  }                                                                         \
  FLYBALL_INLINE Lanes& operator op##=(const Lanes& b) { return *this = *this op b; }
  FLYBALL_LANES_OPERATOR(+)
  FLYBALL_LANES_OPERATOR(-)
  FLYBALL_LANES_OPERATOR(*)
  FLYBALL_LANES_OPERATOR(/)
#undef FLYBALL_LANES_OPERATOR
#define FLYBALL_LANES_COMPARISON(op)                                              \
  friend FLYBALL_INLINE LaneMask<W> operator op(const Lanes& a, const Lanes& b) { \
    if constexpr (kNative) {                                                      \
      return LaneMask<W>::Of(a.native op b.native);                               \
    } else {                                                                      \
      return LaneMask<W>::Of(a.low op b.low, a.high op b.high);                   \
    }                                                                             \
  }
  FLYBALL_LANES_COMPARISON(<)
  FLYBALL_LANES_COMPARISON(<=)
  FLYBALL_LANES_COMPARISON(>)
  FLYBALL_LANES_COMPARISON(>=)
  FLYBALL_LANES_COMPARISON(==)
  FLYBALL_LANES_COMPARISON(!=)
#undef FLYBALL_LANES_COMPARISON
  FLYBALL_INLINE Lanes operator-() const {
    if constexpr (kNative) {
      return Of(-this->native);
    } else {
      return Of(-this->low, -this->high);
    }
  }
  FLYBALL_INLINE Lanes operator+() const { return *this; }
};

namespace simd {

// f of each native vector of the arguments: Lanes or LaneMask of one width, to such a result.
template <template <int> class Result, int W, class F, class... A>
FLYBALL_INLINE Result<W> Map(const F& f, const A&... a) {
  if constexpr (IsNative(W)) {
    return Result<W>::Of(f(a.native...));
  } else {
    return Result<W>::Of(Map<Result, LowWidth(W)>(f, a.low...),
                         Map<Result, W - LowWidth(W)>(f, a.high...));
  }
}

template <int W>
FLYBALL_INLINE Lanes<W> Load(const double* source) {
  if constexpr (IsNative(W)) {
    typename Vector<W>::Values values;
    __builtin_memcpy(&values, source, sizeof(values));
    return Lanes<W>::Of(values);
  } else {
    constexpr int kLow = LowWidth(W);
    return Lanes<W>::Of(Load<kLow>(source), Load<W - kLow>(source + kLow));
  }
}
template <int W>
FLYBALL_INLINE void Store(const Lanes<W>& x, double* target) {
  if constexpr (IsNative(W)) {
    __builtin_memcpy(target, &x.native, sizeof(x.native));
  } else {
    Store(x.low, target);
    Store(x.high, target + LowWidth(W));
  }
}

// Lane i is f(i). Put together in registers: numbers stored one by one and loaded as a vector would
// have to reach the cache first.
template <int W, class F>
FLYBALL_INLINE Lanes<W> Generate(const F& f, int first = 0) {
  if constexpr (!IsNative(W)) {
    constexpr int kLow = LowWidth(W);
    return Lanes<W>::Of(Generate<kLow>(f, first), Generate<W - kLow>(f, first + kLow));
  } else if constexpr (W == 8) {
    return Lanes<W>::Of(typename Vector<W>::Values{f(first), f(first + 1), f(first + 2),
                                                   f(first + 3), f(first + 4), f(first + 5),
                                                   f(first + 6), f(first + 7)});
  } else if constexpr (W == 4) {
    return Lanes<W>::Of(
        typename Vector<W>::Values{f(first), f(first + 1), f(first + 2), f(first + 3)});
  } else if constexpr (W == 2) {
    return Lanes<W>::Of(typename Vector<W>::Values{f(first), f(first + 1)});
  } else {
    return Lanes<W>::Of(typename Vector<W>::Values{f(first)});
  }
}

// Bit i tells of lane i.
template <int W>
FLYBALL_INLINE unsigned BitsOf(const LaneMask<W>& mask) {
  if constexpr (!IsNative(W)) {
    return BitsOf(mask.low) | BitsOf(mask.high) << LowWidth(W);
#if defined(__AVX512DQ__)
  } else if constexpr (W == 8) {
    return _mm512_movepi64_mask(reinterpret_cast<__m512i>(mask.native));
#endif
#if defined(__AVX__)
  } else if constexpr (W == 4) {
    return _mm256_movemask_pd(reinterpret_cast<__m256d>(mask.native));
#endif
#if defined(__SSE2__)
  } else if constexpr (W == 2) {
    return _mm_movemask_pd(reinterpret_cast<__m128d>(mask.native));
#endif
  } else {
    unsigned bits = 0;
    for (int i = 0; i < W; ++i) bits |= static_cast<unsigned>(mask.native[i] & 1) << i;
    return bits;
  }
}

// Exactly rounded functions of one native vector, for Map.
#if defined(__SSE4_1__)
#define FLYBALL_SIMD_FUNCTION(Name, builtin, widest, wide, narrow) \
  struct Name {                                                    \
    template <class V>                                             \
    FLYBALL_INLINE V operator()(const V& x) const {                \
      if constexpr (sizeof(V) == 64) return widest;                \
      if constexpr (sizeof(V) == 32) return wide;                  \
      if constexpr (sizeof(V) == 16) return narrow;                \
      if constexpr (sizeof(V) == 8) return V{builtin(x[0])};       \
    }                                                              \
  };
#else
#define FLYBALL_SIMD_FUNCTION(Name, builtin, widest, wide, narrow)                  \
  struct Name {                                                                     \
    template <class V>                                                              \
    FLYBALL_INLINE V operator()(V x) const {                                        \
      for (size_t i = 0; i < sizeof(V) / sizeof(double); ++i) x[i] = builtin(x[i]); \
      return x;                                                                     \
    }                                                                               \
  };
#endif
// The immediate numbers are SSE4.1's rounding modes, without raising "inexact". The functions of
// eight doubles are those with a mask, of all lanes: GCC 12 warns of its own headers at the others.
FLYBALL_SIMD_FUNCTION(SquareRoot, __builtin_sqrt, _mm512_maskz_sqrt_pd(0xff, x), _mm256_sqrt_pd(x),
                      _mm_sqrt_pd(x))
FLYBALL_SIMD_FUNCTION(RoundNearest, __builtin_rint, _mm512_maskz_roundscale_pd(0xff, x, 8),
                      _mm256_round_pd(x, 8), _mm_round_pd(x, 8))
FLYBALL_SIMD_FUNCTION(RoundDown, __builtin_floor, _mm512_maskz_roundscale_pd(0xff, x, 9),
                      _mm256_round_pd(x, 9), _mm_round_pd(x, 9))
FLYBALL_SIMD_FUNCTION(RoundUp, __builtin_ceil, _mm512_maskz_roundscale_pd(0xff, x, 10),
                      _mm256_round_pd(x, 10), _mm_round_pd(x, 10))
FLYBALL_SIMD_FUNCTION(RoundToZero, __builtin_trunc, _mm512_maskz_roundscale_pd(0xff, x, 11),
                      _mm256_round_pd(x, 11), _mm_round_pd(x, 11))
#undef FLYBALL_SIMD_FUNCTION

// The magnitude of the one with the sign bit of the other.
struct WithSign {
  template <class V>
  FLYBALL_INLINE V operator()(const V& magnitude, const V& sign) const {
    using Bits = typename Vector<sizeof(V) / sizeof(double)>::Bits;
    const Bits sign_bit = Bits{} + static_cast<long long>(1ULL << 63);
    return reinterpret_cast<V>((reinterpret_cast<Bits>(magnitude) & ~sign_bit) |
                               (reinterpret_cast<Bits>(sign) & sign_bit));
  }
};

}  // namespace simd
}  // namespace flyball

#endif  // FLYBALL_PHYSICS_NUMERIC_SIMD_H_
