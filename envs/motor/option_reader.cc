#include "envs/motor/option_reader.h"

#include <algorithm>
#include <cmath>

#include "physics/drive/check.h"
#include "physics/numeric/describe.h"
#include "physics/numeric/error.h"

namespace flyball::motor {
namespace {

[[noreturn]] void WrongKind(const std::string& where, const char* expected, const Value& value) {
  throw InputError(where + ": " + expected + " expected, got " + std::string(value.kind()) + " " +
                   value.ToJson());
}

const Value kNothing;

}  // namespace

OptionReader::OptionReader(std::string name, const Value& value) : name_(std::move(name)) {
  static const Dict kEmpty;
  if (!value.is_null() && !value.is_dict()) WrongKind(name_, "a dictionary", value);
  dict_ = value.is_null() ? &kEmpty : &value.AsDict();
}

const Value& OptionReader::Any(const std::string& key) {
  if (std::find(known_.begin(), known_.end(), key) == known_.end()) known_.push_back(key);
  const auto found = dict_->find(key);
  return found == dict_->end() ? kNothing : found->second;
}

bool OptionReader::has(const std::string& key) { return !Any(key).is_null(); }

double OptionReader::Number(const std::string& key, double fallback) {
  const Value& value = Any(key);
  if (value.is_null()) return fallback;
  if (!value.is_number()) WrongKind(Where(key), "a number", value);
  return value.AsNumber();
}

bool OptionReader::Truth(const std::string& key, bool fallback) {
  const Value& value = Any(key);
  if (value.is_null()) return fallback;
  if (!value.is_bool()) WrongKind(Where(key), "a truth value", value);
  return value.AsBool();
}

int64_t OptionReader::Integer(const std::string& key, int64_t fallback) {
  const Value& value = Any(key);
  if (value.is_null()) return fallback;
  if (!value.is_integer()) WrongKind(Where(key), "an integer", value);
  return value.AsInteger();
}

std::string OptionReader::Text(const std::string& key, const std::string& fallback,
                               const std::vector<std::string>& choices) {
  const Value& value = Any(key);
  if (value.is_null()) return fallback;
  if (!value.is_text()) WrongKind(Where(key), "a text", value);
  if (std::find(choices.begin(), choices.end(), value.AsText()) == choices.end()) {
    throw InputError(Where(key) + ": " + UnknownName("value", value.AsText(), choices));
  }
  return value.AsText();
}

Range OptionReader::RangeOf(const std::string& key, const Range& fallback) {
  const Value& value = Any(key);
  if (value.is_null()) return fallback;
  Range range;
  if (value.is_number()) {
    range = {value.AsNumber(), value.AsNumber()};
  } else if (value.is_list() && value.AsList().size() == 2 && value.AsList()[0].is_number() &&
             value.AsList()[1].is_number()) {
    range = {value.AsList()[0].AsNumber(), value.AsList()[1].AsNumber()};
  } else {
    WrongKind(Where(key), "a number or [low, high]", value);
  }
  CheckRange(Where(key), range);
  return range;
}

void OptionReader::Finish() const {
  for (const auto& [key, value] : *dict_) {
    if (std::find(known_.begin(), known_.end(), key) == known_.end()) {
      throw InputError(UnknownName("key of option '" + name_ + "'", key, known_));
    }
  }
}

void CheckRange(const std::string& where, const Range& range) {
  RequireFinite(where, range.low, "1");
  RequireFinite(where, range.high, "1");
  if (range.low > range.high) {
    throw InputError(where + " = [" + Describe(range.low) + ", " + Describe(range.high) +
                     "]: the first number must not be above the second");
  }
}

}  // namespace flyball::motor
