#include "envs/quadcopter/user_functions.h"

#include <catch2/catch.hpp>
#include <chrono>
#include <cmath>
#include <cstring>
#include <limits>
#include <mutex>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "envs/core/vector_env.h"
#include "envs/quadcopter/row.h"
#include "physics/numeric/error.h"
#include "physics/rotorcraft/flight.h"
#include "tests/envs/core/row_state.h"

namespace flyball {
namespace {

using quadcopter::DroneView;

constexpr double kWeight = 0.027 * rotorcraft::kGravity;  // N, of a cf2x

// Who was seen at work. The first of `awaited` threads waits for the others.
struct Crew {
  std::mutex mutex;
  std::set<std::thread::id> seen;
  size_t awaited = 1;

  void Enter() {
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    const auto complete = [this] {
      const std::lock_guard lock(mutex);
      seen.insert(std::this_thread::get_id());
      return seen.size() >= awaited;
    };
    while (!complete() && std::chrono::steady_clock::now() < give_up) std::this_thread::yield();
  }
};
Crew crew;

// Registered once, used by all tests.
const bool kRegistered = [] {
  using Numbers = std::span<const double, 3>;
  quadcopter::RegisterWindField(
      "steady", [](double, Numbers, std::span<double, 3> air) { air[0] = 1.5, air[1] = -0.5; });
  quadcopter::RegisterWindField("swaying", [](double time, Numbers p, std::span<double, 3> air) {
    air[0] = std::sin(3 * time) + p[1];
    air[2] = 0.1 * p[0];
  });
  quadcopter::RegisterWindField("watched", [](double time, Numbers p, std::span<double, 3> air) {
    crew.Enter();
    air[2] = std::sin(time) + 0.01 * p[0];
  });
  quadcopter::RegisterWindField("torn", [](double time, Numbers p, std::span<double, 3> air) {
    if (time > 0.2 && p[0] > 1.0) air[1] = std::numeric_limits<double>::infinity();
  });
  quadcopter::RegisterResidual("lift", [](const DroneView&, std::span<double, 6> wrench) {
    wrench[2] = 0.01 * kWeight, wrench[5] = 1e-7;
  });
  quadcopter::RegisterResidual("springs", [](const DroneView& drone, std::span<double, 6> wrench) {
    for (int i = 0; i < 3; ++i) wrench[i] = 0.01 * drone.neighbours[i];
  });
  quadcopter::RegisterResidual("echo", [](const DroneView& drone, std::span<double, 6> wrench) {
    wrench[0] = -0.01 * drone.v_B[0] + 1e-3 * std::sin(5 * drone.time);
    wrench[1] = 1e-3 * (drone.rotors[0] - drone.rotors[1]);
    wrench[4] = 1e-6 * drone.up_B[0] - 1e-6 * drone.w_B[1];
  });
  quadcopter::RegisterResidual("thrower", [](const DroneView& drone, std::span<double, 6>) {
    if (drone.p_W[0] > 1.0) throw std::runtime_error("no");
  });
  return true;
}();

std::unique_ptr<VectorEnv> Make(const Options& options, int rows = 1, int threads = 1) {
  auto env = VectorEnv::Make("QuadControl-v1", options, {.num_envs = rows, .threads = threads});
  const uint64_t seed = 3;
  env->Reset({&seed, 1});
  return env;
}

void Hover(VectorEnv& env, int steps) {
  const std::vector<double> rpm(env.spec().action_size(),
                                rotorcraft::FindAirframe("cf2x").hover_rpm());
  for (int row = 0; row < env.num_envs(); ++row) env.columns().action.WriteRow(row, rpm);
  for (int step = 0; step < steps; ++step) env.Step();
}

void Place(VectorEnv& env, std::vector<double> position) {
  const std::vector<double> zero(position.size(), 0.0);
  const uint64_t seed = 3;
  env.Reset({&seed, 1}, {},
            {{"position", position}, {"rpy", zero}, {"vel", zero}, {"angvel", zero}});
}

const std::vector<std::string> kEngines = {"analytic", "mujoco", "bullet"};

TEST_CASE("a field of wind from C++ blows like the same wind", "[quadcopter][wind]") {
  REQUIRE(kRegistered);
  for (const std::string& engine : kEngines) {
    CAPTURE(engine);
    const Options common = {{"engine", engine}, {"observation", "full"}, {"start_spread", 0.0}};
    Options named = common, given = common;
    named["wind_field"] = "steady", given["wind"] = List{1.5, -0.5, 0.0};
    auto field = Make(named), mean = Make(given);
    CHECK(std::memcmp(field->columns().observation[0].row(0), mean->columns().observation[0].row(0),
                      field->columns().observation[0].row_bytes()) == 0);
    Hover(*field, 50);
    Hover(*mean, 50);
    CHECK(StateOf(*field) == StateOf(*mean));
    CHECK(StateOf(*field)[10] > 0.01);
  }
}

TEST_CASE("a residual force and torque from C++ act", "[quadcopter][residual]") {
  for (const std::string& engine : kEngines) {
    CAPTURE(engine);
    auto env =
        Make({{"engine", engine}, {"residual", Dict{{"function", "lift"}}}, {"effects", List{}}});
    Place(*env, {0, 0, 5});
    Hover(*env, 120);
    // From rest: v = F t / m, w = T t / J.
    const std::vector<double> state = StateOf(*env);
    CHECK(state[12] == Approx(0.01 * rotorcraft::kGravity * 0.5).epsilon(1e-9));
    CHECK(state[15] == Approx(1e-7 / 2.17e-5 * 0.5).epsilon(1e-9));
  }
}

TEST_CASE("a residual sees the drones nearby", "[quadcopter][residual]") {
  for (const std::string& engine : kEngines) {
    CAPTURE(engine);
    auto env = Make({{"engine", engine},
                     {"num_drones", 2},
                     {"neighbours", 1},
                     {"residual", Dict{{"function", "springs"}}},
                     {"effects", List{}}});
    Place(*env, {0, 0, 5, 0.6, 0, 5.3});
    const double first[2] = {0.01 * 0.6 / 0.027 / 240, 0.01 * 0.3 / 0.027 / 240};
    Hover(*env, 1);
    std::vector<double> state = StateOf(*env);
    CHECK(state[10] == Approx(first[0]).epsilon(1e-6));
    CHECK(state[12] == Approx(first[1]).epsilon(1e-6));
    Hover(*env, 100);
    // Equal and opposite: together they keep their momentum.
    state = StateOf(*env);
    for (int i : {10, 11, 12}) CHECK(state[i] == Approx(-state[20 + i]).margin(1e-9));
    CHECK(state[10] > 0.05);
  }
}

TEST_CASE("user functions change no bit with lanes, threads and snapshots",
          "[quadcopter][determinism][threads]") {
  for (const std::string& engine : kEngines) {
    const Options options = {{"engine", engine},
                             {"wind_field", "swaying"},
                             {"residual", Dict{{"function", "echo"}}},
                             {"gusts", 0.3}};
    auto many = Make(options, 11, 2);
    Hover(*many, 20);
    const Snapshot snapshot = many->Save(7);
    Hover(*many, 20);
    auto one = VectorEnv::Make("QuadControl-v1", options, {.num_envs = 1});
    const uint64_t seed = 3 + 7;
    one->Reset({&seed, 1});
    Hover(*one, 40);
    CHECK(StateOf(*one) == StateOf(*many, 7));
    one->Load(0, snapshot);
    Hover(*one, 20);
    CHECK(StateOf(*one) == StateOf(*many, 7));
  }
}

TEST_CASE("the drones of one world are shared out among threads, and no bit changes",
          "[quadcopter][determinism][threads]") {
  const Options options = {{"num_drones", 300}, {"wind_field", "watched"}};
  const auto fly = [&options](int threads) {
    const auto env = Make(options, 1, threads);
    crew.seen.clear();
    crew.awaited = threads;
    Hover(*env, 10);
    CHECK(static_cast<int>(crew.seen.size()) == threads);
    crew.awaited = 1;
    return StateOf(*env);
  };
  CHECK(fly(2) == fly(1));
}

TEST_CASE("a user function that fails ends its own row alone", "[quadcopter][residual]") {
  for (const Options& wrong :
       {Options{{"wind_field", "torn"}}, Options{{"residual", Dict{{"function", "thrower"}}}}}) {
    for (const std::string& engine : kEngines) {
      Options options = wrong;
      options["engine"] = engine;
      CAPTURE(Value(options).ToJson());
      auto env = Make(options, 2);
      Place(*env, {0, 0, 5, 2, 0, 5});
      bool failed = false;
      for (int step = 0; step < 60 && !failed; ++step) {
        Hover(*env, 1);
        REQUIRE(env->status()[0] == RowStatus::kOk);
        failed = env->status()[1] != RowStatus::kOk;
      }
      CHECK(failed);
      CHECK(env->columns().truncated.as<uint8_t>()[1]);
      for (double x : StateOf(*env, 0)) CHECK(std::isfinite(x));
    }
  }
}

TEST_CASE("names of user functions are checked", "[quadcopter][options]") {
  const auto make = [](const Options& options) { ResolveSpec("QuadHover-v1", options); };
  CHECK_THROWS_WITH(make({{"wind_field", "stedy"}}), Catch::Contains("steady"));
  CHECK_THROWS_WITH(make({{"residual", Dict{{"function", "lft"}}}}), Catch::Contains("lift"));
  CHECK_THROWS_WITH(make({{"wind_field", "steady"}, {"effects", List{}}}), Catch::Contains("drag"));
  CHECK_THROWS_WITH(make({{"preset", "gpd_pyb"}, {"wind_field", "steady"}}),
                    Catch::Contains("wind_field"));
}

// As from a static initialiser, which must not throw: the process would end.
const bool kMistaken = [] {
  quadcopter::RegisterResidual("empty", nullptr);
  for (double speed : {1.0, 2.0}) {
    quadcopter::RegisterWindField("twice", [speed](double, auto, auto air) { air[0] = speed; });
  }
  return true;
}();

TEST_CASE("a user function's name given twice is nobody's", "[quadcopter][options]") {
  CHECK(kMistaken);
  const auto make = [](const Options& options) { ResolveSpec("QuadHover-v1", options); };
  CHECK_THROWS_WITH(make({{"wind_field", "twice"}}),
                    Catch::Contains("wind_field 'twice'") && Catch::Contains("registered 2 times"));
  CHECK_THROWS_WITH(make({{"residual", Dict{{"function", "empty"}}}}),
                    Catch::Contains("residual function 'empty'") && Catch::Contains("empty std"));
  // They are not offered for a name that is misspelt, either.
  CHECK_THROWS_WITH(make({{"wind_field", "twic"}}), !Catch::Contains("twice"));
}

}  // namespace
}  // namespace flyball
