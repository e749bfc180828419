#include "envs/core/wrappers/chain.h"

#include <algorithm>
#include <utility>

#include "envs/core/registry.h"
#include "envs/core/wrappers/selection.h"
#include "envs/core/wrappers/types.h"
#include "physics/numeric/error.h"

namespace flyball {
namespace {

const WrapperType& FindType(const std::string& name, const std::string& where) {
  std::vector<std::string> names;
  for (const WrapperType& type : WrapperTypes()) {
    if (type.name == name) return type;
    names.push_back(type.name);
  }
  throw InputError(where + ": " + UnknownName("type", name, names));
}

std::string WhereOf(const std::string& id, size_t place) {
  return id + ", wrap[" + std::to_string(place) + "]";
}

// These stand between the learner's action and the plant's.
bool ChangesAction(const std::string& type, const Options& options) {
  if (type == "action_delay" || type == "action_noise" || type == "actuator_spread") return true;
  if (type == "fault") return options.at("kind").AsText().starts_with("actuator");
  return (type == "disturbance" || type == "drift") && options.at("target").AsText() == "action";
}

}  // namespace

Option OfOption(std::string doc) {
  return {
      .name = "of", .kind = Option::Kind::kList, .default_value = List{}, .doc = std::move(doc)};
}

void WrapperDraws::Set(uint64_t seed, uint32_t episode, uint32_t step, uint32_t place) {
  // Away from the plant's own noise, whose key is the seed itself.
  uint64_t key = (seed ^ 0x5752415050455253u) + 0x9E3779B97F4A7C15u;
  key = (key ^ key >> 30) * 0xBF58476D1CE4E5B9u;
  key ^= key >> 27;
  step_.Set(0, key, episode, step);
  episode_.Set(0, ~key, episode, 0);
  place_ = place;
}

const std::vector<WrapperType>& WrapperTypes() {
  static const std::vector<WrapperType> types = {
      ActionDelayType(), ObservationDelayType(), ActionNoiseType(), SensorNoiseType(),
      SensorBiasType(),  SensorDropoutType(),    DisturbanceType(), DriftType(),
      FaultType(),       ActuatorSpreadType(),   LimitType(),       MaskType(),
      HideType(),        HistoryType(),
  };
  return types;
}

List ResolveWrappers(const List& given, const std::string& id) {
  List resolved;
  for (size_t i = 0; i < given.size(); ++i) {
    const std::string where = WhereOf(id, i);
    if (!given[i].is_dict() || !given[i].AsDict().contains("type")) {
      throw InputError(where + ": a dictionary with 'type' expected, got " + given[i].ToJson());
    }
    Options options = given[i].AsDict();
    const Value name = options.at("type");
    if (!name.is_text()) throw InputError(where + ": 'type' is a text, got " + name.ToJson());
    options.erase("type");
    const WrapperType& type = FindType(name.AsText(), where);
    Options checked = CheckOptions(type.options, options, where + " (" + type.name + ")");
    checked["type"] = name;
    resolved.emplace_back(std::move(checked));
  }
  return resolved;
}

WrapperChain MakeWrappers(EnvSpec& spec, const List& resolved) {
  WrapperChain chain;
  const std::string id = spec.id;
  for (const Value& value : resolved) {
    const Options& options = value.AsDict();
    const std::string& type = options.at("type").AsText();
    chain.shows_action |= ChangesAction(type, options);
    if (type == "drift") chain.reset_episode = static_cast<int>(spec.reset.size());
  }
  if (chain.shows_action) {
    Field field = spec.action.field;
    field.doc = "what the plant was given, inside its bounds where it clips; 0 at reset";
    field.name = kReceivedAction;
    for (Entry& entry : field.entries) {
      entry.low = -kInfinity;
      entry.high = kInfinity;
    }
    AddInfo(spec, std::move(field));
  }
  if (chain.reset_episode >= 0) {
    spec.reset.push_back(ScalarField(kEpisodeIndex, DType::kFloat64, "1",
                                     "episode that drift goes by; not given: resets since the seed",
                                     0.0));
  }
  // Pictures pass them by: wrappers see numbers.
  const auto first_picture = spec.observation.begin() + spec.num_number_fields();
  const std::vector<Field> picture_fields(first_picture, spec.observation.end());
  spec.observation.erase(first_picture, spec.observation.end());
  const std::vector<PictureField> pictures = std::exchange(spec.pictures, {});
  for (size_t i = 0; i < resolved.size(); ++i) {
    const Options& options = resolved[i].AsDict();
    const std::string& type = options.at("type").AsText();
    const std::string where = WhereOf(id, i) + " (" + type + ")";
    chain.observation_sizes.push_back(spec.observation_size());
    chain.info_begins.push_back(spec.info_size());
    chain.wrappers.push_back(FindType(type, where).make(spec, options, where));
  }
  chain.observation_sizes.push_back(spec.observation_size());
  chain.info_begins.push_back(spec.info_size());
  spec.observation.insert(spec.observation.end(), picture_fields.begin(), picture_fields.end());
  spec.pictures = pictures;
  spec.smooth = false;  // what is shown is not a function of state and action alone
  return chain;
}

bool HasWrappers(const Options& options) {
  const auto found = options.find(kWrappersOption);
  return found != options.end() && found->second.is_list() && !found->second.AsList().empty();
}

Options WithoutWrappers(const Options& options) {
  Options rest = options;
  rest.erase(kWrappersOption);
  return rest;
}

EnvSpec SpecOfPlant(const EnvSpec& spec) {
  return HasWrappers(spec.options) ? ResolveSpec(spec.id, WithoutWrappers(spec.options)) : spec;
}

}  // namespace flyball
