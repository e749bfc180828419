// SLEEF's deterministic functions without fused operations (its `cinz` family): the builds for one
// double, two (SSE), four (AVX) and eight (AVX-512) give the same bits. Declared here and not through <sleef.h>,
// which is slow to compile and leaves some of them out. Used through lanes.h only.
#ifndef FLYBALL_PHYSICS_NUMERIC_SLEEF_H_
#define FLYBALL_PHYSICS_NUMERIC_SLEEF_H_

// F(name in lanes.h, name in SLEEF), each accurate to 1.0 ulp.
// clang-format off
#define FLYBALL_SLEEF_UNARY_FUNCTIONS(F)                                                        \
  F(Sin, sin)                                                                                   \
  F(Cos, cos)                                                                                   \
  F(Tan, tan) F(Asin, asin) F(Acos, acos) F(Atan, atan) F(Exp, exp) F(Expm1, expm1) F(Log, log) \
      F(Log10, log10) F(Log1p, log1p) F(Cbrt, cbrt) F(Tanh, tanh) F(Sinh, sinh) F(Cosh, cosh)
// clang-format on
#define FLYBALL_SLEEF_BINARY_FUNCTIONS(F) F(Atan2, atan2) F(Pow, pow)

#define FLYBALL_SLEEF_SCALAR(name) ::Sleef_cinz_##name##d1_u10purec
#if defined(__AVX512F__)
#define FLYBALL_SLEEF_NATIVE(name) Sleef_cinz_##name##d8_u10avx512fnofma
#elif defined(__AVX__)
#define FLYBALL_SLEEF_NATIVE(name) Sleef_cinz_##name##d4_u10avx
#elif defined(__SSE4_1__)
#define FLYBALL_SLEEF_NATIVE(name) Sleef_cinz_##name##d2_u10sse4
#elif defined(__SSE2__)
#define FLYBALL_SLEEF_NATIVE(name) Sleef_cinz_##name##d2_u10sse2
#else
#define FLYBALL_SLEEF_NATIVE(name) Sleef_cinz_##name##d1_u10purec
#endif
#define FLYBALL_SLEEF_CHUNK(name) ::FLYBALL_SLEEF_NATIVE(name)

namespace flyball::sleef {

struct Scalar2 {
  double x, y;
};

// The widest native vector that this translation unit's instruction set has a build for.
#if defined(__AVX512F__)
inline constexpr int kChunk = 8;
#elif defined(__AVX__)
inline constexpr int kChunk = 4;
#elif defined(__SSE2__)
inline constexpr int kChunk = 2;
#else
inline constexpr int kChunk = 1;
#endif

#if defined(__SSE2__)
typedef double Chunk __attribute__((vector_size(8 * kChunk)));
typedef double UnalignedChunk __attribute__((vector_size(8 * kChunk), aligned(8), may_alias));
struct Chunk2 {
  Chunk x, y;
};
#else
using Chunk = double;
using UnalignedChunk = double;
using Chunk2 = Scalar2;
#endif

inline __attribute__((always_inline)) Chunk Load(const double* source) {
  return *reinterpret_cast<const UnalignedChunk*>(source);
}
inline __attribute__((always_inline)) void Store(const Chunk& x, double* target) {
  *reinterpret_cast<UnalignedChunk*>(target) = x;
}

}  // namespace flyball::sleef

extern "C" {
#define FLYBALL_SLEEF_DECLARE(Name, name) double Sleef_cinz_##name##d1_u10purec(double) noexcept;
FLYBALL_SLEEF_UNARY_FUNCTIONS(FLYBALL_SLEEF_DECLARE)
#undef FLYBALL_SLEEF_DECLARE
#define FLYBALL_SLEEF_DECLARE(Name, name) \
  double Sleef_cinz_##name##d1_u10purec(double, double) noexcept;
FLYBALL_SLEEF_BINARY_FUNCTIONS(FLYBALL_SLEEF_DECLARE)
#undef FLYBALL_SLEEF_DECLARE
flyball::sleef::Scalar2 Sleef_cinz_sincosd1_u10purec(double) noexcept;

#if defined(__SSE2__)
#define FLYBALL_SLEEF_DECLARE(Name, name) \
  flyball::sleef::Chunk FLYBALL_SLEEF_NATIVE(name)(flyball::sleef::Chunk) noexcept;
FLYBALL_SLEEF_UNARY_FUNCTIONS(FLYBALL_SLEEF_DECLARE)
#undef FLYBALL_SLEEF_DECLARE
#define FLYBALL_SLEEF_DECLARE(Name, name)                                 \
  flyball::sleef::Chunk FLYBALL_SLEEF_NATIVE(name)(flyball::sleef::Chunk, \
                                                   flyball::sleef::Chunk) noexcept;
FLYBALL_SLEEF_BINARY_FUNCTIONS(FLYBALL_SLEEF_DECLARE)
#undef FLYBALL_SLEEF_DECLARE
flyball::sleef::Chunk2 FLYBALL_SLEEF_NATIVE(sincos)(flyball::sleef::Chunk) noexcept;
#endif
}

#endif  // FLYBALL_PHYSICS_NUMERIC_SLEEF_H_
