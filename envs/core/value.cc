#include "envs/core/value.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "physics/numeric/error.h"

namespace flyball {
namespace {

[[noreturn]] void Mismatch(const Value& value, const char* wanted) {
  throw InputError(std::string(wanted) + " expected, got a value of kind '" +
                   std::string(value.kind()) + "': " + value.ToJson());
}

// Shortest text that reads back as the same double; integers keep a point so that kinds survive.
std::string NumberText(double x) {
  if (std::isnan(x)) return "NaN";
  if (std::isinf(x)) return x > 0 ? "Infinity" : "-Infinity";
  char buffer[32];
  const auto end = std::to_chars(buffer, buffer + sizeof(buffer), x).ptr;
  std::string text(buffer, end);
  if (text.find_first_of(".eE") == std::string::npos) text += ".0";
  return text;
}

// Most texts have nothing that JSON writes otherwise.
void AppendText(const std::string& text, std::string& out) {
  const auto plain = [](char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; };
  if (!std::ranges::all_of(text, plain)) {
    out += nlohmann::json(text).dump();
    return;
  }
  out += '"';
  out += text;
  out += '"';
}

void Append(const Value& value, std::string& out) {
  if (value.is_null()) {
    out += "null";
  } else if (value.is_bool()) {
    out += value.AsBool() ? "true" : "false";
  } else if (value.is_integer()) {
    out += std::to_string(value.AsInteger());
  } else if (value.is_number()) {
    out += NumberText(value.AsNumber());
  } else if (value.is_text()) {
    AppendText(value.AsText(), out);
  } else if (value.is_list()) {
    out += '[';
    for (size_t i = 0; i < value.AsList().size(); ++i) {
      if (i) out += ", ";
      Append(value.AsList()[i], out);
    }
    out += ']';
  } else {
    out += '{';
    bool first = true;
    for (const auto& [key, item] : value.AsDict()) {
      if (!first) out += ", ";
      first = false;
      AppendText(key, out);
      out += ": ";
      Append(item, out);
    }
    out += '}';
  }
}

constexpr std::string_view kMark = "\\u0001";

Value FromText(std::string text) {
  if (text == "\x01NaN") return std::numeric_limits<double>::quiet_NaN();
  if (text == "\x01Infinity") return std::numeric_limits<double>::infinity();
  if (text == "\x01-Infinity") return -std::numeric_limits<double>::infinity();
  return text;
}

Value FromNode(const nlohmann::json& node) {
  switch (node.type()) {
    case nlohmann::json::value_t::null:
      return {};
    case nlohmann::json::value_t::boolean:
      return node.get<bool>();
    case nlohmann::json::value_t::number_integer:
    case nlohmann::json::value_t::number_unsigned:
      return node.get<int64_t>();
    case nlohmann::json::value_t::number_float:
      return node.get<double>();
    case nlohmann::json::value_t::string:
      return FromText(node.get<std::string>());
    case nlohmann::json::value_t::array: {
      List list;
      for (const auto& item : node) list.push_back(FromNode(item));
      return list;
    }
    default: {
      Dict dict;
      for (const auto& [key, item] : node.items()) dict[key] = FromNode(item);
      return dict;
    }
  }
}

// Python spells numbers that JSON does not have as NaN, Infinity and -Infinity. Outside of strings
// they become texts that no one writes, which FromNode turns into numbers.
std::string MarkPythonNumbers(std::string_view text) {
  std::string out;
  bool in_string = false;
  for (size_t i = 0; i < text.size();) {
    if (in_string && text[i] == '\\' && i + 1 < text.size()) {
      out += text.substr(i, 2);
      i += 2;
      continue;
    }
    if (text[i] == '"') in_string = !in_string;
    std::string_view found;
    for (std::string_view name : {"NaN", "Infinity", "-Infinity"}) {
      if (!in_string && text.substr(i, name.size()) == name) found = name;
    }
    if (found.empty()) {
      out += text[i++];
    } else {
      out += "\"" + std::string(kMark) + std::string(found) + "\"";
      i += found.size();
    }
  }
  return out;
}

}  // namespace

bool Value::AsBool() const {
  if (!is_bool()) Mismatch(*this, "a truth value");
  return std::get<bool>(data_);
}

int64_t Value::AsInteger() const {
  if (!is_integer()) Mismatch(*this, "an integer");
  return std::get<int64_t>(data_);
}

double Value::AsNumber() const {
  if (is_integer()) return static_cast<double>(std::get<int64_t>(data_));
  if (!is_number()) Mismatch(*this, "a number");
  return std::get<double>(data_);
}

const std::string& Value::AsText() const {
  if (!is_text()) Mismatch(*this, "a text");
  return std::get<std::string>(data_);
}

const List& Value::AsList() const {
  if (!is_list()) Mismatch(*this, "a list");
  return std::get<List>(data_);
}

const Dict& Value::AsDict() const {
  if (!is_dict()) Mismatch(*this, "a dictionary");
  return std::get<Dict>(data_);
}

std::vector<double> Value::AsNumbers() const {
  if (is_number()) return {AsNumber()};
  if (!is_list()) Mismatch(*this, "a list of numbers");
  std::vector<double> numbers;
  for (const Value& item : AsList()) {
    const std::vector<double> inner = item.AsNumbers();
    numbers.insert(numbers.end(), inner.begin(), inner.end());
  }
  return numbers;
}

std::vector<std::string> Value::AsTexts() const {
  if (is_text()) return {AsText()};
  if (!is_list()) Mismatch(*this, "a list of texts");
  std::vector<std::string> texts;
  for (const Value& item : AsList()) texts.push_back(item.AsText());
  return texts;
}

std::string_view Value::kind() const {
  constexpr std::string_view kKinds[] = {"nothing", "truth value", "integer",   "number",
                                         "text",    "list",        "dictionary"};
  return kKinds[data_.index()];
}

std::string Value::ToJson() const {
  std::string out;
  Append(*this, out);
  return out;
}

Value Value::FromJson(std::string_view text) {
  try {
    return FromNode(nlohmann::json::parse(MarkPythonNumbers(text)));
  } catch (const nlohmann::json::exception& error) {
    throw InputError(std::string("not JSON: ") + error.what());
  }
}

}  // namespace flyball
