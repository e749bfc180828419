#include "envs/core/options.h"

#include <algorithm>
#include <cmath>

#include "envs/core/wrappers/chain.h"
#include "physics/numeric/error.h"

namespace flyball {
namespace {

std::string_view KindName(Option::Kind kind) {
  constexpr std::string_view kNames[] = {"true or false", "an integer", "a number",
                                         "a text",        "a list",     "a dictionary"};
  return kNames[static_cast<int>(kind)];
}

bool HasKind(const Value& value, Option::Kind kind) {
  switch (kind) {
    case Option::Kind::kBool:
      return value.is_bool();
    case Option::Kind::kInteger:
      return value.is_integer();
    case Option::Kind::kNumber:
      return value.is_number();
    case Option::Kind::kText:
      return value.is_text();
    case Option::Kind::kList:
      return value.is_list();
    case Option::Kind::kDict:
      return value.is_dict();
  }
  return false;
}

void CheckChoice(const Option& option, const std::string& text, const std::string& where) {
  if (option.choices.empty()) return;
  if (std::find(option.choices.begin(), option.choices.end(), text) != option.choices.end()) return;
  throw InputError(where + ": " + UnknownName("value", text, option.choices));
}

std::string Text(double x) { return Value(x).ToJson(); }

constexpr const char* kRandomiseOption = "randomise";

bool Has(const OptionSchema& schema, const std::string& name) {
  return std::any_of(schema.begin(), schema.end(),
                     [&name](const Option& option) { return option.name == name; });
}

}  // namespace

OptionSchema CommonOptions(const OptionSchema& own) {
  OptionSchema common = {
      {.name = "preset",
       .kind = Option::Kind::kText,
       .default_value = "default",
       .choices = {"default"},
       .doc = "default: the only one"},
      {.name = kRandomiseOption,
       .kind = Option::Kind::kNumber,
       .default_value = 0.0,
       .low = 0.0,
       .high = 0.5,
       .unit = "1",
       .doc = "largest relative change of what each actuator does, drawn each episode; short for "
              "wrap=[{\"type\": \"actuator_spread\", \"size\": this}, ...]"},
      {.name = "dtype",
       .kind = Option::Kind::kText,
       .default_value = "float32",
       .choices = {"float32", "float64"},
       .doc = "dtype of observations; rewards are float64 always"},
      {.name = kWrappersOption,
       .kind = Option::Kind::kList,
       .default_value = List{},
       .doc = "delays, noise, faults, limits, partial views around the plant: docs/wrappers.md"}};
  std::erase_if(common, [&own](const Option& option) { return Has(own, option.name); });
  return common;
}

void CheckOption(const Option& option, const Value& value, const std::string& where) {
  if (value.is_null()) return;  // "as the preset has it"
  if (!HasKind(value, option.kind)) {
    throw InputError(where + ": " + std::string(KindName(option.kind)) + " expected, got " +
                     std::string(value.kind()) + " " + value.ToJson());
  }
  if (option.kind == Option::Kind::kText) CheckChoice(option, value.AsText(), where);
  if (option.kind == Option::Kind::kList && !option.choices.empty()) {
    for (const Value& item : value.AsList()) {
      if (!item.is_text()) {
        throw InputError(where + ": a list of texts expected, got " + value.ToJson());
      }
      CheckChoice(option, item.AsText(), where);
    }
  }
  if (option.kind == Option::Kind::kInteger || option.kind == Option::Kind::kNumber) {
    const double number = value.AsNumber();
    if (!(number >= option.low && number <= option.high) || std::isnan(number)) {
      throw InputError(where + ": " + value.ToJson() + " is out of range [" + Text(option.low) +
                       ", " + Text(option.high) + "]" +
                       (option.unit.empty() ? "" : " " + option.unit));
    }
  }
}

Options ResolveOptions(const OptionSchema& schema, const Options& given, const std::string& id) {
  OptionSchema all = schema;
  for (Option& option : CommonOptions(schema)) all.push_back(std::move(option));
  Options resolved = CheckOptions(all, given, id);
  List asked = resolved.at(kWrappersOption).AsList();
  // A family without a way of its own to randomise its plants has its actuators vary.
  if (!Has(schema, kRandomiseOption) && resolved.at(kRandomiseOption).AsNumber() > 0.0) {
    asked.insert(asked.begin(),
                 Options{{"type", "actuator_spread"}, {"size", resolved.at(kRandomiseOption)}});
    resolved[kRandomiseOption] = 0.0;
  }
  // Without wrappers nothing tells that there could be some.
  List wrappers = ResolveWrappers(asked, id);
  resolved.erase(kWrappersOption);
  if (!wrappers.empty()) resolved[kWrappersOption] = std::move(wrappers);
  return resolved;
}

Options CheckOptions(const OptionSchema& schema, const Options& given, const std::string& where) {
  std::vector<std::string> names;
  Options resolved;
  for (const Option& option : schema) {
    names.push_back(option.name);
    resolved[option.name] = option.default_value;
  }
  for (const auto& [name, value] : given) {
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end()) throw InputError(where + ": " + UnknownName("option", name, names));
    const Option& option = schema[found - names.begin()];
    // A single text stands for a list of one; an integer for a number.
    Value converted = value;
    if (option.kind == Option::Kind::kList && value.is_text()) converted = List{value};
    if (option.kind == Option::Kind::kNumber && value.is_integer()) converted = value.AsNumber();
    CheckOption(option, converted, where + ", option '" + name + "'");
    if (!converted.is_null()) resolved[name] = converted;
  }
  return resolved;
}

DType ObservationDType(const Options& resolved) {
  return resolved.at("dtype").AsText() == "float64" ? DType::kFloat64 : DType::kFloat32;
}

}  // namespace flyball
