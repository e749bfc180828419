// Where episodes begin, and what ends them.
#include <catch2/catch.hpp>
#include <cmath>

#include "tests/envs/motor/drive_env.h"

namespace flyball {
namespace {

const char* const kCont = "Motor-Cont-CC-PMSM-v1";

TEST_CASE("a named state begins where it is told", "[motor][start]") {
  const Dict start = {
      {"omega", -50.0},
      {"i_sd", List{-100.0, -20.0}},
      {"i_sq",
       Dict{{"type", "normal"}, {"mean", 10.0}, {"std", 5.0}, {"interval", List{0.0, 30.0}}}}};
  for (const char* preset : {"default", "gem"}) {
    const int rows = 2000;
    DriveEnv env = MakeDrive(kCont, {{"preset", preset}, {"start", start}}, rows);
    double sum[3] = {}, squares[3] = {}, least = 0, most = -1000;
    for (int row = 0; row < rows; ++row) {
      const std::vector<double> ode = StateOf(*env, row);
      for (int k = 0; k < 3; ++k) {
        sum[k] += ode[k] / rows;
        squares[k] += ode[k] * ode[k] / rows;
      }
      REQUIRE(ode[0] == -50);
      REQUIRE((ode[1] >= -100 && ode[1] <= -20));
      REQUIRE((ode[2] >= 0 && ode[2] <= 30));
      least = std::min(least, ode[1]);
      most = std::max(most, ode[1]);
    }
    // Means within 4 standard errors. Uniform: 80 / sqrt(12); the normal is cut at -2 and 4
    // deviations, which leaves the mean at 10.2756 and the deviation at 4.7062 (closed form).
    const double error = 4 / std::sqrt(rows);
    CHECK(sum[1] == Approx(-60).margin(error * 80 / std::sqrt(12)));
    CHECK(least < -99);
    CHECK(most > -21);
    CHECK(sum[2] == Approx(10.2756).margin(error * 4.7));
    CHECK(std::sqrt(squares[2] - sum[2] * sum[2]) == Approx(4.7062).epsilon(error));
  }
}

TEST_CASE("naming a state leaves the draws of the others alone", "[motor][start]") {
  DriveEnv plain = MakeDrive("Motor-Cont-SC-EESM-v1");
  DriveEnv named = MakeDrive("Motor-Cont-SC-EESM-v1", {{"start", Dict{{"i_e", 40.0}}}});
  const std::vector<double> a = StateOf(*plain), b = StateOf(*named);
  for (size_t k = 0; k < a.size(); ++k) CHECK((k == 3 ? 40.0 : a[k]) == b[k]);
  // A speed by name takes the place of the one near the reference.
  DriveEnv resting = MakeDrive("Motor-Cont-SC-EESM-v1", {{"start", Dict{{"omega", 0.0}}}});
  CHECK(StateOf(*resting)[0] == 0);
}

TEST_CASE("intervals of starts are nominal values unless given", "[motor][start]") {
  const Dict normal = {{"type", "normal"}}, uniform = {{"type", "uniform"}};
  const Dict start = {{"i_salpha", uniform}, {"psi_ralpha", normal}, {"epsilon", uniform}};
  DriveEnv env = MakeDrive("Motor-Cont-TC-SCIM-v1", {{"start", start}}, 3000);
  double current = 0, flux = 0, angle = 0, spread = 0;
  for (int row = 0; row < 3000; ++row) {
    const std::vector<double> ode = StateOf(*env, row);
    current = std::max(current, std::fabs(ode[1]));
    flux = std::max(flux, std::fabs(ode[3]));
    angle = std::max(angle, std::fabs(ode[5]));
    spread += ode[3] * ode[3] / 3000;
  }
  const double nominal_flux = 143.75e-3 * 3.9;
  CHECK((current <= 3.9 && current > 3.88));
  CHECK((flux <= nominal_flux && flux > 0.8 * nominal_flux));
  CHECK((angle <= M_PI && angle > 3.13));
  // A quarter of the interval as deviation, cut at two of them: 0.8796 of it is left.
  CHECK(std::sqrt(spread) == Approx(0.8796 * 0.5 * nominal_flux).epsilon(0.05));
}

TEST_CASE("mistakes in starts are named", "[motor][start]") {
  const auto refuses = [](const Dict& start, const std::string& text, const char* id = kCont) {
    Refuses(id, {{"start", start}}, text);
  };
  refuses({{"i_d", 3.0}}, "did you mean 'i_sd'");
  refuses({{"i_sd", 500.0}}, "start i_sd = 500 A: must be between -400 and 400");
  refuses({{"i_sd", 390.0}},
          "i_sd = 390, i_sq = 100 A: together: must not exceed the limit of 400");
  refuses({{"i_sd", List{0.0, 390.0}}, {"i_sq", List{0.0, 390.0}}}, "start i_sd = 390, i_sq = 390");
  refuses({{"i_sd", List{3.0, 1.0}}}, "must not be above the second");
  refuses({{"i_sd", "zero"}}, "a number or [low, high] expected");
  refuses({{"i_sd", Dict{{"type", "gauss"}}}}, "did you mean 'normal'");
  refuses({{"i_sd", Dict{{"mean", 3.0}}}}, "'mean'");
  refuses({{"i_sd", Dict{{"type", "normal"}, {"std", -1.0}}}}, "start i_sd std = -1");
  refuses({{"i_sd", Dict{{"type", "normal"}, {"mean", 1e4}, {"std", 1.0}}}},
          "start i_sd interval = [-240, 240]: the interval is too many standard deviations");
  refuses({{"omega", NAN}}, "start omega = nan");
  refuses({{"i_e", 200.0}}, "start i_e = 200 A", "Motor-Cont-CC-EESM-v1");
  Refuses(kCont,
          {{"start", Dict{{"omega", 3.0}}},
           {"load", Dict{{"type", "external_speed"}, {"profile", List{1.0, 2.0}}}}},
          "start omega");
}

struct Judged {
  double reward, cost;
  bool terminated;
};
// One step at rest from known currents, with this voltage along d, of half the supply's.
Judged Step(Options options, double i_sd, double i_sq, double duty = 0) {
  options["start"] = Dict{{"current", 0.0}};
  options["reference"] = Dict{{"type", "zero"}};
  options["load"] = Dict{{"omega", 0.0}};
  DriveEnv env = MakeDrive(kCont, options);
  env->Reset({}, {}, {{"ode", {0, i_sd, i_sq, 0}}});
  Play(*env, {duty, -duty / 2, -duty / 2});
  const Columns& columns = env->columns();
  int cost = -1;
  for (size_t k = 0; k < env->spec().info.size(); ++k) {
    if (env->spec().info[k].name == "cost") cost = static_cast<int>(k);
  }
  return {columns.reward.as<double>()[0], columns.info[cost].as<double>()[0],
          columns.terminated.as<bool>()[0]};
}

TEST_CASE("degrees of violation rise to one at the limit and are merged", "[motor][constraints]") {
  const auto limit = [](const char* state, double from) {
    return Dict{{"type", "limit"}, {"states", List{state}}, {"from", from}};
  };
  const auto merged = [&](const char* how, const char* second) {
    return Options{{"constraints", List{limit("i_sd", 0.25), limit(second, 0.5)}},
                   {"reward", Dict{{"violation_reward", -10.0}}},
                   {"merge_violations", how}};
  };
  // At rest the currents decay by r/l: from 200 A and 300 A of 400 to these after 0.1 ms.
  const double d = std::exp(-18e-3 / 0.37e-3 * 1e-4), q = std::exp(-18e-3 / 1.2e-3 * 1e-4);
  const double first = (0.5 * d - 0.25) / 0.75, second = 2 * (0.75 * q - 0.5);
  const double plain = 1 - 0.5 * (0.5 * d + 0.75 * q) / 2;
  for (const auto& [how, degree] : {std::pair{"max", second}, std::pair{"product", first * second},
                                    std::pair{"mean", 0.5 * (first + second)}}) {
    const Judged judged = Step(merged(how, "i_sq"), 200, 300);
    INFO(how);
    CHECK(judged.cost == Approx(degree).epsilon(1e-12));
    CHECK(judged.reward == Approx((1 - degree) * plain - 10 * degree).epsilon(1e-12));
    CHECK_FALSE(judged.terminated);
  }
  // One limit passed: with max it is over, otherwise the other must be too, as the current of phase
  // a is, which lies along d.
  const auto passed = [&](const char* how, const char* other) {
    return Step(merged(how, other), 399, 0, 1);
  };
  CHECK(passed("max", "i_sq").terminated);
  CHECK(passed("max", "i_sq").reward == -10);
  CHECK(passed("product", "i_sq").cost == 0);
  CHECK_FALSE(passed("product", "i_sq").terminated);
  CHECK(passed("mean", "i_sq").cost == 0.5);
  CHECK_FALSE(passed("mean", "i_sq").terminated);
  for (const char* how : {"max", "product", "mean"}) {
    const Judged both = passed(how, "i_a");
    CHECK(both.terminated);
    CHECK(both.cost == 1);
    CHECK(both.reward == -10);
  }
  // Squares: (0.5 d)^2 + (0.75 q)^2 between 0.5 and 1.
  const Dict circle = {{"type", "squared"}, {"states", List{"i_sd", "i_sq"}}, {"from", 0.5}};
  const double size = 0.25 * d * d + 0.5625 * q * q;
  CHECK(Step({{"constraints", List{circle}}}, 200, 300).cost ==
        Approx(2 * (size - 0.5)).epsilon(1e-12));
  // Without any there is nothing to violate, however they are merged.
  for (const char* how : {"max", "product", "mean"}) {
    CHECK(Step({{"constraints", List{}}, {"merge_violations", how}}, 1000, 0).cost == 0);
  }

  Refuses(kCont, {{"merge_violations", "maximum"}}, "did you mean 'max'");
  Refuses(kCont, {{"constraints", List{limit("i_sd", 1.5)}}}, "constraints from = 1.5");
  Refuses(kCont, {{"constraints", List{Dict{{"states", List{}}}}}}, "at least one");
  Refuses(kCont, {{"constraints", List{Dict{{"states", List{"i_sd", "i_sd"}}}}}}, "named twice");
  Refuses(kCont, {{"states", List{"omega", "omega"}}}, "states: 'omega' is named twice");
}

TEST_CASE("errors have weights and powers by state", "[motor][reward]") {
  const Dict reward = {{"weights", Dict{{"i_sd", 0.25}, {"i_sq", 0.75}}},
                       {"power", Dict{{"i_sd", 2.0}, {"i_sq", 0.5}}}};
  const double d = std::exp(-18e-3 / 0.37e-3 * 1e-4), q = std::exp(-18e-3 / 1.2e-3 * 1e-4);
  // Errors of their range, which is twice the limit.
  const double first = 0.5 * d / 2, second = 0.75 * q / 2;
  CHECK(Step({{"reward", reward}}, 200, 300).reward ==
        Approx(1 - 0.25 * first * first - 0.75 * std::sqrt(second)).epsilon(1e-12));
  CHECK(Step({{"reward", Dict{{"power", 2.0}}}}, 200, 300).reward ==
        Approx(1 - 0.5 * (first * first + second * second)).epsilon(1e-12));
  Refuses(kCont, {{"reward", Dict{{"power", Dict{{"i_sd", 0.0}}}}}}, "reward power i_sd = 0");
  Refuses(kCont, {{"reward", Dict{{"power", Dict{{"i_d", 2.0}}}}}}, "did you mean 'i_sd'");
  Refuses(kCont, {{"reward", Dict{{"power", "two"}}}}, "a number, or a dictionary");
}

TEST_CASE("what is judged need not be shown", "[motor][constraints]") {
  // The observer's flux and the angle are worked out only where something looks at them.
  const Options hidden = {
      {"constraints", List{"psi_abs"}},
      {"reference", Dict{{"type", "multiple"}, {"references", Dict{{"cos_epsilon", Dict{}}}}}}};
  Options shown = hidden;
  shown["states"] = List{"psi_abs", "cos_epsilon"};
  DriveEnv a = MakeDrive("Motor-Cont-CC-SCIM-v1", hidden);
  DriveEnv b = MakeDrive("Motor-Cont-CC-SCIM-v1", shown);
  for (int k = 0; k < 50; ++k) {
    for (DriveEnv* env : {&a, &b}) Play(**env, {0.3, -0.1, -0.2});
    CHECK(a->columns().reward.as<double>()[0] == b->columns().reward.as<double>()[0]);
    CHECK(a->columns().terminated.as<bool>()[0] == b->columns().terminated.as<bool>()[0]);
  }
  const double epsilon = StateOf(*b)[5];
  CHECK(Shown(*b, "cos_epsilon") == Approx(std::cos(epsilon)).margin(1e-15));
}

}  // namespace
}  // namespace flyball
