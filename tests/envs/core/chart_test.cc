#include "envs/core/chart.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <string>
#include <vector>

#include "envs/core/registry.h"

namespace flyball {
namespace {

// A chart of an environment at rest: everything zero, once.
Figure ChartOf(const std::string& id, const Options& options = {}) {
  const EnvSpec spec = ResolveSpec(id, options);
  Trace trace;
  TracePoint& point = trace.Add();
  point.time = point.reward = 0.0;
  point.observation.assign(spec.observation_size(), 0.0f);
  point.action.assign(spec.action_size(), 0.0f);
  point.state.assign(spec.state_size(), 0.0f);
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
    REQUIRE(arrays.size() == 3);
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
  CHECK(std::holds_alternative<FieldMap>(ChartOf("PDE-burgers_2d-v1").panels[1]));
  CHECK(std::holds_alternative<FieldMap>(ChartOf("PDE-rayleigh_benard-v1").panels[1]));
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
