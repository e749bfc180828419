#include "physics/rotorcraft/flight.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <string>
#include <tuple>
#include <vector>

#include "physics/rotorcraft/downwash.h"

namespace flyball::rotorcraft {
namespace {

constexpr Variation<double> kNone = {1.0, 1.0, 1.0};
constexpr Surroundings<double> kNoForce = {};

FlightState<double> Level(double height, double rpm) {
  return {{0, 0, height}, {0, 0, 0, 1}, {0, 0, 0}, {0, 0, 0}, {rpm, rpm, rpm, rpm}};
}

double Norm(const Vec3<double>& v) { return std::sqrt(Dot(v, v)); }

TEST_CASE("airframes carry the figures they are known by", "[rotorcraft][airframe]") {
  // Recorded from the peer, which computes them from the same data.
  CHECK(FindAirframe("cf2x").hover_rpm() == Approx(14468.429183500699).epsilon(1e-14));
  CHECK(FindAirframe("cf2x").max_rpm() == Approx(21702.64377525105).epsilon(1e-14));
  CHECK(FindAirframe("race").hover_rpm() == Approx(15494.600499144828).epsilon(1e-14));
  CHECK(FindAirframe("race").max_thrust() == Approx(33.91878).epsilon(1e-14));
  CHECK(FindAirframe("cf2p").ground_effect_clip() == Approx(0.03776371349209501).epsilon(1e-14));
  CHECK_THROWS_WITH(FindAirframe("cf2y"), Catch::Contains("cf2x"));
  // Of the identified ones the data say the thrust of one rotor at its limits.
  const Airframe identified = FindAirframe("cf2x_L250");
  CHECK(identified.RotorThrust(identified.max_rpm()) == Approx(0.12).epsilon(1e-5));
  CHECK(4 * identified.RotorThrust(identified.hover_rpm()) ==
        Approx(identified.mass * kGravity).epsilon(1e-14));
}

// A whole file, with one line replaced by another.
std::string File(const std::string& line, const std::string& by) {
  std::string text =
      "flyball-airframe 1\ndoc toy\nmass 0.5\ninertia 1e-3 1e-3 2e-3\narm 0.1\nthrust 0 1e-8\n"
      "torque 0 1e-10\nthrust_to_weight 2\nmax_speed 10\npropeller_radius 0.05\n"
      "ground_effect_coefficient 10\ncollision 0.1 0.05 0\nrotor_time_constant 0.05\n"
      "rotor 0.1 0 -1\nrotor 0 0.1 1\nrotor -0.1 0 -1\nrotor 0 -0.1 1\n";
  const size_t at = text.find(line);
  return text.replace(at, line.size(), by);
}

TEST_CASE("an airframe's file is read, and its mistakes are named", "[rotorcraft][airframe]") {
  const Airframe good = ParseAirframe(File("mass 0.5", "# heavier\nmass  0.6"), "toy.txt");
  CHECK(good.mass == 0.6);
  CHECK(good.plus);
  for (const auto& [line, by, said] :
       std::vector<std::tuple<std::string, std::string, std::string>>{
           {"mass 0.5\n", "", "'mass' is missing"},
           {"mass 0.5", "mass -0.5", "mass is -0.5; it must be > 0"},
           {"mass 0.5", "mass nan", "mass: expected a finite number"},
           {"mass 0.5", "mass 0.5 kg", "mass: unexpected 'kg'"},
           {"mass 0.5", "mas 0.5", "did you mean 'mass'"},
           {"inertia 1e-3", "inertia 0", "inertia is 0"},
           {"thrust_to_weight 2", "thrust_to_weight 0.9", "thrust_to_weight must be > 1"},
           {"rotor 0.1 0 -1\n", "", "3 given"},
           {"rotor 0.1 0 -1", "rotor 0.2 0 -1", "add up"},
           {"rotor 0.1 0 -1", "rotor 0.1 0 -2", "1 or -1"},
           {"rotor_time_constant 0.05\n", "", "'rotor_rates'"},
           {"arm 0.1", "arm 0.1\narm 0.2", "'arm' is given twice"},
           {"airframe 1", "airframe 2", "first line"}}) {
    CAPTURE(by);
    CHECK_THROWS_WITH(ParseAirframe(File(line, by), "toy.txt"),
                      Catch::Contains("toy.txt") && Catch::Contains(said));
  }
  CHECK_THROWS_WITH(FindAirframe("none/such.txt"), Catch::Contains("none/such.txt"));
}

TEST_CASE("identified rotors speed up and slow down at their own rates", "[rotorcraft][flight]") {
  // w' = c (u^2 - w^2), as of drag with the square of speed, has w = u tanh(c u t + C).
  const Airframe airframe = FindAirframe("cf2x_L250");
  const double u = 8000.0, c = airframe.down.slope;
  FlightState<double> s = Level(50.0, 16000.0);
  const double command[4] = {u, u, u, u};
  Flight(airframe, {.time_step = 0.001}).Steps(100, s, kNone, command, kNoForce);
  const double coth = 1 / std::tanh(c * u * 0.1 + std::atanh(u / 16000.0));
  // The rate is taken at the speed before a step: first order in 1 ms of a constant of some 0.1 s.
  CHECK(s.rpm[0] == Approx(u * coth).epsilon(3e-3));
}

TEST_CASE("a drone at hover speed stands still in the air", "[rotorcraft][flight]") {
  for (const std::string& name : AirframeNames()) {
    CAPTURE(name);
    const Airframe airframe = FindAirframe(name);
    const Flight flight(airframe, {});
    const double rpm = airframe.hover_rpm();
    FlightState<double> s = Level(5.0, rpm);
    const double command[4] = {rpm, rpm, rpm, rpm};
    flight.Steps(2400, s, kNone, command, kNoForce);
    // 10 s of adding up roundings of accelerations of 10 m/s^2.
    CHECK(Norm(s.p_W - Vec3<double>{0, 0, 5.0}) < 1e-12);
    CHECK(Norm(s.w_B) < 1e-12);
  }
}

TEST_CASE("free fall without drag is a parabola", "[rotorcraft][flight]") {
  const Flight flight(FindAirframe("cf2x"), {.ground_effect = false, .drag = false});
  FlightState<double> s = Level(100.0, 0.0);
  s.v_W = {3.0, -2.0, 1.0};
  s.w_B = {0.0, 0.0, 7.0};
  const double command[4] = {};
  flight.Steps(240, s, kNone, command, kNoForce);
  // The scheme is exact for constant acceleration; 240 roundings of 100.
  CHECK(s.p_W.x == Approx(3.0).epsilon(1e-12));
  CHECK(s.p_W.z == Approx(100.0 + 1.0 - kGravity / 2).epsilon(1e-12));
  CHECK(s.v_W.z == Approx(1.0 - kGravity).epsilon(1e-12));
  CHECK(RollPitchYaw(s.q_WB).z == Approx(WrapAngle(7.0)).epsilon(1e-12));
}

TEST_CASE("drag slows a fall to its closed form, against the wind's speed",
          "[rotorcraft][flight]") {
  // Rotors at a constant speed: v' = a - k (v - wind), an exponential approach along each axis.
  const Airframe airframe = FindAirframe("cf2x");
  const double rpm = 0.8 * airframe.hover_rpm();
  const Flight flight(airframe, {.ground_effect = false});
  const double wind[3] = {2.0, 0.0, 0.0};
  FlightState<double> s = Level(100.0, rpm);
  const double command[4] = {rpm, rpm, rpm, rpm};
  flight.Steps(480, s, kNone, command, {.force = {0, 0, 0}, .wind = wind});
  const double sum = 4 * rpm * kRadPerSecondOfRpm;
  const double kx = airframe.drag_xy * sum / airframe.mass,
               kz = airframe.drag_z * sum / airframe.mass;
  const double az = 0.64 * kGravity - kGravity;
  // The trapezoidal rule on a decay of k dt = 9e-4 a step: relative error (k dt)^2 / 12.
  CHECK(s.v_W.x == Approx(2.0 * (1 - std::exp(-kx * 2.0))).epsilon(1e-6));
  CHECK(s.v_W.z == Approx(az / kz * (1 - std::exp(-kz * 2.0))).epsilon(1e-6));
}

TEST_CASE("opposed rotor speeds turn a drone about z alone", "[rotorcraft][flight]") {
  const Airframe airframe = FindAirframe("cf2x");
  const Flight flight(airframe, {.ground_effect = false, .drag = false});
  // Squares 4 % up and down, so that thrust stays the weight.
  const double hover = airframe.hover_rpm();
  const double fast = hover * std::sqrt(1.04), slow = hover * std::sqrt(0.96);
  FlightState<double> s = Level(10.0, 0.0);
  const double command[4] = {slow, fast, slow, fast};
  std::copy_n(command, 4, s.rpm);
  flight.Steps(240, s, kNone, command, kNoForce);
  const double torque = 4 * airframe.torque_factor * hover * hover * 0.04;
  CHECK(s.w_B.z == Approx(torque / airframe.inertia_z).epsilon(1e-12));
  CHECK(std::abs(s.w_B.x) + std::abs(s.w_B.y) < 1e-12);
  CHECK(s.p_W.z == Approx(10.0).epsilon(1e-12));
}

TEST_CASE("a tumbling body keeps its angular momentum and energy", "[rotorcraft][flight]") {
  const Airframe airframe = FindAirframe("cf2x");
  const auto drift = [&](int hz) {
    const Flight flight(airframe, {.time_step = 1.0 / hz, .ground_effect = false, .drag = false});
    FlightState<double> s = Level(100.0, 0.0);
    s.w_B = {3.0, 1.0, 4.0};
    const auto momentum = [&] {
      return Rotation<double>(s.q_WB).ToWorld(Vec3<double>{airframe.inertia_x * s.w_B.x,
                                                           airframe.inertia_y * s.w_B.y,
                                                           airframe.inertia_z * s.w_B.z});
    };
    const Vec3<double> before = momentum();
    const double command[4] = {};
    flight.Steps(hz, s, kNone, command, kNoForce);
    return Norm(momentum() - before) / Norm(before);
  };
  CHECK(drift(240) < 1e-4);
  // Second order: a quarter of the error at half the step.
  CHECK(drift(240) / drift(480) == Approx(4.0).epsilon(0.05));
}

TEST_CASE("a flight with everything on converges at second order", "[rotorcraft][flight]") {
  const Airframe airframe = FindAirframe("cf2x");
  const auto fly = [&](int hz) {
    const Flight flight(airframe, {.time_step = 1.0 / hz});
    const double wind[3] = {1.0, -0.5, 0.2};
    FlightState<double> s = Level(0.25, airframe.hover_rpm());
    s.q_WB = FromRollPitchYaw(Vec3<double>{0.1, -0.05, 0.3});
    s.v_W = {0.5, 0.3, 0.1};
    s.w_B = {0.5, -0.8, 1.0};
    const double hover = airframe.hover_rpm();
    const double command[4] = {1.02 * hover, 1.03 * hover, 1.025 * hover, 1.028 * hover};
    flight.Steps(hz / 2, s, kNone, command, {.force = {0, 0, 0}, .wind = wind});
    return s;
  };
  const FlightState<double> exact = fly(240 * 64), coarse = fly(240), fine = fly(480);
  const double p = Norm(coarse.p_W - exact.p_W) / Norm(fine.p_W - exact.p_W);
  const double w = Norm(coarse.w_B - exact.w_B) / Norm(fine.w_B - exact.w_B);
  CHECK(p == Approx(4.0).epsilon(0.1));
  CHECK(w == Approx(4.0).epsilon(0.1));
  CHECK(Norm(coarse.p_W - exact.p_W) < 1e-4);  // m, after half a second at 240 Hz
}

TEST_CASE("rotors follow a command with their time constant", "[rotorcraft][flight]") {
  const Airframe airframe = FindAirframe("cf2x");
  const Flight flight(airframe, {.time_step = 0.001});
  FlightState<double> s = Level(50.0, 10000.0);
  const double command[4] = {20000, 20000, 20000, 20000};
  flight.Steps(72, s, kNone, command, kNoForce);
  CHECK(s.rpm[0] == Approx(20000 - 10000 * std::exp(-1.0)).epsilon(1e-12));
}

TEST_CASE("the ground lifts, smoothly and within bounds", "[rotorcraft][ground]") {
  const GroundEffect ground(FindAirframe("cf2x"));
  CHECK(ground.Gain(0.0, 1.0) < 4.0 / 15.0);
  CHECK(ground.Gain(0.0, 1.0) > 0.26);
  CHECK(ground.Gain(ground.reach(), 1.0) == 0.0);
  CHECK(ground.Gain(0.1, -0.5) == 0.0);  // upside down
  double last = ground.Gain(0.0, 1.0);
  for (double h = 0.002; h < 0.5; h += 0.002) {
    const double gain = ground.Gain(h, 1.0);
    CHECK(gain <= last);
    CHECK(last - gain < 0.02);
    last = gain;
  }
  // A drone needs less rotor speed near the ground: at hover speed it rises.
  const Airframe airframe = FindAirframe("cf2x");
  const Flight flight(airframe, {});
  const double rpm = airframe.hover_rpm();
  FlightState<double> s = Level(0.05, rpm);
  const double command[4] = {rpm, rpm, rpm, rpm};
  flight.Steps(24, s, kNone, command, kNoForce);
  CHECK(s.p_W.z > 0.051);
}

// The last step's velocity and rates after `steps` from rest at p, rotors at hover speed.
FlightState<double> Hover(const Surfaces& surfaces, Vec3<double> p, int steps,
                          const double* pad = nullptr) {
  const Airframe airframe = FindAirframe("cf2x");
  const Flight flight(airframe, {.surfaces = surfaces, .drag = false});
  const double rpm = airframe.hover_rpm();
  FlightState<double> s = Level(p.z, rpm);
  s.p_W = p;
  const double command[4] = {rpm, rpm, rpm, rpm};
  flight.Steps(steps, s, kNone, command, {.pad = pad});
  return s;
}

TEST_CASE("over a surface a drone hovers as over ground of that height", "[rotorcraft][ground]") {
  const double top = 0.7, angle = 0.4, pad[2] = {-3.0, 1.0};
  const Surfaces slab = {.slabs = {{2.0, 1.0, top, std::cos(angle), std::sin(angle), 0.3, 0.5}}};
  const Surfaces round = {.slabs = {}, .pad = {.radius = 0.2, .top = top}};
  for (const double height : {0.02, 0.05, 0.1, 0.2, 0.5}) {
    const FlightState<double> ground = Hover({}, {0.0, 0.0, height}, 48);
    const FlightState<double> over_slab = Hover(slab, {2.05, 1.1, top + height}, 48);
    const FlightState<double> over_pad = Hover(round, {-3.05, 1.02, top + height}, 48, pad);
    CAPTURE(height);
    // Heights over the surface carry roundings of their sum.
    CHECK(over_slab.p_W.z - top == Approx(ground.p_W.z).margin(1e-14));
    CHECK(over_pad.p_W.z - top == Approx(ground.p_W.z).margin(1e-14));
    CHECK(over_slab.v_W.z == Approx(ground.v_W.z).margin(1e-13));
    CHECK(Norm(over_slab.w_B) < 1e-12);
    // Beside it, and below it, there is the ground alone: bit for bit.
    CHECK(Hover(slab, {3.0, 1.0, top + height}, 48).v_W.z ==
          Hover({}, {3.0, 1.0, top + height}, 48).v_W.z);
    CHECK(Hover(slab, {2.0, 1.0, top - height}, 1).v_W.z ==
          Hover({}, {2.0, 1.0, top - height}, 1).v_W.z);
    CHECK(Hover(round, {-3.0, 1.5, top + height}, 48, pad).v_W.z ==
          Hover({}, {-3.0, 1.5, top + height}, 48).v_W.z);
  }
}

TEST_CASE("stepping off an edge loses the ground rotor by rotor", "[rotorcraft][ground]") {
  // A slab that ends at x = 0, far above the ground; a drone 5 cm over it moves along x.
  const double top = 3.0, height = 0.05;
  const Surfaces slab = {.slabs = {{-1.0, 0.0, top, 1.0, 0.0, 1.0, 1.0}}};
  const Airframe airframe = FindAirframe("cf2x");
  const double gain = GroundEffect(airframe).Gain(height, 1.0), r = airframe.propeller_radius;
  const double arm = airframe.rotors[0].x, dt = 1.0 / 240;
  double last = 1.0;
  for (double x = -0.1; x < 0.1; x += 0.002) {
    const FlightState<double> s = Hover(slab, {x, 0.0, top + height}, 1);
    // Two rotors ahead and two behind, each with the share of itself that is over the slab.
    const auto share = [&](double at) { return std::clamp((r - at) / (2 * r), 0.0, 1.0); };
    const double ahead = share(x + arm), behind = share(x - arm);
    CAPTURE(x);
    CHECK(s.v_W.z == Approx(kGravity * dt * gain * 0.5 * (ahead + behind)).margin(1e-14));
    // Rotors behind that lift more than those ahead pitch the nose down: about y.
    const double torque = 0.5 * airframe.mass * kGravity * gain * arm * (behind - ahead);
    CHECK(s.w_B.y == Approx(torque / airframe.inertia_y * dt).margin(1e-12));
    CHECK(s.v_W.z <= last);
    last = s.v_W.z;
  }
  CHECK(last == 0.0);
  // Of two surfaces one above the other, the higher.
  const Surfaces stack = {.slabs = {{0, 0, 1.0, 1, 0, 1, 1}, {0, 0, 0.8, 1, 0, 2, 2}}};
  const Surfaces turned = {.slabs = {stack.slabs[1], stack.slabs[0]}};
  const double high = Hover({.slabs = {stack.slabs[0]}}, {0, 0, 1.05}, 1).v_W.z;
  CHECK(Hover(stack, {0, 0, 1.05}, 1).v_W.z == high);
  CHECK(Hover(turned, {0, 0, 1.05}, 1).v_W.z == high);
}

TEST_CASE("downwash is bounded, smooth and pushes aside", "[rotorcraft][downwash]") {
  const Airframe airframe = FindAirframe("cf2x");
  const Downwash downwash(airframe);
  const double weight = airframe.mass * kGravity;
  for (double below = -1.0; below < 3.0; below += 0.01) {
    for (double aside = 0.0; aside < 2.0; aside += 0.05) {
      const Vec3<double> force = downwash.Force(Vec3<double>{aside, 0.0, -below}, weight);
      CHECK(std::isfinite(Norm(force)));
      CHECK(Norm(force) <= weight);
      CHECK(force.z <= 0.0);
      CHECK(force.x >= 0.0);  // outwards
      const Vec3<double> near = downwash.Force(Vec3<double>{aside, 0.0, -below - 1e-4}, weight);
      CHECK(Norm(near - force) < weight * 0.01);
      if (below <= 0.0) CHECK(Norm(force) == 0.0);
    }
  }
  // The measured sizes: about 10 gram-force at 0.2 m and 4 at 0.5 m, on the axis.
  CHECK(-downwash.Force(Vec3<double>{0.0, 0.0, -0.2}, weight).z == Approx(0.1).epsilon(0.1));
  CHECK(-downwash.Force(Vec3<double>{0.0, 0.0, -0.5}, weight).z == Approx(0.04).epsilon(0.1));
}

TEST_CASE("the ground stops a drone, whichever way it falls", "[rotorcraft][contact]") {
  const Airframe airframe = FindAirframe("cf2x");
  const Flight flight(airframe, {});
  const double command[4] = {};
  for (const double roll : {0.0, 0.3, 1.2, 2.0, 3.1}) {
    FlightState<double> s = Level(0.5, 0.0);
    s.q_WB = FromRollPitchYaw(Vec3<double>{roll, 0.2, 0.5});
    s.v_W = {1.0, -0.5, -1.0};
    s.w_B = {4.0, -3.0, 2.0};
    const auto energy = [&] {
      return airframe.mass * (0.5 * Dot(s.v_W, s.v_W) + kGravity * s.p_W.z) +
             0.5 * (airframe.inertia_x * (s.w_B.x * s.w_B.x + s.w_B.y * s.w_B.y) +
                    airframe.inertia_z * s.w_B.z * s.w_B.z);
    };
    const double before = energy();
    double lowest = 1.0, highest_energy = 0.0;
    for (int i = 0; i < 1200; ++i) {
      flight.Steps(1, s, kNone, command, kNoForce);
      lowest = std::min(lowest, s.p_W.z);
      highest_energy = std::max(highest_energy, energy());
    }
    CAPTURE(roll);
    CHECK(lowest > 0.012);
    CHECK(highest_energy < before * 1.01);
    // At rest on one of its faces after 5 s.
    CHECK(s.p_W.z == Approx(0.0125).margin(0.002));
    CHECK(Norm(s.v_W) < 0.05);
  }
}

}  // namespace
}  // namespace flyball::rotorcraft
