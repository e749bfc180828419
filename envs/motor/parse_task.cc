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
  for (const std::string& name : value.AsTexts()) {
    const int state = settings.Named(name, where);
    if (std::find(states.begin(), states.end(), state) != states.end()) {
      throw InputError(where + ": '" + name + "' is named twice");
    }
    states.push_back(state);
  }
  return states;
}

void ReadDeadTime(const Value& value, DriveSettings& settings) {
  OptionReader dead_time("dead_time", value);
  const int64_t steps = dead_time.Integer("steps", settings.dead_time_steps);
  dead_time.Finish();
  RequireBetween("dead_time steps", static_cast<double>(steps), 0, 16, "1");
  settings.dead_time_steps = static_cast<int>(steps);
}

void ReadReward(const Value& value, DriveSettings& settings) {
  OptionReader reader("reward", value);
  RewardSettings& reward = settings.reward;
  OptionReader weights("reward weights", reader.Any("weights"));
  // A number for all, or by state.
  const Value& given_power = reader.Any("power");
  if (!given_power.is_null() && !given_power.is_number() && !given_power.is_dict()) {
    throw InputError("reward power: a number, or a dictionary by state, expected, got " +
                     given_power.ToJson());
  }
  static const Value kNothing;
  OptionReader powers("reward power", given_power.is_number() ? kNothing : given_power);
  const double all = given_power.is_number() ? given_power.AsNumber() : 1.0;
  double sum = 0;
  for (int j = 0; j < settings.reference.num_states(); ++j) {
    const std::string& name = settings.quantities[settings.reference.guides[j].state].name;
    reward.weights[j] = weights.Number(name, reward.weights[j]);
    RequireNotNegative("reward weights " + name, reward.weights[j], "1");
    reward.power.push_back(powers.Number(name, all));
    RequirePositive("reward power " + name, reward.power[j], "1");
    sum += reward.weights[j];
  }
  weights.Finish();
  powers.Finish();
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
    Constraint constraint;
    constraint.squared = reader.Text("type", "limit", {"limit", "squared"}) == "squared";
    constraint.states = QuantitiesNamed(settings, reader.Any("states"), "constraints states");
    if (constraint.states.empty()) throw InputError("constraints states: at least one expected");
    constraint.from = reader.Number("from", constraint.from);
    RequireBetween("constraints from", constraint.from, 0, 1, "1");
    reader.Finish();
    settings.constraints.push_back(constraint);
  }
  if (!limits.states.empty()) settings.constraints.push_back(limits);
}

}  // namespace flyball::motor
