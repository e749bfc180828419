#include "envs/policies/rotor_range.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "physics/numeric/lanes.h"

namespace flyball::policies {

RotorRange::RotorRange(const rotorcraft::Airframe& airframe, double least, double most,
                       double period, bool lagging)
    : airframe_(airframe), least_(std::max(least, 0.0)), most_(std::min(most, airframe.max_rpm())),
      lead_(lagging ? -1 / Expm1(-period / airframe.lag()) : 1.0) {}

void RotorRange::Fit(const double* now, double* commands) const {
  const auto within = [this](double rpm) { return least_ <= rpm && rpm <= most_; };
  if (std::all_of(commands, commands + 4, within)) return;

  // Thrusts (N) after a period: what is wanted of each rotor, the least and the most it can give.
  double wanted[4], least[4], most[4], thrust = 0.0, yaw = 0.0;
  for (int i = 0; i < 4; ++i) {
    const auto after = [&](double command) {
      return airframe_.RotorThrust(std::max(now[i] + (command - now[i]) / lead_, 0.0));
    };
    wanted[i] = after(commands[i]), least[i] = after(least_), most[i] = after(most_);
    thrust += wanted[i] / 4;
    yaw += airframe_.rotors[i].yaw * wanted[i] / 4;
  }
  double level[4];  // what turns the drone about x and y; it adds up to 0
  for (int i = 0; i < 4; ++i) level[i] = wanted[i] - thrust - airframe_.rotors[i].yaw * yaw;

  // The largest share of it that some thrust leaves room for, between each pair of rotors.
  double share = 1.0;
  for (int i = 0; i < 4; ++i) {
    for (int j = 0; j < 4; ++j) {
      const double apart = level[j] - level[i], room = most[j] - least[i];
      // Rotors that are still on their way from the other side have no room: they go on at full speed.
      if (apart > room && room > 0.0) share = std::min(share, room / apart);
    }
  }
  // The thrust that leaves it that room, nearest to what is wanted.
  double lowest = 0.0, highest = std::numeric_limits<double>::infinity();
  for (int i = 0; i < 4; ++i) {
    lowest = std::max(lowest, least[i] - share * level[i]);
    highest = std::min(highest, most[i] - share * level[i]);
  }
  thrust = std::max(std::min(thrust, highest), lowest);

  // What room is left turns it about z.
  double spin = 1.0;
  for (int i = 0; i < 4; ++i) {
    const double turn = airframe_.rotors[i].yaw * yaw, at = thrust + share * level[i];
    const double room = turn > 0.0 ? most[i] - at : at - least[i];
    if (std::abs(turn) > room) spin = std::min(spin, std::max(room, 0.0) / std::abs(turn));
  }
  for (int i = 0; i < 4; ++i) {
    const double give = thrust + share * level[i] + spin * airframe_.rotors[i].yaw * yaw;
    commands[i] = std::clamp(now[i] + (airframe_.RpmOf(give) - now[i]) * lead_, least_, most_);
  }
}

}  // namespace flyball::policies
