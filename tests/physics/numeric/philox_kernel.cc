#include "physics/numeric/isa.h"
#include "physics/numeric/philox.h"
#include "tests/physics/numeric/philox_probe.h"

namespace flyball {
namespace {

template <class T>
void Probe(double* out, int num_rows) {
  for (int row = 0; row < num_rows; row += kWidth<T>) {
    NoiseKey<T> noise;
    for (int lane = 0; lane < kWidth<T>; ++lane) {
      const uint64_t r = row + lane;
      noise.Set(lane, (r << 33) + r, r % 7, r % 1000);
    }
    T values[4];
    noise.UniformPair(5, row / 48, values[0], values[1]);
    noise.NormalPair(5, row / 48, values[2], values[3]);
    for (int lane = 0; lane < kWidth<T>; ++lane) {
      for (int i = 0; i < 4; ++i) out[4 * (row + lane) + i] = GetLane(values[i], lane);
    }
  }
}

}  // namespace
}  // namespace flyball

extern "C" void FLYBALL_ISA_SYMBOL(philox_probe)(int width, double* out, int num_rows) {
  using flyball::Lanes, flyball::Probe;
  if (width == 1) Probe<double>(out, num_rows);
  if (width == 3) Probe<Lanes<3>>(out, num_rows);
  if (width == 8) Probe<Lanes<8>>(out, num_rows);
  if (width == 16) Probe<Lanes<16>>(out, num_rows);
}
