#include "physics/drive/datasheet.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "physics/numeric/error.h"

namespace flyball {
namespace {

constexpr double kRpm = std::numbers::pi / 30;

// maxon EC 45 flat, 70 W, 24 V (part 651614), catalogue of 2023, and its eight pole pairs.
Datasheet FlatMotor() {
  Datasheet sheet;
  sheet.kv = 236;
  sheet.kt = 40.4e-3;
  sheet.resistance = 0.573;
  sheet.inductance_d = sheet.inductance_q = 0.301e-3;
  sheet.pole_pairs = 8;
  sheet.inertia = 181e-7;
  sheet.voltage = 24;
  sheet.current = 3.29;
  sheet.torque = 0.134;
  sheet.speed = 4750 * kRpm;
  sheet.no_load_speed = 5600 * kRpm;
  sheet.no_load_current = 0.270;
  sheet.stall_current = 42;
  sheet.stall_torque = 1.690;
  sheet.max_speed = 10000 * kRpm;
  return sheet;
}
// maxon RE 40, 150 W, 24 V (part 148867).
Datasheet BrushedMotor() {
  Datasheet sheet;
  sheet.kv = 317;
  sheet.kt = 30.2e-3;
  sheet.resistance = 0.317;
  sheet.inductance_d = sheet.inductance_q = 0.0823e-3;
  sheet.inertia = 138e-7;
  sheet.voltage = 24;
  sheet.current = 5.77;
  sheet.torque = 0.170;
  sheet.speed = 6930 * kRpm;
  sheet.no_load_speed = 7580 * kRpm;
  sheet.no_load_current = 0.137;
  sheet.stall_current = 75.7;
  sheet.stall_torque = 2.29;
  return sheet;
}
// AMK DT4 as integrators describe it: per phase, and root mean square.
Datasheet ServoMotor() {
  Datasheet sheet;
  sheet.kt = 0.150;
  sheet.current_of = CurrentMeaning::kRms;
  sheet.winding = WindingMeaning::kStar;
  sheet.resistance = 0.49;
  sheet.inductance_d = sheet.inductance_q = 0.58e-3;
  sheet.pole_pairs = 5;
  sheet.inertia = 1e-4;
  sheet.voltage = 48;
  sheet.current = 8;
  sheet.torque = 1.25;
  return sheet;
}

TEST_CASE("a flat motor's sheet becomes a star of half its terminals", "[drive]") {
  SheetRatings ratings;
  const Pmsm m = BrushlessFromDatasheet(FlatMotor(), ratings);
  CHECK(m.r_s == Approx(0.2865));
  CHECK(m.l_d == Approx(0.1505e-3));
  CHECK(m.l_d == m.l_q);
  CHECK(m.p == 8);
  // 3 / pi of the peak between lines is 40.4 mV s/rad; a phase has 1 / sqrt 3 of that peak.
  const double line = 40.4e-3 * std::numbers::pi / 3;
  CHECK(m.psi_p == Approx(line / std::sqrt(3.0) / 8).epsilon(2e-3));
  // A block's 3.29 A make its torque; so does a sine of this peak.
  const double x[2] = {0, ratings.i};
  CHECK(m.Torque(x) == Approx(40.4e-3 * 3.29).epsilon(3e-3));
  CHECK(ratings.u == 24);
  CHECK(ratings.omega_limit == Approx(10000 * kRpm));
}

TEST_CASE("a brushed motor's sheet: no-load speed and stall come out", "[drive]") {
  SheetRatings ratings;
  const PermExDc m = BrushedFromDatasheet(BrushedMotor(), ratings);
  CHECK(m.psi_e == Approx(30.2e-3).epsilon(2e-3));
  CHECK(24 / m.psi_e / kRpm == Approx(7580).epsilon(0.01));
  CHECK(m.psi_e * 24 / m.r_a == Approx(2.29).epsilon(0.01));
  CHECK(ratings.i == 5.77);
}

TEST_CASE("a servo's sheet in root mean square", "[drive]") {
  SheetRatings ratings;
  const Pmsm m = BrushlessFromDatasheet(ServoMotor(), ratings);
  CHECK(m.r_s == 0.49);
  CHECK(ratings.i == Approx(8 * std::sqrt(2.0)));
  const double x[2] = {0, ratings.i};
  CHECK(m.Torque(x) == Approx(1.2).epsilon(1e-12));
  Datasheet delta = ServoMotor();
  delta.winding = WindingMeaning::kDelta;
  CHECK(BrushlessFromDatasheet(delta, ratings).r_s == Approx(0.49 / 3));
}

TEST_CASE("every meaning of a constant is the same machine", "[drive]") {
  const Pmsm truth{.r_s = 0.2, .l_d = 1e-4, .l_q = 2e-4, .psi_p = 0.01, .p = 4, .j_rotor = 1e-4};
  Datasheet sheet;
  sheet.resistance = 0.4;
  sheet.inductance_d = 2e-4;
  sheet.inductance_q = 4e-4;
  sheet.pole_pairs = 4;
  sheet.inertia = 1e-4;
  sheet.voltage = 48;
  sheet.current = 5;
  // The back-EMF of the machine at 1 rad/s: its phases' peak, by its own equations.
  double dx[2];
  const double zero[2] = {};
  truth.Derivative(zero, zero, 1.0, dx);
  const double phase = -dx[1] * truth.l_q, root2 = std::sqrt(2.0), root3 = std::sqrt(3.0);
  const auto check = [&](const Datasheet& one) {
    SheetRatings ratings;
    const Pmsm m = BrushlessFromDatasheet(one, ratings);
    CHECK(m.psi_p == Approx(truth.psi_p).epsilon(1e-12));
    CHECK(m.l_q == Approx(truth.l_q));
    // Its rated current makes kt * current.
    const double x[2] = {0, ratings.i};
    if (!std::isnan(one.kt)) {
      CHECK(Pmsm{.r_s = 1, .l_d = 1, .l_q = 1, .psi_p = m.psi_p, .p = 4}.Torque(x) ==
            Approx(one.kt * one.current).epsilon(1e-12));
    }
  };
  const std::pair<VoltageMeaning, double> voltages[] = {
      {VoltageMeaning::kLinePeak, root3 * phase},
      {VoltageMeaning::kLineRms, root3 * phase / root2},
      {VoltageMeaning::kPhasePeak, phase},
      {VoltageMeaning::kPhaseRms, phase / root2},
      {VoltageMeaning::kBlock, 3 / std::numbers::pi * root3 * phase}};
  for (const auto& [meaning, volts] : voltages) {
    Datasheet one = sheet;
    one.ke = volts;
    one.ke_of = meaning;
    check(one);
    Datasheet speed = sheet;
    speed.kv = 1 / (volts * kRpm);
    speed.kv_of = meaning;
    check(speed);
  }
  const double x[2] = {0, 1};
  const double per_peak = Pmsm{.r_s = 1, .l_d = 1, .l_q = 1, .psi_p = 0.01, .p = 4}.Torque(x);
  for (const auto& [meaning, torque] :
       {std::pair{CurrentMeaning::kPeak, per_peak},
        {CurrentMeaning::kRms, per_peak * root2},
        {CurrentMeaning::kBlock, 3 / std::numbers::pi * root3 * phase}}) {
    Datasheet one = sheet;
    one.kt = torque;
    one.current_of = meaning;
    check(one);
  }
}

TEST_CASE("sheets that disagree are refused, with the reason", "[drive]") {
  SheetRatings ratings;
  const auto says = [&](const Datasheet& sheet, const std::string& text) {
    CHECK_THROWS_AS(BrushlessFromDatasheet(sheet, ratings), InputError);
    CHECK_THROWS_WITH(BrushlessFromDatasheet(sheet, ratings), Catch::Contains(text));
  };
  Datasheet sheet = FlatMotor();
  sheet.kt *= std::sqrt(2.0) * std::sqrt(3.0) / 2 * std::numbers::pi / 3;
  says(sheet, "with current_of 'rms' they agree");
  sheet = FlatMotor();
  sheet.ke = 0.02;
  says(sheet, "kv gives");
  sheet = FlatMotor();
  sheet.resistance /= 2;  // somebody halved it
  says(sheet, "stall_current = 42 A is not voltage / resistance");
  sheet = FlatMotor();
  sheet.no_load_speed *= 1.5;
  says(sheet, "the back-EMF is reached at");
  sheet = FlatMotor();
  sheet.speed *= 2;
  sheet.max_speed *= 2;
  says(sheet, "more than voltage = 24");
  sheet = FlatMotor();
  sheet.power = 90;
  says(sheet, "is not torque * speed");
  sheet = FlatMotor();
  sheet.pole_pairs = 3.5;
  says(sheet, "datasheet pole_pairs = 3.5");
  sheet = FlatMotor();
  sheet.resistance = -1;
  says(sheet, "datasheet resistance = -1 Ohm");
  sheet = FlatMotor();
  sheet.inertia = Datasheet::kNone;
  says(sheet, "inertia is needed");
  sheet = FlatMotor();
  sheet.kv = sheet.kt = Datasheet::kNone;
  says(sheet, "one of kv, ke, kt is needed");
  sheet = FlatMotor();
  sheet.max_current = 1;
  says(sheet, "max_current = 1 A is below");
  // RoboDrive ILM 85x13 as an integrator's header has it: the torque is of another current.
  sheet = ServoMotor();
  sheet.kt = 0.060;
  sheet.pole_pairs = 10;
  sheet.current = 11;
  sheet.torque = 1.43;
  says(sheet, "torque = 1.43 N m needs 0.13 N m/A");
}

}  // namespace
}  // namespace flyball
