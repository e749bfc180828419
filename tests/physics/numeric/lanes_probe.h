// What lanes_isa_kernel.cc computes for lanes_test.cc.
#ifndef FLYBALL_TESTS_PHYSICS_NUMERIC_LANES_PROBE_H_
#define FLYBALL_TESTS_PHYSICS_NUMERIC_LANES_PROBE_H_

#include <cstddef>

#include "physics/numeric/isa.h"

// F(name, expression in x and y of type T)
// clang-format off
#define FLYBALL_LANES_PROBES(F)                                                                   \
  F(Sin, Sin(x))                                                                                  \
  F(Cos, Cos(x))                                                                                  \
  F(Tan, Tan(x))                                                                                  \
  F(Asin, Asin(x)) F(Acos, Acos(x)) F(Atan, Atan(x)) F(Atan2, Atan2(x, y)) F(Exp, Exp(x))         \
      F(Expm1, Expm1(x)) F(Log, Log(x)) F(Log10, Log10(x)) F(Log1p, Log1p(x)) F(Pow, Pow(x, y))   \
          F(PowAbs, Pow(Abs(x), y)) F(Cbrt, Cbrt(x)) F(Tanh, Tanh(x)) F(Sinh, Sinh(x))            \
              F(Cosh, Cosh(x)) F(Sqrt, Sqrt(x)) F(SinCosSine, ProbeSinCos(x, true))               \
                  F(SinCosCosine, ProbeSinCos(x, false)) F(Abs, Abs(x)) F(Min, Min(x, y))         \
                      F(Max, Max(x, y)) F(Clamp, Clamp(x, -1.5, Abs(y))) F(Floor, Floor(x))       \
                          F(Ceil, Ceil(x)) F(Trunc, Trunc(x)) F(Round, Round(x))                  \
                              F(CopySign, CopySign(x, y)) F(Sign, Sign(x)) F(                     \
                                  IsFinite, Select(IsFinite(x), 1, 0)) F(WrapAngle, WrapAngle(x)) \
                                  F(Masks, Select(((x < y) & !(x > 0.5)) | (y >= 2.0), x, y))     \
                                      F(Arithmetic, x* y / (x - y) + x)
// clang-format on

namespace flyball {

enum class LanesFunction : int {
#define FLYBALL_ENUMERATOR(name, expression) k##name,
  FLYBALL_LANES_PROBES(FLYBALL_ENUMERATOR)
#undef FLYBALL_ENUMERATOR
};

template <class T>
T ProbeSinCos(const T& x, bool want_sine) {
  T sine, cosine;
  SinCos(x, sine, cosine);
  return want_sine ? sine : cosine;
}

}  // namespace flyball

// out[i] = function(a[i], b[i]) for i < n, `width` at a time; n is a multiple of the width.
using LanesProbe = void(int width, flyball::LanesFunction function, const double* a,
                        const double* b, double* out, size_t n);
extern "C" LanesProbe flyball_kernel_lanes_probe_base, flyball_kernel_lanes_probe_v3,
    flyball_kernel_lanes_probe_v4;

#endif  // FLYBALL_TESTS_PHYSICS_NUMERIC_LANES_PROBE_H_
