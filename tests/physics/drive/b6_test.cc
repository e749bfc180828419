#include "physics/drive/b6.h"

#include <catch2/catch.hpp>

namespace flyball {
namespace {

TEST_CASE("an averaged leg follows its command and loses the interlocking time", "[drive]") {
  CHECK(AveragedLeg(-1.0, 5.0, 0.0) == -0.5);
  CHECK(AveragedLeg(1.0, 5.0, 0.0) == 0.5);
  CHECK(AveragedLeg(0.4, 5.0, 0.0) == Approx(0.2));
  // The diode opposes the current: less voltage with current out of the leg, more with it into it.
  CHECK(AveragedLeg(0.4, 5.0, 0.05) == Approx(0.15));
  CHECK(AveragedLeg(0.4, -5.0, 0.05) == Approx(0.25));
  CHECK(AveragedLeg(0.4, 0.0, 0.05) == Approx(0.2));
  CHECK(AveragedLeg(-1.0, 5.0, 0.05) == -0.5);
}

TEST_CASE("eight vectors: two of zero, six of two thirds of the supply, 60 degrees apart",
          "[drive]") {
  const Phases<double> current{1, 1, -1};
  for (int k = 0; k < 8; ++k) {
    const Phases<double> u = SwitchedB6(LegsOfVector(static_cast<double>(k)), current);
    CHECK(u.a == ((k & 4) != 0 ? 0.5 : -0.5));
    CHECK(u.b == ((k & 2) != 0 ? 0.5 : -0.5));
    CHECK(u.c == ((k & 1) != 0 ? 0.5 : -0.5));
    const AlphaBeta<double> vector = ToAlphaBeta(u);
    const double length = vector.alpha * vector.alpha + vector.beta * vector.beta;
    CHECK(length == Approx(k == 0 || k == 7 ? 0.0 : 4.0 / 9).margin(1e-15));
  }
}

TEST_CASE("an open leg's current picks its diode", "[drive]") {
  CHECK(SwitchedLeg(kLegOff, 3.0) == -0.5);
  CHECK(SwitchedLeg(kLegOff, -3.0) == 0.5);
  // A leg that changes transistors is open for the interlocking time; the first switching is not.
  CHECK(InterlockedLeg(kLegHigh, kLegLow) == kLegOff);
  CHECK(InterlockedLeg(kLegLow, kLegHigh) == kLegOff);
  CHECK(InterlockedLeg(kLegLow, kLegLow) == kLegLow);
  CHECK(InterlockedLeg(kLegOff, kLegHigh) == kLegHigh);
}

}  // namespace
}  // namespace flyball
