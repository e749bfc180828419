// Rotors: from commanded speeds to the force and torque on the vehicle, for one row or many. What
// flight.h integrates itself is the same that the engines get as a wrench.
#ifndef FLYBALL_PHYSICS_ROTORCRAFT_ROTORS_H_
#define FLYBALL_PHYSICS_ROTORCRAFT_ROTORS_H_

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

#include "physics/rotorcraft/airframe.h"
#include "physics/rotorcraft/ground_effect.h"
#include "physics/rotorcraft/rotation.h"
#include "physics/rotorcraft/surfaces.h"

namespace flyball::rotorcraft {

inline constexpr double kRadPerSecondOfRpm = 2 * std::numbers::pi / 60;

// How one vehicle differs from its airframe: factors, 1 for none.
template <class T>
struct Variation {
  T mass, inertia, thrust;
};

// What four rotors do, in the body's axes about the centre of mass.
template <class T>
struct RotorWrench {
  T lift;          // N, along z
  Vec3<T> torque;  // N m
  T speed;         // rpm, sum over the rotors
};

class Rotors {
 public:
  Rotors(const Airframe& airframe, double time_step, bool ground_effect, Surfaces surfaces)
      : airframe_(airframe), plain_(airframe.thrust_linear == 0 && airframe.torque_linear == 0),
        lagged_(airframe.rotor_time_constant > 0), dt_(time_step),
        ground_on_(ground_effect && airframe.ground_effect_clip() > 0), ground_(airframe),
        surfaces_(std::move(surfaces)), surfaces_on_(ground_on_ && !surfaces_.none()),
        yaw_ratio_(airframe.torque_factor / airframe.thrust_factor),
        decay_(Exp(-time_step / airframe.lag())),
        decay_half_(Exp(-0.5 * time_step / airframe.lag())) {
    for (const Slab& slab : surfaces_.slabs) AddStrip(slab);
  }

  // Speeds (rpm) after a step towards `target`, and half way (`middle`). First-order lags are
  // exact; where the rate depends on the speed it is taken at the speed now.
  template <class T>
  FLYBALL_INLINE void Advance(T* rpm, const T* target, T* middle) const {
    if (lagged_) {
      for (int i = 0; i < 4; ++i) {
        const T behind = rpm[i] - target[i];
        middle[i] = target[i] + behind * decay_half_;
        rpm[i] = target[i] + behind * decay_;
      }
      return;
    }
    const Airframe& a = airframe_;
    const double half = 0.5 * dt_;
    for (int i = 0; i < 4; ++i) {
      const T behind = rpm[i] - target[i], sum = rpm[i] + target[i];
      const Mask<T> speeds_up = behind < 0.0;
      // z is the rate times half a step.
      const T constant = Select(speeds_up, T(a.up.constant * half), T(a.down.constant * half));
      const T slope = Select(speeds_up, T(a.up.slope * half), T(a.down.slope * half));
      const T z = constant + slope * sum;
      // exp(-z) as (12 - 6 z + z^2) / (12 + 6 z + z^2), which is positive and below 1 for every z.
      const T even = z * z + 12.0, odd = z * 6.0;
      const T decay = (even - odd) / (even + odd);
      middle[i] = target[i] + behind * decay;
      rpm[i] = target[i] + behind * (decay * decay);
    }
  }

  // `thrust_factor`: the vehicle's own, relative to its airframe. `pad` (2): where the pad of Surfaces
  // is (m, world), if there is one.
  template <class T>
  FLYBALL_INLINE RotorWrench<T> Wrench(const T* rpm, const T& thrust_factor, const Vec3<T>& p_W,
                                       const Rotation<T>& R, const T* pad) const {
    const Airframe& a = airframe_;
    RotorWrench<T> wrench;
    wrench.speed = (rpm[0] + rpm[1]) + (rpm[2] + rpm[3]);
    T thrust[4];
    wrench.torque.z = T(0.0);
    // A rotor's drag torque does not know of the ground. The vehicle's own factor comes last.
    if (plain_) {
      for (int i = 0; i < 4; ++i) thrust[i] = a.thrust_factor * (rpm[i] * rpm[i]);
      for (int i = 0; i < 4; ++i) {
        wrench.torque.z = wrench.torque.z + (a.rotors[i].yaw * yaw_ratio_) * thrust[i];
      }
    } else {
      T turning = T(0.0), squares = T(0.0);
      for (int i = 0; i < 4; ++i) {
        const T square = rpm[i] * rpm[i];
        thrust[i] = a.thrust_linear * rpm[i] + a.thrust_factor * square;
        turning = turning + a.rotors[i].yaw * rpm[i];
        squares = squares + a.rotors[i].yaw * square;
      }
      wrench.torque.z = a.torque_linear * turning + a.torque_factor * squares;
    }
    const bool over = surfaces_on_ && NearSurfaces(p_W, pad);
    // A rotor of a tilted drone hangs lower than the drone: by its arm at most.
    if (over || (ground_on_ && AnyOf(p_W.z < ground_.reach() + a.arm))) {
      T heights[4], gains[4];
      for (int i = 0; i < 4; ++i) {
        heights[i] = p_W.z + R.zx * a.rotors[i].x + R.zy * a.rotors[i].y;
      }
      ground_.Gains(heights, R.zz, gains);
      if (over) FeelSurfaces(p_W, R, heights, pad, gains);
      for (int i = 0; i < 4; ++i) thrust[i] = thrust[i] * (1.0 + gains[i]);
    }
    wrench.torque.x = T(0.0), wrench.torque.y = T(0.0);
    for (int i = 0; i < 4; ++i) {
      wrench.torque.x = wrench.torque.x + a.rotors[i].y * thrust[i];
      wrench.torque.y = wrench.torque.y - a.rotors[i].x * thrust[i];
    }
    wrench.lift = ((thrust[0] + thrust[1]) + (thrust[2] + thrust[3])) * thrust_factor;
    wrench.torque = wrench.torque * thrust_factor;
    return wrench;
  }

  // Drag (N s/m) along the body's x and y, and along z, at a summed rotor speed (rpm).
  template <class T>
  FLYBALL_INLINE void Drag(const T& speed, T& xy, T& z) const {
    const T turning = speed * kRadPerSecondOfRpm;
    xy = turning * airframe_.drag_xy + airframe_.body_drag_xy;
    z = turning * airframe_.drag_z + airframe_.body_drag_z;
  }

 private:
  // Drones that feel a slab are within a strip without end along one of its axes. Slabs above each
  // other share one, so that few operations tell that no drone is near any.
  struct Strip {
    double x, y;          // of the axis across it
    double middle, half;  // m, along that axis
    bool operator==(const Strip&) const = default;
  };
  void AddStrip(const Slab& slab) {
    const Strip strip = {slab.cosine, slab.sine, slab.x * slab.cosine + slab.y * slab.sine,
                         slab.half_x + Around()};
    if (std::find(strips_.begin(), strips_.end(), strip) == strips_.end()) {
      strips_.push_back(strip);
    }
  }
  // m, from a drone's centre to the end of a rotor, and more than what rounding makes of it.
  double Around() const { return airframe_.arm + airframe_.propeller_radius + 1e-3; }

  // Whether some rotor of some vehicle may be near above a level top, or above that of a slab.
  template <class T>
  FLYBALL_INLINE Mask<T> Near(const Vec3<T>& p_W, double top) const {
    return p_W.z > top - airframe_.arm && p_W.z < top + airframe_.arm + ground_.reach();
  }
  template <class T>
  FLYBALL_INLINE bool AnyNear(const Vec3<T>& p_W, const Slab& slab) const {
    const double half = slab.half_x + slab.half_y + Around();
    return AnyOf(Near(p_W, slab.top) && Abs(T(p_W.x - slab.x)) < half &&
                 Abs(T(p_W.y - slab.y)) < half);
  }
  template <class T>
  FLYBALL_INLINE bool AnyNear(const Vec3<T>& p_W, const T* pad) const {
    const double half = surfaces_.pad.radius + Around();
    return AnyOf(Near(p_W, surfaces_.pad.top) && Abs(T(p_W.x - pad[0])) < half &&
                 Abs(T(p_W.y - pad[1])) < half);
  }
  // Whether FeelSurfaces would change something.
  template <class T>
  [[gnu::noinline]] bool NearSurfaces(const Vec3<T>& p_W, const T* pad) const {
    if (surfaces_.pad.radius > 0.0 && AnyNear(p_W, pad)) return true;
    T nearest = T(std::numeric_limits<double>::infinity());
    for (const Strip& strip : strips_) {
      const T aside = p_W.x * strip.x + p_W.y * strip.y - strip.middle;
      nearest = Min(nearest, T(Abs(aside) - strip.half));
    }
    return AnyOf(nearest < 0.0) &&
           std::any_of(surfaces_.slabs.begin(), surfaces_.slabs.end(),
                       [&](const Slab& slab) { return AnyNear(p_W, slab); });
  }

  // Puts surfaces into the gains that the ground gives rotors at `heights` (m). Each gains what the
  // highest surface straight below it gives; over an edge, that of its share and of what is below.
  template <class T>
  [[gnu::noinline]] void FeelSurfaces(const Vec3<T>& p_W, const Rotation<T>& R, const T* heights,
                                      const T* pad, T* gains) const {
    const double r = airframe_.propeller_radius;
    T x[4], y[4], ground[4];
    for (int i = 0; i < 4; ++i) {
      const Rotor& rotor = airframe_.rotors[i];
      x[i] = p_W.x + R.xx * rotor.x + R.xy * rotor.y;
      y[i] = p_W.y + R.yx * rotor.x + R.yy * rotor.y;
      ground[i] = gains[i];
    }
    // The nearer below, the larger the gain: the highest surface is that of the largest.
    const auto feel = [&](double top, const T* share) __attribute__((always_inline)) {
      T above[4], over[4];
      for (int i = 0; i < 4; ++i) above[i] = heights[i] - top;
      ground_.Gains(above, R.zz, over);
      for (int i = 0; i < 4; ++i) {
        const T gain = ground[i] + share[i] * (over[i] - ground[i]);
        gains[i] = Select(above[i] >= 0.0, Max(gains[i], gain), gains[i]);
      }
    };
    T share[4];
    for (const Slab& slab : surfaces_.slabs) {
      if (!AnyNear(p_W, slab)) continue;
      for (int i = 0; i < 4; ++i) share[i] = ShareOver(slab, x[i], y[i], r);
      feel(slab.top, share);
    }
    const Pad& round = surfaces_.pad;
    if (round.radius > 0.0 && AnyNear(p_W, pad)) {
      for (int i = 0; i < 4; ++i) {
        share[i] = ShareOver(round, T(x[i] - pad[0]), T(y[i] - pad[1]), r);
      }
      feel(round.top, share);
    }
  }

  Airframe airframe_;
  bool plain_;   // thrust and torque go with the square of speed
  bool lagged_;  // speeds follow with a first-order lag
  double dt_;
  bool ground_on_;
  GroundEffect ground_;
  Surfaces surfaces_;
  bool surfaces_on_;
  std::vector<Strip> strips_;
  double yaw_ratio_;           // m
  double decay_, decay_half_;  // of a rotor's distance from its command, in a step and half of one
};

}  // namespace flyball::rotorcraft

#endif  // FLYBALL_PHYSICS_ROTORCRAFT_ROTORS_H_
