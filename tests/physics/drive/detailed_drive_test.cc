#include "physics/drive/detailed_drive.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <numeric>

namespace flyball {
namespace {

// A machine, its drive and one row of it.
struct Bench {
  Machine machine;
  DetailedDrive drive;
  DetailedState state;
  std::vector<double> ode;
  double energy[kNumEnergies] = {};
  double mean[6] = {};
  int events = 0;

  Bench(const Machine& m, Bridge bridge, double u_sup) : machine(m) {
    drive.converter.num_bridges = 1;
    drive.converter.bridges[0] = bridge;
    drive.supply.u_nominal = state.u_sup = u_sup;
    drive.u_scale = u_sup;
    drive.i_scale = 100;
    std::visit(
        [&](const auto& one) {
          ode.assign(kOdeSize<std::decay_t<decltype(one)>>, 0.0);
          drive.scale.assign(ode.size(), 100.0);
        },
        machine);
  }
  // `steps` alike; energies and voltages are summed and averaged.
  void Play(const std::vector<double>& command, int steps = 1) {
    std::fill(std::begin(energy), std::end(energy), 0.0);
    std::fill(std::begin(mean), std::end(mean), 0.0);
    for (int k = 0; k < steps; ++k) {
      DetailedStep step{.command = command.data()};
      AdvanceDetailed(drive, machine, state, step, ode.data());
      for (int j = 0; j < kNumEnergies; ++j) energy[j] += step.energy[j];
      for (int j = 0; j < 6; ++j) mean[j] += step.voltage[j] / steps;
      events += step.events;
    }
  }
};

PermExDc Coil() {  // a resistor and a coil, at standstill
  PermExDc m;
  m.r_a = 0.5;
  m.l_a = 1e-3;
  return m;
}

TEST_CASE("pulses: edges lie where duties meet the carrier", "[drive]") {
  Edges edges;
  const double duty[3] = {0.5, 0.0, 1.0};
  PulseEdges({.periods = 2}, 3, duty, 1e-3, edges);
  REQUIRE(edges.count == 3 + 4);
  double high = 0;
  for (int k = 3; k < 7; ++k) {
    CHECK(edges.edge[k].leg == 0);
    high += (edges.edge[k].gate == kLegHigh ? -1 : 1) * edges.edge[k].time;
  }
  CHECK(edges.edge[2].gate == kLegHigh);  // full duty: high from the start
  CHECK(high == Approx(0.5e-3).epsilon(1e-14));
  CHECK(edges.edge[3].time == Approx(0.125e-3).epsilon(1e-14));
}

TEST_CASE("a pulse into a coil and a diode: rise, fall, and nothing, in closed form", "[drive]") {
  Bench bench(Coil(), Bridge::k1Q, 100);
  bench.drive.exact = true;
  bench.drive.tau = 1e-3;
  bench.drive.devices = {.u_transistor = 2, .u_diode = 60};
  bench.Play({0.2});
  // 98 V for 0.2 ms, then -60 V until the current is gone; 1 / 2 of the time on both sides of the
  // pulse there is none.
  const double tau = 1e-3 / 0.5;
  const double peak = 98 / 0.5 * (1 - std::exp(-0.2e-3 / tau));
  const double fall = tau * std::log(1 + peak * 0.5 / 60);
  REQUIRE(fall < 0.4e-3);
  CHECK(std::fabs(bench.ode[1]) < 1e-8);
  CHECK(bench.mean[0] == Approx((98 * 0.2e-3 - 60 * fall) / 1e-3).epsilon(1e-8));
  CHECK(bench.events == 1);
  // The supply gives its whole voltage while the transistor conducts.
  const double charge = 98 / 0.5 * (0.2e-3 - tau * (1 - std::exp(-0.2e-3 / tau)));
  CHECK(bench.energy[kSource] == Approx(100 * charge).epsilon(1e-10));
  // And the next period is the same.
  const double before = bench.mean[0];
  bench.Play({0.2});
  CHECK(bench.mean[0] == Approx(before).epsilon(1e-8));
}

TEST_CASE("an open leg's current ends at zero and stays there until the machine wants more",
          "[drive]") {
  Bench bench(PermExDc(), Bridge::k4Q, 60);
  bench.drive.switched = true;
  bench.drive.tau = 1e-4;
  bench.ode = {200, 50};  // 33 V of back-EMF, below the supply
  bench.Play({kLegOpen, kLegOpen}, 2);
  bench.Play({kLegOpen, kLegOpen});
  CHECK(std::fabs(bench.ode[1]) < 1e-6);
  CHECK(bench.mean[0] == Approx(0.165 * 200).epsilon(1e-9));  // what the machine makes itself
  bench.ode[0] = 400;  // 66 V: now it feeds back through the diodes
  bench.Play({kLegOpen, kLegOpen});
  CHECK(bench.ode[1] == Approx(-6 / 16e-3 * (1 - std::exp(-1e-4 * 16e-3 / 19e-6))).epsilon(1e-7));
  CHECK(bench.energy[kSource] < 0);
}

TEST_CASE("interlocking takes its time's share of the voltage from a current's leg", "[drive]") {
  for (const double sign : {1.0, -1.0}) {
    Bench exact(Coil(), Bridge::k2Q, 100);
    exact.drive.tau = 1e-4;
    exact.drive.converter.interlocking_time = 3e-6;
    Bench averaged = exact;
    exact.drive.exact = true;
    // A current that ripples but keeps its sign.
    exact.ode = averaged.ode = {sign > 0 ? 0.0 : 2000.0, sign > 0 ? 100.0 : -500.0};
    exact.Play({0.5});
    averaged.Play({0.5});
    CHECK(exact.mean[0] == Approx(50 - sign * 3).epsilon(1e-10));
    CHECK(averaged.mean[0] == Approx(50 - sign * 3).epsilon(1e-10));
  }
}

TEST_CASE("the mean of pulses tends to the averaged model with the square of their period",
          "[drive]") {
  const auto end = [](int periods) {
    Bench bench(Pmsm(), Bridge::kB6, 300);
    bench.drive.exact = periods > 0;
    bench.drive.modulation.periods = std::max(periods, 1);
    bench.drive.tau = 4e-4;
    bench.ode = {100, 20, -30, 0.3};
    bench.Play({0.7, 0.45, 0.3}, 5);
    return bench.ode;
  };
  const std::vector<double> averaged = end(0);
  std::vector<double> distance;
  for (const int periods : {1, 2, 4, 8}) {
    const std::vector<double> exact = end(periods);
    distance.push_back(std::hypot(exact[1] - averaged[1], exact[2] - averaged[2]));
  }
  for (size_t k = 0; k + 1 < distance.size(); ++k) {
    CHECK(distance[k] / distance[k + 1] == Approx(4).epsilon(0.15));
  }
  CHECK(distance[3] < 1e-2);
}

TEST_CASE("a space vector reaches further than a carrier, by 2 / sqrt 3", "[drive]") {
  const auto swing = [](Modulation::Kind kind, double amplitude) {
    Bench bench(Pmsm(), Bridge::kB6, 300);
    bench.drive.exact = true;
    bench.drive.modulation.kind = kind;
    std::vector<double> duty;
    for (int k = 0; k < 3; ++k) {
      const double x = amplitude * std::cos(-2 * std::numbers::pi / 3 * k);
      duty.push_back(std::clamp(0.5 + 0.5 * x, kind == Modulation::Kind::kCarrier ? 0.0 : -1.0,
                                kind == Modulation::Kind::kCarrier ? 1.0 : 2.0));
    }
    bench.Play(duty);
    const AlphaBeta<double> u =
        ToAlphaBeta(Phases<double>{bench.mean[0], bench.mean[1], bench.mean[2]});
    return std::hypot(u.alpha, u.beta);
  };
  using Kind = Modulation::Kind;
  CHECK(swing(Kind::kCarrier, 0.9) == Approx(135).epsilon(1e-10));
  CHECK(swing(Kind::kSpaceVector, 0.9) == Approx(135).epsilon(1e-10));
  CHECK(swing(Kind::kSpaceVector, 1.15) == Approx(172.5).epsilon(1e-10));
  CHECK(swing(Kind::kCarrier, 1.15) == Approx(157.5).epsilon(1e-10));
}

// The same drive by brute force: legs looked at in steps of h, currents' signs at their starts.
std::vector<double> ByTinySteps(const Bench& bench, const Edges& edges, double dead, int parts) {
  const Pmsm m = std::get<Pmsm>(bench.machine);
  std::vector<double> y = bench.ode;
  const double h = bench.drive.tau / parts;
  double gate[3] = {kLegLow, kLegLow, kLegLow}, change[3] = {-1, -1, -1}, next[3] = {2, 2, 2};
  int edge = 0;
  for (int k = 0; k < parts; ++k) {
    const double t = k * h;
    for (; edge < edges.count && edges.edge[edge].time <= t; ++edge) {
      const int leg = edges.edge[edge].leg;
      if (edges.edge[edge].gate == next[leg]) continue;
      next[leg] = edges.edge[edge].gate;
      gate[leg] = kLegOpen;
      change[leg] = edges.edge[edge].time + dead;
    }
    const Frame<double> rotor{std::cos(y[3]), std::sin(y[3])};
    double i[3], v[3], u[2], dx[2];
    m.Currents(y.data() + 1, rotor, i);
    for (int j = 0; j < 3; ++j) {
      if (gate[j] == kLegOpen && t >= change[j]) gate[j] = next[j];
      const OutputLaw law = HeldLeg(bench.drive.devices, gate[j]);
      v[j] = law.Voltage(bench.drive.supply.u_nominal, i[j], i[j] >= 0 ? 0 : 1);
    }
    m.Inputs(v, rotor, u);
    m.Derivative(y.data() + 1, u, y[0], dx);
    y[1] += h * dx[0];
    y[2] += h * dx[1];
    y[3] += h * m.p * y[0];
  }
  return y;
}

TEST_CASE("tiny steps tend to the exact switching, to first order", "[drive]") {
  Bench bench(Pmsm(), Bridge::kB6, 300);
  bench.drive.exact = true;
  bench.drive.tau = 1e-4;
  bench.drive.converter.interlocking_time = 6e-6;
  bench.drive.devices = {.u_transistor = 1.5, .r_transistor = 5e-3, .u_diode = 1, .r_diode = 4e-3};
  // The current of phase a changes its sign during the interlocking.
  bench.ode = {150, 0.3, -0.5, 1.4};
  const std::vector<double> duty = {0.55, 0.5, 0.46};
  Edges edges;
  PulseEdges(bench.drive.modulation, 3, duty.data(), bench.drive.tau, edges);
  Bench exact = bench;
  exact.Play(duty);
  REQUIRE(exact.events > 0);
  std::vector<double> error;
  for (const int parts : {4000, 40000, 400000}) {
    const std::vector<double> y = ByTinySteps(bench, edges, 6e-6, parts);
    error.push_back(std::hypot(y[1] - exact.ode[1], y[2] - exact.ode[2]));
  }
  INFO(error[0] << " " << error[1] << " " << error[2]);
  CHECK(error[1] < 0.3 * error[0]);
  CHECK(error[2] < 0.3 * error[1]);
  CHECK(error[2] < 1e-3);
}

TEST_CASE("an event's place does not depend on the steps about it", "[drive]") {
  const auto end = [](double relative) {
    Bench bench(Pmsm(), Bridge::kB6, 300);
    bench.drive.switched = true;
    bench.drive.tau = 1e-3;
    bench.drive.tolerance = {relative, relative * 1e-2, 100000};
    bench.ode = {300, 10, 20, 0.2};
    bench.Play({kLegOpen, kLegOpen, kLegOpen}, 3);
    CHECK(bench.events >= 2);
    return bench.ode;
  };
  const std::vector<double> coarse = end(1e-8), fine = end(1e-12);
  for (int k = 1; k < 4; ++k) CHECK(std::fabs(coarse[k] - fine[k]) < 1e-6);
}

std::vector<Machine> AllMachines() {
  SixPhasePmsm six;
  six.l_y = six.l_x;
  Eesm eesm;
  eesm.l_e *= 1.5;
  return {PermExDc(), ExtExDc(), SeriesDc(), ShuntDc(), Pmsm(), eesm, Scim(), Dfim(), six};
}

TEST_CASE("the book of energies closes, and only with every entry", "[drive]") {
  for (const Machine& machine : AllMachines()) {
    for (const bool battery : {false, true}) {
      Bench bench(machine, Bridge::k4Q, 60);
      const bool turning = PolePairs(machine) > 0;
      Converter& converter = bench.drive.converter;
      converter.bridges[0] = turning ? Bridge::kB6 : Bridge::k4Q;
      const int outputs =
          std::visit([](const auto& m) { return std::decay_t<decltype(m)>::kTerminals; }, machine);
      if (outputs != Converter::Outputs(converter.bridges[0])) {
        converter.num_bridges = 2;
        converter.bridges[1] = outputs == 6 ? Bridge::kB6 : Bridge::k4Q;
      }
      converter.interlocking_time = 1e-6;
      bench.drive.exact = true;
      bench.drive.devices = {.u_transistor = 1,
                             .r_transistor = 2e-3,
                             .u_diode = 0.8,
                             .r_diode = 1e-3,
                             .e_on = 1e-3,
                             .e_off = 2e-3,
                             .u_rated = 60,
                             .i_rated = 100};
      bench.drive.iron = {.hysteresis = 0.5, .eddy = 0.02, .pulses = 0.01};
      bench.drive.friction = {.a = 0.02, .b = 1e-3, .c = 1e-6};
      bench.drive.load.kind = MechanicalLoad::Kind::kPolynomialStatic;
      bench.drive.load.a = bench.drive.load.b = 0.01;
      bench.drive.load.j_load = 1e-3;
      bench.drive.supply.c = 5e-3;
      bench.drive.supply.u_empty = 50;
      bench.drive.supply.r = 0.02;
      if (battery) bench.drive.supply.kind = Supply::Kind::kBattery;
      bench.ode[0] = 60;
      bench.ode[1] = 4;
      if (!turning && bench.ode.size() > 2) bench.ode[2] = 4;
      std::vector<double> duty;
      for (int k = 0; k < converter.num_legs(); ++k) duty.push_back(0.45 + 0.03 * k);
      bench.Play(duty, 20);

      double sum = -bench.energy[kSource], size = std::fabs(bench.energy[kSource]);
      for (int k = kSource + 1; k < kNumEnergies; ++k) {
        sum += bench.energy[k];
        size += std::fabs(bench.energy[k]);
      }
      CAPTURE(machine.index(), battery, sum, size);
      CHECK(std::fabs(sum) < 1e-9 * size);
      for (int k = 0; k < kNumEnergies; ++k) {
        const bool stiff = k == kSupplyLoss || k == kCapacitor;
        if (stiff && !battery) continue;
        INFO("without " << kEnergyTerms[k].name);
        CHECK(std::fabs(sum - (k == kSource ? -1 : 1) * bench.energy[k]) > 1e-9 * size);
      }
      // Losses are losses.
      for (int k = kSupplyLoss; k <= kFriction; ++k) CHECK(bench.energy[k] >= 0);
    }
  }
}

TEST_CASE("losses in closed form: conduction, switching, iron, friction", "[drive]") {
  // A current of 50 A held by its coil at zero voltage difference: duty 1/2 on both legs.
  PermExDc coil = Coil();
  coil.l_a = 1e3;
  Bench bench(coil, Bridge::k4Q, 100);
  bench.drive.exact = true;
  bench.drive.tau = 1e-4;
  bench.drive.devices = {.u_transistor = 2,
                         .r_transistor = 0.01,
                         .u_diode = 1,
                         .r_diode = 0.02,
                         .e_on = 3e-3,
                         .e_off = 1e-3,
                         .u_rated = 50,
                         .i_rated = 25};
  bench.ode = {0, 50};
  bench.Play({0.5, 0.5});
  // Leg 1 half through its upper transistor, half through its lower diode; leg 2 likewise.
  const double each = 0.5 * 50 * (2 + 0.01 * 50) + 0.5 * 50 * (1 + 0.02 * 50);
  CHECK(bench.energy[kConduction] == Approx(2 * each * 1e-4).epsilon(1e-7));
  CHECK(bench.energy[kSwitching] == Approx(2 * (3e-3 + 1e-3) * 2 * 2).epsilon(1e-7));
  bench.drive.exact = false;
  bench.drive.devices.frequency = 1e4;
  bench.ode = {0, 50};
  bench.Play({0.5, 0.5});
  CHECK(bench.energy[kSwitching] == Approx(2 * (3e-3 + 1e-3) * 2 * 2).epsilon(1e-7));

  Bench spinning(Pmsm(), Bridge::kB6, 300);
  spinning.drive.switched = true;
  spinning.drive.iron = {.hysteresis = 2, .eddy = 0.03};
  spinning.drive.friction = {.a = 0.5, .b = 2e-3, .c = 1e-5};
  spinning.ode = {100, 0, 0, 0};
  spinning.Play({kLegOpen, kLegOpen, kLegOpen});
  const double flux = 66e-3, speed = 300;
  CHECK(spinning.energy[kIron] ==
        Approx((2 * speed + 0.03 * speed * speed) * flux * flux * 1e-4).epsilon(1e-9));
  CHECK(spinning.energy[kFriction] == Approx((0.5 + 0.2 + 0.1) * 100 * 1e-4).epsilon(1e-9));
  CHECK(spinning.energy[kMechanical] ==
        Approx(-spinning.energy[kIron] - spinning.energy[kFriction]).epsilon(1e-9));
}

TEST_CASE("a flat-topped back-EMF is flat, and gives constant torque to square currents",
          "[drive]") {
  const Harmonics harmonics{.flat_top = 120};
  CHECK(harmonics.Trapezoid(0) == 0);
  CHECK(harmonics.Trapezoid(std::numbers::pi / 12) == Approx(0.5));
  for (const double angle : {35.0, 90.0, 145.0}) {
    CHECK(harmonics.Trapezoid(angle * std::numbers::pi / 180) == 1.0);
    CHECK(harmonics.Trapezoid(-angle * std::numbers::pi / 180) == -1.0);
    CHECK(harmonics.Trapezoid((angle + 720) * std::numbers::pi / 180) == 1.0);
  }
  // An open machine shows it between its terminals: two phases on their tops are 2 p omega psi
  // apart.
  Pmsm m;
  m.l_d = m.l_q = 0.5e-3;
  Bench bench(m, Bridge::kB6, 300);
  bench.drive.switched = true;
  bench.drive.harmonics.flat_top = 120;
  bench.drive.tau = 1e-7;
  bench.ode = {100, 0, 0, std::numbers::pi / 2};
  bench.Play({kLegOpen, kLegOpen, kLegOpen});
  // At 90 degrees: e_a = -1, e_b = -sin-shape(-30) = 1 at the edge of its top.
  CHECK(bench.mean[1] - bench.mean[0] == Approx(2 * 3 * 100 * 66e-3).epsilon(1e-4));

  // Torque of square currents of 10 A, at angles where two phases conduct on their tops.
  for (const double degrees : {61.0, 75.0, 89.0}) {
    const double angle = degrees * std::numbers::pi / 180;
    const Dq<double> i =
        ToDq(ToAlphaBeta(Phases<double>{-10, 10, 0}), std::cos(angle), std::sin(angle));
    const Dq<double> excess = harmonics.Excess(angle, std::cos(angle), std::sin(angle));
    const double torque = 1.5 * 3 * 66e-3 * (excess.d * i.d + (1 + excess.q) * i.q);
    CHECK(torque == Approx(2 * 10 * 3 * 66e-3).epsilon(1e-9));
  }
}

TEST_CASE("teeth push a free rotor about, and take no energy", "[drive]") {
  Pmsm m;
  Bench bench(m, Bridge::kB6, 300);
  bench.drive.switched = true;
  bench.drive.harmonics.cogging[0] = {.order = 12, .amplitude = 0.5, .phase = 0.4};
  bench.drive.load.kind = MechanicalLoad::Kind::kPolynomialStatic;
  bench.drive.load.j_load = 0;
  bench.ode = {1, 0, 0, 0};
  for (int k = 0; k < 40; ++k) {
    const double before = 0.5 * m.j_rotor * bench.ode[0] * bench.ode[0] +
                          bench.drive.harmonics.CoggingEnergy(bench.ode[3] / m.p);
    bench.Play({kLegOpen, kLegOpen, kLegOpen}, 20);
    const double after = 0.5 * m.j_rotor * bench.ode[0] * bench.ode[0] +
                         bench.drive.harmonics.CoggingEnergy(bench.ode[3] / m.p);
    REQUIRE(after == Approx(before).epsilon(1e-9));
    REQUIRE(bench.energy[kMagnetic] + bench.energy[kKinetic] == Approx(0).margin(1e-9));
  }
}

TEST_CASE("a battery sags by its resistors, and its charge is what flowed", "[drive]") {
  Bench bench(Coil(), Bridge::k4Q, 100);
  Supply& supply = bench.drive.supply;
  supply = {.kind = Supply::Kind::kBattery,
            .u_nominal = 100,
            .r = 0.5,
            .c = 1e-4,
            .u_empty = 80,
            .capacity = 100,
            .charge = 0.5,
            .r_slow = 0.25,
            .c_slow = 0.04};
  bench.state.charge = 0.5;
  bench.state.u_sup = 90;
  bench.drive.tau = 1e-3;
  bench.Play({1.0, 0.0}, 200);  // a coil of 0.5 Ohm over 1.25 Ohm in all, many time constants
  const double rest = 80 + 20 * bench.state.charge;
  CHECK(bench.ode[1] == Approx(rest / 1.25).epsilon(2e-3));
  CHECK(bench.state.u_sup == Approx(bench.ode[1] * 0.5).epsilon(1e-3));
  double charge = 0;  // the slow part and the capacitor hold the rest
  Bench again(Coil(), Bridge::k4Q, 100);
  again.drive = bench.drive;
  again.state.charge = 0.5;
  again.state.u_sup = 90;
  for (int k = 0; k < 2000; ++k) {
    again.drive.tau = 1e-4;
    const double before = again.ode[1];
    again.Play({1.0, 0.0});
    charge += 0.5e-4 * (before + again.ode[1]);
  }
  const double held = 1e-4 * (again.state.u_sup - 90);
  // The trapezoids of the test are right to 1e-5.
  CHECK(again.state.charge == Approx(0.5 - (charge + held) / 100).epsilon(1e-5));
}

TEST_CASE("a cut wire's current goes to zero and stays there", "[drive]") {
  Bench bench(Pmsm(), Bridge::kB6, 300);
  bench.drive.arc_voltage = 600;
  bench.ode = {100, 30, 40, 0.3};
  const std::vector<double> duty = {0.6, 0.5, 0.4};
  for (int k = 0; k < 50; ++k) {
    DetailedStep step{.command = duty.data()};
    step.broken[1] = true;
    AdvanceDetailed(bench.drive, bench.machine, bench.state, step, bench.ode.data());
    double i[3];
    std::get<Pmsm>(bench.machine)
        .Currents(bench.ode.data() + 1,
                  Frame<double>{std::cos(bench.ode[3]), std::sin(bench.ode[3])}, i);
    if (k > 2) CHECK(std::fabs(i[1]) < 1e-8);
    if (k > 2) CHECK(i[0] == Approx(-i[2]).margin(1e-8));
  }
}

}  // namespace
}  // namespace flyball
