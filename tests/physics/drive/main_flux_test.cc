#include "physics/drive/main_flux.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "physics/drive/detailed_drive.h"
#include "physics/numeric/error.h"

namespace flyball {
namespace {

// Iron that bends at 4 A: psi = slope (0.1 i + 0.9 b tanh(i / b)).
double Bent(double i, double slope) { return slope * (0.1 * i + 0.9 * 4 * std::tanh(i / 4)); }
MainFlux Curve(int n, double most, double slope, double (*psi)(double, double)) {
  std::vector<double> i, values;
  for (int k = 0; k <= n; ++k) {
    i.push_back(most * k / n);
    values.push_back(psi(i.back(), slope));
  }
  return {i, values};
}
double Straight(double i, double slope) { return slope * i; }

TEST_CASE("a curve's flux is the table's, and the slope of its coenergy", "[drive]") {
  const MainFlux curve = Curve(20, 20, 0.14, Bent);
  for (int k = 0; k <= 20; ++k) CHECK(curve.At(k).psi == Approx(Bent(k, 0.14)).epsilon(1e-14));
  for (double i = -25; i < 25; i += 0.37) {
    // Central differences of cubics over 1e-4 A: 1e-8 of the value.
    const auto before = curve.At(i - 1e-4), after = curve.At(i + 1e-4), here = curve.At(i);
    CHECK((after.coenergy - before.coenergy) / 2e-4 == Approx(here.psi).epsilon(1e-6).margin(1e-9));
    CHECK((after.psi - before.psi) / 2e-4 == Approx(here.slope).epsilon(1e-3));
    CHECK(here.slope > 0);
    CHECK(curve.At(-i).psi == -here.psi);
    // The current that makes a flux, found again.
    const double total = std::fabs(here.psi) + 0.006 * std::fabs(i);
    CHECK(curve.CurrentFor(total, 0.006) == Approx(std::fabs(i)).epsilon(1e-12).margin(1e-14));
  }
}

struct Run {
  std::vector<double> ode;
  double left_over = 0, size = 0, torque = 0;  // of the book of energies, J; N m
};

Run Play(const Machine& machine, std::shared_ptr<const MainFlux> curve, std::vector<double> ode,
         double pulses, int steps = 60) {
  DetailedDrive drive;
  drive.converter.bridges[0] = Bridge::kB6;
  const bool excited = std::holds_alternative<Eesm>(machine);
  if (excited) drive.converter.num_bridges = 2, drive.converter.bridges[1] = Bridge::k4Q;
  drive.scale.assign(ode.size(), 10.0);
  drive.i_scale = 10;
  drive.u_scale = 300;
  drive.exact = true;
  drive.iron = {.hysteresis = 0.0, .eddy = 1e-4, .pulses = pulses};
  drive.main_flux = std::move(curve);
  drive.tolerance = {1e-12, 1e-14, 2000};
  const std::vector<double> duty = {0.5, 0.6, 0.42, 0.52, 0.5};
  DetailedState state;
  state.u_sup = 300;
  Run run;
  for (int k = 0; k < steps; ++k) {
    DetailedStep step{.command = duty.data()};
    AdvanceDetailed(drive, machine, state, step, ode.data());
    run.left_over -= 2 * step.energy[kSource];
    for (const double energy : step.energy) {
      run.left_over += energy;
      run.size += std::fabs(energy);
    }
    run.torque = step.torque;
  }
  run.ode = ode;
  return run;
}

Eesm PhysicalEesm() {
  Eesm m;
  m.l_e *= 1.5;
  return m;
}
const std::vector<double> kCageStart = {60, 1, 0.5, 0.3, 0.2, 0};
const std::vector<double> kEesmStart = {60, 10, 5, 4, 0};

TEST_CASE("a straight curve is the machine without one", "[drive]") {
  const Scim cage;
  const auto linear = std::make_shared<MainFlux>(Curve(4, 20, cage.l_m, Straight));
  // A slope between 1.5 l_m^2 / l_e and l_d: the ratio of turns follows.
  const auto excited = std::make_shared<MainFlux>(Curve(4, 400, 1.5e-3, Straight));
  for (const double pulses : {0.0, 1e-3}) {
    const Run with[2] = {Play(cage, linear, kCageStart, pulses),
                         Play(PhysicalEesm(), excited, kEesmStart, pulses)};
    const Run without[2] = {Play(cage, nullptr, kCageStart, pulses),
                            Play(PhysicalEesm(), nullptr, kEesmStart, pulses)};
    for (int m = 0; m < 2; ++m) {
      for (size_t k = 0; k < with[m].ode.size(); ++k) {
        CHECK(with[m].ode[k] == Approx(without[m].ode[k]).epsilon(1e-8).margin(1e-9));
      }
      CHECK(with[m].torque == Approx(without[m].torque).epsilon(1e-8));
      CHECK(with[m].size == Approx(without[m].size).epsilon(1e-8));
    }
  }
}

TEST_CASE("a bent curve keeps the energies", "[drive]") {
  const Scim cage;
  const Run runs[2][2] = {
      {Play(cage, nullptr, kCageStart, 1e-3, 200),
       Play(cage, std::make_shared<MainFlux>(Curve(24, 24, cage.l_m, Bent)), kCageStart, 1e-3,
            200)},
      {Play(PhysicalEesm(), nullptr, kEesmStart, 1e-3),
       Play(PhysicalEesm(), std::make_shared<MainFlux>(Curve(24, 48, 1.5e-3, Bent)), kEesmStart,
            1e-3)}};
  for (const auto& [linear, bent] : runs) {
    CHECK(std::fabs(linear.left_over) < 1e-9 * linear.size);
    CHECK(std::fabs(bent.left_over) < 1e-9 * bent.size);
  }
}

TEST_CASE("fluxes and torques of a bent curve, in closed form", "[drive]") {
  // The rotor's flux alone, as 10 A make it: they flow in the rotor, more than without saturation.
  const Scim cage;
  const MainFlux curve = Curve(24, 24, cage.l_m, Bent);
  const double psi_r = Bent(10, cage.l_m) + 10 * cage.l_sigr;
  const double x[4] = {0, 2, psi_r, 0};
  const double still[4] = {0, 0, psi_r, 0};
  const SaturatedCage rest(curve, cage, still);
  CHECK(rest.i_rotor.alpha == Approx(10).epsilon(1e-12));
  CHECK(rest.i_rotor.alpha > 1.5 * psi_r / cage.l_r());
  CHECK(rest.CopperLoss() == Approx(1.5 * cage.r_r * 100).epsilon(1e-12));
  // Torque: the main flux across the stator's current.
  const SaturatedCage loaded(curve, cage, x);
  CHECK(loaded.Torque() == Approx(1.5 * cage.p * loaded.psi_m.alpha * 2).epsilon(1e-12));

  const Eesm m = PhysicalEesm();
  const MainFlux iron = Curve(24, 48, 1.5e-3, Bent);
  const double ratio = m.l_m / iron.unsaturated();
  const double state[3] = {-4, 20, (14 + 4) / ratio};  // magnetised by 14 A
  const SaturatedEesm excited(iron, m, state);
  const double psi_d = Bent(14, 1.5e-3) - 4 * (m.l_d - iron.unsaturated());
  CHECK(excited.psi_d == Approx(psi_d).epsilon(1e-12));
  CHECK(excited.Torque() == Approx(1.5 * m.p * (psi_d * 20 - m.l_q * 20 * -4)).epsilon(1e-12));
}

TEST_CASE("iron loses by the square of the rate of the flux it sees", "[drive]") {
  // At rest, without a resistance to speak of, all the voltage changes the flux.
  Pmsm m;
  m.r_s = 1e-9;
  DetailedDrive drive;
  drive.converter.bridges[0] = Bridge::kB6;
  drive.scale = {100, 400, 400, 1};
  drive.i_scale = 400;
  drive.u_scale = 300;
  drive.iron.pulses = 0.01;
  DetailedState state;
  state.u_sup = 300;
  std::vector<double> ode = {0, 0, 0, 0};
  const std::vector<double> duty = {0.5, 0.6, 0.4};
  DetailedStep step{.command = duty.data()};
  AdvanceDetailed(drive, m, state, step, ode.data());
  const double u = 2 / std::sqrt(3.0) * 30;  // of phases at 0, 30 and -30 V
  CHECK(step.energy[kIron] == Approx(0.01 * u * u * 1e-4).epsilon(1e-7));
  // Pulses of the whole supply, on average the same: the square's mean is far more.
  drive.exact = true;
  state = DetailedState{};
  state.u_sup = 300;
  ode = {0, 0, 0, 0};
  AdvanceDetailed(drive, m, state, step, ode.data());
  // Two vectors of 2/3 of the supply, each for as long as its legs differ: a tenth of the step.
  CHECK(step.energy[kIron] == Approx(0.01 * 200 * 200 * 0.2 * 1e-4).epsilon(1e-6));
}

TEST_CASE("curves that no iron has are refused", "[drive]") {
  const auto says = [](const std::vector<double>& i, const std::vector<double>& psi,
                       const std::string& text) {
    CHECK_THROWS_AS(MainFlux(i, psi), InputError);
    CHECK_THROWS_WITH(MainFlux(i, psi), Catch::Contains(text));
  };
  says({0, 1}, {0, 1}, "at least 3 numbers each");
  says({0, 1, 2}, {0, 1}, "got 3 and 2");
  says({1, 2, 3}, {0, 1, 2}, "must begin with 0");
  says({0, 2, 1}, {0, 1, 2}, "saturation i_m [2] = 1 A: must be above");
  says({0, 1, 2}, {0, 1, 0.5}, "saturation psi_m [2] = 0.5 Wb");
  says({0, 1, NAN}, {0, 1, 2}, "saturation i_m [2] = nan A");
  const MainFlux steep = Curve(4, 400, 1.7e-3, Straight), flat = Curve(4, 400, 1e-3, Straight);
  CHECK_THROWS_WITH(CheckMainFlux(steep, PhysicalEesm()), Catch::Contains("l_d = 0.00166"));
  CHECK_THROWS_WITH(CheckMainFlux(flat, PhysicalEesm()), Catch::Contains("1.5 l_m^2 / l_e"));
}

}  // namespace
}  // namespace flyball
