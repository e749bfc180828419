// What holds for all sixty drives, and what their options do.
#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>

#include "envs/motor/task.h"
#include "physics/numeric/isa.h"
#include "tests/envs/motor/drive_env.h"

namespace flyball {
namespace {

using motor::kControlTags;
using motor::kMachineTags;

std::string Id(const std::string& kind, const std::string& control, std::string_view machine) {
  return "Motor-" + kind + "-" + control + "-" + std::string(machine) + "-v1";
}

template <class F>
void ForEachId(F&& f) {
  for (const char* kind : {"Cont", "Finite"}) {
    for (const std::string_view control : kControlTags) {
      for (const std::string_view machine : kMachineTags)
        f(Id(kind, std::string(control), machine));
    }
  }
}

TEST_CASE("every drive shows what its space allows, under random actions", "[motor]") {
  ForEachId([](const std::string& id) {
    for (const char* preset : {"default", "gem"}) {
      for (const bool bounded : {true, false}) {
        Options options = {{"preset", preset}};
        if (!bounded) options["constraints"] = List{};
        DriveEnv env = MakeDrive(id, options, 4);
        const std::vector<double> low = env->spec().observation[0].low();
        const std::vector<double> high = env->spec().observation[0].high();
        const std::unique_ptr<Policy> policy = MakePolicy("random", env->spec());
        policy->Resize(4);
        for (int k = 0; k < 60; ++k) {
          ActAndStep(*env, *policy);
          for (int row = 0; row < 4; ++row) {
            const std::span<const double> shown = Observation(*env, row);
            for (size_t j = 0; j < shown.size(); ++j) {
              if (shown[j] < low[j] || shown[j] > high[j]) {
                FAIL(id << " " << preset << " " << env->spec().observation[0].entries[j].name
                        << " = " << shown[j]);
              }
            }
            const double reward = env->columns().reward.as<double>()[row];
            REQUIRE(reward >= env->spec().reward_low);
            REQUIRE(reward <= env->spec().reward_high);
          }
        }
      }
    }
  });
}

// Everything at once, so that all paths of the kernel are walked.
std::vector<Options> Combinations(bool finite) {
  return {
      Options{},
      Options{{"preset", "gem"}, {"supply", Dict{{"type", "rc"}}}},
      Options{
          {"load", Dict{{"type", "polynomial_static"}, {"a", 0.01}, {"b", 0.01}, {"c", 1e-5}}},
          {"noise", Dict{{"sigma", 0.01}}},
          {"supply", Dict{{"type", "rc"}}},
          {"dead_time", Dict{{"steps", 2}}},
          {"reference", Dict{{"type", "switched"},
                             {"signals", List{Dict{{"type", "sinus"}}, Dict{{"type", "laplace"}},
                                              Dict{{"type", "triangle"}}}},
                             {"super_episode_length", List{3, 9}},
                             {"episode_lengths", List{2, 7}}}}},
      Options{{"load", Dict{{"type", "ornstein_uhlenbeck"}, {"mu", 50.0}}},
              {"supply", Dict{{"type", "ac3"}}},
              {"solver", Dict{{"type", "dopri5"}}},
              {"converter", Dict{{"interlocking_time", finite ? 2e-6 : 5e-6}}}},
      Options{{"load", Dict{{"type", "external_speed"}, {"profile", List{10.0, 20.0, 5.0}}}},
              {"solver", Dict{{"type", "euler"}, {"substeps", 3}}},
              {"noise", Dict{{"sigma", 0.01}, {"omega", Dict{{"distribution", "wald"}}}}},
              {"constraints", List{Dict{{"states", List{"omega"}}, {"from", 0.0}}, "torque"}},
              {"merge_violations", "mean"}},
      Options{{"start", Dict{{"omega", Dict{{"type", "normal"}}}}},
              {"constraints", List{"all_states"}}},
  };
}

TEST_CASE("every machine has the same bits alone, among others and on every build", "[motor]") {
  for (const std::string_view machine : kMachineTags) {
    for (const bool finite : {false, true}) {
      const std::string id = Id(finite ? "Finite" : "Cont", finite ? "SC" : "CC", machine);
      for (const Options& options : Combinations(finite)) {
        // 17 rows run on lanes, one row on scalars.
        DriveEnv one = MakeDrive(id, options);
        std::vector<DriveEnv> builds;
        for (const Isa isa : {Isa::kBase, Isa::kV3, Isa::kV4}) {
          if (BestIsa() >= isa) builds.push_back(MakeOn(IsaName(isa), id, options, 17));
        }
        const uint64_t own = 11 + 16;
        one->Reset({&own, 1});
        const std::unique_ptr<Policy> policy = MakePolicy("random", one->spec());
        policy->Resize(1);
        std::vector<double> action(one->spec().action_size());
        for (int k = 0; k < 40; ++k) {
          const RowClock& clock = one->clocks()[0];
          policy->Act(0, {Observation(*one), {}, own, clock.episode, clock.step}, action);
          Play(*one, action);
          for (DriveEnv& many : builds) {
            Play(*many, action);
            const std::span<const double> a = Observation(*one), b = Observation(*many, 16);
            INFO(id << " " << Value(options).ToJson() << " step " << k << " build "
                    << &many - builds.data());
            REQUIRE(std::memcmp(a.data(), b.data(), a.size_bytes()) == 0);
            REQUIRE(StateOf(*one) == StateOf(*many, 16));
            REQUIRE(one->columns().reward.as<double>()[0] ==
                    many->columns().reward.as<double>()[16]);
          }
        }
      }
    }
  }
}

std::vector<double> Still(const VectorEnv& env, double duty) {
  std::vector<double> action(env.spec().action_size());
  for (size_t k = 0; k < action.size(); ++k) action[k] = duty * std::cos(2.1 * k);
  return action;
}

TEST_CASE("solvers agree", "[motor]") {
  for (const std::string_view machine : kMachineTags) {
    const std::string id = Id("Cont", "CC", machine);
    const auto end = [&](const Dict& solver) {
      DriveEnv env = MakeDrive(id, {{"solver", solver}, {"constraints", List{}}});
      Play(*env, Still(*env, 0.1), 20);
      return StateOf(*env);
    };
    const std::vector<double> exact = end({{"type", "exact"}});
    double scale = 0;
    for (const double x : exact) scale = std::fmax(scale, std::fabs(x));
    const auto differs = [&](const Dict& solver) {
      const std::vector<double> other = end(solver);
      double most = 0;
      for (size_t k = 0; k < exact.size(); ++k) {
        most = std::fmax(most, std::fabs(other[k] - exact[k]));
      }
      return most / scale;
    };
    INFO(id);
    CHECK(differs({{"type", "rk4"}, {"accuracy", 1e-12}}) < 1e-9);
    CHECK(differs({{"type", "dopri5"}, {"relative", 1e-11}, {"absolute", 1e-13}}) < 1e-8);
    // Of order one: errors of the first order of the parts (2 us against time constants of 1 ms).
    const double coarse = differs({{"type", "euler"}, {"substeps", 20}});
    const double fine = differs({{"type", "euler"}, {"substeps", 40}});
    CHECK(coarse < 0.02);
    CHECK(coarse / fine == Approx(2).epsilon(0.1));
  }
}

TEST_CASE("a solver that may not take its steps ends the row, and says so", "[motor]") {
  DriveEnv env = MakeDrive(
      "Motor-Cont-SC-PMSM-v1",
      {{"solver",
        Dict{{"type", "dopri5"}, {"max_steps", 1}, {"relative", 1e-13}, {"absolute", 1e-13}}}});
  Play(*env, {1, -1, -1});
  CHECK(env->status()[0] == RowStatus::kDiverged);
}

TEST_CASE("an external speed is met at the end of every step, in the peer it lags", "[motor]") {
  const List profile = {10.0, 20.0, 15.0, 40.0};
  const Dict load = {{"type", "external_speed"}, {"profile", profile}};
  DriveEnv env = MakeDrive("Motor-Cont-CC-PMSM-v1", {{"load", load}});
  CHECK(StateOf(*env)[0] == 10);
  for (const double omega : {20.0, 15.0, 40.0, 40.0}) {
    const double angle = StateOf(*env)[3], before = StateOf(*env)[0];
    Play(*env, {0, 0, 0});
    CHECK(StateOf(*env)[0] == Approx(omega).epsilon(1e-12));
    // The speed runs straight between: the angle by its mean.
    CHECK(StateOf(*env)[3] - angle == Approx(3 * 1e-4 * 0.5 * (before + omega)).epsilon(1e-9));
  }
  DriveEnv peer = MakeDrive("Motor-Cont-CC-PMSM-v1", {{"preset", "gem"}, {"load", load}});
  Play(*peer, {0, 0, 0});
  CHECK(StateOf(*peer)[0] == Approx(20 - 10 * std::exp(-1.0)).epsilon(1e-9));
}

TEST_CASE("a wandering speed has the process's mean and spread", "[motor]") {
  constexpr int kRows = 2000;
  DriveEnv env = MakeDrive("Motor-Cont-CC-PermExDc-v1",
                           {{"constraints", List{}},
                            {"tau", 1e-3},
                            {"load", Dict{{"type", "ornstein_uhlenbeck"},
                                          {"mu", 50.0},
                                          {"theta", 20.0},
                                          {"sigma", 60.0},
                                          {"omega", 0.0}}}},
                           kRows);
  Play(*env, {0}, 30);
  double sum = 0, squares = 0;
  for (int row = 0; row < kRows; ++row) {
    const double omega = StateOf(*env, row)[0];
    sum += omega;
    squares += omega * omega;
  }
  const double mean = sum / kRows, t = 30e-3;
  const double expected = 50 * (1 - std::exp(-20 * t));
  const double deviation = 60 * std::sqrt((1 - std::exp(-2 * 20 * t)) / (2 * 20));
  // Five standard errors.
  CHECK(mean == Approx(expected).margin(5 * deviation / std::sqrt(kRows)));
  CHECK(std::sqrt(squares / kRows - mean * mean) ==
        Approx(deviation).epsilon(5 / std::sqrt(2.0 * kRows)));
}

TEST_CASE("a supply's capacitor gives what the converter draws", "[motor]") {
  DriveEnv env = MakeDrive(
      "Motor-Cont-CC-PermExDc-v1",
      {{"constraints", List{}}, {"supply", Dict{{"type", "rc"}, {"r", 0.1}, {"c", 4e-3}}}});
  env->Reset({}, {}, {{"ode", {100, 0}}});
  double u = 60;
  for (int k = 0; k < 20; ++k) {
    const double before = StateOf(*env)[1];
    Play(*env, {0.5});
    // What is shown is the voltage that the step just made had.
    CHECK(Shown(*env, "u_sup") == Approx(u / 60).epsilon(1e-9));
    CHECK(Shown(*env, "u") == Approx(0.5 * u / 60).epsilon(1e-9));
    // Half of the mean current discharges the capacitor, the source charges it.
    const double end = 60 - 0.1 * 0.5 * 0.5 * (before + StateOf(*env)[1]);
    u = end + (u - end) * std::exp(-1e-4 / (0.1 * 4e-3));
  }
  CHECK(u < 50);
}

TEST_CASE("references of all types keep to their margin and their form", "[motor]") {
  const auto follow = [](const Dict& reference, int steps) {
    DriveEnv env =
        MakeDrive("Motor-Cont-CC-PMSM-v1", {{"constraints", List{}}, {"reference", reference}});
    std::vector<double> values = {Shown(*env, "i_sd_reference")};
    for (int k = 0; k < steps; ++k) {
      Play(*env, {0, 0, 0});
      values.push_back(Shown(*env, "i_sd_reference"));
    }
    return values;
  };
  const Dict wave = {{"amplitude", 0.2}, {"offset", 0.1}, {"frequency", 50.0}, {"phase", 0.0}};
  const auto shaped = [&](const char* type, double duty) {
    Dict reference = wave;
    reference["type"] = type;
    if (duty > 0) reference["duty"] = duty;
    return follow(reference, 200);  // one period
  };
  const std::vector<double> saw = shaped("sawtooth", 0), triangle = shaped("triangle", 0.25);
  for (int k = 0; k < 200; ++k) {
    const double turn = k / 200.0;
    CHECK(saw[k] == Approx(0.1 + 0.2 * (2 * turn - 1)).margin(1e-9));
    const double rise = turn < 0.25 ? 8 * turn - 1 : 1 - 2 * (turn - 0.25) / 0.75;
    CHECK(triangle[k] == Approx(0.1 + 0.2 * rise).margin(1e-9));
  }
  CHECK(follow({{"type", "zero"}}, 5) == std::vector<double>(6, 0.0));
  for (const char* type : {"wiener", "laplace", "sinus", "sawtooth", "triangle", "step"}) {
    const std::vector<double> values =
        follow({{"type", type}, {"limit_margin", List{-0.1, 0.05}}, {"episode_lengths", 20}}, 300);
    double low = 1, high = -1;
    for (const double x : values) low = std::fmin(low, x), high = std::fmax(high, x);
    CHECK(low >= -0.1);
    CHECK(high <= 0.05);
    CHECK(high > low);
  }
}

TEST_CASE("switched references switch, and several states follow their own", "[motor]") {
  const Dict switched = {
      {"type", "switched"},
      {"signals", List{Dict{{"type", "constant"}, {"values", 0.1}},
                       Dict{{"type", "constant"}, {"values", -0.2}}, Dict{{"type", "zero"}}}},
      {"weights", List{1.0, 2.0, 1.0}},
      {"super_episode_length", List{5, 15}}};
  constexpr int kRows = 64;
  DriveEnv env =
      MakeDrive("Motor-Cont-CC-PMSM-v1", {{"constraints", List{}}, {"reference", switched}}, kRows);
  int count[3] = {}, changes = 0;
  std::vector<double> last(kRows);
  for (int k = 0; k < 300; ++k) {
    Play(*env, {0, 0, 0});
    for (int row = 0; row < kRows; ++row) {
      const double x = Shown(*env, "i_sd_reference", row);
      REQUIRE((x == 0.1 || x == -0.2 || x == 0));
      ++count[x == 0.1 ? 0 : x == -0.2 ? 1 : 2];
      changes += x != last[row];
      last[row] = x;
    }
  }
  // 64 rows of 30 draws each: five standard errors of a half are 0.06.
  CHECK(count[1] / (300.0 * kRows) == Approx(0.5).margin(0.06));
  CHECK(count[0] / (300.0 * kRows) == Approx(0.25).margin(0.06));
  // A change every 10 steps, but for the draws of the same again (3 in 8).
  CHECK(changes / (300.0 * kRows) == Approx(0.1 * 5 / 8).epsilon(0.15));

  DriveEnv several = MakeDrive(
      "Motor-Cont-CC-EESM-v1",
      {{"reference", Dict{{"type", "multiple"},
                          {"references", Dict{{"i_e", Dict{{"type", "constant"}, {"values", 0.3}}},
                                              {"omega", Dict{{"type", "zero"}}}}}}}});
  CHECK(several->spec().observation[0].entries.back().name == "omega_reference");
  CHECK(Shown(*several, "i_e_reference") == 0.3);
  CHECK(Shown(*several, "omega_reference") == 0);
}

TEST_CASE("the flux observer finds the flux; sums and angles are what they say", "[motor]") {
  for (const char* machine : {"SCIM", "DFIM"}) {
    const std::string id = Id("Cont", "CC", machine);
    DriveEnv env = MakeDrive(id, {{"constraints", List{}},
                                  {"states", List{"psi_abs", "psi_angle", "cos_field", "sin_field",
                                                  "cos_epsilon", "sin_epsilon"}}});
    env->Reset({}, {}, {{"ode", {100, 0, 0, 0, 0, 0}}});
    for (int k = 0; k < 600; ++k) {
      const double angle = 2 * std::numbers::pi * 50e-4 * k;
      std::vector<double> duty(env->spec().action_size(), 0.0);
      for (int phase = 0; phase < 3; ++phase) {
        duty[phase] = 0.3 * std::cos(angle - phase * 2 * std::numbers::pi / 3);
      }
      Play(*env, duty);
      if (env->columns().ended.as<uint8_t>()[0]) break;
    }
    const std::vector<double> x = StateOf(*env);
    const double flux = std::hypot(x[3], x[4]), angle = std::atan2(x[4], x[3]);
    CHECK(Shown(*env, "cos_field") == Approx(std::cos(angle)).margin(1e-9));
    CHECK(Shown(*env, "sin_field") == Approx(std::sin(angle)).margin(1e-9));
    CHECK(Shown(*env, "cos_epsilon") == Approx(std::cos(x[5])).margin(1e-9));
    CHECK(flux > 0.05);
    // Both start without flux; Euler's method is of order one (0.03 rad a step).
    const double l_m = env->spec().options.at("motor").AsDict().at("l_m").AsNumber();
    const double limit =
        env->spec().options.at("motor").AsDict().at("limits").AsDict().at("i").AsNumber();
    CHECK(Shown(*env, "psi_abs") * l_m * limit == Approx(flux).epsilon(0.05));
    CHECK(std::cos(Shown(*env, "psi_angle") * std::numbers::pi - angle) > 0.999);
  }
  DriveEnv shunt = MakeDrive("Motor-Cont-CC-ExtExDc-v1", {{"states", List{"i_a", "i_e", "i_sum"}}});
  Play(*shunt, {0.02, 0.3}, 3);
  CHECK(Shown(*shunt, "i_sum") ==
        Approx(Shown(*shunt, "i_a") + Shown(*shunt, "i_e")).epsilon(1e-12));
}

TEST_CASE("fewer quadrants, fewer actions", "[motor]") {
  DriveEnv one = MakeDrive("Motor-Cont-CC-PermExDc-v1", {{"converter", Dict{{"type", "1qc"}}}});
  CHECK(one->spec().action.field.low()[0] == 0);
  DriveEnv two =
      MakeDrive("Motor-Finite-CC-EESM-v1", {{"converter", Dict{{"type", List{"b6", "2qc"}}}}});
  CHECK(two->spec().action.choices == std::vector<int>{8, 3});
  // A current that flows back into one transistor sees the whole supply.
  one->Reset({}, {}, {{"ode", {0, -50}}});
  Play(*one, {0.0});
  CHECK(Shown(*one, "u") == 1.0);
  CHECK(StateOf(*one)[1] > -50);
}

TEST_CASE("a free shaft at rest stays there until it is pushed", "[motor]") {
  for (const std::string_view machine : kMachineTags) {
    DriveEnv env = MakeDrive(
        Id("Cont", "SC", machine),
        {{"load", Dict{{"type", "polynomial_static"}, {"a", 0.01}, {"b", 0.01}, {"c", 0.01}}}});
    std::vector<double> rest(env->spec().state_size(), 0.0);
    env->Reset({}, {}, {{"ode", rest}});
    Play(*env, std::vector<double>(env->spec().action_size(), 0.0), 3);
    const std::vector<double> now = StateOf(*env);
    for (const double x : now) REQUIRE(std::isfinite(x));
    // A magnet pulls nothing at rest; all is zero, and friction is no motor.
    CHECK(now == rest);
  }
}

}  // namespace
}  // namespace flyball
