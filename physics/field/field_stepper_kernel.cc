// The loops of field_stepper.h.
#include <cstddef>
#include <cstring>
#include <utility>

#include "physics/field/field_stepper.h"
#include "physics/field/lane_packing.h"
#include "physics/field/lane_transform_loops.h"
#include "physics/numeric/isa.h"

namespace flyball {
namespace {

using namespace lane_loops;  // NOLINT: they are the other part of this file
using Kind = FieldStepperData::Kind;
using Power = FieldStepperData::Power;

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
  const auto polynomial = [p = d.polynomial](const auto& x) __attribute__((always_inline)) {
    if constexpr (kPower == Power::kSquare) return x * x;
    if constexpr (kPower == Power::kCube) return x * x * x;
    if constexpr (kPower == Power::kAny) return x * (p.c1 + x * (p.c2 + x * p.c3));
  };

  // Takes what was packed into z through the polynomial; f(modes at work, weights, the polynomial's
  // modes) gives what comes next, by blocks, to be stored at kTo and packed.
  const auto stage = [&]<int kTo>(const auto& f) __attribute__((always_inline)) {
    const auto beside = [&](const double* x) { return x == z ? other : z; };
    double* x = TransformLanes<true>(t, z, other);
    x = Turn(t, polynomial, x, beside(x));
    x = TransformLanes<false>(t, x, beside(x));
    const double* weights = d.weights.data()->at;
    for (int k = 0; k < modes; k += W) {
      double* here = work + At<kWorkParts>(k);
      const double* weight = weights + At<Of::kParts>(k);
      const C root = LoadComplex<W>(weight + Of::kRoot);
      const C next = f(here, weight, Unpack<W>(x, m, k, root));
      StoreComplex<W>(next, here + kTo);
    }
    if (x == z) std::swap(z, other);
    Pack<kWorkParts>(t, d.highest, work + kTo, z);
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
