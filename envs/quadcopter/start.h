// Where an episode starts.
#ifndef FLYBALL_ENVS_QUADCOPTER_START_H_
#define FLYBALL_ENVS_QUADCOPTER_START_H_

#include <span>

#include "envs/core/batch.h"
#include "envs/quadcopter/config.h"
#include "physics/numeric/random.h"
#include "physics/rotorcraft/rotation.h"

namespace flyball::quadcopter {

struct StartState {
  rotorcraft::Vec3<double> p_W;  // m
  rotorcraft::Quat<double> q_WB;
  rotorcraft::Vec3<double> v_W;  // m/s
  rotorcraft::Vec3<double> w_W;  // rad/s, world
  double rpm[4];
  rotorcraft::Vec3<double> goal;        // m
  rotorcraft::Vec3<double> variation;   // factors on mass, inertia, thrust
  double waypoints[3 * kNumWaypoints];  // m, of the task that has some
  double bias[6];                       // of the gyroscope (rad/s) and the accelerometer (m/s^2)
};

// One drone's start: drawn, then overridden by what `values` forces.
// Throws InputError for values out of range.
StartState DrawStart(const Config& config, int drone, Rng& rng, const ResetValues& values);

// Draws the place of the drone that comes after `others` (their places, m) anew until it is above
// ground and clear of them; where one is forced, or the peer has it fixed, it stays.
void DrawApart(const Config& config, std::span<const rotorcraft::Vec3<double>> others, Rng& rng,
               const ResetValues& values, StartState& start);

// Throws InputError if `values` put two drones of a row inside each other.
void CheckApart(const Config& config, const ResetValues& values);

}  // namespace flyball::quadcopter

#endif  // FLYBALL_ENVS_QUADCOPTER_START_H_
