#include "physics/drive/three_phase.h"

#include <catch2/catch.hpp>
#include <cmath>

namespace flyball {
namespace {

// A few roundings of numbers of size 1.
constexpr double kRounding = 4e-15;

TEST_CASE("a balanced set of peak 1 has a vector of length 1 at its angle", "[drive]") {
  constexpr double kThird = 2 * std::numbers::pi / 3;
  for (int k = -20; k <= 20; ++k) {
    const double angle = 0.37 * k;
    const AlphaBeta<double> vector = ToAlphaBeta(
        Phases<double>{std::cos(angle), std::cos(angle - kThird), std::cos(angle + kThird)});
    CHECK(vector.alpha == Approx(std::cos(angle)).margin(kRounding));
    CHECK(vector.beta == Approx(std::sin(angle)).margin(kRounding));
    // Seen from a frame at that angle it lies on d.
    const Dq<double> rotor = ToDq(vector, std::cos(angle), std::sin(angle));
    CHECK(rotor.d == Approx(1).margin(kRounding));
    CHECK(rotor.q == Approx(0).margin(kRounding));
  }
}

TEST_CASE("Clarke and Park are undone by their inverses", "[drive]") {
  const AlphaBeta<double> vector{0.3, -1.7};
  const AlphaBeta<double> back = ToAlphaBeta(ToPhases(vector));
  CHECK(back.alpha == Approx(vector.alpha).margin(kRounding));
  CHECK(back.beta == Approx(vector.beta).margin(kRounding));
  const double c = std::cos(2.2), s = std::sin(2.2);
  const AlphaBeta<double> turned = ToAlphaBeta(ToDq(vector, c, s), c, s);
  CHECK(turned.alpha == Approx(vector.alpha).margin(kRounding));
  CHECK(turned.beta == Approx(vector.beta).margin(kRounding));
}

TEST_CASE("what the phases have in common is not in the vector, and phases sum to zero",
          "[drive]") {
  const AlphaBeta<double> vector = ToAlphaBeta(Phases<double>{1.2, 0.1, -0.4});
  const AlphaBeta<double> shifted = ToAlphaBeta(Phases<double>{6.2, 5.1, 4.6});
  CHECK(shifted.alpha == Approx(vector.alpha).margin(kRounding));
  CHECK(shifted.beta == Approx(vector.beta).margin(kRounding));
  const Phases<double> phases = ToPhases(vector);
  CHECK(phases.a + phases.b + phases.c == Approx(0).margin(kRounding));
}

TEST_CASE("power is 1.5 times the product of the vectors", "[drive]") {
  const Phases<double> u{10, -3, -7}, i{2, 1, -3};
  const AlphaBeta<double> u_vector = ToAlphaBeta(u), i_vector = ToAlphaBeta(i);
  CHECK(1.5 * (u_vector.alpha * i_vector.alpha + u_vector.beta * i_vector.beta) ==
        Approx(u.a * i.a + u.b * i.b + u.c * i.c).epsilon(1e-14));
}

}  // namespace
}  // namespace flyball
