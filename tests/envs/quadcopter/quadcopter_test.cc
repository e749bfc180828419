#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>
#include <string>
#include <tuple>
#include <vector>

#include "envs/core/kernel.h"
#include "envs/core/policy.h"
#include "envs/core/vector_env.h"
#include "envs/quadcopter/config.h"
#include "envs/quadcopter/gpd.h"
#include "envs/quadcopter/row.h"
#include "physics/numeric/error.h"
#include "physics/numeric/isa.h"
#include "tests/allocations.h"
#include "tests/envs/core/row_state.h"

FLYBALL_DECLARE_WIDE_KERNEL(quadcopter);

namespace flyball {
namespace {

std::unique_ptr<VectorEnv> Make(const std::string& id, const Options& options, int num_envs = 1) {
  auto env = VectorEnv::Make(id, options, {.num_envs = num_envs});
  const uint64_t seed = 5;
  env->Reset({&seed, 1});
  return env;
}

// The same action in every row, a little different between rows and components.
void Act(VectorEnv& env, int step) {
  const std::vector<double> low = env.spec().action.field.low(),
                            high = env.spec().action.field.high();
  std::vector<double> action(low.size());
  for (int row = 0; row < env.num_envs(); ++row) {
    for (size_t i = 0; i < action.size(); ++i) {
      const double share = 0.5 + 0.2 * std::sin(0.7 * step + 1.3 * row + 2.1 * i);
      action[i] = low[i] + share * (high[i] - low[i]);
    }
    env.columns().action.WriteRow(row, action);
  }
}

// What every kind of environment of the family is built from.
std::vector<std::pair<std::string, Options>> Cases() {
  std::vector<std::pair<std::string, Options>> cases;
  for (const char* preset : {"default", "gpd_dyn", "gpd_pyb"}) {
    for (const char* action : {"rpm", "one_d_rpm", "pid", "one_d_pid", "vel"}) {
      cases.push_back({"QuadHover-v1", {{"preset", preset}, {"action", action}}});
    }
    cases.push_back({"QuadControl-v1", {{"preset", preset}, {"drone", "race"}}});
    cases.push_back({"QuadControl-v1", {{"preset", preset}, {"num_drones", 3}}});
  }
  cases.push_back({"QuadHover-v1", {{"num_drones", 2}, {"randomise", 0.2}}});
  for (const char* action : {"position", "velocity", "acceleration", "attitude", "rates"}) {
    cases.push_back({"QuadHover-v1", {{"action", action}, {"drone", "cf21B_500"}}});
  }
  for (const char* id : {"QuadFlyThruGate-v1", "QuadTune-v1", "QuadLanding-v1", "QuadWaypoints-v1",
                         "QuadGates-v1", "QuadFormation-v1", "QuadDocking-v1", "QuadFlock-v1"}) {
    cases.push_back({id, {}});
  }
  // Everything at once.
  cases.push_back({"QuadFormation-v1",
                   {{"observation", "full"},
                    {"neighbours", 2},
                    {"ends", "all"},
                    {"battery", Dict()},
                    {"wind", List{1.0, 0.0, 0.0}},
                    {"wind_shear", 0.14},
                    {"gusts", 0.5},
                    {"motor_noise", 0.02},
                    {"action_delay", 2},
                    {"randomise", 0.1}}});
  cases.push_back({"QuadHover-v1", {{"observation", "sensor"}}});
  cases.push_back({"QuadControl-v1",
                   {{"preset", "gpd_pyb"},
                    {"num_drones", 2},
                    {"effects", List{"ground", "drag", "downwash"}}}});
  return cases;
}

TEST_CASE("the reward is what its text says", "[quadcopter]") {
  const auto env = Make("QuadHover-v1", {});
  for (const std::vector<double>& action :
       {std::vector<double>{0, 0, 0, 0}, {0.5, -1, 0, 0.25}, {1, 1, 1, 1}}) {
    env->columns().action.WriteRow(0, action);
    env->Step();
    // State: position, quaternion, roll pitch yaw, velocity, angular velocity, rotor speeds.
    const std::vector<double> x = StateOf(*env);
    const auto squared = [&](int at, double offset_z = 0) {
      return x[at] * x[at] + x[at + 1] * x[at + 1] + std::pow(x[at + 2] - offset_z, 2);
    };
    double effort = 0;
    for (const double a : action) effort += 0.25 * std::min(a * a, 1.0);
    const double reward = 1 / (1 + 4 * squared(0, 1.0)) - 0.1 * std::min(squared(10), 1.0) -
                          0.05 * std::min(squared(13) / 25, 1.0) - 0.1 * effort;
    // The state is exact; angular velocity is turned to the world, which costs a rounding or two.
    CHECK(env->columns().reward.as<double>()[0] == Approx(reward).margin(1e-12));
  }
}

TEST_CASE("tasks show how much of the episode is left", "[quadcopter]") {
  for (const char* engine : {"analytic", "mujoco"}) {
    const auto env =
        Make("QuadHover-v1", {{"engine", engine}, {"dtype", "float64"}, {"start_spread", 0.0}});
    const Column& shown = env->columns().observation[0];
    const Field& field = shown.field();
    REQUIRE(field.entries.back().name == "time_left");
    std::vector<double> view(field.size());
    env->columns().action.WriteRow(0, {{0, 0, 0, 0}});
    // 8 s at 30 actions a second; the same after the reset that follows the end.
    for (int step = 0; step < 250; ++step) {
      shown.ReadRow(0, view);
      CHECK(view.back() == Approx(1 - (step <= 240 ? step : step - 241) / 240.0).margin(1e-12));
      env->Step();
    }
  }
  // The peer's view is the peer's, and raw rotor speeds are no task.
  for (const char* id : {"QuadHover-v1", "QuadControl-v1"}) {
    const bool task = std::string(id) == "QuadHover-v1";
    const EnvSpec spec = ResolveSpec(id, {{"preset", task ? "gpd_pyb" : "default"}});
    for (const Entry& entry : spec.observation[0].entries) CHECK(entry.name != "time_left");
  }
}

TEST_CASE("a row's bits do not depend on lanes or rows", "[quadcopter][determinism][threads]") {
  for (const auto& [id, options] : Cases()) {
    CAPTURE(id, Value(options).ToJson());
    // 37 rows run on lanes; one row runs on scalars.
    const int rows = 37, row = 21;
    auto many = VectorEnv::Make(id, options, {.num_envs = rows, .threads = 2});
    auto one = VectorEnv::Make(id, options, {.num_envs = 1});
    const uint64_t seed = 100, row_seed = seed + row;
    many->Reset({&seed, 1});
    one->Reset({&row_seed, 1});
    std::vector<double> action(many->spec().action_size());
    for (int step = 0; step < 60; ++step) {
      Act(*many, step);
      many->columns().action.ReadRow(row, action);
      one->columns().action.WriteRow(0, action);
      many->Step();
      one->Step();
      const Column& a = many->columns().observation[0];
      const Column& b = one->columns().observation[0];
      REQUIRE(std::memcmp(a.row(row), b.row(0), a.row_bytes()) == 0);
      REQUIRE(many->columns().reward.as<double>()[row] == one->columns().reward.as<double>()[0]);
      REQUIRE(StateOf(*many, row) == StateOf(*one));
    }
  }
}

#ifdef FLYBALL_HAS_V3
TEST_CASE("all instruction sets give the same bits", "[quadcopter][determinism]") {
  const KernelBuilds builds = FLYBALL_WIDE_KERNEL_BUILDS(quadcopter);
  if (!__builtin_cpu_supports("avx2")) return;
  // The last two start over the beam of a gate and over a pad.
  using quadcopter::TaskId;
  for (const auto& [task, preset, place] :
       std::vector<std::tuple<TaskId, std::string, std::vector<double>>>{
           {TaskId::kHover, "default", {}},
           {TaskId::kHover, "gpd_dyn", {}},
           {TaskId::kHover, "gpd_pyb", {}},
           {TaskId::kFlyThruGate, "default", {0.35, -1.0, 1.2}},
           {TaskId::kLanding, "", {0.05, 0.02, 0.1}}}) {
    const quadcopter::Task& about = quadcopter::FindTask(task);
    const Options options = preset.empty() ? Options{} : Options{{"preset", preset}};
    const EnvSpec spec = ResolveSpec(std::string(about.name), options);
    const quadcopter::Config config = quadcopter::MakeConfig(about, spec.options);
    constexpr int kRows = 20;
    std::vector<std::vector<double>> results;
    std::vector<KernelEntry> entries = {builds.base, builds.v3};
    if (BestIsa() >= Isa::kV4) entries.push_back(builds.v4);
    for (const KernelEntry entry : entries) {
      Columns columns(spec, kRows);
      std::vector<RowClock> clocks(kRows);
      std::vector<uint8_t> skip(kRows, 0);
      std::vector<RowStatus> status(kRows);
      std::unique_ptr<Batch> batch(entry({spec, kRows, columns, clocks, skip, status}, &config, 0));
      for (int row = 0; row < kRows; ++row) {
        Rng rng(row);
        batch->Reset(row, rng, ResetValues({place}));
      }
      std::vector<double> action(4), all;
      for (int step = 0; step < 40; ++step) {
        for (int row = 0; row < kRows; ++row) {
          for (int i = 0; i < 4; ++i) action[i] = std::sin(row + 0.3 * step + i);
          columns.action.WriteRow(row, action);
        }
        batch->Step(0, kRows);
      }
      std::vector<double> state(spec.state_size());
      for (int row = 0; row < kRows; ++row) {
        batch->ReadState(row, state);
        all.insert(all.end(), state.begin(), state.end());
      }
      results.push_back(all);
    }
    for (const std::vector<double>& result : results) CHECK(result == results[0]);
  }
}
#endif

TEST_CASE("over gates and pads rows keep their bits, and nothing is allocated",
          "[quadcopter][determinism]") {
  // Each row at a place of its own: over the beam, over its edges and ends, beside and below it; over
  // the pad that drives, and beside it.
  for (const auto& [id, option, middle] :
       std::vector<std::tuple<std::string, Options, std::vector<double>>>{
           {"QuadFlyThruGate-v1", {}, {0.0, -1.0, 1.15}},
           {"QuadLanding-v1", {{"pad_speed", 0.5}}, {0.0, 0.5, 0.05}}}) {
    const int rows = 37;
    Options options = option;
    options["dtype"] = "float64";
    auto many = VectorEnv::Make(id, options, {.num_envs = rows, .threads = 1});
    auto two = VectorEnv::Make(id, options, {.num_envs = rows, .threads = 2});
    std::vector<double> places;
    for (int row = 0; row < rows; ++row) {
      const double x = 0.5 * std::sin(0.9 * row), y = 0.05 * std::sin(2.3 * row);
      for (const double p : {middle[0] + x, middle[1] + y, middle[2] + 0.08 * (row % 5)}) {
        places.push_back(p);
      }
    }
    const uint64_t seed = 3;
    ResetOptions start;
    start["position"] = places;
    for (VectorEnv* env : {many.get(), two.get()}) env->Reset({&seed, 1}, {}, start);
    std::vector<std::unique_ptr<VectorEnv>> ones;
    for (int row = 0; row < rows; ++row) {
      ones.push_back(VectorEnv::Make(id, options, {.num_envs = 1}));
      const uint64_t own = seed + row;
      start["position"] = {places[3 * row], places[3 * row + 1], places[3 * row + 2]};
      ones.back()->Reset({&own, 1}, {}, start);
    }
    for (int step = 0; step < 12; ++step) {
      Act(*many, step), Act(*two, step);
      std::vector<double> action(many->spec().action_size());
      const long before = test::Allocations();
      many->Step();
      if (step > 2) CHECK(test::Allocations() == before);
      two->Step();
      for (int row = 0; row < rows; ++row) {
        many->columns().action.ReadRow(row, action);
        ones[row]->columns().action.WriteRow(0, action);
        ones[row]->Step();
        REQUIRE(StateOf(*many, row) == StateOf(*ones[row]));
        REQUIRE(StateOf(*many, row) == StateOf(*two, row));
      }
    }
  }
}

TEST_CASE("the baseline hovers", "[quadcopter][policy]") {
  for (const auto& [id, options, steps] : std::vector<std::tuple<std::string, Options, int>>{
           {"QuadHover-v1", {}, 240},
           {"QuadHover-v1", {{"action", "pid"}}, 240},
           {"QuadHover-v1", {{"action", "vel"}}, 240},
           {"QuadHover-v1", {{"drone", "race"}}, 240},
           {"QuadHover-v1", {{"drone", "cf2p"}, {"num_drones", 3}, {"randomise", 0.02}}, 240},
           {"QuadControl-v1", {}, 1920},
           {"QuadControl-v1", {{"drone", "race"}}, 1920},
           {"QuadControl-v1", {{"preset", "gpd_pyb"}, {"control_hz", 48}}, 384}}) {
    CAPTURE(id, Value(options).ToJson());
    auto env = Make(id, options, 8);
    auto policy = MakePolicy("pid", env->spec());
    policy->Resize(8);
    std::vector<double> observation(env->spec().observation_size()),
        action(env->spec().action_size());
    for (int step = 0; step < steps; ++step) {
      for (int row = 0; row < 8; ++row) {
        const std::vector<double> state = StateOf(*env, row);
        const RowClock& clock = env->clocks()[row];
        policy->Act(row, {observation, state, clock.seed, clock.episode, clock.step}, action);
        env->columns().action.WriteRow(row, action);
      }
      env->Step();
      if (step < steps - 1) REQUIRE_FALSE(env->columns().ended.as<uint8_t>()[3]);
    }
    const int drones = env->spec().num_agents;
    for (int i = 0; i < 8 * drones; ++i) {
      CHECK(env->columns().info[0].as<uint8_t>()[i]);       // is_success
      CHECK(env->columns().info[1].as<double>()[i] < 0.1);  // distance, m
    }
  }
}

TEST_CASE("episodes start where they are told to", "[quadcopter][reset]") {
  auto env = VectorEnv::Make("QuadControl-v1", {{"num_drones", 2}});
  const uint64_t seed = 0;
  env->Reset({&seed, 1}, {},
             {{"position", {1, 2, 3, 4, 5, 6}},
              {"rpy", {.1, .2, .3, -.1, -.2, -.3}},
              {"vel", {1, 0, 0, 0, 1, 0}},
              {"angvel", {0, 0, 1, 0, 2, 0}},
              {"rpm", {1, 2, 3, 4, 5, 6, 7, 8}},
              {"goal", {0, 0, 1, 0, 0, 2}}});
  const std::vector<double> s = StateOf(*env);
  CHECK(std::vector<double>(s.begin(), s.begin() + 3) == std::vector<double>{1, 2, 3});
  CHECK(s[7] == Approx(0.1).epsilon(1e-14));
  CHECK(s[20 + 9] == Approx(-0.3).epsilon(1e-14));
  CHECK(s[10] == 1.0);
  CHECK(s[15] == Approx(1.0).epsilon(1e-14));
  CHECK(s[20 + 14] == Approx(2.0).epsilon(1e-14));
  CHECK(s[20 + 19] == 8.0);
  CHECK(s[40 + 5] == 2.0);

  CHECK_THROWS_AS(env->Reset({}, {}, {{"position", {0, 0, -1, 0, 0, 1}}}), InputError);
  CHECK_THROWS_AS(env->Reset({}, {}, {{"quat", {1, 1, 0, 0, 0, 0, 0, 1}}}), InputError);
  CHECK_THROWS_AS(env->Reset({}, {}, {{"rpm", {-1, 0, 0, 0, 0, 0, 0, 0}}}), InputError);
  CHECK_THROWS_WITH(Make("QuadHover-v1", {{"control_hz", 35}}), Catch::Contains("multiple"));
  CHECK_THROWS_WITH(Make("QuadHover-v1", {{"preset", "gpd_dyn"}, {"effects", List{"drag"}}}),
                    Catch::Contains("gpd_pyb"));
  CHECK_THROWS_WITH(
      Make("QuadHover-v1", {{"preset", "gpd_pyb"}, {"drone", "race"}, {"action", "pid"}}),
      Catch::Contains("cf2x"));
  CHECK_THROWS_WITH(Make("QuadHover-v1", {{"wind", List{1.0, 2.0}}}), Catch::Contains("3"));
}

TEST_CASE("seeds move the start, presets of the peer do not", "[quadcopter][reset]") {
  const auto start = [](const char* preset, uint64_t seed) {
    auto env = VectorEnv::Make("QuadHover-v1", {{"preset", preset}});
    env->Reset({&seed, 1});
    return StateOf(*env);
  };
  CHECK(start("default", 1) != start("default", 2));
  CHECK(start("default", 1) == start("default", 1));
  CHECK(start("gpd_pyb", 1) == start("gpd_pyb", 2));
  CHECK(start("gpd_pyb", 1)[2] == 0.1125);
}

TEST_CASE("hover lasts eight seconds, by the peer's clock a little longer", "[quadcopter][clock]") {
  for (const auto& [preset, steps] :
       {std::pair{"default", 240}, {"gpd_dyn", 242}, {"gpd_pyb", 242}}) {
    // Without the core's limit, as under gymnasium.make.
    auto env = VectorEnv::Make("QuadHover-v1", {{"preset", preset}, {"action", "one_d_rpm"}},
                               {.time_limit = false});
    const uint64_t seed = 0;
    env->Reset(
        {&seed, 1}, {},
        {{"position", {0, 0, 0.8}}, {"rpy", {0, 0, 0}}, {"vel", {0, 0, 0}}, {"angvel", {0, 0, 0}}});
    const double zero = 0.0;
    env->columns().action.WriteRow(0, {&zero, 1});
    int step = 0;
    while (!env->columns().ended.as<uint8_t>()[0] && step < 300) {
      env->Step();
      ++step;
    }
    CHECK(step == steps);
    CHECK(env->columns().truncated.as<uint8_t>()[0]);
  }
}

TEST_CASE("the wake of a drone above pushes the lower one down", "[quadcopter][downwash]") {
  for (const char* preset : {"default", "gpd_pyb"}) {
    const auto sink = [&](const Value& effects) {
      auto env = VectorEnv::Make("QuadControl-v1",
                                 {{"preset", preset}, {"num_drones", 2}, {"effects", effects}});
      const double rpm = rotorcraft::FindAirframe("cf2x").hover_rpm();
      const std::vector<double> hover(8, rpm), zero(6, 0.0);
      const uint64_t seed = 0;
      env->Reset({&seed, 1}, {},
                 {{"position", {0, 0, 1, 0.02, 0, 1.5}},
                  {"rpy", zero},
                  {"vel", zero},
                  {"angvel", zero},
                  {"rpm", hover}});
      env->columns().action.WriteRow(0, hover);
      for (int i = 0; i < 60; ++i) env->Step();
      return StateOf(*env);
    };
    const std::vector<double> with = sink(List{"downwash"}), without = sink(List{});
    CHECK(without[2] == Approx(1.0).margin(1e-3));
    CHECK(with[2] < without[2] - 0.02);
    CHECK(with[22] == Approx(without[22]).margin(1e-12));  // nothing acts on the upper one
    if (std::string(preset) == "default")
      CHECK(with[0] < -1e-3);  // pushed aside, away from the axis
  }
}

TEST_CASE("in a crowd only drones near enough are looked at, and none is missed",
          "[quadcopter][downwash]") {
  for (const char* preset : {"default", "gpd_pyb"}) {
    const EnvSpec spec = ResolveSpec(
        "QuadControl-v1", {{"num_drones", 100}, {"preset", preset}, {"effects", List{"downwash"}}});
    const quadcopter::Drone drone(
        quadcopter::MakeConfig(quadcopter::FindTask(quadcopter::TaskId::kControl), spec.options));
    const int size = drone.layout().size;
    std::vector<double> state(100 * size);
    Rng rng(3);
    for (int k = 0; k < 100; ++k) {
      double* s = state.data() + k * size;
      s[0] = rng.Uniform(-15, 15), s[1] = rng.Uniform(-1, 1), s[2] = rng.Uniform(0.5, 3);
      for (int i = 0; i < 4; ++i) s[quadcopter::kSlotRpm + i] = rng.Uniform(1e4, 2e4);
      s[quadcopter::kSlotExtra + 2] = 1.0;
    }
    quadcopter::SpanStates row(state, 100);
    quadcopter::BlowDown(drone, row);
    double largest = 0.0;
    for (int n = 0; n < 100; ++n) {
      double expected = 0.0;  // down
      for (int i = 0; i < 100; ++i) {
        const double *a = state.data() + n * size, *b = state.data() + i * size;
        const rotorcraft::Vec3<double> offset = {a[0] - b[0], a[1] - b[1], a[2] - b[2]};
        if (i == n || !(b[2] > a[2])) continue;
        double thrust = 0.0;
        for (int r = 0; r < 4; ++r) {
          thrust += drone.config().airframe.RotorThrust(b[quadcopter::kSlotRpm + r]);
        }
        expected += std::string(preset) == "default" ? -drone.downwash().Force(offset, thrust).z
                                                     : drone.bullet().DownwashForce(offset);
      }
      const double* push = state.data() + n * size + quadcopter::kSlotPush;
      const double found = std::string(preset) == "default" ? -push[2] : push[0];
      CHECK(found == Approx(expected).margin(1e-15));  // added up in another order
      largest = std::max(largest, found);
    }
    CHECK(largest > 0.01);
  }
}

TEST_CASE("the peer's downwash is finite where its fit divides by zero", "[quadcopter][downwash]") {
  const quadcopter::GpdBullet bullet(rotorcraft::FindAirframe("cf2x"), {false, false, true},
                                     1.0 / 240);
  CHECK(std::isfinite(bullet.DownwashForce({0.0, 0.0, -0.6875})));
  CHECK(bullet.DownwashForce({0.0, 0.0, -0.5}) == Approx(0.3034).epsilon(1e-3));  // recorded
  CHECK(bullet.DownwashForce({0.0, 0.0, 0.5}) == 0.0);
}

}  // namespace
}  // namespace flyball
