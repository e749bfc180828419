#include "physics/drive/pmsm.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "physics/numeric/error.h"

namespace flyball {
namespace {

TEST_CASE("torque of the magnet and of saliency", "[drive]") {
  const Pmsm machine;
  // 1.5 p psi i_q, and 1.5 p (l_d - l_q) i_d i_q on top.
  CHECK(machine.Torque(Dq<double>{0, 100}) == Approx(1.5 * 3 * 66e-3 * 100).epsilon(1e-14));
  CHECK(machine.Torque(Dq<double>{-50, 100}) ==
        Approx(1.5 * 3 * (66e-3 + 0.83e-3 * 50) * 100).epsilon(1e-14));
  CHECK(machine.Torque(Dq<double>{-50, 0}) == 0);
}

TEST_CASE("back-EMF: an open machine needs p omega psi on q to carry no current", "[drive]") {
  const Pmsm machine;
  const double omega = 123;
  const Dq<double> rate = machine.CurrentDerivative(
      Dq<double>{0, 0}, Dq<double>{0, machine.p * omega * machine.psi_p}, omega);
  CHECK(rate.d == 0);
  // Two products of size 24 V cancel to rounding, over 1.2 mH.
  CHECK(rate.q == Approx(0).margin(1e-11));
}

TEST_CASE("power balance: terminals = heat + field + shaft, at any state", "[drive]") {
  const Pmsm machine;
  for (int k = 0; k < 50; ++k) {
    const Dq<double> i{400 * std::sin(k * 1.3), 400 * std::sin(k * 2.1 + 1)};
    const Dq<double> u{150 * std::sin(k * 0.7), 150 * std::cos(k * 3.3)};
    const double omega = 400 * std::sin(k * 0.9 + 2);
    const Dq<double> rate = machine.CurrentDerivative(i, u, omega);
    const double field = 1.5 * (machine.l_d * i.d * rate.d + machine.l_q * i.q * rate.q);
    const double in = machine.TerminalPower(u, i);
    const double out = machine.CopperLoss(i) + field + machine.Torque(i) * omega;
    // Rounding of terms up to 1e5 W.
    CHECK(in == Approx(out).margin(1e-9));
  }
}

TEST_CASE("the field energy's derivative is what the power balance uses", "[drive]") {
  const Pmsm machine;
  const Dq<double> i{-120, 200}, rate{3000, -5000};
  const double h = 1e-7;
  const auto energy = [&](double t) {
    return machine.FieldEnergy(Dq<double>{i.d + t * rate.d, i.q + t * rate.q});
  };
  // A quadratic: the central difference is exact but for rounding (40 J * 1e-16 / 1e-7).
  CHECK((energy(h) - energy(-h)) / (2 * h) ==
        Approx(1.5 * (machine.l_d * i.d * rate.d + machine.l_q * i.q * rate.q)).epsilon(1e-7));
}

TEST_CASE("no current of that length gives more torque", "[drive]") {
  for (const double l_d : {0.37e-3, 1.2e-3, 2.5e-3}) {
    Pmsm machine;
    machine.l_d = l_d;
    const Dq<double> best = MaxTorqueCurrent(machine, 240);
    CHECK(std::hypot(best.d, best.q) == Approx(240).epsilon(1e-14));
    const double most = machine.Torque(best);
    for (int k = 0; k < 1000; ++k) {
      const double angle = 2 * std::numbers::pi * k / 1000;
      CHECK(machine.Torque(Dq<double>{240 * std::cos(angle), 240 * std::sin(angle)}) <=
            most * (1 + 1e-13));
    }
  }
}

TEST_CASE("machines that cannot be are refused by name", "[drive]") {
  const auto refused = [](auto change, const std::string& name) {
    Pmsm machine;
    change(machine);
    CHECK_THROWS_AS(CheckPmsm(machine), InputError);
    CHECK_THROWS_WITH(CheckPmsm(machine), Catch::Contains(name));
  };
  CheckPmsm(Pmsm{});
  refused([](Pmsm& m) { m.r_s = -1; }, "r_s = -1 Ohm");
  refused([](Pmsm& m) { m.l_d = 0; }, "l_d");
  refused([](Pmsm& m) { m.l_q = -1e-3; }, "l_q");
  refused([](Pmsm& m) { m.psi_p = -0.1; }, "psi_p");
  refused([](Pmsm& m) { m.j_rotor = 0; }, "j_rotor");
  refused([](Pmsm& m) { m.p = 2.5; }, "pole pairs");
  refused([](Pmsm& m) { m.p = 0; }, "pole pairs");
  refused([](Pmsm& m) { m.l_d = std::numeric_limits<double>::quiet_NaN(); }, "l_d");
  refused([](Pmsm& m) { m.psi_p = 0, m.l_q = m.l_d; }, "torque");
}

}  // namespace
}  // namespace flyball
