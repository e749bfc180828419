// Every function of lanes.h applied to arrays, compiled once per instruction set; lanes_test.cc
// compares the bits of the two builds at several widths.
#include <cstddef>

#include "physics/numeric/isa.h"
#include "physics/numeric/lanes.h"
#include "tests/physics/numeric/lanes_probe.h"

namespace flyball {
namespace {

// out[i] = function(a[i], b[i]), as many at a time as T has rows. n is a multiple of the width.
template <class T, class Function>
void Apply(const double* a, const double* b, double* out, size_t n, Function function) {
  for (size_t i = 0; i < n; i += kWidth<T>) {
    Store<T>(function(Load<T>(a + i), Load<T>(b + i)), out + i);
  }
}

template <class T>
void Probe(LanesFunction function, const double* a, const double* b, double* out, size_t n) {
  switch (function) {
#define FLYBALL_CASE(name, expression) \
  case LanesFunction::k##name:         \
    return Apply<T>(a, b, out, n, [](const T& x, const T& y) -> T { return (void)y, expression; });
    FLYBALL_LANES_PROBES(FLYBALL_CASE)
#undef FLYBALL_CASE
  }
}

}  // namespace
}  // namespace flyball

extern "C" void FLYBALL_ISA_SYMBOL(lanes_probe)(int width, flyball::LanesFunction function,
                                                const double* a, const double* b, double* out,
                                                size_t n) {
  using flyball::Lanes, flyball::Probe;
  if (width == 1) Probe<double>(function, a, b, out, n);
  if (width == 3) Probe<Lanes<3>>(function, a, b, out, n);
  if (width == 8) Probe<Lanes<8>>(function, a, b, out, n);
  if (width == 16) Probe<Lanes<16>>(function, a, b, out, n);
}
