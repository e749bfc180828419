// Air that moves: a mean that grows with height, gusts of Dryden's kind, and fields of a user's own.
#ifndef FLYBALL_ENVS_QUADCOPTER_WIND_H_
#define FLYBALL_ENVS_QUADCOPTER_WIND_H_

#include <vector>

#include "envs/quadcopter/user_functions.h"
#include "physics/rotorcraft/rotation.h"

namespace flyball::quadcopter {

struct Wind {
  double mean[3] = {0, 0, 0};  // m/s, world, at 1 m height with shear
  double shear = 0;            // exponent of height over 1 m
  double gusts = 0;            // m/s, standard deviation of each component
  double length = 1.0;         // m, over which gusts change
  // A sampled field to be added to the mean: where its first point is, how far points are apart, how
  // many there are along x, y and z, and the velocity at each, x slowest. Held beyond its sides.
  double origin[3] = {0, 0, 0}, spacing[3] = {1, 1, 1};  // m
  int count[3] = {0, 0, 0};
  std::vector<double> grid;  // m/s
  WindField function;        // another field to be added; empty: none

  bool has_fields() const { return !grid.empty() || function; }
  bool blows() const {
    return mean[0] != 0 || mean[1] != 0 || mean[2] != 0 || gusts != 0 || has_fields();
  }
  // m/s, world: what the fields add at a place (m, world) and a time of the episode (s).
  rotorcraft::Vec3<double> FieldsAt(double time, const rotorcraft::Vec3<double>& p_W) const;
};

}  // namespace flyball::quadcopter

#endif  // FLYBALL_ENVS_QUADCOPTER_WIND_H_
