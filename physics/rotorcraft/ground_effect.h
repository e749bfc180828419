// Ground effect: the thrust a rotor gains near level ground.
#ifndef FLYBALL_PHYSICS_ROTORCRAFT_GROUND_EFFECT_H_
#define FLYBALL_PHYSICS_ROTORCRAFT_GROUND_EFFECT_H_

#include "physics/rotorcraft/airframe.h"
#include "physics/rotorcraft/rotation.h"

namespace flyball::rotorcraft {

// Far from the ground the gain falls with 1/height^2 as the measured one of Shi et al. (Neural
// Lander, arXiv 1811.08027) and gym-pybullet-drones do; at the ground it stays below 4/15 of the
// thrust and is smooth; above `reach` it is zero.
class GroundEffect {
 public:
  explicit GroundEffect(const Airframe& airframe)
      : clip_(airframe.ground_effect_clip()), reach_(10 * clip_),
        floor_(clip_ > 0 ? kLargest / (1 + reach_ * reach_ / (clip_ * clip_)) : 0.0) {}

  // An airframe without ground effect has reach 0; Gain is not for it.
  double reach() const { return reach_; }  // m

  // Gain of a rotor's thrust (1) at `height` (m) over the ground; `upright` is the cosine of tilt.
  template <class T>
  FLYBALL_INLINE T Gain(const T& height, const T& upright) const {
    const T h = Max(height, 0.0) * (1 / clip_);
    const T gain = Max(kLargest / (1.0 + h * h) - floor_, 0.0);
    const T cosine = Max(upright, 0.0);
    return gain * cosine * cosine;
  }

  // The same for the four rotors of a vehicle, at the price of one division.
  template <class T>
  FLYBALL_INLINE void Gains(const T* height, const T& upright, T* gain) const {
    T d[4];
    for (int i = 0; i < 4; ++i) {
      const T h = Max(height[i], 0.0) * (1 / clip_);
      d[i] = 1.0 + h * h;
    }
    const T d01 = d[0] * d[1], d23 = d[2] * d[3];
    const T inverse = kLargest / (d01 * d23);
    const T inverse01 = inverse * d23, inverse23 = inverse * d01;
    const T cosine = Max(upright, 0.0), factor = cosine * cosine;
    gain[0] = Max(inverse01 * d[1] - floor_, 0.0) * factor;
    gain[1] = Max(inverse01 * d[0] - floor_, 0.0) * factor;
    gain[2] = Max(inverse23 * d[3] - floor_, 0.0) * factor;
    gain[3] = Max(inverse23 * d[2] - floor_, 0.0) * factor;
  }

 private:
  static constexpr double kLargest = 4.0 / 15.0;
  double clip_, reach_, floor_;
};

}  // namespace flyball::rotorcraft

#endif  // FLYBALL_PHYSICS_ROTORCRAFT_GROUND_EFFECT_H_
