// Reads a dictionary given as an option key by key; what is left at the end is a mistake.
#ifndef FLYBALL_ENVS_MOTOR_OPTION_READER_H_
#define FLYBALL_ENVS_MOTOR_OPTION_READER_H_

#include <string>
#include <vector>

#include "envs/core/options.h"
#include "envs/motor/reference.h"

namespace flyball::motor {

class OptionReader {
 public:
  // `value` may be null (all keys keep their defaults) or a dictionary.
  OptionReader(std::string name, const Value& value);

  bool has(const std::string& key);
  double Number(const std::string& key, double fallback);
  bool Truth(const std::string& key, bool fallback);
  int64_t Integer(const std::string& key, int64_t fallback);
  std::string Text(const std::string& key, const std::string& fallback,
                   const std::vector<std::string>& choices);
  Range RangeOf(const std::string& key, const Range& fallback);  // a number, or [low, high]
  const Value& Any(const std::string& key);                      // null if not given
  // Throws InputError for a key that nobody asked for, with the nearest of those asked for.
  void Finish() const;

  std::string Where(const std::string& key) const { return name_ + " " + key; }

 private:
  std::string name_;
  const Dict* dict_;
  std::vector<std::string> known_;
};

// A range's ends in order and finite; throws InputError.
void CheckRange(const std::string& where, const Range& range);

}  // namespace flyball::motor

#endif  // FLYBALL_ENVS_MOTOR_OPTION_READER_H_
