#include <algorithm>
#include <cmath>

#include "envs/motor/option_reader.h"
#include "envs/motor/parse.h"
#include "physics/drive/check.h"
#include "physics/numeric/error.h"

namespace flyball::motor {

std::vector<int> QuantitiesNamed(const DriveSettings& settings, const Value& value,
                                 const std::string& where) {
  if (!value.is_text() && !value.is_list()) {
    throw InputError(where + ": a list of state names expected, got " + value.ToJson());
  }
  std::vector<int> states;
  for (const std::string& name : value.AsTexts()) states.push_back(settings.Named(name, where));
  return states;
}

void ReadDelaysAndNoise(const Options& options, DriveSettings& settings) {
  OptionReader dead_time("dead_time", options.at("dead_time"));
  const int64_t steps = dead_time.Integer("steps", settings.dead_time_steps);
  dead_time.Finish();
  RequireBetween("dead_time steps", static_cast<double>(steps), 0, 16, "1");
  settings.dead_time_steps = static_cast<int>(steps);

  OptionReader noise("noise", options.at("noise"));
  const Value& states = noise.Any("states");
  settings.noise.sigma = noise.Number("sigma", 0.0);
  noise.Finish();
  RequireNotNegative("noise sigma", settings.noise.sigma, "1");
  std::vector<int> noisy = settings.shown;
  if (!states.is_null()) noisy = QuantitiesNamed(settings, states, "noise states");
  if (settings.noise.sigma > 0) settings.noise.states = noisy;

  OptionReader start("start", options.at("start"));
  StartSettings& begin = settings.start;
  const auto part = [&](const char* key, double& to) {
    to = start.Number(key, to);
    RequireBetween(start.Where(key), to, 0, 1, "1");
  };
  part("current", begin.current);
  if (settings.limits.i_e > 0) part("exciting", begin.exciting);
  if (settings.task.induction()) part("flux", begin.flux);
  if (!settings.task.direct_current()) begin.any_angle = start.Truth("any_angle", begin.any_angle);
  if (settings.task.control == Control::kSpeed) {
    // What nominal torque makes of 20 ms.
    if (!settings.gem()) {
      begin.speed = SpeedPace(settings) / settings.tau * 0.02 * settings.limits.omega;
    }
    begin.speed = start.Number("speed", begin.speed);
    RequireBetween("start speed", begin.speed, 0, settings.limits.omega, "rad/s");
  }
  start.Finish();
}

void ReadReward(const Value& value, DriveSettings& settings) {
  OptionReader reader("reward", value);
  RewardSettings& reward = settings.reward;
  OptionReader weights("reward weights", reader.Any("weights"));
  double sum = 0;
  for (int j = 0; j < settings.reference.num_states(); ++j) {
    const std::string& name = settings.quantities[settings.reference.guides[j].state].name;
    reward.weights[j] = weights.Number(name, reward.weights[j]);
    RequireNotNegative("reward weights " + name, reward.weights[j], "1");
    sum += reward.weights[j];
  }
  weights.Finish();
  reward.power = reader.Number("power", reward.power);
  RequirePositive("reward power", reward.power, "1");
  const Value& bias = reader.Any("bias");
  const bool positive = bias.is_text();
  if (positive) {
    reader.Text("bias", "", {"positive"});
    reward.bias = sum;
  } else {
    reward.bias = reader.Number("bias", reward.bias);
  }
  RequireFinite("reward bias", reward.bias, "1");
  const bool punished = reader.has("gamma");
  const double gamma = reader.Number("gamma", 0.9);
  RequireBetween("reward gamma", gamma, 0, 1 - 1e-9, "1");
  // The worst step for ever, unless a number is given.
  if (punished) reward.violation = std::min((reward.bias - sum) / (1 - gamma), 0.0);
  reward.violation = reader.Number("violation_reward", reward.violation);
  RequireFinite("reward violation_reward", reward.violation, "1");
  reader.Finish();
}

void ReadConstraints(const Value& value, DriveSettings& settings) {
  if (value.is_null()) return;
  settings.constraints.clear();
  Constraint limits;  // names without a type
  for (const Value& item : value.AsList()) {
    if (item.is_text()) {
      if (item.AsText() == "all_states") {
        for (int k = 0; k < NumPeerQuantities(settings.task.machine); ++k)
          limits.states.push_back(k);
      } else {
        limits.states.push_back(settings.Named(item.AsText(), "constraints"));
      }
      continue;
    }
    OptionReader reader("constraints", item);
    const bool squared = reader.Text("type", "limit", {"limit", "squared"}) == "squared";
    settings.constraints.push_back(
        {.squared = squared,
         .states = QuantitiesNamed(settings, reader.Any("states"), "constraints states")});
    reader.Finish();
  }
  if (!limits.states.empty()) settings.constraints.push_back(limits);
}

}  // namespace flyball::motor
