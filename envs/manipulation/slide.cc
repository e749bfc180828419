// Slide: knock a puck to a place beyond the arm's reach. After panda-gym's PandaSlide.
#include <algorithm>
#include <cmath>

#include "envs/manipulation/expert.h"
#include "envs/manipulation/tasks.h"

namespace flyball {
namespace {

constexpr Thing kPuck = {.name = "object",
                         .shape = Thing::Shape::kCylinder,
                         .size = {0.03, 0.015, 0.0},
                         .mass = 1.0,
                         .friction = 0.04,
                         .rgba = "0.1 0.9 0.1 1",
                         .faces = false};

Start Draw(Rng& rng, bool as_peer) {
  const Vec3 goal = UniformBox(rng, {0.25, -0.15, 0.0}, {0.55, 0.15, 0.0});
  const Vec3 thing = UniformBox(rng, {-kReachXy, -kReachXy, 0.0}, {kReachXy, kReachXy, 0.0});
  // The peer counts the puck's whole height as half of it: puck and goal are 15 mm too high.
  const double peer_z = 2 * kPuck.half_height();
  return {.goal = {goal[0], goal[1], peer_z + goal[2]},
          .things = {{{thing[0], thing[1], as_peer ? peer_z + thing[2] : kPuck.half_height()}}}};
}

}  // namespace

const Task kSlide = {.name = "Slide",
                     .doc =
                         "Knock a puck, with the gripper shut, so that it slides to within 50 mm "
                         "of a place that the arm cannot reach.",
                     .things = {kPuck},
                     .gripper = false,
                     .table_length = 1.4,
                     .table_x = -0.1,
                     .goal = Task::Goal::kPositions,
                     .threshold = 0.05,
                     .max_episode_steps = 50,
                     .draw = Draw,
                     .clearance = 0.0};

namespace {

constexpr double kBraking = 0.02 * 9.81;  // m/s^2, friction of the puck on the table

// How far a puck of this speed (m/s) gets in a time (s).
double Slides(double speed, double time) {
  time = std::min(time, speed / kBraking);
  return time * (speed - kBraking * time / 2);
}

// The speed (m/s) at which a puck is nearest to a place at this distance (m) over the last fifth of a
// second of the `time` (s) that is left.
double SpeedFor(double distance, double time) {
  constexpr double kLast = 0.2, kMost = 1.2, kStep = 0.005;  // s, m/s
  double best = 0.0, least = kMost;
  for (double speed = 0.0; speed < kMost; speed += kStep) {
    const double early = Slides(speed, std::max(0.0, time - kLast)), late = Slides(speed, time);
    const double miss = std::max(std::abs(distance - early), std::abs(distance - late));
    if (miss < least) best = speed, least = miss;
  }
  return best;
}

// Goes behind the puck, seen from the goal, and pushes it with a corner of the fingers until it has the
// velocity that takes it to the goal: the corner is kept opposite to what is missing of that velocity.
class SlideExpert final : public Expert {
 public:
  using Expert::Expert;

 protected:
  Wish Decide(const ExpertView& view, ExpertMemory& memory) const override {
    enum Phase { kApproach, kPush, kWatch };
    constexpr double kGap = 0.008, kNear = 0.015;     // m, before the push
    const double enough = by_joints() ? 0.01 : 0.04;  // share of the speed that may be missing
    const Vec3 puck = view.thing(0);
    const std::array<double, 2> v = {view.velocities[0][0], view.velocities[0][1]};
    const double way[2] = {view.goal[0] - puck[0], view.goal[1] - puck[1]};
    const double distance = std::hypot(way[0], way[1]);
    const double n[2] = {way[0] / distance, way[1] / distance};
    const double time =
        kControlPeriod * (kSlide.max_episode_steps - static_cast<double>(view.step));
    double& side = memory.numbers[0];  // of the fingers' corner, along y
    if (view.step == 0) side = n[1] < 0 ? -1 : 1;

    // What is missing of the velocity that takes the puck to the goal.
    const double needed = SpeedFor(distance, time);
    const double gap[2] = {needed * n[0] - v[0], needed * n[1] - v[1]};
    const double along = gap[0] * n[0] + gap[1] * n[1];
    std::array<double, 2> m = {n[0], n[1]};
    if (memory.phase == kPush && along > 0) m = {gap[0], gap[1]};
    m = Pushable(m, side);

    // Where the end effector is when it pushes along that.
    double& begin = memory.numbers[1];  // of the push, along x (m)
    const double pitch = memory.phase == kPush ? PitchAt(view.p[0] - begin) : PitchAt(0.0);
    const double touch = kPuck.size[0] + (memory.phase == kPush ? 0.0 : kGap);
    Vec3 behind = {puck[0] - touch * m[0] - HalfX(pitch), puck[1] - touch * m[1] - side * kHalfY,
                   kLow};
    if (m[1] == 0) behind[1] = std::clamp(view.p[1], puck[1] - kFlat, puck[1] + kFlat);
    const double off = std::hypot(behind[0] - view.p[0], behind[1] - view.p[1]);
    if (memory.phase == kApproach && off < kNear && view.p[2] < kLow + 0.01) {
      memory.phase = kPush;
      begin = view.p[0];
    }
    if (memory.phase == kPush && along < enough * needed) memory.phase = kWatch;

    if (memory.phase == kWatch) return {.p = memory.told_p, .q = memory.told_q};
    if (memory.phase == kApproach) {
      if (Meets(memory.told_p, behind, puck)) behind[2] = kHigh;
      return {.p = behind, .q = Pitched(pitch), .speed = kAsFastAsEachAxis};
    }
    const Vec3 p = Push(view, behind, n, needed, pitch);
    return {.p = p, .q = Pitched(PitchAt(p[0] - begin)), .speed = kAsFastAsEachAxis};
  }

 private:
  // A direction near m along which a corner at that side can push; the flat side pushes along x. What a
  // corner has given too much of along y nothing takes back, so it gives a little less.
  static std::array<double, 2> Pushable(const std::array<double, 2>& m, double side) {
    constexpr double kShy = 0.02;  // rad
    const double length = std::hypot(m[0], m[1]);
    const double aside = side * m[1] / length - kShy;
    if (aside <= 0) return {1, 0};
    const double scale = std::hypot(m[0] / length, aside);
    return {m[0] / length / scale, side * aside / scale};
  }

  // Where the end effector is to be told to be: along n, a little faster than the puck is, which is
  // touched softly at first, and aside to where its corner belongs.
  Vec3 Push(const ExpertView& view, const Vec3& behind, const double (&n)[2], double needed,
            double pitch) const {
    constexpr double kTouch = 0.15, kGain = 0.2;  // m/s in a step
    // The puck leaves a little faster than it is pushed by fingers that stay upright.
    const double rebound = by_joints() ? 1.0 : 0.97;
    constexpr double kAside = 0.4;  // share of the way aside in a step
    const double vx = view.velocities[0][0], vy = view.velocities[0][1];
    const double more = std::hypot(vx, vy) > 0.05 ? kGain : kTouch;
    const double speed = std::min(rebound * needed, vx * n[0] + vy * n[1] + more);
    const double error[2] = {behind[0] - view.p[0], behind[1] - view.p[1]};
    const double aside = kAside * (error[1] * n[0] - error[0] * n[1]) / kControlPeriod;
    const double u[2] = {speed * n[0] - aside * n[1], speed * n[1] + aside * n[0]};
    const double total = std::hypot(u[0], u[1]);
    const Vec3 direction = {u[0] / total, u[1] / total, 0.0};
    const Vec3 turn = {0.0, pitch > -kWindUp ? -swing() * direction[0] : 0.0, 0.0};
    const double lead = LeadFor(view, direction, total, turn);
    return {view.p[0] + lead * direction[0], view.p[1] + lead * direction[1], kLow};
  }

  // Whether the fingers would touch the puck on the straight way from one place to another, were they
  // low.
  static bool Meets(const Vec3& from, const Vec3& to, const Vec3& puck) {
    constexpr double kClear = 0.004;  // m
    for (double share = 0.0; share <= 1.0; share += 0.05) {
      const double x = from[0] + share * (to[0] - from[0]), y = from[1] + share * (to[1] - from[1]);
      const double dx = std::max(0.0, std::abs(x - puck[0]) - kHalfX);
      const double dy = std::max(0.0, std::abs(y - puck[1]) - kHalfY);
      if (std::hypot(dx, dy) < kPuck.size[0] + kClear) return true;
    }
    return false;
  }

  // Where actions displace joints, by 1.25 rad/s at most, the elbow lets upright fingers go along x at
  // 0.41 m/s (x = -0.2 m) to 0.23 m/s (x = 0.1 m) only; with the wrist's help a hand that swings goes at
  // 0.70 to 0.55 m/s. It is wound up first, its fingers pointing backwards, and turns by so much in each
  // metre (rad/m).
  double swing() const { return by_joints() ? kSwing : 0.0; }
  // The hand's turn about y (rad) at this way (m) into the push.
  double PitchAt(double way) const {
    return by_joints() ? std::clamp(kWindUp - kSwing * way, -kWindUp, kWindUp) : 0.0;
  }
  // From the end effector to the foremost part of the fingers at the heights of the puck, along x (m).
  static double HalfX(double pitch) {
    const double height = pitch > 0 ? 2 * kPuck.half_height() - kLow : kLow;
    return kHalfX / std::cos(pitch) + height * std::tan(std::abs(pitch));
  }

  static constexpr double kWindUp = 0.3, kSwing = 2.8;       // rad, rad/m
  static constexpr double kHalfX = 0.0105, kHalfY = 0.0264;  // m, of the shut fingers
  static constexpr double kFlat = 0.02;                      // m, of the fingers' flat side
  static constexpr double kLow = 0.014, kHigh = 0.05;        // m: beside the puck; clear of it
};

FLYBALL_REGISTER(RegistrationsOf(kSlide, "pushes the puck from behind until it is fast enough",
                                 MakeExpert<SlideExpert>));

}  // namespace

}  // namespace flyball
