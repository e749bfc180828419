// What each wrapper does, on the toys, against the same toy without it.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <functional>
#include <map>
#include <numbers>
#include <numeric>

#include "envs/core/vector_env.h"
#include "envs/core/wrappers/chain.h"
#include "physics/numeric/error.h"
#include "tests/allocations.h"
#include "tests/envs/core/toy.h"

namespace flyball {
namespace {

using Numbers = std::vector<double>;

// What one step showed; index 0 of a course is the reset.
struct Shown {
  Numbers observation, action;
  double reward = 0.0;
  bool terminated = false;
  std::map<std::string, Numbers> info;
};
using Course = std::vector<Shown>;

Numbers Read(const Column& column, int row) {
  Numbers values(column.field().size());
  column.ReadRow(row, values);
  return values;
}

Shown Look(const VectorEnv& env, int row) {
  Shown shown;
  for (const Column& column : env.columns().observation) {
    const Numbers part = Read(column, row);
    shown.observation.insert(shown.observation.end(), part.begin(), part.end());
  }
  shown.action = Read(env.columns().action, row);
  shown.reward = env.columns().reward.as<double>()[row];
  shown.terminated = env.columns().terminated.as<uint8_t>()[row];
  for (const Column& column : env.columns().info) {
    shown.info[column.field().name] = Read(column, row);
  }
  return shown;
}

double Wave(uint32_t step) { return std::sin(0.7 * step + 0.3); }

Options With(List wrappers, Options options = {{"noise", 0.0}, {"dtype", "float64"}}) {
  options[kWrappersOption] = std::move(wrappers);
  return options;
}

// `steps` steps of one row; `act` gives the action of each.
Course Play(const Options& options, uint64_t seed, int steps,
            const std::function<double(uint32_t)>& act = Wave,
            const ResetOptions& forced = {{"position", {0.4}}}) {
  auto env = VectorEnv::Make(toy::kOscillator, options, {.num_envs = 1});
  env->Reset(std::vector<uint64_t>{seed}, {}, forced);
  Course course = {Look(*env, 0)};
  for (int k = 0; k < steps; ++k) {
    const Numbers action(env->spec().action_size(), act(k));
    env->columns().action.WriteRow(0, action);
    env->Step();
    course.push_back(Look(*env, 0));
  }
  return course;
}

Course Plain(int steps, const std::function<double(uint32_t)>& act = Wave) {
  return Play(With({}), 1, steps, act);
}

Dict W(const char* type, Dict options = {}) {
  options["type"] = type;
  return options;
}

double Mean(const Numbers& x) {
  double sum = 0.0;
  for (double value : x) sum += value;
  return sum / static_cast<double>(x.size());
}

}  // namespace

TEST_CASE("a delayed action reaches the plant that many steps later", "[wrappers]") {
  const Course late = Play(With({W("action_delay", {{"steps", 3}})}), 1, 40);
  const auto shifted = [](uint32_t k) { return k < 3 ? 0.0 : Wave(k - 3); };
  const Course plain = Plain(40, shifted);
  for (int k = 0; k <= 40; ++k) {
    CHECK(late[k].observation == plain[k].observation);
    CHECK(late[k].reward == plain[k].reward);
    CHECK(late[k].info.at("action_delay")[0] == 3);
    if (k > 0) CHECK(late[k].info.at(kReceivedAction) == plain[k].action);
  }
}

TEST_CASE("a delayed observation is that of some steps ago", "[wrappers]") {
  const Course late =
      Play(With({W("observation_delay", {{"steps", 2}, {"of", List{"position"}}})}), 1, 30);
  const Course plain = Plain(30);
  for (int k = 0; k <= 30; ++k) {
    CHECK(late[k].observation[0] == plain[std::max(k - 2, 0)].observation[0]);
    CHECK(late[k].observation[1] == plain[k].observation[1]);
    CHECK(late[k].reward == plain[k].reward);
  }
}

TEST_CASE("delays are drawn uniformly, once an episode or at each step", "[wrappers]") {
  std::map<double, int> counts;
  for (uint64_t seed = 0; seed < 600; ++seed) {
    const Course course =
        Play(With({W("action_delay", {{"steps", 1}, {"max_steps", 3}})}), seed, 3);
    const double delay = course[0].info.at("action_delay")[0];
    for (const Shown& shown : course) REQUIRE(shown.info.at("action_delay")[0] == delay);
    ++counts[delay];
  }
  REQUIRE(counts.size() == 3);
  // 200 each, standard deviation 11.5: five of them.
  for (const auto& [delay, count] : counts) CHECK(std::abs(count - 200) < 58);

  const Course each = Play(
      With({W("observation_delay", {{"steps", 0}, {"max_steps", 2}, {"draw", "step"}})}), 5, 45);
  const Course plain = Plain(45);
  std::map<double, int> seen;
  for (int k = 1; k <= 45; ++k) {
    const int delay = static_cast<int>(each[k].info.at("observation_delay")[0]);
    ++seen[delay];
    CHECK(each[k].observation == plain[std::max(k - delay, 0)].observation);
  }
  CHECK(seen.size() == 3);
}

TEST_CASE("noise of sensors and actuators has the deviation asked for", "[wrappers]") {
  for (const char* distribution : {"normal", "uniform"}) {
    Numbers errors;
    for (uint64_t seed = 0; seed < 40; ++seed) {
      const Course noisy =
          Play(With({W("sensor_noise",
                       {{"std", 0.2}, {"distribution", distribution}, {"of", List{"position"}}})}),
               seed, 49);
      const Course plain = Plain(49);
      for (int k = 0; k <= 49; ++k) {
        errors.push_back(noisy[k].observation[0] - plain[k].observation[0]);
        REQUIRE(noisy[k].observation[1] == plain[k].observation[1]);
        REQUIRE(noisy[k].reward == plain[k].reward);
      }
    }
    Numbers squares;
    for (double error : errors) squares.push_back(error * error);
    // 2000 draws: five deviations of the mean, and of the mean square (at most 2 sigma^4 each).
    CHECK(std::abs(Mean(errors)) < 5 * 0.2 / std::sqrt(2000.0));
    CHECK(Mean(squares) == Approx(0.04).margin(5 * 0.04 * std::sqrt(2.0 / 2000.0)));
    const double most =
        std::abs(*std::max_element(errors.begin(), errors.end(),
                                   [](double a, double b) { return std::abs(a) < std::abs(b); }));
    CHECK((most > 0.2 * std::sqrt(3.0) * 1.01) == (std::string(distribution) == "normal"));
  }
  Numbers errors;
  for (uint64_t seed = 0; seed < 40; ++seed) {
    const Course noisy =
        Play(With({W("action_noise", {{"std", 0.1}})}), seed, 49, [](uint32_t) { return 0.25; });
    for (int k = 1; k <= 49; ++k) errors.push_back(noisy[k].info.at(kReceivedAction)[0] - 0.25);
  }
  CHECK(std::abs(Mean(errors)) < 5 * 0.1 / std::sqrt(1960.0));
  for (double& error : errors) error *= error;
  CHECK(Mean(errors) == Approx(0.01).epsilon(5 * std::sqrt(2.0 / 1960.0)));
}

TEST_CASE("a plant gets a noisy action inside its bounds", "[wrappers]") {
  const Course noisy =
      Play(With({W("action_noise", {{"std", 5.0}})}), 1, 40, [](uint32_t) { return 1.0; });
  int at_bounds = 0;
  for (int k = 1; k <= 40; ++k) {
    const double received = noisy[k].info.at(kReceivedAction)[0];
    CHECK(std::abs(received) <= 1.0);
    at_bounds += std::abs(received) == 1.0;
  }
  CHECK(at_bounds > 20);
}

TEST_CASE("a bias holds for an episode and is recorded", "[wrappers]") {
  const Course plain = Plain(20);
  Numbers biases;
  for (uint64_t seed = 0; seed < 50; ++seed) {
    const Course biased = Play(With({W("sensor_bias", {{"size", 0.3}})}), seed, 20);
    const Numbers bias = biased[0].info.at("sensor_bias");
    for (int k = 0; k <= 20; ++k) {
      REQUIRE(biased[k].info.at("sensor_bias") == bias);
      for (int i = 0; i < 2; ++i) {
        REQUIRE(biased[k].observation[i] == plain[k].observation[i] + bias[i]);
      }
    }
    biases.push_back(bias[0]);
    biases.push_back(bias[1]);
  }
  CHECK(*std::max_element(biases.begin(), biases.end()) > 0.2);
  CHECK(*std::min_element(biases.begin(), biases.end()) < -0.2);
  for (double bias : biases) CHECK(std::abs(bias) <= 0.3);
}

TEST_CASE("a reading that is lost shows the last that came", "[wrappers]") {
  const Course plain = Plain(49);
  int lost = 0, together = 0;
  for (uint64_t seed = 0; seed < 40; ++seed) {
    const Course course =
        Play(With({W("sensor_dropout", {{"probability", 0.3}, {"per", "number"}})}), seed, 49);
    Numbers last = course[0].observation;
    REQUIRE(last == plain[0].observation);
    for (int k = 1; k <= 49; ++k) {
      const Numbers dropped = course[k].info.at("sensor_dropped");
      together += dropped[0] == dropped[1];
      for (int i = 0; i < 2; ++i) {
        lost += dropped[i] != 0;
        if (dropped[i] == 0) last[i] = plain[k].observation[i];
        REQUIRE(course[k].observation[i] == last[i]);
      }
    }
    const Course packets =
        Play(With({W("sensor_dropout", {{"probability", 0.3}, {"fill", "zero"}})}), seed, 49);
    for (int k = 1; k <= 49; ++k) {
      const Numbers dropped = packets[k].info.at("sensor_dropped");
      REQUIRE(dropped[0] == dropped[1]);
      if (dropped[0] != 0) REQUIRE(packets[k].observation == Numbers{0.0, 0.0});
    }
  }
  const double n = 40 * 49;
  CHECK(lost / (2 * n) == Approx(0.3).margin(5 * std::sqrt(0.21 / (2 * n))));
  CHECK(together / n == Approx(0.58).margin(5 * std::sqrt(0.25 / n)));
}

TEST_CASE("a trace and a sine are added to the action", "[wrappers]") {
  const Numbers trace = {0.1, -0.2, 0.3};
  for (const std::string after : {"repeat", "hold", "zero"}) {
    const auto expected = [&](uint32_t k) {
      const double add = k < 3               ? trace[k]
                         : after == "repeat" ? trace[k % 3]
                         : after == "hold"   ? trace[2]
                                             : 0.0;
      return 0.3 * Wave(k) + 2.0 * add;
    };
    const Course disturbed = Play(With({W("disturbance", {{"kind", "trace"},
                                                          {"values", List{0.1, -0.2, 0.3}},
                                                          {"size", 2.0},
                                                          {"after", after}})}),
                                  1, 12, [](uint32_t k) { return 0.3 * Wave(k); });
    for (int k = 1; k <= 12; ++k) {
      CHECK(disturbed[k].info.at(kReceivedAction)[0] == Approx(expected(k - 1)).margin(1e-6));
      CHECK(disturbed[k].info.at("disturbance")[0] ==
            Approx(expected(k - 1) - 0.3 * Wave(k - 1)).margin(1e-12));
    }
  }
  const Course plain = Plain(12);
  const Course sine = Play(With({W("disturbance", {{"kind", "sine"},
                                                   {"target", "observation"},
                                                   {"of", List{"sine"}},
                                                   {"size", 0.5},
                                                   {"period", 8}})}),
                           1, 12);
  for (int k = 0; k <= 12; ++k) {
    const double added = 0.5 * std::sin(2 * std::numbers::pi * k / 8);
    CHECK(sine[k].observation[1] == Approx(plain[k].observation[1] + added).margin(1e-12));
    CHECK(sine[k].observation[0] == plain[k].observation[0]);
  }
}

TEST_CASE("noise with a memory is stationary and forgets at the rate asked for", "[wrappers]") {
  Numbers first, squares, products;
  for (uint64_t seed = 0; seed < 200; ++seed) {
    const Course course = Play(With({W("disturbance", {{"size", 0.2}, {"period", 4.0}})}), seed, 45,
                               [](uint32_t) { return 0.0; });
    for (int k = 1; k <= 45; ++k) {
      const double x = course[k].info.at("disturbance")[0];
      if (k == 1) first.push_back(x * x);
      squares.push_back(x * x);
      if (k < 45) products.push_back(x * course[k + 1].info.at("disturbance")[0]);
    }
  }
  // About 200 * 45 / 8 independent numbers; the first of 200 episodes.
  CHECK(Mean(squares) == Approx(0.04).epsilon(5 * std::sqrt(2.0 / 1125)));
  CHECK(Mean(first) == Approx(0.04).epsilon(5 * std::sqrt(2.0 / 200)));
  CHECK(Mean(products) / Mean(squares) == Approx(std::exp(-0.25)).margin(0.05));
}

TEST_CASE("drift is a function of the episode's index", "[wrappers]") {
  const List drift = {W("drift", {{"size", -0.5}, {"period", 10.0}})};
  const ResetOptions at_five = {{"position", {0.4}}, {kEpisodeIndex, {5.0}}};
  const Course course = Play(With(drift), 1, 20, Wave, at_five);
  const Course plain = Plain(20, [](uint32_t k) { return 0.75 * static_cast<float>(Wave(k)); });
  for (int k = 0; k <= 20; ++k) {
    CHECK(course[k].observation == plain[k].observation);
    CHECK(course[k].info.at("drift")[0] == -0.25);
    CHECK(course[k].info.at("episode_index")[0] == 5);
  }
  // Not forced, it counts resets since the seed.
  auto env = VectorEnv::Make(toy::kOscillator, With(drift), {.num_envs = 1});
  env->Reset(std::vector<uint64_t>{1});
  for (int episode = 0; episode < 12; ++episode) {
    CHECK(Look(*env, 0).info.at("drift")[0] == Approx(-0.5 * std::min(episode / 10.0, 1.0)));
    env->Reset();
  }
  CHECK_THROWS_WITH(env->Reset({}, {}, {{kEpisodeIndex, {1.5}}}),
                    Catch::Contains("'episode_index' is 1.5"));
  const auto value = [](const char* shape, double index) {
    return Play(With({W("drift", {{"shape", shape}, {"size", 2.0}, {"period", 4.0}})}), 1, 1, Wave,
                {{kEpisodeIndex, {index}}})[0]
        .info.at("drift")[0];
  };
  CHECK(value("sine", 1) == Approx(2.0));
  CHECK(value("switch", 3) == 0.0);
  CHECK(value("switch", 4) == 2.0);
  CHECK(value("switch", 9) == 0.0);
  const Course paid = Play(With({W("drift", {{"target", "reward"}, {"mode", "offset"}})}), 1, 10,
                           Wave, {{"position", {0.4}}, {kEpisodeIndex, {1000.0}}});
  for (int k = 1; k <= 10; ++k) CHECK(paid[k].reward == Plain(10)[k].reward - 0.5);
}

TEST_CASE("a fault begins and ends where its labels say, and does what its kind says",
          "[wrappers]") {
  const std::string kind = GENERATE("actuator_loss", "actuator_stuck", "actuator_offset",
                                    "sensor_loss", "sensor_stuck", "sensor_offset");
  const bool acts = kind.starts_with("actuator");
  const Course plain = Plain(40);
  int with_fault = 0;
  std::map<int, int> begins;
  for (uint64_t seed = 0; seed < 200; ++seed) {
    const Course course = Play(With({W("fault", {{"kind", kind},
                                                 {"size", 0.25},
                                                 {"probability", 0.6},
                                                 {"first", 5},
                                                 {"last", 9},
                                                 {"lasts", 8},
                                                 {"of", List{acts ? "force" : "position"}}})}),
                               seed, 40);
    double held = 0.0;
    int begin = -1, steps = 0;
    for (int k = acts ? 1 : 0; k <= 40; ++k) {
      const double was = acts ? course[k].action[0] : plain[k].observation[0];
      const double is = acts ? course[k].info.at(kReceivedAction)[0] : course[k].observation[0];
      const bool faulty = course[k].info.at("fault")[0] != 0;
      CHECK(course[k].info.at("fault_number")[0] == (faulty ? 0 : -1));
      if (faulty && begin < 0) begin = acts ? k - 1 : k;
      steps += faulty;
      double expected = was;
      if (faulty && kind.ends_with("loss")) expected = 0.75 * was;
      if (faulty && kind.ends_with("stuck")) expected = held;
      if (faulty && kind.ends_with("offset")) expected = was + 0.25;
      if (acts) expected = std::clamp(expected, -1.0, 1.0);
      // The plant's bits follow the actions; a reading's are compared where the plant is the same.
      REQUIRE(is == Approx(expected).margin(1e-7));
      if (!faulty) held = was;
    }
    with_fault += begin >= 0;
    if (begin >= 0) ++begins[begin];
    CHECK(steps == (begin >= 0 ? 8 : 0));
  }
  CHECK(std::abs(with_fault - 120) < 35);  // five deviations of 6.9
  CHECK(begins.begin()->first == 5);
  CHECK(begins.rbegin()->first == 9);
  CHECK(begins.size() == 5);
}

TEST_CASE("a limit costs, takes off the reward, and ends the episode", "[wrappers]") {
  const Course plain = Plain(49);
  const Course course = Play(With({W("limit", {{"of", List{"position"}},
                                               {"low", -0.3},
                                               {"high", 0.3},
                                               {"cost", 2.0},
                                               {"penalty", 0.5}})}),
                             1, 49);
  int beyond = 0;
  for (int k = 0; k <= 49; ++k) {
    const bool out = std::abs(plain[k].observation[0]) > 0.3;
    beyond += out;
    CHECK(course[k].info.at("cost")[0] == (out ? 2.0 : 0.0));
    if (k > 0) CHECK(course[k].reward == plain[k].reward - (out ? 0.5 : 0.0));
    CHECK_FALSE(course[k].terminated);
  }
  CHECK(beyond > 5);
  CHECK(beyond < 45);
  const Course ends = Play(With({W("limit", {{"of", List{"force"}},
                                             {"target", "action"},
                                             {"high", 0.9},
                                             {"terminate", true},
                                             {"name", "torque_cost"}})}),
                           1, 10);
  int step = 1;
  while (ends[step].action[0] <= 0.9) ++step;
  for (int k = 1; k < step; ++k) CHECK_FALSE(ends[k].terminated);
  CHECK(ends[step].terminated);
  CHECK(ends[step].info.at("torque_cost")[0] == 1.0);
  const Course counted =
      Play(With({W("limit", {{"of", List{"steps"}}, {"target", "info"}, {"high", 7.0}})}), 1, 10);
  for (int k = 0; k <= 10; ++k) CHECK(counted[k].info.at("cost")[0] == (k > 7 ? 1.0 : 0.0));
}

TEST_CASE("masks hide a fraction of rewards, and label a fraction of actions", "[wrappers]") {
  const Course plain = Plain(49);
  int hidden = 0, whole = 0;
  for (uint64_t seed = 0; seed < 60; ++seed) {
    const Course course = Play(With({W("mask", {{"fraction", 0.25}}),
                                     W("mask", {{"target", "action"}, {"per", "episode"}})}),
                               seed, 49);
    const double first = course[1].info.at("action_masked")[0];
    whole += first != 0;
    for (int k = 1; k <= 49; ++k) {
      const bool masked = course[k].info.at("reward_masked")[0] != 0;
      hidden += masked;
      CHECK(course[k].reward == (masked ? 0.0 : plain[k].reward));
      CHECK(course[k].info.at("true_reward")[0] == plain[k].reward);
      CHECK(course[k].info.at("action_masked")[0] == first);
      CHECK(course[k].observation == plain[k].observation);
    }
  }
  CHECK(hidden / (60.0 * 49) == Approx(0.25).margin(5 * std::sqrt(0.1875 / (60 * 49))));
  CHECK(std::abs(whole - 30) < 20);
}

TEST_CASE("views leave numbers out, and add those of the past", "[wrappers]") {
  const Course plain = Plain(20);
  const Options options =
      With({W("hide", {{"of", List{"sine"}}}), W("history", {{"frames", 3}, {"actions", true}})});
  const EnvSpec spec = ResolveSpec(toy::kOscillator, options);
  REQUIRE(spec.observation.size() == 1);
  CHECK(spec.observation[0].shape == std::vector<int>{6});
  std::vector<std::string> names;
  for (const Entry& entry : spec.observation[0].entries) names.push_back(entry.name);
  CHECK(names == std::vector<std::string>{"position[t-2]", "position[t-1]", "position",
                                          "action.force[t-3]", "action.force[t-2]",
                                          "action.force[t-1]"});
  CHECK(spec.observation[0].entries[3].high == 1.0);
  const Course course = Play(options, 1, 20);
  for (int k = 0; k <= 20; ++k) {
    for (int back = 0; back < 3; ++back) {
      CHECK(course[k].observation[2 - back] == plain[std::max(k - back, 0)].observation[0]);
      const double action = k - back < 1 ? 0.0 : plain[k - back].action[0];
      CHECK(course[k].observation[5 - back] == action);
    }
  }
  // Agents keep their rows: (A, n) becomes (A, frames * n).
  const Options agents =
      With({W("hide", {{"keep", List{"position"}}}), W("history", {{"frames", 2}})},
           {{"noise", 0.0}, {"num_agents", 3}, {"dtype", "float64"}});
  CHECK(ResolveSpec(toy::kOscillator, agents).observation[0].shape == std::vector<int>{3, 2});
  const ResetOptions start = {{"position", {0.1, 0.2, 0.3}}};
  const Course many = Play(agents, 1, 3, Wave, start);
  const Course bare =
      Play(With({}, {{"noise", 0.0}, {"num_agents", 3}, {"dtype", "float64"}}), 1, 3, Wave, start);
  for (int agent = 0; agent < 3; ++agent) {
    CHECK(many[2].observation[2 * agent] == bare[1].observation[2 * agent]);
    CHECK(many[2].observation[2 * agent + 1] == bare[2].observation[2 * agent]);
  }
}

TEST_CASE("wrappers stand in their order", "[wrappers]") {
  // The limit sees what stands before it: the plant, or a reading that is off by a lot.
  const Dict shift =
      W("disturbance", {{"kind", "trace"}, {"target", "observation"}, {"values", List{100.0}}});
  const Dict limit = W("limit", {{"of", List{"position"}}, {"high", 50.0}});
  CHECK(Play(With({limit, shift}), 1, 3)[2].info.at("cost")[0] == 0.0);
  CHECK(Play(With({shift, limit}), 1, 3)[2].info.at("cost")[0] == 1.0);
  // Two of one type draw apart, and both are recorded.
  const Course two = Play(With({W("sensor_bias"), W("sensor_bias")}), 1, 3);
  CHECK(two[0].info.at("sensor_bias") != two[0].info.at("sensor_bias_2"));
}

TEST_CASE("baselines see what stands before the first change of layout", "[wrappers]") {
  const Options options =
      With({W("sensor_bias", {{"size", 1.0}}), W("history"), W("sensor_noise", {{"std", 1.0}})});
  auto env = VectorEnv::Make(toy::kOscillator, options, {.num_envs = 2});
  env->Reset(std::vector<uint64_t>{4});
  const std::span<const Column> seen = env->policy_observation();
  REQUIRE(seen.size() == 1);
  REQUIRE(seen[0].field().size() == 2);
  auto bare = VectorEnv::Make(toy::kOscillator, With({}), {.num_envs = 2});
  bare->Reset(std::vector<uint64_t>{4});
  const Numbers bias = Look(*env, 1).info.at("sensor_bias");
  CHECK(Read(seen[0], 1)[0] == Look(*bare, 1).observation[0] + bias[0]);
  CHECK(bare->policy_observation().data() == bare->columns().observation.data());
}

TEST_CASE("a step that fails leaves the wrappers where they were", "[wrappers]") {
  const Options options = With({W("action_delay", {{"steps", 2}})}, {});
  auto env =
      VectorEnv::Make(toy::kCounter, options, {.num_envs = 1, .autoreset = Autoreset::kDisabled});
  env->Reset(std::vector<uint64_t>{0}, {}, {{"count", {0.0}}});
  const auto act = [&](int64_t action) {
    env->columns().action.as<int64_t>()[0] = action;
    env->Step();
  };
  act(1);
  act(0);
  const Shown before = Look(*env, 0);
  act(0);  // the plant is given the 1, and raises
  CHECK(env->status()[0] == RowStatus::kEngineError);
  CHECK(env->columns().truncated.as<uint8_t>()[0]);
  CHECK(Look(*env, 0).observation == before.observation);
  act(0);  // the 1 is still next in the line
  CHECK(env->status()[0] == RowStatus::kEngineError);
}

TEST_CASE("steps with wrappers allocate nothing, whatever threads and rows",
          "[wrappers][threads]") {
  const List all = {W("action_delay", {{"steps", 1}, {"max_steps", 4}, {"draw", "step"}}),
                    W("observation_delay", {{"steps", 2}}),
                    W("action_noise"),
                    W("sensor_noise"),
                    W("sensor_bias"),
                    W("sensor_dropout"),
                    W("disturbance"),
                    W("drift", {{"shape", "random"}}),
                    W("fault", {{"kind", "actuator_stuck"}}),
                    W("limit", {{"of", List{"position"}}, {"high", 0.1}, {"penalty", 0.1}}),
                    W("mask"),
                    W("hide", {{"of", List{"sine"}}}),
                    W("history", {{"actions", true}})};
  const int agents = GENERATE(1, 3);
  const Options options = With(all, {{"num_agents", agents}, {"coupling", agents - 1.0}});
  const auto run = [&](int num_envs, int threads, int rows) {
    auto env =
        VectorEnv::Make(toy::kOscillator, options, {.num_envs = num_envs, .threads = threads});
    env->Reset(std::vector<uint64_t>{9});
    std::vector<float> shown;
    Snapshot middle;
    for (int k = 0; k < 110; ++k) {
      const size_t size = env->spec().action_size();
      for (size_t i = 0; i < size * num_envs; ++i) {
        env->columns().action.as<float>()[i] =
            static_cast<float>(std::sin(k + static_cast<double>(i / size) + 0.1 * (i % size)));
      }
      const long before = test::Allocations();
      env->Step();
      if (threads == 1 && k > 60) CHECK(test::Allocations() == before);
      for (int row = 0; row < rows; ++row) {
        const Shown look = Look(*env, row);
        shown.insert(shown.end(), look.observation.begin(), look.observation.end());
        shown.push_back(static_cast<float>(look.reward));
        for (const auto& [name, values] : look.info) {
          shown.insert(shown.end(), values.begin(), values.end());
        }
      }
    }
    return shown;
  };
  const std::vector<float> one = run(1, 1, 1), some = run(5, 1, 5), many = run(37, 1, 5);
  CHECK(some == many);
  CHECK(run(37, 3, 5) == many);
  const size_t step = one.size() / 110;
  for (int k = 0; k < 110; ++k) {
    CHECK(std::equal(one.begin() + k * step, one.begin() + (k + 1) * step,
                     many.begin() + 5 * k * step));
  }
}

TEST_CASE("actuators differ from episode to episode, by what is recorded", "[wrappers]") {
  const Options spread = With({W("actuator_spread", {{"size", 0.3}})});
  std::vector<double> factors;
  for (uint64_t seed = 0; seed < 200; ++seed) {
    const Course course = Play(spread, seed, 3);
    const double factor = course[1].info.at("actuator_factor")[0];
    for (uint32_t k = 1; k < course.size(); ++k) {
      CHECK(course[k].info.at("actuator_factor")[0] == factor);
      // Inside the plant's bounds, and rounded to its float32.
      const double asked = std::clamp(factor * course[k].action[0], -1.0, 1.0);
      CHECK(course[k].info.at(kReceivedAction)[0] == Approx(asked).epsilon(1e-7));
    }
    CHECK(std::abs(factor - 1.0) <= 0.3);
    factors.push_back(factor);
  }
  // The mean of 200 uniform draws of half width 0.3: 0.3 / sqrt(600) = 0.012 to a deviation; four.
  CHECK(std::accumulate(factors.begin(), factors.end(), 0.0) / 200 == Approx(1.0).margin(0.05));
  CHECK(*std::max_element(factors.begin(), factors.end()) > 1.2);
  CHECK(*std::min_element(factors.begin(), factors.end()) < 0.8);
}

TEST_CASE("the common option randomise is short for the first wrapper", "[wrappers]") {
  const Options by_name =
      ResolveSpec(toy::kOscillator, With({W("fault")}, {{"randomise", 0.2}})).options;
  const Options in_full =
      ResolveSpec(toy::kOscillator, With({W("actuator_spread", {{"size", 0.2}}), W("fault")}, {}))
          .options;
  CHECK(by_name == in_full);
  CHECK(ResolveSpec(toy::kOscillator, by_name).options == by_name);
  CHECK_THROWS_WITH(ResolveSpec(toy::kOscillator, {{"randomise", 0.7}}),
                    Catch::Contains("'randomise'") && Catch::Contains("out of range [0"));
  CHECK_THROWS_WITH(ResolveSpec(toy::kCounter, {{"randomise", 0.1}}),
                    Catch::Contains("its actions are choices"));
}

TEST_CASE("wrappers that cannot be are refused by name", "[wrappers]") {
  const auto refuse = [](const Value& wrapper, const char* why, const char* id = toy::kOscillator) {
    INFO(wrapper.ToJson());
    CHECK_THROWS_WITH(ResolveSpec(id, {{kWrappersOption, List{wrapper}}}), Catch::Contains(why));
    CHECK_THROWS_AS(ResolveSpec(id, {{kWrappersOption, List{wrapper}}}), InputError);
  };
  CHECK_THROWS_WITH(ResolveSpec(toy::kOscillator, {{kWrappersOption, 3}}),
                    Catch::Contains("a list expected"));
  refuse("action_delay", "wrap[0]: a dictionary with 'type' expected");
  refuse(W("action_dely"), "did you mean 'action_delay'");
  refuse(W("action_delay", {{"step", 1}}), "did you mean 'steps'");
  refuse(W("action_delay", {{"steps", -1}}), "out of range [0");
  refuse(W("action_delay", {{"steps", 1.5}}), "an integer expected");
  refuse(W("action_delay", {{"steps", 3}, {"max_steps", 2}}), "max_steps 2 is below steps 3");
  refuse(W("sensor_noise", {{"of", List{"positoin"}}}), "did you mean 'position'");
  refuse(W("sensor_noise", {{"of", List{"position[1]"}}}), "'position' has no number [1]");
  refuse(W("sensor_noise", {{"of", List{3}}}), "text");
  refuse(W("sensor_noise", {{"std", -1.0}}), "out of range");
  refuse(W("sensor_dropout", {{"fill", "last"}}), "did you mean 'hold'");
  refuse(W("disturbance", {{"kind", "trace"}}), "a trace needs values");
  refuse(W("disturbance", {{"kind", "trace"}, {"values", List{List{1.0, 2.0}}}}),
         "values[0] has 2 numbers; 1 or 1 are needed");
  refuse(W("disturbance", {{"kind", "trace"}, {"values", List{1.0, kInfinity}}}), "Infinity");
  refuse(W("fault", {{"first", 9}, {"last", 3}}), "last 3.0 is before first 9.0");
  refuse(W("limit", {{"high", 1.0}}), "'of' is missing");
  refuse(W("limit", {{"of", List{"position"}}}), "neither 'low' nor 'high'");
  refuse(W("limit", {{"of", List{"position"}}, {"low", 2.0}, {"high", 1.0}}), "is above high");
  refuse(W("limit", {{"of", List{"stesp"}}, {"target", "info"}, {"high", 1.0}}), "'steps'");
  refuse(W("drift", {{"target", "reward"}, {"of", List{"position"}}}), "a reward has no numbers");
  refuse(W("hide"), "one of 'of'");
  refuse(W("hide", {{"of", List{"position", "sine"}}}), "nothing would be left");
  refuse(W("history", {{"frames", 0}}), "out of range");
  refuse(W("action_noise"), "its actions are choices", toy::kCounter);
  refuse(W("fault"), "its actions are choices", toy::kCounter);
  const Options without = ResolveSpec(toy::kOscillator, {{kWrappersOption, List{}}}).options;
  CHECK_FALSE(without.contains(kWrappersOption));
  // What was resolved resolves to itself.
  const EnvSpec spec = ResolveSpec(toy::kOscillator, With({W("fault"), W("history")}));
  CHECK(ResolveSpec(toy::kOscillator, spec.options).options == spec.options);
  CHECK(spec.options.at(kWrappersOption).AsList()[0].AsDict().at("size") == Value(0.5));
}

}  // namespace flyball
