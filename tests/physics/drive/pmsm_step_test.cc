#include "physics/drive/pmsm_step.h"

#include <catch2/catch.hpp>
#include <cmath>

namespace flyball {
namespace {

Dq<double> Exactly(const Pmsm& machine, double omega, double duration, VoltageHold hold,
                   const Dq<double>& i, const Dq<double>& u) {
  const PmsmExactStep step = MakePmsmExactStep(machine, omega, duration, hold);
  return AdvanceExactly(step.value.data(), i, u);
}

TEST_CASE("at standstill each axis is a resistor and a coil", "[drive]") {
  const Pmsm machine;
  for (const double t : {1e-6, 1e-4, 1e-2, 1.0}) {
    for (const VoltageHold hold : {VoltageHold::kStator, VoltageHold::kRotor}) {
      const Dq<double> i = Exactly(machine, 0, t, hold, {20, -30}, {1.5, 2.5});
      const auto closed = [&](double start, double u, double l) {
        const double end = u / machine.r_s;
        return end + (start - end) * std::exp(-machine.r_s * t / l);
      };
      // 14 squarings at most, each rounding once more.
      CHECK(i.d == Approx(closed(20, 1.5, machine.l_d)).epsilon(1e-12));
      CHECK(i.q == Approx(closed(-30, 2.5, machine.l_q)).epsilon(1e-12));
    }
  }
}

TEST_CASE("a long piece at speed ends in the steady state", "[drive]") {
  const Pmsm machine;
  const double omega = 100, speed = machine.p * omega;
  const Dq<double> u{-30, 40};
  const Dq<double> i = Exactly(machine, omega, 3.0, VoltageHold::kRotor, {0, 0}, u);
  // 3 s are 45 time constants of the slower axis.
  CHECK(u.d == Approx(machine.r_s * i.d - speed * machine.l_q * i.q).epsilon(1e-9));
  CHECK(u.q ==
        Approx(machine.r_s * i.q + speed * (machine.l_d * i.d + machine.psi_p)).epsilon(1e-9));
  // What goes in at the terminals and not into heat comes out of the shaft.
  CHECK(machine.Torque(i) * omega ==
        Approx(machine.TerminalPower(u, i) - machine.CopperLoss(i)).epsilon(1e-9));
}

TEST_CASE("two halves make a whole", "[drive]") {
  const Pmsm machine;
  const double omega = 250, tau = 1e-4, turn = machine.p * omega * tau / 2;
  const Dq<double> i{50, -80}, u{60, 90};
  // A stator voltage seen from the rotor has turned back by the middle of the piece.
  const Dq<double> later{std::cos(turn) * u.d + std::sin(turn) * u.q,
                         std::cos(turn) * u.q - std::sin(turn) * u.d};
  for (const VoltageHold hold : {VoltageHold::kStator, VoltageHold::kRotor}) {
    const Dq<double> whole = Exactly(machine, omega, tau, hold, i, u);
    Dq<double> half = Exactly(machine, omega, tau / 2, hold, i, u);
    half = Exactly(machine, omega, tau / 2, hold, half, hold == VoltageHold::kStator ? later : u);
    CHECK(whole.d == Approx(half.d).epsilon(1e-13));
    CHECK(whole.q == Approx(half.q).epsilon(1e-13));
  }
}

TEST_CASE("Runge-Kutta tends to the exact step with order four", "[drive]") {
  const Pmsm machine;
  const MechanicalLoad load;
  // A long piece, so that the differences stand far above rounding.
  const double omega = 400, tau = 1e-3;
  const Dq<double> i{50, -80}, u{60, 90};
  for (const VoltageHold hold : {VoltageHold::kStator, VoltageHold::kRotor}) {
    const Dq<double> exact = Exactly(machine, omega, tau, hold, i, u);
    double error[3];
    for (int k = 0; k < 3; ++k) {
      double state[kNumPmsmStates] = {omega, i.d, i.q, 0.25};
      AdvanceRk4(machine, load, hold, tau, 8 << k, u, state);
      error[k] = std::hypot(state[kISd] - exact.d, state[kISq] - exact.q);
      CHECK(state[kOmega] == omega);
      CHECK(state[kEpsilon] == Approx(0.25 + machine.p * omega * tau).epsilon(1e-14));
    }
    // Halving the part divides the error by 16, up to terms of the next order (parts of 0.15 rad).
    CHECK(error[0] / error[1] == Approx(16).epsilon(0.1));
    CHECK(error[1] / error[2] == Approx(16).epsilon(0.1));
    double state[kNumPmsmStates] = {omega, i.d, i.q, 0};
    AdvanceRk4(machine, load, hold, tau, Rk4Substeps(machine, load, omega, tau), u, state);
    // The promise of Rk4Substeps is 1e-11 of what drives the currents (here some 600 A), about.
    CHECK(std::hypot(state[kISd] - exact.d, state[kISq] - exact.q) < 2e-8);
  }
}

TEST_CASE("the shaft takes up the energy the machine gives it", "[drive]") {
  const Pmsm machine;
  MechanicalLoad load{.kind = MechanicalLoad::Kind::kPolynomialStatic};
  const Dq<double> u{-10, 60};
  double state[kNumPmsmStates] = {30, 10, 20, 0};
  const double inertia = machine.j_rotor + load.j_load;
  const auto energy = [&] {
    return machine.FieldEnergy(Dq<double>{state[kISd], state[kISq]}) +
           0.5 * inertia * state[kOmega] * state[kOmega];
  };
  const double before = energy();
  // Power in less heat by Simpson's rule over short pieces (error of order (1e-5)^4 per piece).
  double work = 0;
  const auto power = [&] {
    const Dq<double> i{state[kISd], state[kISq]};
    return machine.TerminalPower(u, i) - machine.CopperLoss(i);
  };
  for (int k = 0; k < 200; ++k) {
    const double start = power();
    AdvanceRk4(machine, load, VoltageHold::kRotor, 5e-6, 1, u, state);
    const double middle = power();
    AdvanceRk4(machine, load, VoltageHold::kRotor, 5e-6, 1, u, state);
    work += 1e-5 * (start + 4 * middle + power()) / 6;
  }
  CHECK(energy() - before == Approx(work).epsilon(1e-9));
}

TEST_CASE("friction brakes, drag grows with the square, and rest stays rest", "[drive]") {
  MechanicalLoad load{.kind = MechanicalLoad::Kind::kPolynomialStatic,
                      .a = 0.5,
                      .b = 0.01,
                      .c = 1e-4,
                      .j_load = 0.01};
  CHECK(load.Brake(100.0, 0.05) == Approx(0.5 + 1 + 1));
  CHECK(load.Brake(-100.0, 0.05) == Approx(-2.5));
  CHECK(load.Brake(0.0, 0.05) == 0);
  // Below a tau_decay / J = 0.01 rad/s the Coulomb part is a slope of J / tau_decay.
  CHECK(load.Brake(0.005, 0.05) == Approx(0.25 + 0.005 * 0.01).epsilon(1e-6));
  CHECK(load.Acceleration(100.0, 2.5, 0.04) == Approx(0).margin(1e-12));
  load.kind = MechanicalLoad::Kind::kConstantSpeed;
  CHECK(load.Acceleration(100.0, 1e6, 0.04) == 0);
}

TEST_CASE("lanes give the bits of one row", "[drive]") {
  const Pmsm machine;
  const MechanicalLoad load{.kind = MechanicalLoad::Kind::kPolynomialStatic, .a = 0.01, .b = 0.01};
  using T = Lanes<8>;
  T wide[kNumPmsmStates];
  Dq<T> u;
  for (int lane = 0; lane < 8; ++lane) {
    SetLane(wide[kOmega], lane, 10.0 * lane);
    SetLane(wide[kISd], lane, -30.0 + lane);
    SetLane(wide[kISq], lane, 3.0 * lane);
    SetLane(wide[kEpsilon], lane, 0.1 * lane);
    SetLane(u.d, lane, 20.0 - lane);
    SetLane(u.q, lane, 7.0 * lane);
  }
  T before[kNumPmsmStates] = {wide[0], wide[1], wide[2], wide[3]};
  AdvanceRk4(machine, load, VoltageHold::kStator, 1e-4, 3, u, wide);
  for (int lane = 0; lane < 8; ++lane) {
    double one[kNumPmsmStates];
    for (int k = 0; k < kNumPmsmStates; ++k) one[k] = GetLane(before[k], lane);
    const Dq<double> own = {GetLane(u.d, lane), GetLane(u.q, lane)};
    AdvanceRk4(machine, load, VoltageHold::kStator, 1e-4, 3, own, one);
    for (int k = 0; k < kNumPmsmStates; ++k) CHECK(GetLane(wide[k], lane) == one[k]);
  }
}

}  // namespace
}  // namespace flyball
