#include "physics/numeric/keyword_file.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include "physics/numeric/error.h"

namespace flyball {

KeywordFile::KeywordFile(std::string_view text, std::string kind, std::string path,
                         std::string_view magic)
    : rest_(text), kind_(std::move(kind)), path_(std::move(path)) {
  if (!NextLine() || line_ != magic) {
    Fail("the first line must be '" + std::string(magic) + "'");
  }
}

bool KeywordFile::Next(std::string_view repeated) {
  if (!NextLine()) return false;
  keyword_ = std::string(Word());
  if (keyword_ != repeated && Has(keyword_)) Fail("'" + keyword_ + "' is given twice");
  seen_.push_back(keyword_);
  return true;
}

bool KeywordFile::Has(std::string_view keyword) const {
  return std::find(seen_.begin(), seen_.end(), keyword) != seen_.end();
}

bool KeywordFile::NextLine() {
  while (!rest_.empty()) {
    const size_t end = std::min(rest_.find('\n'), rest_.size());
    line_ = rest_.substr(0, end);
    rest_.remove_prefix(std::min(end + 1, rest_.size()));
    ++line_number_;
    const size_t first = line_.find_first_not_of(" \t\r");
    if (first == std::string_view::npos || line_[first] == '#') continue;
    line_ = line_.substr(first, line_.find_last_not_of(" \t\r") + 1 - first);
    return true;
  }
  return false;
}

std::string_view KeywordFile::Word() {
  const std::string_view word = line_.substr(0, std::min(line_.find_first_of(" \t"), line_.size()));
  if (word.empty()) Fail(keyword_ + ": a value is missing");
  line_.remove_prefix(word.size());
  line_.remove_prefix(std::min(line_.find_first_not_of(" \t"), line_.size()));
  return word;
}

std::string KeywordFile::Rest() { return std::string(std::exchange(line_, {})); }

double KeywordFile::Number(Range range) {
  const std::string_view word = AtEnd() ? std::string_view() : Word();
  double value = 0.0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc() || end != word.data() + word.size() || !std::isfinite(value)) {
    Fail(keyword_ + ": expected a finite number, found '" + std::string(word) + "'");
  }
  if (range == Range::kPositive && !(value > 0.0)) {
    Fail(keyword_ + " is " + std::string(word) + "; it must be > 0");
  }
  if (range == Range::kNotNegative && value < 0.0) {
    Fail(keyword_ + " is " + std::string(word) + "; it must be >= 0");
  }
  return value;
}

int64_t KeywordFile::Integer(int64_t low, int64_t high) {
  const double value = Number();
  if (value != std::floor(value) || value < static_cast<double>(low) ||
      value > static_cast<double>(high)) {
    Fail(keyword_ + ": expected an integer from " + std::to_string(low) + " to " +
         std::to_string(high));
  }
  return static_cast<int64_t>(value);
}

std::vector<double> KeywordFile::Numbers(Range range) {
  std::vector<double> numbers;
  do numbers.push_back(Number(range));
  while (!AtEnd());
  return numbers;
}

std::vector<std::string> KeywordFile::Words() {
  std::vector<std::string> words;
  do words.emplace_back(Word());
  while (!AtEnd());
  return words;
}

void KeywordFile::End() {
  if (!AtEnd()) Fail(keyword_ + ": unexpected '" + std::string(line_) + "'");
}

void KeywordFile::Fail(const std::string& what) const {
  const std::string place = line_number_ > 0 ? ":" + std::to_string(line_number_) : "";
  throw DataError(kind_ + " " + path_ + place + ": " + what);
}

}  // namespace flyball
