// The text form of an airframe.
#include <cmath>

#include "physics/numeric/error.h"
#include "physics/numeric/keyword_file.h"
#include "physics/rotorcraft/airframe.h"

namespace flyball::rotorcraft {
namespace {

constexpr std::string_view kMagic = "flyball-airframe 1";

using Range = KeywordFile::Range;

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
  Parser(std::string_view text, const std::string& path)
      : file_(text, "drone file", path, kMagic) {}

  Airframe Parse() {
    while (file_.Next("rotor")) Read(file_.keyword());
    CheckWhole();
    return airframe_;
  }

 private:
  void Read(const std::string& name) {
    if (name == "doc") {
      airframe_.doc = file_.Rest();
    } else if (name == "rotor") {
      ReadRotor();
    } else if (name == "rotor_rates") {
      for (double* to : {&airframe_.up.constant, &airframe_.up.slope, &airframe_.down.constant,
                         &airframe_.down.slope}) {
        *to = file_.Number(Range::kNotNegative);
      }
      file_.End();
    } else {
      for (const FieldOf& field : Fields()) {
        if (field.name != name) continue;
        for (double Airframe::*to : field.to) airframe_.*to = file_.Number(field.range);
        return file_.End();
      }
      std::vector<std::string> known = {"doc", "rotor", "rotor_rates"};
      for (const FieldOf& field : Fields()) known.push_back(field.name);
      Fail(UnknownName("field", name, known));
    }
  }

  void ReadRotor() {
    if (num_rotors_ == 4) Fail("rotor: a fifth one; there must be four");
    Rotor& rotor = airframe_.rotors[num_rotors_++];
    rotor.x = file_.Number();
    rotor.y = file_.Number();
    rotor.yaw = file_.Number();
    if (std::abs(rotor.yaw) != 1.0) Fail("rotor: the sign of its torque must be 1 or -1");
    file_.End();
  }

  // What only the whole file shows.
  void CheckWhole() {
    file_.ForgetLine();
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

  bool Has(std::string_view name) const { return file_.Has(name); }
  [[noreturn]] void Fail(const std::string& what) const { file_.Fail(what); }

  KeywordFile file_;
  int num_rotors_ = 0;
  Airframe airframe_;
};

}  // namespace

Airframe ParseAirframe(std::string_view text, const std::string& path) {
  return Parser(text, path).Parse();
}

}  // namespace flyball::rotorcraft
