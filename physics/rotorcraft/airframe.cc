#include "physics/rotorcraft/airframe.h"

#include <cmath>

#include "physics/numeric/assets.h"
#include "physics/numeric/error.h"
#include "physics/numeric/text_file.h"

namespace flyball::rotorcraft {

double Airframe::RpmOf(double thrust) const {
  if (!(thrust > 0.0)) return 0.0;
  if (thrust_linear == 0.0) return std::sqrt(thrust / thrust_factor);
  const double root = std::sqrt(thrust_linear * thrust_linear + 4 * thrust_factor * thrust);
  return (root - thrust_linear) / (2 * thrust_factor);
}

double Airframe::hover_rpm() const { return RpmOf(mass * kGravity / 4); }
double Airframe::max_rpm() const { return RpmOf(thrust_to_weight * mass * kGravity / 4); }
double Airframe::max_thrust() const { return 4 * RotorThrust(max_rpm()); }

double Airframe::lag() const {
  if (rotor_time_constant > 0.0) return rotor_time_constant;
  const double speed = 2 * hover_rpm();
  return 2 / (up.constant + up.slope * speed + down.constant + down.slope * speed);
}

double Airframe::ground_effect_clip() const {
  return 0.25 * propeller_radius *
         std::sqrt(15 * max_rpm() * max_rpm() * thrust_factor * ground_effect_coefficient /
                   max_thrust());
}

const std::vector<std::string>& AirframeNames() {
  static const std::vector<std::string> names = {
      "cf2x", "cf2p", "race", "hb", "cf2x_L250", "cf2x_P250", "cf2x_T350", "cf21B_500"};
  return names;
}

Airframe FindAirframe(const std::string& name) {
  std::string path = name;
  if (name.find('/') == std::string::npos && !name.ends_with(".txt")) {
    for (const std::string& known : AirframeNames()) {
      if (known == name) path = AssetPath("drones/" + name + ".txt");
    }
    if (path == name) {
      throw InputError(UnknownName("drone", name, AirframeNames()) + "; or the path of a file");
    }
  }
  const std::optional<std::string> text = ReadTextFile(path);
  if (!text) throw DataError("drone: cannot read the airframe file '" + path + "'");
  Airframe airframe = ParseAirframe(*text, path);
  airframe.name = name;
  return airframe;
}

}  // namespace flyball::rotorcraft
