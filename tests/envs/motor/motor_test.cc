#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>
#include <vector>

#include "physics/drive/drive_step.h"
#include "physics/drive/pmsm.h"
#include "physics/numeric/error.h"
#include "tests/envs/motor/drive_env.h"

namespace flyball {
namespace {

const char* const kIds[] = {"Motor-Cont-CC-PMSM-v1", "Motor-Finite-CC-PMSM-v1"};
constexpr const char* kCont = "Motor-Cont-CC-PMSM-v1";
constexpr const char* kFinite = "Motor-Finite-CC-PMSM-v1";

using Env = DriveEnv;
constexpr auto Make = [](const std::string& id, Options options = {}, int num_envs = 1,
                         Autoreset autoreset = Autoreset::kNextStep) {
  return MakeDrive(id, std::move(options), num_envs, autoreset);
};

Dict Constant(double d, double q) { return {{"type", "constant"}, {"values", List{d, q}}}; }

TEST_CASE("one step is the machine's exact step under the bridge's voltage", "[motor]") {
  const Pmsm machine;
  for (const char* preset : {"default", "gem"}) {
    const bool gem = std::string(preset) == "gem";
    Env env = Make(kCont, {{"preset", preset}});
    env->Reset({}, {}, {{"ode", {100, 30, -40, 0.7}}});
    CHECK(StateOf(*env) == std::vector<double>{100, 30, -40, 0.7});
    const std::vector<double> duty = {0.5, -0.25, 0.125};
    SetAction(*env, 0, duty);
    env->Step();
    const AlphaBeta<double> u = ToAlphaBeta(Phases<double>{75, -37.5, 18.75});
    const std::vector<double> step =
        MakeExactStep(machine, 100, 1e-4, gem ? VoltageHold::kMachine : VoltageHold::kConverter);
    const Dq<double> u_start = ToDq(u, std::cos(0.7), std::sin(0.7));
    const double input[2] = {u_start.d, u_start.q};
    double current[2] = {30, -40};
    AdvanceExactly<Pmsm>(step.data(), input, current);
    const Dq<double> i = {current[0], current[1]};
    const std::vector<double> after = StateOf(*env);
    CHECK(after[0] == 100);
    // The sine of another library may differ in its last bit.
    CHECK(after[1] == Approx(i.d).epsilon(1e-13));
    CHECK(after[2] == Approx(i.q).epsilon(1e-13));
    CHECK(after[3] == Approx(0.73).epsilon(1e-15));
    CHECK(Shown(*env, "i_sd") == Approx(i.d / 400).epsilon(1e-13));
    CHECK(
        Shown(*env, "torque") ==
        Approx(
            machine.Torque(current) /
            env->spec().options.at("motor").AsDict().at("limits").AsDict().at("torque").AsNumber())
            .epsilon(1e-13));
    // The quirk and its absence: phase currents with the angle of the start, or of the end.
    const double angle = gem ? 0.7 : 0.73;
    const Phases<double> phases = ToPhases(ToAlphaBeta(i, std::cos(angle), std::sin(angle)));
    CHECK(Shown(*env, "i_a") == Approx(phases.a / 400).epsilon(1e-12));
    CHECK(Shown(*env, "i_b") == Approx(phases.b / 400).epsilon(1e-12));
    const Dq<double> u_rotor = ToDq(u, std::cos(angle), std::sin(angle));
    CHECK(Shown(*env, "u_sd") == Approx(u_rotor.d / (gem ? 150 : 200)).epsilon(1e-12));
  }
}

TEST_CASE("the peer's ratings, names and reset voltages", "[motor]") {
  Env env = Make(kCont, {{"preset", "gem"}});
  const Dict& motor = env->spec().options.at("motor").AsDict();
  const auto rating = [&](const char* which, const char* key) {
    return motor.at(which).AsDict().at(key).AsNumber();
  };
  CHECK(rating("limits", "omega") == Approx(418.87902048).epsilon(1e-10));
  CHECK(rating("limits", "torque") == Approx(160.61236263).epsilon(1e-10));
  CHECK(rating("nominal", "torque") == Approx(160.61236263).epsilon(1e-10));
  CHECK(rating("nominal", "omega") == Approx(314.15926536).epsilon(1e-10));
  CHECK(rating("nominal", "i") == 240);
  std::vector<std::string> names;
  for (const Entry& entry : env->spec().observation[0].entries) names.push_back(entry.name);
  CHECK(names == std::vector<std::string>{"omega", "torque", "i_a", "i_b", "i_c", "i_sd", "i_sq",
                                          "u_a", "u_b", "u_c", "u_sd", "u_sq", "epsilon", "u_sup",
                                          "i_sd_reference", "i_sq_reference"});
  CHECK(Shown(*env, "u_a") == -1);
  CHECK(Shown(*Make(kFinite, {{"preset", "gem"}}), "u_a") == Approx(-1.4));
}

TEST_CASE("what is shown stays inside its space, come what may", "[motor]") {
  for (const char* id : kIds) {
    for (const char* preset : {"default", "gem"}) {
      for (const bool bounded : {true, false}) {
        Options options = {{"preset", preset}};
        if (!bounded) options["constraints"] = List{};
        Env env = Make(id, options, 8);
        const std::vector<double> low = env->spec().observation[0].low();
        const std::vector<double> high = env->spec().observation[0].high();
        const std::unique_ptr<Policy> policy = MakePolicy("random", env->spec());
        policy->Resize(8);
        std::vector<double> action(env->spec().action_size());
        for (int k = 0; k < 400; ++k) {
          for (int row = 0; row < 8; ++row) {
            const RowClock& clock = env->clocks()[row];
            policy->Act(row, {Observation(*env, row), {}, clock.seed, clock.episode, clock.step},
                        action);
            SetAction(*env, row, action);
          }
          env->Step();
          for (int row = 0; row < 8; ++row) {
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
  }
}

TEST_CASE("the reward is for the reference that was shown before", "[motor]") {
  const List rows = {List{0.1, 0.2}, List{-0.3, 0.4}, List{0.5, -0.6}};
  Env env =
      Make(kCont, {{"preset", "gem"}, {"reference", Dict{{"type", "recorded"}, {"values", rows}}}});
  env->Reset({}, {}, {{"ode", {100, 40, 80, 0}}});
  for (int k = 0; k < 5; ++k) {
    // The last row stays when the table is used up.
    const int shown = std::min(k, 2);
    CHECK(Shown(*env, "i_sd_reference") == rows[shown].AsList()[0].AsNumber());
    CHECK(Shown(*env, "i_sq_reference") == rows[shown].AsList()[1].AsNumber());
    const double d = Shown(*env, "i_sd_reference"), q = Shown(*env, "i_sq_reference");
    SetAction(*env, 0, {0.1, 0, -0.1});
    env->Step();
    const double expected = -0.5 * std::fabs(Shown(*env, "i_sd") - d) / 2 -
                            0.5 * std::fabs(Shown(*env, "i_sq") - q) / 2;
    CHECK(env->columns().reward.as<double>()[0] == Approx(expected).epsilon(1e-13));
    const double* error = env->columns().info[2].as<double>();
    CHECK(error[0] == Approx(Shown(*env, "i_sd") - d).margin(1e-15));
    CHECK(error[1] == Approx(Shown(*env, "i_sq") - q).margin(1e-15));
  }
}

TEST_CASE("leaving the circle of the currents ends the episode with the stated reward", "[motor]") {
  for (const char* preset : {"default", "gem"}) {
    Env env =
        Make(kCont, {{"preset", preset}, {"reference", Constant(0, 0)}}, 1, Autoreset::kDisabled);
    env->Reset({}, {}, {{"ode", {100, 380, 0, 0}}});
    bool ended = false;
    for (int k = 0; k < 20 && !ended; ++k) {
      SetAction(*env, 0, {1, -1, -1});
      env->Step();
      const std::vector<double> state = StateOf(*env);
      const bool outside = std::hypot(state[1], state[2]) > 400;
      ended = env->columns().terminated.as<uint8_t>()[0] != 0;
      CHECK(ended == outside);
      CHECK((env->columns().info[0].as<uint8_t>()[0] != 0) == outside);
      CHECK(env->columns().info[1].as<double>()[0] == (outside ? 1 : 0));
      if (ended) {
        CHECK(env->columns().reward.as<double>()[0] ==
              Approx(std::string(preset) == "gem" ? -10 : 0).margin(1e-12));
      }
    }
    CHECK(ended);
  }
  // Switched off, or put on something else.
  Env off = Make(kCont, {{"constraints", List{}}});
  Env torque =
      Make(kCont, {{"constraints", List{Dict{{"type", "limit"}, {"states", List{"omega"}}}}}});
  for (VectorEnv* env : {off.get(), torque.get()}) {
    for (int k = 0; k < 200; ++k) {
      SetAction(*env, 0, {1, -1, -1});
      env->Step();
      CHECK(env->columns().terminated.as<uint8_t>()[0] == 0);
    }
  }
}

TEST_CASE("a row has the same bits alone, among others and on every build", "[motor]") {
  for (const char* id : kIds) {
    for (const Options& options :
         {Options{}, Options{{"preset", "gem"}},
          Options{{"load", Dict{{"type", "polynomial_static"}, {"a", 0.01}, {"b", 0.01}}},
                  {"noise", Dict{{"sigma", 0.01}}},
                  {"dead_time", Dict{{"steps", 2}}}},
          Options{{"reference", Dict{{"type", "step"}}},
                  {"converter", Dict{{"interlocking_time", 2e-6}}}}}) {
      // 37 rows run on lanes (of this machine's widest build), one row on scalars.
      Env many = Make(id, options, 37);
      const std::unique_ptr<Policy> policy = MakePolicy("random", many->spec());
      policy->Resize(1);
      std::vector<double> action(many->spec().action_size());
      for (const int row : {0, 5, 36}) {
        const uint64_t seed = 11, own = 11 + row;
        many->Reset({&seed, 1});
        Env one = Make(id, options);
        one->Reset({&own, 1});
        for (int k = 0; k < 300; ++k) {
          policy->Act(0,
                      {Observation(*one), {}, own, one->clocks()[0].episode, one->clocks()[0].step},
                      action);
          SetAction(*one, 0, action);
          for (int r = 0; r < 37; ++r) SetAction(*many, r, action);
          one->Step();
          many->Step();
          const std::span<const double> a = Observation(*one), b = Observation(*many, row);
          REQUIRE(std::memcmp(a.data(), b.data(), a.size_bytes()) == 0);
          REQUIRE(StateOf(*one) == StateOf(*many, row));
          REQUIRE(one->columns().reward.as<double>()[0] ==
                  many->columns().reward.as<double>()[row]);
        }
      }
    }
  }
}

TEST_CASE("a snapshot goes on as if nothing had been", "[motor]") {
  for (const char* id : kIds) {
    const Options options = {{"dead_time", Dict{{"steps", 1}}},
                             {"converter", Dict{{"interlocking_time", 1e-6}}}};
    Env first = Make(id, options), second = Make(id, options);
    const auto step = [&](VectorEnv& env, int k) {
      std::vector<double> action(env.spec().action_size());
      for (size_t j = 0; j < action.size(); ++j) {
        action[j] = action.size() == 1 ? (k * 5 + k / 3) % 8 : 0.3 * std::sin(k + 2.0 * j);
      }
      SetAction(env, 0, action);
      env.Step();
    };
    for (int k = 0; k < 57; ++k) step(*first, k);
    second->Load(0, first->Save(0));
    for (int k = 57; k < 200; ++k) {
      step(*first, k);
      step(*second, k);
      REQUIRE(StateOf(*first) == StateOf(*second));
      REQUIRE(std::ranges::equal(Observation(*first), Observation(*second)));
    }
  }
}

TEST_CASE("the walk of the references has the stated steps and stays inside", "[motor]") {
  constexpr int kRows = 512, kSteps = 200;
  Env env = Make(
      kCont,
      {{"preset", "gem"},
       {"constraints", List{}},
       {"reference", Dict{{"type", "wiener"}, {"sigma_range", 0.004}, {"initial_range", 0.0}}}},
      kRows);
  const std::vector<double> zero = {0, 0, 0};
  for (int row = 0; row < kRows; ++row) SetAction(*env, row, zero);
  double sum = 0, squares = 0, product = 0;
  std::vector<double> previous(2 * kRows, 0.0);
  for (int k = 0; k < kSteps; ++k) {
    env->Step();
    for (int row = 0; row < kRows; ++row) {
      double step[2];
      for (int j = 0; j < 2; ++j) {
        const double value = Observation(*env, row)[14 + j];
        step[j] = value - previous[2 * row + j];
        previous[2 * row + j] = value;
        REQUIRE(std::fabs(value) <= 0.6);
      }
      sum += step[0] + step[1];
      squares += step[0] * step[0] + step[1] * step[1];
      product += step[0] * step[1];
    }
  }
  constexpr double kCount = 2.0 * kRows * kSteps;
  // Five standard deviations of each estimate (the walk reaches 0.06, far from the bounds).
  CHECK(sum / kCount == Approx(0).margin(5 * 0.004 / std::sqrt(kCount)));
  CHECK(std::sqrt(squares / kCount) == Approx(0.004).epsilon(5 / std::sqrt(2 * kCount)));
  CHECK(product / kCount == Approx(0).margin(5 * 0.004 * 0.004 / std::sqrt(kCount / 2)));
}

TEST_CASE("the default walk starts anywhere and draws its pace per episode", "[motor]") {
  constexpr int kRows = 2000;
  Env env = Make(kCont, {}, kRows);
  double sum = 0, squares = 0;
  for (int row = 0; row < kRows; ++row) {
    const double start = Shown(*env, "i_sq_reference", row);
    REQUIRE(std::fabs(start) <= 0.6);
    sum += start;
    squares += start * start;
    const std::vector<double> state = StateOf(*env, row);
    REQUIRE(std::fabs(state[1]) <= 100);
    REQUIRE(std::fabs(state[2]) <= 100);
    REQUIRE(std::fabs(state[3]) <= std::numbers::pi);
  }
  // Uniform on [-0.6, 0.6]: deviation 0.346; five standard errors.
  CHECK(sum / kRows == Approx(0).margin(0.04));
  CHECK(std::sqrt(squares / kRows) == Approx(0.3464).epsilon(0.05));
}

TEST_CASE("waves have their amplitude, period and offset", "[motor]") {
  const auto shown = [](const char* type, double step_at) {
    Env env = Make(kCont, {{"reference", Dict{{"type", type},
                                              {"amplitude", 0.2},
                                              {"offset", 0.1},
                                              {"frequency", 50.0},
                                              {"phase", 0.25},
                                              {"duty", 0.5}}}});
    for (int k = 0; k < step_at; ++k) {
      SetAction(*env, 0, {0, 0, 0});
      env->Step();
    }
    return Shown(*env, "i_sd_reference");
  };
  // 50 Hz: 200 steps of 0.1 ms a period.
  CHECK_THROWS_AS(shown("sinus", 0), InputError);  // no duty in a sine
  const auto sine = [](int steps) {
    Env env = Make(kCont, {{"constraints", List{}},
                           {"reference", Dict{{"type", "sinus"},
                                              {"amplitude", 0.2},
                                              {"offset", 0.1},
                                              {"frequency", 50.0},
                                              {"phase", 0.25}}}});
    for (int k = 0; k < steps; ++k) {
      SetAction(*env, 0, {0, 0, 0});
      env->Step();
    }
    return Shown(*env, "i_sd_reference");
  };
  CHECK(sine(0) == Approx(0.3));
  CHECK(sine(50) == Approx(0.1).margin(1e-12));
  CHECK(sine(100) == Approx(-0.1));
  CHECK(shown("step", 0) == Approx(0.3));
  CHECK(shown("step", 49) == Approx(0.3));
  CHECK(shown("step", 51) == Approx(-0.1));
}

TEST_CASE("dead time delays actions by whole steps", "[motor]") {
  const Options options = {{"preset", "gem"}};
  Options delayed = options;
  delayed["dead_time"] = Dict{{"steps", 2}};
  Env prompt = Make(kCont, options), late = Make(kCont, delayed);
  const std::vector<std::vector<double>> duties = {
      {0, 0, 0}, {0, 0, 0}, {0.3, -0.2, 0.1}, {-0.1, 0.2, 0.4}, {0.5, 0.5, -0.5}};
  for (int k = 0; k < 5; ++k) {
    SetAction(*prompt, 0, duties[k]);
    SetAction(*late, 0, k + 2 < 5 ? duties[k + 2] : duties[0]);
    prompt->Step();
    late->Step();
    CHECK(StateOf(*prompt) == StateOf(*late));
    const double* applied = late->columns().info[3].as<double>();
    for (int j = 0; j < 3; ++j) CHECK(applied[j] == duties[k][j]);
  }
}

TEST_CASE("noise has its size, is seeded, and by default does not touch the reward", "[motor]") {
  const Dict constant = Constant(0.1, -0.2);
  Env clean = Make(kCont, {{"reference", constant}}, 200);
  Env noisy = Make(kCont,
                   {{"reference", constant},
                    {"noise", Dict{{"sigma", 0.02}, {"states", List{"i_sd", "omega"}}}}},
                   200);
  double squares = 0;
  for (int k = 0; k < 20; ++k) {
    for (int row = 0; row < 200; ++row) {
      SetAction(*clean, row, {0, 0, 0});
      SetAction(*noisy, row, {0, 0, 0});
    }
    clean->Step();
    noisy->Step();
    for (int row = 0; row < 200; ++row) {
      REQUIRE(StateOf(*clean, row) == StateOf(*noisy, row));
      REQUIRE(clean->columns().reward.as<double>()[row] ==
              noisy->columns().reward.as<double>()[row]);
      REQUIRE(Shown(*clean, "i_sq", row) == Shown(*noisy, "i_sq", row));
      const double d = Shown(*noisy, "i_sd", row) - Shown(*clean, "i_sd", row);
      const double w = Shown(*noisy, "omega", row) - Shown(*clean, "omega", row);
      squares += d * d + w * w;
    }
  }
  // 8000 draws: five standard errors of the deviation are 4 percent.
  CHECK(std::sqrt(squares / 8000) == Approx(0.02).epsilon(0.04));
}

TEST_CASE("rotor duties are phase duties turned", "[motor]") {
  Env rotor = Make(kCont, {{"control_space", "dq"}}), phase = Make(kCont);
  for (VectorEnv* env : {rotor.get(), phase.get()}) {
    env->Reset({}, {}, {{"ode", {100, 10, 20, 1.1}}, {"reference", {0.1, 0.1}}});
  }
  const Phases<double> duty =
      ToPhases(ToAlphaBeta(Dq<double>{0.25, -0.125}, std::cos(1.1), std::sin(1.1)));
  SetAction(*rotor, 0, {0.25, -0.125});
  SetAction(*phase, 0, {duty.a, duty.b, duty.c});
  rotor->Step();
  phase->Step();
  // The phase duties went through single precision.
  for (int k = 0; k < 4; ++k) CHECK(StateOf(*rotor)[k] == Approx(StateOf(*phase)[k]).epsilon(1e-6));
}

TEST_CASE("a free shaft is accelerated by the torque", "[motor]") {
  const Pmsm machine;
  Env env = Make(kCont, {{"load", Dict{{"type", "polynomial_static"}, {"j_load", 0.01}}}});
  env->Reset({}, {}, {{"ode", {0, 0, 200, 0.3}}});
  // Held at i_q = 200 A for one step by its own inductance, nearly: u = 0.
  SetAction(*env, 0, {0, 0, 0});
  env->Step();
  const double before[2] = {0, 200};
  const double mean_torque =
      0.5 * (machine.Torque(before) + machine.Torque(StateOf(*env).data() + 1));
  // The trapezium errs by the square of the step over the time constant (5e-3).
  CHECK(StateOf(*env)[0] == Approx(mean_torque * 1e-4 / (machine.j_rotor + 0.01)).epsilon(1e-4));
}

TEST_CASE("field-oriented control tracks, without a violation", "[motor]") {
  struct Case {
    const char* id;
    Options options;
    double error;  // mean length of the scaled error after the start that is allowed
  };
  // Continuous: the loop lags a walk of up to 0.01 a step (0.1 in gem) by three steps. Finite: the
  // ripple of whole vectors in 10 us is 0.02 on d.
  const Case cases[] = {
      {kCont, {}, 0.015},
      {kCont, {{"preset", "gem"}}, 0.05},
      {kCont, {{"control_space", "dq"}}, 0.02},
      {kCont, {{"dead_time", Dict{{"steps", 1}}}}, 0.02},
      {kCont,
       {{"load", Dict{{"type", "constant_speed"}, {"omega", -200.0}}},
        {"reference", Constant(-0.2, 0.2)}},
       0.002},
      {kFinite, {}, 0.03},
      {kFinite, {{"preset", "gem"}, {"reference", Constant(-0.3, 0.4)}}, 0.03},
      {kFinite, {{"dead_time", Dict{{"steps", 1}}}}, 0.03},
  };
  for (const Case& one : cases) {
    constexpr int kRows = 16;
    Env env = Make(one.id, one.options, kRows);
    const std::unique_ptr<Policy> policy = MakePolicy("foc", env->spec());
    policy->Resize(kRows);
    std::vector<double> action(env->spec().action_size());
    double sum = 0;
    int count = 0, violations = 0;
    for (int k = 0; k < 950; ++k) {
      for (int row = 0; row < kRows; ++row) {
        const RowClock& clock = env->clocks()[row];
        const std::vector<double> state = StateOf(*env, row);
        policy->Act(row, {Observation(*env, row), state, clock.seed, clock.episode, clock.step},
                    action);
        SetAction(*env, row, action);
      }
      env->Step();
      for (int row = 0; row < kRows; ++row) {
        violations += env->columns().terminated.as<uint8_t>()[row];
        if (k < 300) continue;  // the way to the first reference
        const double* error = env->columns().info[2].as<double>() + 2 * row;
        sum += std::hypot(error[0], error[1]);
        ++count;
      }
    }
    INFO(one.id << " " << Value(one.options).ToJson());
    CHECK(violations == 0);
    CHECK(sum / count < one.error);
  }
}

TEST_CASE("mistakes are named", "[motor]") {
  const auto says = [](const Options& options, const std::string& text, const char* id = kCont) {
    INFO(text);
    CHECK_THROWS_AS(ResolveSpec(id, options), InputError);
    CHECK_THROWS_WITH(ResolveSpec(id, options), Catch::Contains(text));
  };
  says({{"motor", Dict{{"l_d", -1e-3}}}}, "motor l_d = -0.001 H");
  says({{"motor", Dict{{"r_s", -1.0}}}}, "motor r_s");
  says({{"motor", Dict{{"j_rotor", 0.0}}}}, "motor j_rotor");
  says({{"motor", Dict{{"psi_q", 0.1}}}}, "psi_p");
  says({{"motor", Dict{{"p", "three"}}}}, "motor p: a number expected");
  says({{"motor", Dict{{"limits", Dict{{"i", 100.0}}}}}},
       "must not be below the nominal value 240");
  says({{"motor", Dict{{"limits", Dict{{"omgea", 100.0}}}}}}, "omega");
  says({{"load", Dict{{"type", "polynomal_static"}}}}, "polynomial_static");
  says({{"load", Dict{{"type", "polynomial_static"}, {"b", -1.0}}}}, "load b");
  says({{"load", Dict{{"omega", 1e4}}}}, "load omega = 10000 rad/s");
  says({{"supply", Dict{{"u_nominal", 0.0}}}}, "supply u_nominal");
  says({{"converter", Dict{{"interlocking_time", 2e-4}}}}, "converter interlocking_time");
  says({{"dead_time", Dict{{"steps", -1}}}}, "dead_time steps");
  says({{"reference", Dict{{"type", "weiner"}}}}, "wiener");
  says({{"reference", Constant(0.1, 1.5)}}, "reference values = 1.5");
  says({{"reference", Dict{{"type", "recorded"}, {"values", List{List{0.1, 0.2}, List{0.3}}}}}},
       "rows of numbers: 2 expected");
  says({{"reference", Dict{{"type", "recorded"}, {"values", List{List{0.1, NAN}}}}}},
       "reference values = nan");
  says({{"reference", Dict{{"type", "recorded"}}}}, "reference values: needed");
  says({{"reference", Dict{{"sigma_range", List{0.1, 0.01}}}}}, "must not be above the second");
  says({{"motor", Dict{{"p", 2.5}}}}, "motor p = 2.5: must be a whole number");
  says({{"converter", Dict{{"type", List{"b6", "b6"}}}}}, "this machine has 1 bridge, got 2");
  says({{"converter", Dict{{"type", "4qc"}}}}, "b6");
  says({{"load", Dict{{"type", "external_speed"}}}}, "load profile: needed");
  says({{"load", Dict{{"type", "external_speed"}, {"profile", List{1.0, NAN}}}}},
       "load profile [1] = nan rad/s");
  says({{"load", Dict{{"type", "external_speed"}, {"profile", List{1.0, 1e4}}}}},
       "load profile = 10000 rad/s");
  says({{"load", Dict{{"type", "ornstein_uhlenbeck"}, {"theta", -1.0}}}}, "load theta");
  says({{"supply", Dict{{"type", "rc"}, {"c", -1.0}}}}, "supply c = -1 F");
  says({{"supply", Dict{{"type", "ac2"}}}}, "ac1");
  says({{"solver", Dict{{"type", "dopri"}}}}, "dopri5");
  says({{"solver", Dict{{"type", "rk4"}, {"substeps", -1}}}}, "solver substeps");
  says({{"start", Dict{{"current", 2.0}}}}, "start current = 2");
  says({{"reference", Dict{{"type", "multiple"}, {"references", Dict{{"i_s", Dict{}}}}}}}, "i_s");
  says({{"reference", Dict{{"type", "switched"}, {"signals", List{}}}}}, "reference signals");
  says({{"motor", Dict{{"l_e", 1.74e-3}}}}, "not positive definite", "Motor-Cont-TC-EESM-v1");
  says({{"motor", Dict{{"limits", Dict{{"i_e", 10.0}}}}}}, "motor limits i_e",
       "Motor-Cont-TC-EESM-v1");
  says({{"motor", Dict{{"l_m", 0.3}}}}, "not positive definite", "Motor-Finite-SC-EESM-v1");
  says({{"converter", Dict{{"type", List{"b6"}}}}}, "this machine has 2 bridges, got 1",
       "Motor-Cont-CC-EESM-v1");
  says({{"states", List{"i_sd"}}}, "i_a", "Motor-Cont-CC-ExtExDc-v1");
  says({{"constraints", List{"i_sdq"}}}, "i_sd");
  says({{"constraints", List{Dict{{"type", "squared"}, {"states", List{"i_x"}}}}}}, "i_");
  says({{"noise", Dict{{"sigma", 0.1}, {"states", List{"omegaa"}}}}}, "omega");
  says({{"states", List{"i_sd", "espilon"}}}, "epsilon");
  says({{"tau", -1.0}}, "tau");
  says({{"preset", "gym"}}, "gem");
  says({{"motr", Dict{}}}, "motor");
  says({{"control_space", "dq"}}, "control_space", kFinite);

  Env env = Make(kCont);
  const auto refused = [&](const ResetOptions& options, const std::string& text) {
    CHECK_THROWS_AS(env->Reset({}, {}, options), InputError);
    CHECK_THROWS_WITH(env->Reset({}, {}, options), Catch::Contains(text));
  };
  refused({{"ode", {100, 390, 390, 0}}}, "limit of 400 A");
  refused({{"ode", {1000, 0, 0, 0}}}, "reset ode omega");
  refused({{"ode", {100, 0, 0}}}, "ode");
  refused({{"reference", {0.1, 0.9}}}, "reset reference i_sq");
  refused({{"odd", {0.1}}}, "ode");
  // And a spec's own options make it again.
  const EnvSpec spec = ResolveSpec(kCont, {{"preset", "gem"}});
  CHECK(ResolveSpec(kCont, spec.options).options == spec.options);
}

}  // namespace
}  // namespace flyball
