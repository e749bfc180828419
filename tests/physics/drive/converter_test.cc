#include "physics/drive/converter.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

#include "physics/drive/three_phase.h"

namespace flyball {
namespace {

constexpr Converter kB6, kH{.num_bridges = 1, .bridges = {Bridge::k4Q}};

std::vector<double> Averaged(const Converter& converter, std::vector<double> duty,
                             std::vector<double> current, double lost) {
  duty.resize(6), current.resize(6);  // as the lanes of a kernel have them
  std::vector<double> output(converter.num_outputs());
  AveragedOutputs(converter, duty.data(), current.data(), lost, output.data());
  return output;
}
std::vector<double> Switched(const Converter& converter, std::vector<double> action,
                             std::vector<double> current) {
  std::vector<double> legs(converter.num_legs()), output(converter.num_outputs());
  LegsOfActions(converter, action.data(), legs.data());
  SwitchedOutputs(converter, legs.data(), current.data(), output.data());
  return output;
}

TEST_CASE("an averaged leg follows its command and loses the interlocking time", "[drive]") {
  CHECK(Averaged(kB6, {-1, 1, 0.4}, {5, 5, 5}, 0) == std::vector<double>{-0.5, 0.5, 0.2});
  // The diode opposes the current: less voltage with current out of the leg, more with it into it.
  const std::vector<double> lossy = Averaged(kB6, {0.4, 0.4, -1}, {5, -5, 5}, 0.05);
  CHECK(lossy[0] == Approx(0.15));
  CHECK(lossy[1] == Approx(0.25));
  CHECK(lossy[2] == -0.5);
  CHECK(Averaged(kB6, {0.4, 0, 0}, {0, 0, 0}, 0.05)[0] == Approx(0.2));
}

TEST_CASE("a full bridge loses on both legs, in the peer on none", "[drive]") {
  CHECK(Averaged(kH, {0.4}, {5}, 0)[0] == Approx(0.4));
  CHECK(Averaged(kH, {0.4}, {5}, 0.05)[0] == Approx(0.3));
  CHECK(Averaged(kH, {0.4}, {-5}, 0.05)[0] == Approx(0.5));
  Converter peers = kH;
  peers.same_current_in_both_legs = true;
  CHECK(Averaged(peers, {0.4}, {5}, 0.05)[0] == Approx(0.4));
}

TEST_CASE("fewer quadrants: what a diode must carry it does", "[drive]") {
  const Converter one{.num_bridges = 1, .bridges = {Bridge::k1Q}};
  const Converter two{.num_bridges = 1, .bridges = {Bridge::k2Q}};
  CHECK(Averaged(one, {0.3}, {2}, 0)[0] == Approx(0.3));
  CHECK(Averaged(one, {0.3}, {-2}, 0)[0] == 1.0);
  CHECK(Averaged(two, {0.3}, {-2}, 0)[0] == Approx(0.3));
  CHECK(Averaged(two, {0.3}, {2}, 0.1)[0] == Approx(0.2));
  for (const double action : {0.0, 1.0}) {
    CHECK(Switched(one, {action}, {2})[0] == action);
    CHECK(Switched(one, {action}, {-2})[0] == 1.0);
  }
  CHECK(Switched(two, {0}, {2})[0] == 0.0);
  CHECK(Switched(two, {0}, {-2})[0] == 1.0);
  CHECK(Switched(two, {1}, {-2})[0] == 1.0);
  CHECK(Switched(two, {2}, {-2})[0] == 0.0);
}

TEST_CASE("a full bridge's four actions", "[drive]") {
  for (const double current : {3.0, -3.0}) {
    CHECK(Switched(kH, {0}, {current})[0] == 0);
    CHECK(Switched(kH, {1}, {current})[0] == 1);
    CHECK(Switched(kH, {2}, {current})[0] == -1);
    CHECK(Switched(kH, {3}, {current})[0] == 0);
  }
  // Two bridges side by side.
  const Converter both{.num_bridges = 2, .bridges = {Bridge::kB6, Bridge::k4Q}};
  CHECK(Switched(both, {5, 2}, {1, 1, -2, 4}) == std::vector<double>{0.5, -0.5, 0.5, -1});
}

TEST_CASE("eight vectors: two of zero, six of two thirds of the supply, 60 degrees apart",
          "[drive]") {
  for (int k = 0; k < 8; ++k) {
    const std::vector<double> u = Switched(kB6, {static_cast<double>(k)}, {1, 1, -1});
    CHECK(u[0] == ((k & 4) != 0 ? 0.5 : -0.5));
    CHECK(u[1] == ((k & 2) != 0 ? 0.5 : -0.5));
    CHECK(u[2] == ((k & 1) != 0 ? 0.5 : -0.5));
    const AlphaBeta<double> vector = ToAlphaBeta(Phases<double>{u[0], u[1], u[2]});
    const double length = vector.alpha * vector.alpha + vector.beta * vector.beta;
    CHECK(length == Approx(k == 0 || k == 7 ? 0.0 : 4.0 / 9).margin(1e-15));
  }
}

TEST_CASE("an open leg's current picks its diode", "[drive]") {
  CHECK(SwitchedLeg(kLegOpen, 3.0) == 0);
  CHECK(SwitchedLeg(kLegOpen, -3.0) == 1);
  // A leg that changes transistors is open for the interlocking time; the first switching is not.
  CHECK(InterlockedLeg(kLegHigh, kLegLow) == kLegOpen);
  CHECK(InterlockedLeg(kLegLow, kLegHigh) == kLegOpen);
  CHECK(InterlockedLeg(kLegLow, kLegLow) == kLegLow);
  CHECK(InterlockedLeg(kLegOpen, kLegHigh) == kLegHigh);
  CHECK(InterlockedLeg(kLegHigh, kLegOpen) == kLegOpen);
}

}  // namespace
}  // namespace flyball
