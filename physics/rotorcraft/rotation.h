// Vectors and rotations on lanes: the few operations that rigid bodies need, the same for one row
// and for many (physics/numeric/lanes.h).
#ifndef FLYBALL_PHYSICS_ROTORCRAFT_ROTATION_H_
#define FLYBALL_PHYSICS_ROTORCRAFT_ROTATION_H_

#include <numbers>

#include "physics/numeric/lanes.h"

namespace flyball::rotorcraft {

template <class T>
struct Vec3 {
  T x, y, z;
};

template <class T>
FLYBALL_INLINE Vec3<T> operator+(const Vec3<T>& a, const Vec3<T>& b) {
  return {a.x + b.x, a.y + b.y, a.z + b.z};
}
template <class T>
FLYBALL_INLINE Vec3<T> operator-(const Vec3<T>& a, const Vec3<T>& b) {
  return {a.x - b.x, a.y - b.y, a.z - b.z};
}
template <class T, LaneArgument S>
FLYBALL_INLINE Vec3<T> operator*(const Vec3<T>& a, const S& s) {
  return {a.x * s, a.y * s, a.z * s};
}
template <class T>
FLYBALL_INLINE T Dot(const Vec3<T>& a, const Vec3<T>& b) {
  return a.x * b.x + a.y * b.y + a.z * b.z;
}
template <class T>
FLYBALL_INLINE Vec3<T> Cross(const Vec3<T>& a, const Vec3<T>& b) {
  return {a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x};
}

// A unit quaternion, scalar last (the order of every array of this project that says "xyzw").
template <class T>
struct Quat {
  T x, y, z, w;
};

template <class T>
FLYBALL_INLINE Quat<T> operator*(const Quat<T>& a, const Quat<T>& b) {
  return {
      a.w * b.x + a.x * b.w + a.y * b.z - a.z * b.y, a.w * b.y - a.x * b.z + a.y * b.w + a.z * b.x,
      a.w * b.z + a.x * b.y - a.y * b.x + a.z * b.w, a.w * b.w - a.x * b.x - a.y * b.y - a.z * b.z};
}

// Back to unit length, for a quaternion whose length is already 1 within 1e-4 or so: one Newton
// step for 1/sqrt, exact to the last place there, and no division.
template <class T>
FLYBALL_INLINE Quat<T> Renormalized(const Quat<T>& q) {
  const T scale = 1.5 - 0.5 * (q.x * q.x + q.y * q.y + q.z * q.z + q.w * q.w);
  return {q.x * scale, q.y * scale, q.z * scale, q.w * scale};
}

// Columns are the body's axes in the world: R_WB.
template <class T>
struct Rotation {
  T xx, xy, xz, yx, yy, yz, zx, zy, zz;

  FLYBALL_INLINE explicit Rotation(const Quat<T>& q) {
    const T x2 = q.x + q.x, y2 = q.y + q.y, z2 = q.z + q.z;
    const T wx = q.w * x2, wy = q.w * y2, wz = q.w * z2;
    const T qxx = q.x * x2, qxy = q.x * y2, qxz = q.x * z2;
    const T qyy = q.y * y2, qyz = q.y * z2, qzz = q.z * z2;
    xx = 1.0 - (qyy + qzz), xy = qxy - wz, xz = qxz + wy;
    yx = qxy + wz, yy = 1.0 - (qxx + qzz), yz = qyz - wx;
    zx = qxz - wy, zy = qyz + wx, zz = 1.0 - (qxx + qyy);
  }
  FLYBALL_INLINE Vec3<T> ToWorld(const Vec3<T>& v) const {
    return {xx * v.x + xy * v.y + xz * v.z, yx * v.x + yy * v.y + yz * v.z,
            zx * v.x + zy * v.y + zz * v.z};
  }
  FLYBALL_INLINE Vec3<T> ToBody(const Vec3<T>& v) const {
    return {xx * v.x + yx * v.y + zx * v.z, xy * v.x + yy * v.y + zy * v.z,
            xz * v.x + yz * v.y + zz * v.z};
  }
  FLYBALL_INLINE Vec3<T> BodyZ() const { return {xz, yz, zz}; }   // in the world
  FLYBALL_INLINE Vec3<T> WorldZ() const { return {zx, zy, zz}; }  // in the body
};

// The rotation by 2 |half| rad about half. Small angles, which is every step of a sane vehicle, cost a
// polynomial; a lane's bits do not depend on what its neighbours need.
template <class T>
FLYBALL_INLINE Quat<T> ExponentialOfHalf(const Vec3<T>& half) {
  const T s = Dot(half, half);  // square of the half angle
  // sin(a)/a and cos(a) as series in a^2: the first terms left out are below 3e-17 for a^2 < 0.01.
  T sinc = s * (1.0 / 362880.0) - 1.0 / 5040.0;
  sinc = sinc * s + 1.0 / 120.0;
  sinc = sinc * s - 1.0 / 6.0;
  sinc = sinc * s + 1.0;
  T cosine = s * (1.0 / 40320.0) - 1.0 / 720.0;
  cosine = cosine * s + 1.0 / 24.0;
  cosine = cosine * s - 0.5;
  cosine = cosine * s + 1.0;
  const Mask<T> large = s > 0.01;
  if (AnyOf(large)) {
    const T angle = Sqrt(s);
    sinc = Select(large, T(Sin(angle) / Max(angle, 0.05)), sinc);
    cosine = Select(large, T(Cos(angle)), cosine);
  }
  return {half.x * sinc, half.y * sinc, half.z * sinc, cosine};
}
// The rotation by |v| rad about v.
template <class T>
FLYBALL_INLINE Quat<T> ExponentialMap(const Vec3<T>& v) {
  return ExponentialOfHalf(v * 0.5);
}

// Whether pitch is so near +-90 degrees that roll and yaw are not told apart.
template <class T>
FLYBALL_INLINE T SineOfPitch(const Quat<T>& q) {
  return -2.0 * (q.x * q.z - q.w * q.y);
}
inline constexpr double kGimbalSine = 0.99999;

// Two angles; of one row both at once, for the price of one and to the same bits.
template <class T>
FLYBALL_INLINE void Atan2OfTwo(const T& y, const T& x, const T& v, const T& u, T& yx, T& vu) {
  if constexpr (kIsLanes<T>) {
    yx = Atan2(y, x), vu = Atan2(v, u);
  } else {
    Lanes<2> both, beside;
    SetLane(both, 0, y), SetLane(both, 1, v);
    SetLane(beside, 0, x), SetLane(beside, 1, u);
    const Lanes<2> angles = Atan2(both, beside);
    yx = GetLane(angles, 0), vu = GetLane(angles, 1);
  }
}

// Roll, pitch and yaw (rad), R = Rz(yaw) Ry(pitch) Rx(roll), as Bullet gives them: within 0.26
// degrees of straight up or down roll is called 0.
template <class T>
FLYBALL_INLINE Vec3<T> RollPitchYaw(const Quat<T>& q) {
  constexpr double kPi = std::numbers::pi;
  const T sine = SineOfPitch(q);
  const T xx = q.x * q.x, yy = q.y * q.y, zz = q.z * q.z, ww = q.w * q.w;
  Vec3<T> rpy;
  Atan2OfTwo(T(2.0 * (q.y * q.z + q.w * q.x)), T(ww - xx - yy + zz),
             T(2.0 * (q.x * q.y + q.w * q.z)), T(ww + xx - yy - zz), rpy.x, rpy.z);
  const Mask<T> up = sine >= kGimbalSine, down = sine <= -kGimbalSine;
  rpy.y = Asin(T(Clamp(sine, -1.0, 1.0)));
  if (AnyOf(up) || AnyOf(down)) {
    const T sign = Select(up, T(1.0), T(-1.0));
    rpy.x = Select(up || down, T(0.0), rpy.x);
    rpy.y = Select(up || down, T(sign * (kPi / 2)), rpy.y);
    rpy.z = Select(up || down, T(WrapAngle(T(2.0 * Atan2(T(-sign * q.x), T(sign * q.y))))), rpy.z);
  }
  return rpy;
}

// The quaternion of roll, pitch and yaw (rad).
template <class T>
FLYBALL_INLINE Quat<T> FromRollPitchYaw(const Vec3<T>& rpy) {
  T sr, cr, sp, cp, sy, cy;
  SinCos(T(rpy.x * 0.5), sr, cr);
  SinCos(T(rpy.y * 0.5), sp, cp);
  SinCos(T(rpy.z * 0.5), sy, cy);
  return {sr * cp * cy - cr * sp * sy, cr * sp * cy + sr * cp * sy, cr * cp * sy - sr * sp * cy,
          cr * cp * cy + sr * sp * sy};
}

}  // namespace flyball::rotorcraft

#endif  // FLYBALL_PHYSICS_ROTORCRAFT_ROTATION_H_
