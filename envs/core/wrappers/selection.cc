#include "envs/core/wrappers/selection.h"

#include <algorithm>
#include <utility>

#include "physics/numeric/error.h"

namespace flyball {
namespace {

// A number's names and bounds.
struct Number {
  std::string field, entry;
  int place = 0;  // inside its entry
  double low = 0.0, high = 0.0;
};

std::vector<Number> NumbersOf(const std::vector<Field>& fields) {
  std::vector<Number> numbers;
  for (const Field& field : fields) {
    std::vector<std::pair<std::string, int>> block;  // entry and place, once
    for (const Entry& entry : field.entries) {
      for (int i = 0; i < entry.size; ++i) block.emplace_back(entry.name, i);
    }
    const std::vector<double> low = field.low(), high = field.high();
    for (int i = 0; i < field.size(); ++i) {
      Number number{.field = field.name, .low = low[i], .high = high[i]};
      if (!block.empty()) std::tie(number.entry, number.place) = block[i % block.size()];
      if (block.empty()) number.place = i;
      numbers.push_back(std::move(number));
    }
  }
  return numbers;
}

// "velocity[2]" is "velocity" and 2; without an index -1.
std::pair<std::string, int> SplitIndex(const std::string& name) {
  const size_t open = name.rfind('[');
  if (open == std::string::npos || !name.ends_with(']')) return {name, -1};
  const std::string digits = name.substr(open + 1, name.size() - open - 2);
  if (digits.empty() || digits.size() > 6 ||
      !std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; })) {
    return {name, -1};
  }
  return {name.substr(0, open), std::stoi(digits)};
}

std::vector<std::string> KnownNames(const std::vector<Number>& numbers) {
  std::vector<std::string> names;
  for (const Number& number : numbers) {
    for (const std::string& name : {number.field, number.entry}) {
      if (!name.empty() && std::find(names.begin(), names.end(), name) == names.end()) {
        names.push_back(name);
      }
    }
  }
  return names;
}

}  // namespace

Selection Select(const std::vector<Field>& fields, const std::vector<std::string>& names,
                 const std::string& where) {
  const std::vector<Number> numbers = NumbersOf(fields);
  std::vector<bool> wanted(numbers.size());
  for (const std::string& given : names) {
    // A history's names have brackets of their own: the whole name goes before its index.
    const auto mark = [&](const std::string& name, int place) {
      bool found = false;
      for (size_t i = 0; i < numbers.size(); ++i) {
        const Number& number = numbers[i];
        const bool named = name == number.field || name == number.entry ||
                           name == number.field + "/" + number.entry;
        if (!named || (place >= 0 && place != number.place)) continue;
        wanted[i] = found = true;
      }
      return found;
    };
    if (mark(given, -1)) continue;
    const auto [name, place] = SplitIndex(given);
    if (place >= 0 && mark(name, place)) continue;
    if (place >= 0 && mark(name, -1)) {
      throw InputError(where + ": '" + name + "' has no number [" + std::to_string(place) + "]");
    }
    throw InputError(where + ": " + UnknownName("name", given, KnownNames(numbers)));
  }
  Selection selection;
  for (size_t i = 0; i < numbers.size(); ++i) {
    if (!names.empty() && !wanted[i]) continue;
    const Number& number = numbers[i];
    selection.index.push_back(static_cast<int>(i));
    selection.low.push_back(number.low);
    selection.high.push_back(number.high);
    selection.name.push_back((number.entry.empty() ? number.field : number.entry) + "[" +
                             std::to_string(number.place) + "]");
  }
  return selection;
}

Selection SelectObserved(const EnvSpec& spec, const List& names, const std::string& where) {
  std::vector<std::string> texts = Value(names).AsTexts();
  if (!spec.goal_conditioned) return Select(spec.observation, texts, where);
  // What is sensed often has the name of the goal that it is to reach; the goal is not meant.
  for (std::string& text : texts) {
    for (const Field& field : spec.observation) {
      const std::string name = SplitIndex(text).first;
      const bool sensed =
          field.name == "observation" &&
          std::any_of(field.entries.begin(), field.entries.end(),
                      [&](const Entry& e) { return e.name == name || e.name == text; });
      if (sensed) text = "observation/" + text;
    }
  }
  if (texts.empty()) texts = {"observation"};
  return Select(spec.observation, texts, where);
}

Selection SelectActed(const EnvSpec& spec, const List& names, const std::string& where) {
  if (spec.action.kind != ActionSpec::Kind::kBox) {
    throw InputError(where + ": its actions are choices, not numbers");
  }
  return Select({spec.action.field}, Value(names).AsTexts(), where);
}

Field FieldOf(const EnvSpec& spec, std::string name, int size, std::string unit, std::string doc,
              DType dtype) {
  Field field = ScalarField(std::move(name), dtype, std::move(unit), std::move(doc));
  const int agents = spec.num_agents;
  if (agents > 1 && size % agents == 0) {
    field.shape = {agents, size / agents};
  } else {
    field.shape = {size};
  }
  return field;
}

void AddInfo(EnvSpec& spec, Field field) {
  const std::string base = field.name;
  const auto taken = [&] {
    return std::any_of(spec.info.begin(), spec.info.end(),
                       [&](const Field& other) { return other.name == field.name; });
  };
  for (int number = 2; taken(); ++number) field.name = base + "_" + std::to_string(number);
  for (Entry& entry : field.entries) {
    if (entry.name == base) entry.name = field.name;
  }
  spec.info.push_back(std::move(field));
}

}  // namespace flyball
