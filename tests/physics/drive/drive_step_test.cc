#include "physics/drive/drive_step.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "physics/drive/machines.h"

namespace flyball {
namespace {

using State = std::vector<double>;

template <class M>
State Exactly(const M& machine, double omega, double duration, VoltageHold hold, State x,
              const State& u) {
  const std::vector<double> step = MakeExactStep(machine, omega, duration, hold);
  AdvanceExactly<M>(step.data(), u.data(), x.data());
  return x;
}

TEST_CASE("at standstill each axis is a resistor and a coil", "[drive]") {
  const Pmsm machine;
  for (const double t : {1e-6, 1e-4, 1e-2, 1.0}) {
    for (const VoltageHold hold : {VoltageHold::kConverter, VoltageHold::kMachine}) {
      const State i = Exactly(machine, 0, t, hold, {20, -30}, {1.5, 2.5});
      const auto closed = [&](double start, double u, double l) {
        const double end = u / machine.r_s;
        return end + (start - end) * std::exp(-machine.r_s * t / l);
      };
      // 14 squarings at most, each rounding once more.
      CHECK(i[0] == Approx(closed(20, 1.5, machine.l_d)).epsilon(1e-12));
      CHECK(i[1] == Approx(closed(-30, 2.5, machine.l_q)).epsilon(1e-12));
    }
  }
  // And the winding of a direct-current machine at speed, against its back-EMF.
  const PermExDc dc;
  const double omega = 100, u = 30, t = 3e-4, end = (u - dc.psi_e * omega) / dc.r_a;
  CHECK(Exactly(dc, omega, t, VoltageHold::kConverter, {5}, {u})[0] ==
        Approx(end + (5 - end) * std::exp(-dc.r_a * t / dc.l_a)).epsilon(1e-12));
}

TEST_CASE("a long piece at speed ends in the steady state", "[drive]") {
  const Pmsm machine;
  const double omega = 100, speed = machine.p * omega;
  const State u = {-30, 40};
  const State i = Exactly(machine, omega, 3.0, VoltageHold::kMachine, {0, 0}, u);
  // 3 s are 45 time constants of the slower axis.
  CHECK(u[0] == Approx(machine.r_s * i[0] - speed * machine.l_q * i[1]).epsilon(1e-9));
  CHECK(u[1] ==
        Approx(machine.r_s * i[1] + speed * (machine.l_d * i[0] + machine.psi_p)).epsilon(1e-9));
  // What goes in at the terminals and not into heat comes out of the shaft.
  CHECK(
      machine.Torque(i.data()) * omega ==
      Approx(machine.InputPower(i.data(), u.data()) - machine.CopperLoss(i.data())).epsilon(1e-9));
}

TEST_CASE("two halves make a whole", "[drive]") {
  const Pmsm machine;
  const double omega = 250, tau = 1e-4, turn = machine.p * omega * tau / 2;
  const State i = {50, -80}, u = {60, 90};
  // A stator voltage seen from the rotor has turned back by the middle of the piece.
  const State later = {std::cos(turn) * u[0] + std::sin(turn) * u[1],
                       std::cos(turn) * u[1] - std::sin(turn) * u[0]};
  for (const VoltageHold hold : {VoltageHold::kConverter, VoltageHold::kMachine}) {
    const State whole = Exactly(machine, omega, tau, hold, i, u);
    State half = Exactly(machine, omega, tau / 2, hold, i, u);
    half =
        Exactly(machine, omega, tau / 2, hold, half, hold == VoltageHold::kConverter ? later : u);
    CHECK(whole[0] == Approx(half[0]).epsilon(1e-13));
    CHECK(whole[1] == Approx(half[1]).epsilon(1e-13));
  }
}

template <class M>
void TendsToExact(const M& machine, double omega, double tau, const State& x, const State& u) {
  const MechanicalLoad load;
  for (const VoltageHold hold : {VoltageHold::kConverter, VoltageHold::kMachine}) {
    double turning = 0;
    if constexpr (M::kHasAngle) turning = hold == VoltageHold::kConverter ? machine.p : 0.0;
    const State exact = Exactly(machine, omega, tau, hold, x, u);
    const auto error = [&](auto&& advance) {
      State ode = {omega};
      ode.insert(ode.end(), x.begin(), x.end());
      if (M::kHasAngle) ode.push_back(0.25);
      advance(Piece<M, double>{machine, load, turning, 0.0, u.data()}, ode.data());
      CHECK(ode[0] == omega);
      if constexpr (M::kHasAngle) {
        CHECK(ode.back() == Approx(0.25 + machine.p * omega * tau).epsilon(1e-14));
      }
      double square = 0;
      for (int k = 0; k < M::kStates; ++k) square += std::pow(ode[1 + k] - exact[k], 2);
      return std::sqrt(square);
    };
    const auto fixed = [&](const ButcherTableau& tableau, int parts) {
      return error([&](const Piece<M, double>& piece, double* ode) {
        AdvanceFixed(tableau, piece, tau, parts, ode);
      });
    };
    // Halving the part divides the error by 16, and by 2, up to terms of the next order.
    CHECK(fixed(kRungeKutta4, 16) / fixed(kRungeKutta4, 32) == Approx(16).epsilon(0.15));
    CHECK(fixed(kEulerMethod, 64) / fixed(kEulerMethod, 128) == Approx(2).epsilon(0.15));
    // The adaptive method keeps to its tolerance, times the number of its steps.
    const std::vector<double> scale(kOdeSize<M>, 1.0);
    CHECK(error([&](const Piece<M, double>& piece, double* ode) {
            AdvanceAdaptive({.relative = 1e-10, .absolute = 1e-10}, scale.data(), piece, tau, ode);
          }) < 1e-6);
  }
}

TEST_CASE("integrators tend to the exact step with their orders", "[drive]") {
  // Long pieces, so that the differences stand far above rounding.
  TendsToExact(Pmsm(), 400, 1e-3, {50, -80}, {60, 90});
  TendsToExact(PermExDc(), 100, 2e-3, {50}, {30});
  TendsToExact(ExtExDc(), 100, 2e-3, {50, 20}, {30, 40});
  TendsToExact(SeriesDc(), 300, 4e-2, {50}, {30});
  TendsToExact(Scim(), 150, 5e-3, {2, 1, 0.3, 0.1}, {100, -50});
  TendsToExact(Dfim(), 150, 5e-3, {2, 1, 0.3, 0.1}, {100, -50, 30, 20});
  TendsToExact(SixPhasePmsm(), 300, 1e-3, {20, 30, 5, -5}, {10, 20, 3, 4});
  Eesm eesm;
  eesm.l_e *= 1.5;
  TendsToExact(eesm, 300, 2e-3, {20, 30, 50}, {10, 20, 3});
}

TEST_CASE("parts of Runge-Kutta's method keep their promise", "[drive]") {
  const Pmsm machine;
  const MechanicalLoad load;
  const double omega = 400, tau = 1e-3;
  const State u = {60, 90}, x = {50, -80};
  const State exact = Exactly(machine, omega, tau, VoltageHold::kConverter, x, u);
  const State limits = {omega, 400, 400, 3};
  const double rate = FastestRate(machine, load, limits);
  // The eigenvalues of the winding: the electrical speed, and r / l far below it.
  CHECK(rate == Approx(machine.p * omega).epsilon(0.05));
  for (const double accuracy : {1e-6, 1e-9, 1e-11}) {
    State ode = {omega, x[0], x[1], 0};
    AdvanceFixed(kRungeKutta4, Piece<Pmsm, double>{machine, load, machine.p, 0.0, u.data()}, tau,
                 Rk4Substeps(rate, tau, accuracy), ode.data());
    // Relative to what drives the currents, here some 600 A, about.
    CHECK(std::hypot(ode[1] - exact[0], ode[2] - exact[1]) < 2000 * accuracy);
  }
}

TEST_CASE("the shaft takes up the energy the machine gives it", "[drive]") {
  const Pmsm machine;
  MechanicalLoad load{.kind = MechanicalLoad::Kind::kPolynomialStatic};
  const double u[2] = {-10, 60};
  double ode[4] = {30, 10, 20, 0};
  const double inertia = machine.j_rotor + load.j_load;
  const auto energy = [&] {
    return machine.FieldEnergy(ode + 1) + 0.5 * inertia * ode[0] * ode[0];
  };
  const double before = energy();
  // Power in less heat by Simpson's rule over short pieces (error of order (1e-5)^4 per piece).
  double work = 0;
  const auto power = [&] { return machine.InputPower(ode + 1, u) - machine.CopperLoss(ode + 1); };
  const Piece<Pmsm, double> piece{machine, load, 0.0, 0.0, u};
  for (int k = 0; k < 200; ++k) {
    const double start = power();
    AdvanceFixed(kRungeKutta4, piece, 5e-6, 1, ode);
    const double middle = power();
    AdvanceFixed(kRungeKutta4, piece, 5e-6, 1, ode);
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
  CHECK(load.Acceleration(100.0, 2.5, 0.04, 0.0) == Approx(0).margin(1e-12));
  load.kind = MechanicalLoad::Kind::kConstantSpeed;
  CHECK(load.Acceleration(100.0, 1e6, 0.04, 0.0) == 0);
  // Imposed speeds heed no torque: a slope, or a lag behind a target.
  load.kind = MechanicalLoad::Kind::kExternalSpeed;
  CHECK(load.Acceleration(100.0, 1e6, 0.04, 7.0) == 7);
  load.lag = 1e-3;
  CHECK(load.Acceleration(100.0, 1e6, 0.04, 103.0) == Approx(3000));
}

TEST_CASE("lanes give the bits of one row", "[drive]") {
  const Pmsm machine;
  const MechanicalLoad load{.kind = MechanicalLoad::Kind::kPolynomialStatic, .a = 0.01, .b = 0.01};
  using T = Lanes<8>;
  T wide[4], u[2];
  for (int lane = 0; lane < 8; ++lane) {
    SetLane(wide[0], lane, 10.0 * lane);
    SetLane(wide[1], lane, -30.0 + lane);
    SetLane(wide[2], lane, 3.0 * lane);
    SetLane(wide[3], lane, 0.1 * lane);
    SetLane(u[0], lane, 20.0 - lane);
    SetLane(u[1], lane, 7.0 * lane);
  }
  const T before[4] = {wide[0], wide[1], wide[2], wide[3]};
  T other[4] = {wide[0], wide[1], wide[2], wide[3]};
  const Tolerance tolerance;
  const double scale[4] = {1, 1, 1, 1};
  const Piece<Pmsm, T> piece{machine, load, machine.p, T(0.0), u};
  AdvanceFixed(kRungeKutta4, piece, 1e-4, 3, wide);
  AdvanceAdaptive(tolerance, scale, piece, 1e-3, other);
  for (int lane = 0; lane < 8; ++lane) {
    const double own[2] = {GetLane(u[0], lane), GetLane(u[1], lane)};
    const Piece<Pmsm, double> alone{machine, load, machine.p, 0.0, own};
    double one[4], two[4];
    for (int k = 0; k < 4; ++k) one[k] = two[k] = GetLane(before[k], lane);
    AdvanceFixed(kRungeKutta4, alone, 1e-4, 3, one);
    AdvanceAdaptive(tolerance, scale, alone, 1e-3, two);
    for (int k = 0; k < 4; ++k) {
      CHECK(GetLane(wide[k], lane) == one[k]);
      CHECK(GetLane(other[k], lane) == two[k]);
    }
  }
}

}  // namespace
}  // namespace flyball
