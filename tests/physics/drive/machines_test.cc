#include "physics/drive/machines.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "physics/numeric/error.h"

namespace flyball {
namespace {

// Every machine, at its own numbers: as a physical EESM and six-phase set.
template <class F>
void ForEachMachine(F&& f) {
  f(PermExDc(), 200.0, 60.0);
  f(ExtExDc(), 200.0, 60.0);
  f(SeriesDc(), 200.0, 60.0);
  f(ShuntDc(), 200.0, 60.0);
  f(Pmsm(), 400.0, 150.0);
  Eesm eesm;
  eesm.l_e *= 1.5;
  f(eesm, 150.0, 160.0);
  f(Scim(), 5.0, 280.0);
  f(Dfim(), 9.0, 360.0);
  f(SixPhasePmsm(), 400.0, 150.0);
}

double Wave(int k, double pitch) { return std::sin(k * pitch + pitch); }

TEST_CASE("power balance: terminals = heat + field + shaft, at any state", "[drive]") {
  ForEachMachine([](const auto& machine, double amps, double volts) {
    using M = std::decay_t<decltype(machine)>;
    for (int k = 0; k < 50; ++k) {
      double x[M::kStates], u[8], dx[M::kStates];
      for (int j = 0; j < M::kStates; ++j) x[j] = amps * Wave(k, 1.3 + 0.4 * j);
      // The fluxes of induction machines are below 1 Wb.
      if constexpr (std::is_base_of_v<InductionMachine, M>) x[2] /= amps, x[3] /= amps;
      for (int j = 0; j < M::kInputs; ++j) u[j] = volts * Wave(k, 0.7 + 0.9 * j);
      if constexpr (std::is_same_v<M, ShuntDc>) u[1] = u[0];
      const double omega = 400 * Wave(k, 0.9);
      machine.Derivative(x, u, omega, dx);
      // The field's energy is quadratic: its central difference is exact but for rounding, for
      // which the step is small against x and large against the last bit.
      double ahead[M::kStates], behind[M::kStates], size = 0;
      for (int j = 0; j < M::kStates; ++j) size = std::fmax(size, std::fabs(dx[j]));
      const double h = 1e-3 * amps / size;
      for (int j = 0; j < M::kStates; ++j)
        ahead[j] = x[j] + h * dx[j], behind[j] = x[j] - h * dx[j];
      const double field = (machine.FieldEnergy(ahead) - machine.FieldEnergy(behind)) / (2 * h);
      const double in = machine.InputPower(x, u);
      const double heat = machine.CopperLoss(x), shaft = machine.Torque(x) * omega;
      const double largest =
          std::fmax(std::fmax(std::fabs(in), heat), std::fmax(std::fabs(field), std::fabs(shaft)));
      CHECK(in == Approx(heat + field + shaft).margin(1e-9 * largest));
      // None of the four is the rest of the others: without it the balance fails.
      CHECK(std::fabs(in - field - shaft) > 1e-7 * largest);
      CHECK(std::fabs(in - heat - shaft) > 1e-7 * largest);
    }
  });
}

TEST_CASE("what flows into the terminals carries the power", "[drive]") {
  ForEachMachine([](const auto& machine, double amps, double volts) {
    using M = std::decay_t<decltype(machine)>;
    for (int k = 0; k < 20; ++k) {
      double x[M::kStates], u[8], terminal[6], current[6];
      for (int j = 0; j < M::kStates; ++j) x[j] = amps * Wave(k, 1.3 + 0.4 * j);
      for (int j = 0; j < M::kTerminals; ++j) terminal[j] = volts * Wave(k, 0.7 + 0.9 * j);
      const Frame<double> rotor{std::cos(0.3 * k), std::sin(0.3 * k)};
      machine.Inputs(terminal, rotor, u);
      machine.Currents(x, rotor, current);
      double power = 0;
      for (int j = 0; j < M::kTerminals; ++j) power += terminal[j] * current[j];
      // Currents of three phases sum to zero, so that the star point does not matter.
      CHECK(machine.InputPower(x, u) == Approx(power).epsilon(1e-11));
    }
  });
}

TEST_CASE("torque is what the field's energy says at frozen currents", "[drive]") {
  // T = 1.5 p (psi_d i_q - psi_q i_d): the cross product of flux and current.
  const Pmsm machine;
  const double x[2] = {-50, 100};
  CHECK(machine.Torque(x) == Approx(1.5 * 3 * (66e-3 + 0.83e-3 * 50) * 100).epsilon(1e-14));
  const double none[2] = {-50, 0};
  CHECK(machine.Torque(none) == 0);
}

TEST_CASE("back-EMF: an open machine needs p omega psi on q to carry no current", "[drive]") {
  const Pmsm machine;
  const double omega = 123, x[2] = {0, 0}, u[2] = {0, machine.p * omega * machine.psi_p};
  double dx[2];
  machine.Derivative(x, u, omega, dx);
  CHECK(dx[0] == 0);
  // Two products of size 24 V cancel to rounding, over 1.2 mH.
  CHECK(dx[1] == Approx(0).margin(1e-11));
  // A direct-current machine at no load turns at u / psi.
  const PermExDc dc;
  const double still = 0, supply = 60;
  dc.Derivative(&still, &supply, supply / dc.psi_e, dx);
  CHECK(dx[0] == Approx(0).margin(1e-9));
}

TEST_CASE("an induction machine's steady torque is its slip curve", "[drive]") {
  const Scim m;
  const double frequency = 2 * std::numbers::pi * 50, amplitude = 325;
  for (const double slip : {-0.2, 0.02, 0.05, 0.2, 0.5, 1.0}) {
    // The equivalent circuit: stator and rotor leakage, main inductance, resistance r_r / slip.
    struct Complex {
      double re, im;
    };
    const auto times = [](Complex a, Complex b) {
      return Complex{a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
    };
    const auto over = [](Complex a, Complex b) {
      const double n = b.re * b.re + b.im * b.im;
      return Complex{(a.re * b.re + a.im * b.im) / n, (a.im * b.re - a.re * b.im) / n};
    };
    const Complex rotor{m.r_r / slip, frequency * m.l_sigr}, main{0, frequency * m.l_m};
    const Complex parallel = over(times(rotor, main), {rotor.re + main.re, rotor.im + main.im});
    const Complex total{m.r_s + parallel.re, frequency * m.l_sigs + parallel.im};
    const Complex i = over({amplitude, 0}, total);
    const Complex i_r = over(times(i, main), {rotor.re + main.re, rotor.im + main.im});
    const double air_gap = 1.5 * (i_r.re * i_r.re + i_r.im * i_r.im) * m.r_r / slip;
    const double torque = m.p * air_gap / frequency;

    // The same state in the equations: all vectors turn at the frequency, so d/dt is j omega.
    const double x[4] = {i.re, i.im, m.l_m * i.re - m.l_r() * i_r.re,
                         m.l_m * i.im - m.l_r() * i_r.im};
    const double u[2] = {amplitude, 0};
    double dx[4];
    m.Derivative(x, u, (1 - slip) * frequency / m.p, dx);
    for (int k = 0; k < 4; k += 2) {
      CHECK(dx[k] == Approx(-frequency * x[k + 1]).epsilon(1e-9));
      CHECK(dx[k + 1] == Approx(frequency * x[k]).epsilon(1e-9));
    }
    CHECK(m.Torque(x) == Approx(torque).epsilon(1e-9));
  }
}

TEST_CASE("six phases fall into two planes and come back", "[drive]") {
  constexpr double kThird = 2 * std::numbers::pi / 3, kSixth = std::numbers::pi / 6;
  for (int k = -10; k <= 10; ++k) {
    const double angle = 0.37 * k;
    double phase[6], planes[4], back[6];
    for (int j = 0; j < 3; ++j) {
      phase[j] = std::cos(angle - j * kThird);
      phase[3 + j] = std::cos(angle - j * kThird - kSixth);
    }
    SixToPlanes(phase, planes);
    CHECK(planes[0] == Approx(std::cos(angle)).margin(4e-15));
    CHECK(planes[1] == Approx(std::sin(angle)).margin(4e-15));
    CHECK(planes[2] == Approx(0).margin(4e-15));
    CHECK(planes[3] == Approx(0).margin(4e-15));
    const double any[4] = {0.3, -1.2, 0.7, 2 + angle};
    PlanesToSix(any, back);
    SixToPlanes(back, planes);
    for (int j = 0; j < 4; ++j) CHECK(planes[j] == Approx(any[j]).epsilon(1e-13));
    CHECK(back[0] + back[1] + back[2] == Approx(0).margin(1e-14));
    CHECK(back[3] + back[4] + back[5] == Approx(0).margin(1e-14));
  }
}

TEST_CASE("no current of that length gives more torque", "[drive]") {
  for (const double l_d : {0.37e-3, 1.2e-3, 2.5e-3}) {
    Pmsm machine;
    machine.l_d = l_d;
    const Dq<double> best = MaxTorqueCurrent(machine.psi_p, machine.l_d - machine.l_q, 240);
    CHECK(std::hypot(best.d, best.q) == Approx(240).epsilon(1e-14));
    const double most = MaxTorque(machine, 240, 0);
    for (int k = 0; k < 1000; ++k) {
      const double angle = 2 * std::numbers::pi * k / 1000;
      const double x[2] = {240 * std::cos(angle), 240 * std::sin(angle)};
      CHECK(machine.Torque(x) <= most * (1 + 1e-13));
    }
  }
}

template <class M>
void Refused(void (*change)(M&), const std::string& name) {
  M machine;
  change(machine);
  CHECK_THROWS_AS(CheckMachine(machine), InputError);
  CHECK_THROWS_WITH(CheckMachine(machine), Catch::Contains(name));
}

TEST_CASE("machines that cannot be are refused by name", "[drive]") {
  CheckMachine(Pmsm{});
  Refused<Pmsm>([](Pmsm& m) { m.r_s = -1; }, "r_s = -1 Ohm");
  Refused<Pmsm>([](Pmsm& m) { m.l_d = 0; }, "l_d");
  Refused<Pmsm>([](Pmsm& m) { m.l_q = -1e-3; }, "l_q");
  Refused<Pmsm>([](Pmsm& m) { m.psi_p = -0.1; }, "psi_p");
  Refused<Pmsm>([](Pmsm& m) { m.j_rotor = 0; }, "j_rotor");
  Refused<Pmsm>([](Pmsm& m) { m.p = 2.5; }, "motor p = 2.5: must be a whole number");
  Refused<Pmsm>([](Pmsm& m) { m.p = 0; }, "whole number");
  Refused<Pmsm>([](Pmsm& m) { m.l_d = std::numeric_limits<double>::quiet_NaN(); }, "l_d");
  Refused<Pmsm>([](Pmsm& m) { m.psi_p = 0, m.l_q = m.l_d; }, "torque");
  Refused<SeriesDc>([](SeriesDc& m) { m.l_e = -1; }, "motor l_e = -1 H");
  Refused<Scim>([](Scim& m) { m.l_sigr = 0; }, "motor l_sigr = 0 H");
  Refused<SixPhasePmsm>([](SixPhasePmsm& m) { m.l_y = -1; }, "motor l_y");
  // The peer's EESM: coupled more than wholly.
  Refused<Eesm>([](Eesm&) {}, "not positive definite");
  CHECK(Eesm().leakage() == Approx(-0.311).epsilon(1e-2));
  CHECK_NOTHROW(CheckMachine(Eesm(), true));
}

}  // namespace
}  // namespace flyball
