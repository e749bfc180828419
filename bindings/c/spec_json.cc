#include "bindings/c/spec_json.h"

#include <cmath>
#include <utility>
#include <vector>

#include "envs/core/registry.h"

namespace flyball {
namespace {

// JSON has no infinity; where a bound is infinite there is none.
Value Bound(double bound) { return std::isfinite(bound) ? Value(bound) : Value(); }

template <class T>
List ListOf(const std::vector<T>& items) {
  return List(items.begin(), items.end());
}

Dict DictOf(const Field& field) {
  List entries;
  for (const Entry& entry : field.entries) {
    entries.push_back(Dict{{"name", entry.name},
                           {"size", entry.size},
                           {"unit", entry.unit},
                           {"low", Bound(entry.low)},
                           {"high", Bound(entry.high)},
                           {"doc", entry.doc}});
  }
  return {{"name", field.name},
          {"dtype", NameOf(field.dtype)},
          {"shape", ListOf(field.shape)},
          {"entries", std::move(entries)},
          {"doc", field.doc}};
}

List ListOfFields(const std::vector<Field>& fields) {
  List list;
  for (const Field& field : fields) list.emplace_back(DictOf(field));
  return list;
}

Dict DictOf(const Option& option) {
  static const char* const kKinds[] = {"bool", "integer", "number", "text", "list", "dict"};
  return {{"name", option.name},
          {"kind", kKinds[static_cast<int>(option.kind)]},
          {"default", option.default_value},
          {"choices", ListOf(option.choices)},
          {"low", Bound(option.low)},
          {"high", Bound(option.high)},
          {"unit", option.unit},
          {"doc", option.doc}};
}

Dict DictOf(const ActionSpec& action) {
  static const char* const kKinds[] = {"box", "discrete", "multi_discrete"};
  return {{"kind", kKinds[static_cast<int>(action.kind)]},
          {"field", DictOf(action.field)},
          {"choices", ListOf(action.choices)},
          {"clip", action.clip}};
}

}  // namespace

std::string SpecJson(const EnvSpec& spec) {
  const Registration& registration = FindRegistration(spec.id);
  List schema;
  for (const OptionSchema& options : {registration.options, CommonOptions(registration.options)}) {
    for (const Option& option : options) schema.emplace_back(DictOf(option));
  }
  return Value(Dict{{"id", spec.id},
                    {"family", registration.family},
                    {"doc", spec.doc},
                    {"options", spec.options},
                    {"option_schema", std::move(schema)},
                    {"observation", ListOfFields(spec.observation)},
                    {"action", DictOf(spec.action)},
                    {"info", ListOfFields(spec.info)},
                    {"state", ListOfFields(spec.state)},
                    {"reset", ListOfFields(spec.reset)},
                    {"control_period", spec.control_period},
                    {"max_episode_steps", spec.max_episode_steps},
                    {"reward_low", Bound(spec.reward_low)},
                    {"reward_high", Bound(spec.reward_high)},
                    {"num_agents", spec.num_agents},
                    {"goal_conditioned", spec.goal_conditioned},
                    {"smooth", spec.smooth},
                    {"policies", ListOf(spec.policies)},
                    {"unsupported", ListOf(spec.unsupported)}})
      .ToJson();
}

}  // namespace flyball
