#include "envs/policies/rotor_range.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>

#include "physics/numeric/random.h"

namespace flyball::policies {
namespace {

using rotorcraft::Airframe;

struct Effect {
  double thrust, x, y, z;  // N, N m about the body's axes
};

Effect EffectOf(const Airframe& airframe, const double* rpm) {
  Effect effect = {};
  for (int i = 0; i < 4; ++i) {
    const double thrust = airframe.RotorThrust(rpm[i]);
    effect.thrust += thrust;
    effect.x += airframe.rotors[i].y * thrust;
    effect.y -= airframe.rotors[i].x * thrust;
    effect.z += airframe.rotors[i].yaw * airframe.RotorTorque(rpm[i]);
  }
  return effect;
}

TEST_CASE("rotors that cannot give all turn first, then lift, then spin", "[policy][rotors]") {
  for (const char* name : {"cf2x", "cf2p", "race"}) {
    CAPTURE(name);
    const Airframe airframe = rotorcraft::FindAirframe(name);
    const double hover = airframe.hover_rpm(), least = 0.95 * hover, most = 1.05 * hover;
    const RotorRange range(airframe, least, most, 0.02, false);
    const double now[4] = {hover, hover, hover, hover};
    // Wanted: thrusts that differ from hover's by these shares of it.
    const auto fit = [&](double lift, double roll, double pitch, double spin, double* rpm) {
      const double weight = airframe.RotorThrust(hover);
      double x = 0.0, y = 0.0;
      for (const rotorcraft::Rotor& rotor : airframe.rotors) {
        x = std::max(x, std::abs(rotor.x)), y = std::max(y, std::abs(rotor.y));
      }
      for (int i = 0; i < 4; ++i) {
        const rotorcraft::Rotor& rotor = airframe.rotors[i];
        rpm[i] = airframe.RpmOf(
            weight * (1 + lift + roll * rotor.y / y - pitch * rotor.x / x + spin * rotor.yaw));
      }
      const Effect wanted = EffectOf(airframe, rpm);
      range.Fit(now, rpm);
      for (int i = 0; i < 4; ++i) {
        CHECK(rpm[i] >= least);
        CHECK(rpm[i] <= most);
      }
      return wanted;
    };
    double rpm[4];
    // The range is 1 - 0.0975 to 1 + 0.1025 of hover's thrust. Within it nothing changes.
    const Effect inside = fit(0.02, 0.03, 0.02, 0.01, rpm);
    CHECK(EffectOf(airframe, rpm).z == inside.z);
    // Full lift leaves room for turning, which is given whole; spin goes.
    const Effect climb = fit(0.5, 0.03, 0.02, 0.0, rpm);
    const double turns = airframe.mass * 9.8 * airframe.arm;
    CHECK(EffectOf(airframe, rpm).x == Approx(climb.x).margin(1e-12 * turns));
    CHECK(EffectOf(airframe, rpm).y == Approx(climb.y).margin(1e-12 * turns));
    CHECK(EffectOf(airframe, rpm).thrust < climb.thrust);
    CHECK(*std::max_element(rpm, rpm + 4) == Approx(most).epsilon(1e-12));
    // Without a wish to climb, what is left goes into spin.
    const Effect spin = fit(0.0, 0.05, 0.0, 0.5, rpm);
    CHECK(EffectOf(airframe, rpm).x == Approx(spin.x).margin(1e-12 * turns));
    CHECK(EffectOf(airframe, rpm).thrust == Approx(spin.thrust).epsilon(1e-12));
    CHECK(EffectOf(airframe, rpm).z > 0.01 * spin.z);
    CHECK(EffectOf(airframe, rpm).z < 0.5 * spin.z);
    // More turning than there is keeps its direction, and takes all of the range.
    const Effect turn = fit(0.3, 0.4, 0.3, 0.2, rpm);
    const Effect given = EffectOf(airframe, rpm);
    CHECK(given.x / given.y == Approx(turn.x / turn.y).epsilon(1e-9));
    CHECK(*std::max_element(rpm, rpm + 4) == Approx(most).epsilon(1e-12));
    CHECK(*std::min_element(rpm, rpm + 4) == Approx(least).epsilon(1e-12));
  }
}

TEST_CASE("rotors with a lag are told what they can reach", "[policy][rotors]") {
  const Airframe airframe = rotorcraft::FindAirframe("cf2x");
  const double hover = airframe.hover_rpm(), least = 0.95 * hover, most = 1.05 * hover;
  const double period = 1.0 / 30, kept = std::exp(-period / airframe.rotor_time_constant);
  const RotorRange range(airframe, least, most, period, true);
  Rng rng(3);
  for (int trial = 0; trial < 1000; ++trial) {
    double now[4], wanted[4], rpm[4], after[4], asked[4];
    for (int i = 0; i < 4; ++i) {
      now[i] = rng.Uniform(least, most);
      wanted[i] = rpm[i] = rng.Uniform(0.0, airframe.max_rpm());
    }
    range.Fit(now, rpm);
    for (int i = 0; i < 4; ++i) {
      CHECK(rpm[i] >= least);
      CHECK(rpm[i] <= most);
      after[i] = rpm[i] + (now[i] - rpm[i]) * kept;
      asked[i] = wanted[i] + (now[i] - wanted[i]) * kept;
    }
    // Where turning alone fits into what rotors reach from where they are, it is given whole.
    const Effect given = EffectOf(airframe, after), wish = EffectOf(airframe, asked);
    double low = 0.0, high = 1e9;
    for (int i = 0; i < 4; ++i) {
      const auto reached = [&](double command) {
        return airframe.RotorThrust(command + (now[i] - command) * kept);
      };
      const double level = airframe.rotors[i].y * wish.x / (4 * 0.028 * 0.028) -
                           airframe.rotors[i].x * wish.y / (4 * 0.028 * 0.028);
      low = std::max(low, reached(least) - level), high = std::min(high, reached(most) - level);
    }
    if (low < high) {
      CHECK(given.x == Approx(wish.x).margin(1e-12));
      CHECK(given.y == Approx(wish.y).margin(1e-12));
    }
  }
}

}  // namespace
}  // namespace flyball::policies
