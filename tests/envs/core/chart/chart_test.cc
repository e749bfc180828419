#include "envs/core/chart/chart.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "envs/core/registry.h"
#include "envs/core/vector_env.h"

namespace flyball {
namespace {

// Adds a point of an environment at rest: everything zero.
TracePoint& AddRest(const EnvSpec& spec, Trace& trace) {
  TracePoint& point = trace.Add();
  point.time = point.reward = 0.0;
  point.observation.assign(spec.observation_size(), 0.0f);
  point.action.assign(spec.action_size(), 0.0f);
  point.state.assign(spec.state_size(), 0.0f);
  return point;
}

Figure ChartOf(const std::string& id, const Options& options = {}) {
  const EnvSpec spec = ResolveSpec(id, options);
  Trace trace;
  AddRest(spec, trace);
  return MakeChart(spec, trace);
}

TEST_CASE("a field is drawn with its target, actuators and sensors", "[chart]") {
  const Figure figure = ChartOf("PDE-burgers-v1", {{"target_state", List{0.25}}});
  REQUIRE(std::holds_alternative<FieldMap>(figure.panels[0]));
  const Plot& now = std::get<Plot>(figure.panels[1]);
  REQUIRE(now.curves.size() == 2);
  CHECK(now.curves[0].dashed);
  CHECK(now.curves[0].y == std::vector<double>(256, 0.25));
  // Eight actuators at odd sixteenths of the domain, ten sensors at odd twentieths.
  REQUIRE(now.marks.size() == 8);
  CHECK(now.marks[2] == Approx(256 * 5.0 / 16).epsilon(1e-9));
  REQUIRE(now.rings.size() == 10);
  CHECK(now.rings[3] == Approx(256 * 7.0 / 20).margin(0.2));  // between two grid points
}

TEST_CASE("actuators and sensors of every PDE lie in its domain", "[chart][pde]") {
  for (const std::string& id : ListEnvs()) {
    if (id.rfind("PDE-", 0) != 0) continue;
    CAPTURE(id);
    const EnvSpec spec = ResolveSpec(id);
    const std::vector<NamedArray> arrays = FindRegistration(id).plant(spec);
    REQUIRE(arrays.size() >= 3);
    CHECK(static_cast<int>(arrays[0].values.size()) == spec.state_size());
    CHECK(arrays[1].shape[0] == spec.action_size());
    CHECK(arrays[2].shape[0] == spec.observation_size());
    for (const NamedArray& array : {arrays[1], arrays[2]}) {
      CHECK(static_cast<int>(array.values.size()) == array.shape[0] * array.shape[1]);
      for (const double place : array.values) CHECK((place >= 0.0 && place <= 1.0));
    }
  }
}

TEST_CASE("a plane is drawn as it is, beside what it is to become", "[chart]") {
  const Figure flow = ChartOf("PDE-kolmogorov_flow-v1");
  const FieldMap& now = std::get<FieldMap>(flow.panels[0]);
  const FieldMap& target = std::get<FieldMap>(flow.panels[1]);
  CHECK(now.title.rfind("vorticity", 0) == 0);
  CHECK(std::count_if(now.marks.begin(), now.marks.end(), [](Mark m) { return m.ring; }) == 64);
  CHECK(now.marks.size() == 64 + 16);
  // -4 times the even flow's speed, 2 m/s, at y = 0.
  CHECK(target.values[0] == Approx(-8.0).epsilon(1e-9));
  // Two fields are measured at each of 64 places.
  const Figure waves = ChartOf("PDE-burgers_2d-v1");
  for (const int panel : {0, 1}) {
    CHECK(std::get<FieldMap>(waves.panels[panel]).marks.size() == 64 + 16);
  }
}

TEST_CASE("rows that crowd at the walls are drawn at their heights", "[chart]") {
  const EnvSpec spec = ResolveSpec("PDE-rayleigh_benard-v1");
  const NamedArray heights = FindRegistration(spec.id).plant(spec)[3];
  REQUIRE(heights.name == "row_heights");
  const int rows = heights.shape[0], columns = spec.state_size() / 2 / rows;
  Trace trace;
  TracePoint& point = AddRest(spec, trace);
  for (int i = 0; i < rows * columns; ++i) {
    point.state[i] = static_cast<float>(1.0 - heights.values[i / columns]);
  }
  const FieldMap map = std::get<FieldMap>(MakeChart(spec, trace).panels[0]);
  CHECK(map.y_high == 1.0);
  // What falls evenly falls evenly in the picture.
  for (int row = 0; row < rows; ++row) {
    CHECK(map.values[row * columns] == Approx(1.0 - (row + 0.5) / rows).margin(1e-6));
  }
  // Heaters stand at the lower wall.
  CHECK(std::count_if(map.marks.begin(), map.marks.end(),
                      [](Mark m) { return !m.ring && m.y < 0.1; }) == 8);
}

// A trace of `points` steps of 0.1 s in which every number of the observation is `value`, and the action
// and the reward are the step's number.
Trace Steady(const EnvSpec& spec, int points, float value) {
  Trace trace;
  for (int i = 0; i < points; ++i) {
    TracePoint& point = trace.Add();
    point.time = 0.1 * i;
    point.reward = i;
    point.observation.assign(spec.observation_size(), value);
    point.action.assign(spec.action_size(), static_cast<float>(i));
    point.state.assign(spec.state_size(), 0.0f);
  }
  return trace;
}

TEST_CASE("limits of a drive are drawn where they are near", "[chart][motor]") {
  const EnvSpec direct = ResolveSpec("Motor-Cont-SC-ShuntDc-v1");
  const Figure calm = MakeChart(direct, Steady(direct, 3, 0.1f));
  const Plot& currents = std::get<Plot>(calm.panels[1]);
  CHECK(currents.title == "states with limits");
  REQUIRE(currents.curves.size() == 2);
  CHECK(currents.curves[0].name == "i_a");
  CHECK(currents.limits.empty());
  const Figure near = MakeChart(direct, Steady(direct, 3, 0.8f));
  CHECK(std::get<Plot>(near.panels[1]).limits == std::vector<double>{1.0});
  const EnvSpec free = ResolveSpec(direct.id, {{"constraints", List{}}});
  CHECK(MakeChart(free, Steady(free, 3, 0.8f)).panels.size() == 3);
}

TEST_CASE("currents that are limited together have a plane of their own", "[chart][motor]") {
  const EnvSpec spec = ResolveSpec("Motor-Cont-CC-PMSM-v1");
  const Figure figure = MakeChart(spec, Steady(spec, 3, 0.25f));
  const Plot& plane = std::get<Plot>(figure.panels[1]);
  CHECK(plane.beside);
  CHECK((plane.x_label == "i_sd" && plane.y_label == "i_sq"));
  REQUIRE(plane.curves.size() == 2);
  for (size_t i = 0; i < plane.curves[0].x.size(); ++i) {  // the limit: a circle of radius 1
    CHECK(std::hypot(plane.curves[0].x[i], plane.curves[0].y[i]) == Approx(1).epsilon(1e-12));
  }
  CHECK(plane.curves[1].x == std::vector<double>(3, 0.25));
  REQUIRE(plane.places.size() == 1);
  CHECK((plane.places[0].ring && plane.places[0].x == 0.25 && plane.places[0].y == 0.25));
}

TEST_CASE("an action is drawn over the time it was held for, and no reward at the start",
          "[chart]") {
  const EnvSpec spec = ResolveSpec("Linear-toy-v1");
  const Figure figure = MakeChart(spec, Steady(spec, 4, 0.0f));
  const Plot& action = std::get<Plot>(figure.panels[1]);
  CHECK(action.curves[0].steps);
  CHECK(action.curves[0].x[0] == 0.0);
  CHECK(action.curves[0].y == std::vector<double>{1, 2, 3, 3});
  const Curve& reward = std::get<Plot>(figure.panels[2]).curves[0];
  CHECK(std::isnan(reward.y[0]));
  CHECK(reward.y[1] == 1.0);
}

TEST_CASE("a chart shows what is chosen, and where limits were violated", "[chart]") {
  const EnvSpec spec = ResolveSpec("Motor-Cont-CC-PMSM-v1");
  Trace trace;
  for (int k = 0; k < 4; ++k) {
    TracePoint& point = trace.Add();
    point.time = 0.1 * k;
    point.reward = 0.0;
    point.observation.assign(spec.observation_size(), 0.0f);
    point.action.assign(spec.action_size(), 0.0f);
    point.violation = k == 3;
    if (point.violation) trace.CountViolation();
  }
  const Figure figure = MakeChart(spec, trace, "omega,i_sq");
  CHECK(figure.title == spec.id + ": 1 violation");
  REQUIRE(figure.panels.size() == 3);  // and the action, and the reward
  const Plot& plot = std::get<Plot>(figure.panels[0]);
  REQUIRE(plot.curves.size() == 3);  // i_sq has a reference
  CHECK(plot.curves[0].name == "omega");
  CHECK(plot.curves[1].name == "i_sq");
  CHECK(plot.curves[2].dashed);
  // A drive's steps are parts of a millisecond, and so is its time.
  CHECK(plot.marks == std::vector<double>{1e3 * (0.1 * 3)});
  CHECK(plot.curves[0].x == std::vector<double>{0.0, 100.0, 200.0, 1e3 * (0.1 * 3)});
  CHECK(std::get<Plot>(figure.panels[2]).x_label == "t (ms)");
  CHECK_THROWS_WITH(MakeChart(spec, trace, "omega,i_sb"), Catch::Contains("i_b"));
  CHECK_THROWS_WITH(MakeChart(spec, trace, "i_a,i_b,i_c,i_sd,i_sq,omega,torque"),
                    Catch::Contains("at most 6 numbers, got 7"));
}

TEST_CASE("violations in a trace are counted over episodes", "[chart]") {
  const std::unique_ptr<VectorEnv> env =
      VectorEnv::Make("Motor-Cont-CC-PMSM-v1", {},
                      {.num_envs = 1, .autoreset = Autoreset::kNextStep, .trace = true});
  const uint64_t seed = 5;
  env->Reset({&seed, 1}, {}, {{"ode", {400, 0, 399.9, 0}}});
  int violations = 0;
  for (int k = 0; k < 60; ++k) {
    // Full voltage along one phase.
    env->columns().action.WriteRow(0, std::vector<double>{1, -1, -1});
    env->Step();
    violations += env->columns().terminated.as<uint8_t>()[0];
    const Trace& trace = env->trace(0);
    CHECK(trace[trace.size() - 1].violation == (env->columns().terminated.as<uint8_t>()[0] != 0));
  }
  CHECK(violations >= 2);
  CHECK(env->trace(0).num_violations() == violations);
}

TEST_CASE("what meters traffic is marked at its ends", "[chart][pde]") {
  for (const auto& [control, places] : std::map<std::string, std::vector<double>>{
           {"inlet", {0}}, {"outlet", {1}}, {"both", {0, 1}}}) {
    const EnvSpec spec = ResolveSpec("PDE-traffic_arz-v1", {{"control", control}});
    CHECK(FindRegistration(spec.id).plant(spec)[1].values == places);
  }
}

}  // namespace
}  // namespace flyball
