#include "envs/dataset/episode.h"

#include "physics/numeric/error.h"

namespace flyball::dataset {
namespace {

constexpr const char* kActionKinds[] = {"box", "discrete", "multi_discrete"};

Value FieldValue(const Field& field) {
  List shape, entries;
  for (int extent : field.shape) shape.push_back(extent);
  for (const Entry& entry : field.entries) {
    entries.push_back(Dict{{"name", entry.name},
                           {"size", entry.size},
                           {"unit", entry.unit},
                           {"low", entry.low},
                           {"high", entry.high},
                           {"doc", entry.doc}});
  }
  return Dict{{"name", field.name},
              {"dtype", std::string(NameOf(field.dtype))},
              {"shape", shape},
              {"entries", entries},
              {"doc", field.doc}};
}

DType DTypeFromName(const std::string& name) {
  for (DType dtype :
       {DType::kFloat32, DType::kFloat64, DType::kInt64, DType::kUInt8, DType::kBool}) {
    if (NameOf(dtype) == name) return dtype;
  }
  throw InputError("dtype '" + name + "' is unknown");
}

int Extent(const Value& value) {
  const int64_t extent = value.AsInteger();
  if (extent < 0 || extent > 1 << 30) throw InputError("an extent of " + std::to_string(extent));
  return static_cast<int>(extent);
}

Field FieldFromValue(const Value& value) {
  const Dict& dict = value.AsDict();
  Field field;
  field.name = dict.at("name").AsText();
  field.dtype = DTypeFromName(dict.at("dtype").AsText());
  field.doc = dict.at("doc").AsText();
  for (const Value& extent : dict.at("shape").AsList()) field.shape.push_back(Extent(extent));
  for (const Value& item : dict.at("entries").AsList()) {
    const Dict& entry = item.AsDict();
    field.entries.push_back({.name = entry.at("name").AsText(),
                             .size = Extent(entry.at("size")),
                             .unit = entry.at("unit").AsText(),
                             .low = entry.at("low").AsNumber(),
                             .high = entry.at("high").AsNumber(),
                             .doc = entry.at("doc").AsText()});
  }
  return field;
}

}  // namespace

bool ColumnSchema::of_policy() const {
  return name == "policy_id" || name == "log_probability" || name == "commanded_action";
}

Schema Schema::Of(const EnvSpec& spec, bool named_state) {
  Schema schema;
  schema.action = spec.action;
  const auto add = [&](std::string name, bool per_state, Field field) {
    schema.columns.push_back({std::move(name), per_state, std::move(field)});
  };
  const auto scalar = [](const char* name, DType dtype, const char* doc) {
    return ScalarField(name, dtype, "1", doc);
  };
  for (const Field& field : spec.observation) add("observation/" + field.name, true, field);
  add("action", false, spec.action.field);
  add("reward", false, scalar("reward", DType::kFloat64, "reward of the step"));
  add("terminated", false, scalar("terminated", DType::kBool, "the task ended with this step"));
  add("truncated", false, scalar("truncated", DType::kBool, "the episode was cut after this step"));
  add("end_reason", false,
      scalar(
          "end_reason", DType::kUInt8,
          "0 goes on, 1 terminated, 2 time limit, 3 cut by the task, 4 diverged, 5 engine error"));
  if (spec.num_agents > 1) {
    const auto agents = [&](const char* name, DType dtype, const char* doc) {
      Field field = scalar(name, dtype, doc);
      field.shape = {spec.num_agents};
      add(name, false, field);
    };
    agents("agent_reward", DType::kFloat64, "each agent's reward");
    agents("agent_terminated", DType::kBool, "each agent's end");
    agents("agent_truncated", DType::kBool, "each agent's cut");
  }
  for (const Field& field : spec.info) add("info/" + field.name, true, field);
  if (named_state) {
    for (const Field& field : spec.state) add("state/" + field.name, true, field);
  }
  // What the policy says of its choice.
  add("policy_id", false, scalar("policy_id", DType::kInt64, "which of the plan's policies acted"));
  add("log_probability", false,
      scalar("log_probability", DType::kFloat64,
             "ln of the probability (discrete) or density of the commanded action; NaN: none"));
  if (spec.action.kind == ActionSpec::Kind::kBox && spec.action.clip) {
    Field field = spec.action.field;
    field.name = "commanded_action";
    field.doc = "the policy's action before it is clipped to the bounds";
    for (Entry& entry : field.entries) entry.low = -kInfinity, entry.high = kInfinity;
    add("commanded_action", false, field);
  }
  return schema;
}

size_t Schema::Find(const std::string& name) const {
  std::vector<std::string> names;
  for (size_t i = 0; i < columns.size(); ++i) {
    if (columns[i].name == name) return i;
    names.push_back(columns[i].name);
  }
  throw InputError(UnknownName("column", name, names));
}

size_t Schema::bytes_per_step() const {
  size_t bytes = 0;
  for (const ColumnSchema& column : columns) bytes += column.field.bytes();
  return bytes;
}

Value Schema::ToValue() const {
  List list, choices;
  for (const ColumnSchema& column : columns) {
    list.push_back(Dict{{"name", column.name},
                        {"rows", column.per_state ? "states" : "steps"},
                        {"field", FieldValue(column.field)}});
  }
  for (int count : action.choices) choices.push_back(count);
  return Dict{{"columns", list},
              {"action", Dict{{"kind", kActionKinds[static_cast<int>(action.kind)]},
                              {"choices", choices},
                              {"clip", action.clip}}}};
}

Schema Schema::FromValue(const Value& value) try {
  Schema schema;
  for (const Value& item : value.AsDict().at("columns").AsList()) {
    const Dict& column = item.AsDict();
    schema.columns.push_back({.name = column.at("name").AsText(),
                              .per_state = column.at("rows").AsText() == "states",
                              .field = FieldFromValue(column.at("field"))});
  }
  const Dict& action = value.AsDict().at("action").AsDict();
  const std::string kind = action.at("kind").AsText();
  for (int i = 0; i < 3; ++i) {
    if (kind == kActionKinds[i]) schema.action.kind = static_cast<ActionSpec::Kind>(i);
  }
  for (const Value& count : action.at("choices").AsList()) {
    schema.action.choices.push_back(Extent(count));
  }
  schema.action.clip = action.at("clip").AsBool();
  schema.action.field = schema.columns[schema.Find("action")].field;
  return schema;
} catch (const std::out_of_range&) {
  throw InputError("schema: a key is missing");
}

size_t Episode::bytes() const {
  size_t bytes = states.size() + (state_steps.size() + state_sizes.size()) * sizeof(int64_t);
  for (const ByteVector& column : columns) bytes += column.size();
  return bytes;
}

std::span<const std::byte> Episode::state(size_t k) const {
  size_t begin = 0;
  for (size_t i = 0; i < k; ++i) begin += state_sizes[i];
  return std::span(states).subspan(begin, state_sizes[k]);
}

std::span<const std::byte> Episode::row(const Schema& schema, size_t column, int64_t row) const {
  const size_t bytes = schema.columns[column].field.bytes();
  return std::span(columns[column]).subspan(row * bytes, bytes);
}

Hash128 Episode::ContentHash(const Schema& schema) const {
  Hasher hasher;
  hasher.Add(static_cast<uint64_t>(index));
  hasher.Add(static_cast<uint64_t>(length));
  hasher.Add(seed);
  for (size_t i = 0; i < columns.size(); ++i) {
    hasher.Add(schema.columns[i].name);
    hasher.Add(NameOf(schema.columns[i].field.dtype));
    hasher.Add(static_cast<uint64_t>(columns[i].size()));
    hasher.Add(columns[i]);
  }
  hasher.Add(static_cast<uint64_t>(state_steps.size()));
  hasher.Add(std::as_bytes(std::span(state_steps)));
  hasher.Add(std::as_bytes(std::span(state_sizes)));
  hasher.Add(states);
  return hasher.Finish();
}

}  // namespace flyball::dataset
