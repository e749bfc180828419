// The text form of an airframe.
#include <algorithm>
#include <charconv>
#include <cmath>

#include "physics/numeric/error.h"
#include "physics/rotorcraft/airframe.h"

namespace flyball::rotorcraft {
namespace {

constexpr std::string_view kMagic = "flyball-airframe 1";

enum class Range { kAny, kNotNegative, kPositive };

// One field of the file: how many numbers, where they go, what they may be.
struct FieldOf {
  std::string name;
  std::vector<double Airframe::*> to;
  Range range;
  bool optional = false;
};

const std::vector<FieldOf>& Fields() {
  using A = Airframe;
  static const std::vector<FieldOf> fields = {
      {"mass", {&A::mass}, Range::kPositive},
      {"inertia", {&A::inertia_x, &A::inertia_y, &A::inertia_z}, Range::kPositive},
      {"arm", {&A::arm}, Range::kPositive},
      {"thrust", {&A::thrust_linear, &A::thrust_factor}, Range::kAny},
      {"torque", {&A::torque_linear, &A::torque_factor}, Range::kAny},
      {"thrust_to_weight", {&A::thrust_to_weight}, Range::kPositive},
      {"max_speed", {&A::max_speed}, Range::kPositive},
      {"propeller_radius", {&A::propeller_radius}, Range::kNotNegative},
      {"ground_effect_coefficient", {&A::ground_effect_coefficient}, Range::kNotNegative},
      {"rotor_drag", {&A::drag_xy, &A::drag_z}, Range::kNotNegative, true},
      {"body_drag", {&A::body_drag_xy, &A::body_drag_z}, Range::kNotNegative, true},
      {"downwash", {&A::downwash_gain, &A::downwash_slope, &A::downwash_offset}, Range::kAny, true},
      {"collision", {&A::collision_radius, &A::collision_height, &A::collision_z}, Range::kAny},
      {"rotor_time_constant", {&A::rotor_time_constant}, Range::kPositive, true},
  };
  return fields;
}

class Parser {
 public:
  Parser(std::string_view text, const std::string& path) : rest_(text), path_(path) {}

  Airframe Parse() {
    if (!NextLine() || line_ != kMagic)
      Fail("the first line must be '" + std::string(kMagic) + "'");
    while (NextLine()) {
      const std::string name(Word());
      for (const std::string& earlier : seen_) {
        if (earlier == name && name != "rotor") Fail("'" + name + "' is given twice");
      }
      seen_.push_back(name);
      Read(name);
    }
    CheckWhole();
    return airframe_;
  }

 private:
  void Read(const std::string& name) {
    if (name == "doc") {
      airframe_.doc = line_;
    } else if (name == "rotor") {
      ReadRotor();
    } else if (name == "rotor_rates") {
      for (double* to : {&airframe_.up.constant, &airframe_.up.slope, &airframe_.down.constant,
                         &airframe_.down.slope}) {
        *to = Number(name, Range::kNotNegative);
      }
      EndOfLine(name);
    } else {
      for (const FieldOf& field : Fields()) {
        if (field.name != name) continue;
        for (double Airframe::*to : field.to) airframe_.*to = Number(name, field.range);
        return EndOfLine(name);
      }
      std::vector<std::string> known = {"doc", "rotor", "rotor_rates"};
      for (const FieldOf& field : Fields()) known.push_back(field.name);
      Fail(UnknownName("field", name, known));
    }
  }

  void ReadRotor() {
    if (num_rotors_ == 4) Fail("rotor: a fifth one; there must be four");
    Rotor& rotor = airframe_.rotors[num_rotors_++];
    rotor.x = Number("rotor", Range::kAny);
    rotor.y = Number("rotor", Range::kAny);
    rotor.yaw = Number("rotor", Range::kAny);
    if (std::abs(rotor.yaw) != 1.0) Fail("rotor: the sign of its torque must be 1 or -1");
    EndOfLine("rotor");
  }

  // What only the whole file shows.
  void CheckWhole() {
    line_number_ = 0;
    for (const FieldOf& field : Fields()) {
      if (!field.optional && !Has(field.name)) Fail("'" + field.name + "' is missing");
    }
    if (num_rotors_ != 4)
      Fail("rotor: " + std::to_string(num_rotors_) + " given; there must be four");
    if (Has("rotor_time_constant") == Has("rotor_rates")) {
      Fail("one of 'rotor_time_constant' and 'rotor_rates' must be given");
    }
    const Airframe& a = airframe_;
    if (!(a.thrust_factor > 0.0)) Fail("thrust: its quadratic factor must be > 0");
    if (!(a.torque_factor > 0.0)) Fail("torque: its quadratic factor must be > 0");
    if (!(a.thrust_to_weight > 1.0)) Fail("thrust_to_weight must be > 1, or it cannot fly");
    if (!(a.collision_radius > 0.0 && a.collision_height > 0.0)) {
      Fail("collision: radius and height must be > 0");
    }
    if (Has("rotor_rates")) {
      for (const RotorRate& rate : {a.up, a.down}) {
        if (rate.constant + rate.slope <= 0.0)
          Fail("rotor_rates: both are 0; rotors would not turn");
      }
    }
    // The mixers of controllers count on rotors that balance.
    double x = 0, y = 0, yaw = 0;
    bool axes = true;
    for (const Rotor& rotor : a.rotors) {
      x += rotor.x, y += rotor.y, yaw += rotor.yaw;
      axes = axes && (rotor.x == 0.0 || rotor.y == 0.0);
    }
    if (std::abs(x) > 1e-6 || std::abs(y) > 1e-6 || yaw != 0.0) {
      Fail("rotor: places and torques of the four must add up to 0");
    }
    airframe_.plus = axes;
  }

  bool Has(std::string_view name) const {
    for (const std::string& seen : seen_) {
      if (seen == name) return true;
    }
    return false;
  }
  bool NextLine() {
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
  std::string_view Word() {
    const std::string_view word =
        line_.substr(0, std::min(line_.find_first_of(" \t"), line_.size()));
    line_.remove_prefix(word.size());
    line_.remove_prefix(std::min(line_.find_first_not_of(" \t"), line_.size()));
    return word;
  }
  double Number(const std::string& name, Range range) {
    const std::string_view word = Word();
    double value = 0.0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
    if (error != std::errc() || end != word.data() + word.size() || !std::isfinite(value)) {
      Fail(name + ": expected a finite number, found '" + std::string(word) + "'");
    }
    if (range == Range::kPositive && !(value > 0.0)) {
      Fail(name + " is " + std::string(word) + "; it must be > 0");
    }
    if (range == Range::kNotNegative && value < 0.0) {
      Fail(name + " is " + std::string(word) + "; it must be >= 0");
    }
    return value;
  }
  void EndOfLine(const std::string& name) {
    if (!line_.empty()) Fail(name + ": unexpected '" + std::string(line_) + "'");
  }
  [[noreturn]] void Fail(const std::string& what) const {
    const std::string place = line_number_ > 0 ? ":" + std::to_string(line_number_) : "";
    throw DataError("drone file " + path_ + place + ": " + what);
  }

  std::string_view rest_, line_;
  const std::string& path_;
  int line_number_ = 0, num_rotors_ = 0;
  std::vector<std::string> seen_;
  Airframe airframe_;
};

}  // namespace

Airframe ParseAirframe(std::string_view text, const std::string& path) {
  return Parser(text, path).Parse();
}

}  // namespace flyball::rotorcraft
