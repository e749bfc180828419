// An option's value: nothing, a truth value, an integer, a number, a text, a list or a dictionary.
// The same tree travels from Python keyword arguments, C++ initialisers and plan files.
#ifndef FLYBALL_ENVS_CORE_VALUE_H_
#define FLYBALL_ENVS_CORE_VALUE_H_

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace flyball {

class Value;
using List = std::vector<Value>;
using Dict = std::map<std::string, Value>;  // ordered by name, so that equal options hash equally

class Value {
 public:
  Value() = default;
  Value(bool value) : data_(value) {}
  template <class Int>
  requires(std::is_integral_v<Int> && !std::is_same_v<Int, bool>) Value(Int value)
      : data_(static_cast<int64_t>(value)) {}
  Value(double value) : data_(value) {}
  Value(const char* value) : data_(std::string(value)) {}
  Value(std::string_view value) : data_(std::string(value)) {}
  Value(std::string value) : data_(std::move(value)) {}
  Value(List value) : data_(std::move(value)) {}
  Value(Dict value) : data_(std::move(value)) {}

  bool is_null() const { return std::holds_alternative<std::monostate>(data_); }
  bool is_bool() const { return std::holds_alternative<bool>(data_); }
  bool is_integer() const { return std::holds_alternative<int64_t>(data_); }
  bool is_number() const { return is_integer() || std::holds_alternative<double>(data_); }
  bool is_text() const { return std::holds_alternative<std::string>(data_); }
  bool is_list() const { return std::holds_alternative<List>(data_); }
  bool is_dict() const { return std::holds_alternative<Dict>(data_); }

  // Each throws InputError naming the kind found if the value is of another kind.
  bool AsBool() const;
  int64_t AsInteger() const;
  double AsNumber() const;  // integers convert
  const std::string& AsText() const;
  const List& AsList() const;
  const Dict& AsDict() const;
  std::vector<double> AsNumbers() const;  // a list of numbers, or one number; nested lists flatten
  std::vector<std::string> AsTexts() const;  // a list of texts, or one text

  // "nothing", "truth value", "integer", "number", "text", "list", "dictionary"
  std::string_view kind() const;

  // Canonical JSON: sorted keys, shortest round-trip numbers, NaN and Infinity as Python spells them.
  std::string ToJson() const;
  static Value FromJson(std::string_view text);  // throws InputError with the position

  bool operator==(const Value&) const = default;

 private:
  std::variant<std::monostate, bool, int64_t, double, std::string, List, Dict> data_;
};

}  // namespace flyball

#endif  // FLYBALL_ENVS_CORE_VALUE_H_
