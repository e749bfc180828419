#include "envs/manipulation/tabletop.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <utility>

#include "envs/manipulation/options.h"
#include "physics/numeric/error.h"
#include "physics/world/overlap.h"
#include "render/picture.h"

namespace flyball {
namespace {

// Places in EnvSpec::reset: these, the things, the goal, and the things' positions alone.
enum ResetField : size_t { kQpos, kQvel, kJoints, kFirstThing };

constexpr double kTolerance =
    0.008;                         // m, of overlaps in forced starts: soft fingers sink in by 6 mm
constexpr double kFairness = 1.2;  // starts are this many thresholds from success

}  // namespace

Tabletop::Tabletop(const Task& task, const TabletopOptions& options,
                   std::shared_ptr<const Scene> scene)
    : task_(task), options_(options), world_(World::Make(scene, options.setup.world)),
      arm_(*world_, options.setup.robot, options.setup.arm), things_(PlacesOf(task, *scene)),
      observation_(ChannelsOf(task, options.full, arm_.num_drives()), *world_, arm_, things_),
      randomiser_(options.randomise, task, *world_, arm_,
                  IdleAction(options.action, arm_, task.gripper)) {
  goal_.assign(static_cast<size_t>(task.goal_size()), 0.0);
  qpos_.assign(world_->qpos().size(), 0.0);
  qvel_.assign(world_->qvel().size(), 0.0);
}

void Tabletop::Reset(Rng& rng, const ResetValues& values, Row& out) {
  CheckForced(values);
  world_->Reset();
  PlaceAll({}, values);  // where the end effector is decides what is solved
  // Everything is drawn even if it is forced, so that a seed's later draws stay the same.
  const Start start = DrawStart(rng);
  randomiser_.Reset(rng);
  std::copy_n(start.goal.begin(), goal_.size(), goal_.begin());
  PlaceAll(start, values);
  CheckOverlaps(values);
  const size_t goal_field = kFirstThing + things_.size();
  if (values.has(goal_field)) std::copy_n(values[goal_field].begin(), goal_.size(), goal_.begin());
  if (task_.goal == Task::Goal::kRotation) {
    double norm = 0.0;
    for (const double x : goal_) norm += x * x;
    for (double& x : goal_) x /= std::sqrt(norm);
  }
  Observe(out);
}

Start Tabletop::DrawStart(Rng& rng) const {
  Start start = task_.draw(rng, options_.setup.as_peer);
  while (!options_.setup.as_peer && !IsFair(start)) {
    const Start again = task_.draw(rng, false);
    // Goals keep the peer's distribution where moving the things is enough.
    if (task_.goal == Task::Goal::kPositions) {
      start.things = again.things;
    } else {
      start = again;
    }
  }
  return start;
}

bool Tabletop::IsFair(const Start& start) const {
  std::array<double, 6> achieved = {};
  if (task_.goal == Task::Goal::kRotation) {
    achieved[3] = 1.0;
  } else if (task_.goal == Task::Goal::kEndEffector) {
    const Vec3 p = arm_.EndEffectorPosition();
    std::copy(p.begin(), p.end(), achieved.begin());
  } else {
    for (size_t i = 0; i < things_.size(); ++i) {
      std::copy(start.things[i].begin(), start.things[i].end(), achieved.begin() + 3 * i);
    }
  }
  const size_t size = goal_.size();
  const double distance =
      GoalDistance(task_, std::span(achieved).first(size), std::span(start.goal).first(size));
  if (distance < kFairness * task_.threshold) return false;
  return things_.size() < 2 ||
         std::hypot(start.things[0][0] - start.things[1][0],
                    start.things[0][1] - start.things[1][1]) >= task_.clearance;
}

void Tabletop::PlaceAll(const Start& start, const ResetValues& values) {
  std::fill(qpos_.begin(), qpos_.end(), 0.0);
  std::fill(qvel_.begin(), qvel_.end(), 0.0);
  std::array<double, 32> storage;
  const std::span<double> joints(storage.data(), static_cast<size_t>(arm_.num_drives()));
  std::copy(arm_.home().begin(), arm_.home().end(), joints.begin());
  if (values.has(kJoints)) std::copy_n(values[kJoints].begin(), joints.size(), joints.begin());
  if (values.has(kQpos)) std::copy_n(values[kQpos].begin(), joints.size(), joints.begin());
  arm_.Place(joints, qpos_);
  for (size_t i = 0; i < things_.size(); ++i) {
    const Vec3& p = start.things[i];
    const double pose[7] = {p[0], p[1], p[2], 1, 0, 0, 0};
    PlaceThing(static_cast<int>(i), pose);
    const std::span<const double> forced = ForcedPose(values, i);
    if (!forced.empty()) PlaceThing(static_cast<int>(i), forced);
    if (values.has(kQpos)) {
      PlaceThing(static_cast<int>(i),
                 values[kQpos].subspan(static_cast<size_t>(things_[i].qpos), 7));
    }
  }
  if (values.has(kQvel)) std::copy(values[kQvel].begin(), values[kQvel].end(), qvel_.begin());
  world_->SetState(qpos_, qvel_);
}

std::span<const double> Tabletop::ForcedPose(const ResetValues& values, size_t thing) const {
  for (const size_t field : {kFirstThing + thing, kFirstThing + things_.size() + 1 + thing}) {
    if (values.has(field)) return values[field];
  }
  return {};
}

// `pose`: position, and perhaps a quaternion w x y z, which is normalised.
void Tabletop::PlaceThing(int thing, std::span<const double> pose) {
  double* q = qpos_.data() + things_[static_cast<size_t>(thing)].qpos;
  std::copy_n(pose.begin(), 3, q);
  if (pose.size() < 7) return;
  const double norm =
      std::sqrt(pose[3] * pose[3] + pose[4] * pose[4] + pose[5] * pose[5] + pose[6] * pose[6]);
  for (size_t k = 3; k < 7; ++k) q[k] = pose[k] / norm;
}

void Tabletop::CheckForced(const ResetValues& values) const {
  const auto exclusive = [&](size_t field, const std::string& name) {
    if (values.has(kQpos) && values.has(field)) {
      throw InputError("reset: give qpos or " + name + ", not both: they name the same numbers");
    }
  };
  exclusive(kJoints, "joints");
  for (const size_t field : {kQpos, kJoints}) {
    if (values.has(field)) arm_.CheckLimits(values[field].first(arm_.home().size()));
  }
  const auto check_quaternion = [](std::span<const double> q, const std::string& name) {
    double norm = 0.0;
    for (const double x : q) norm += x * x;
    if (std::abs(std::sqrt(norm) - 1.0) < 0.1) return;
    throw InputError("reset: the quaternion of " + name + " has norm " +
                     std::to_string(std::sqrt(norm)) + "; 1 is needed");
  };
  for (size_t i = 0; i < things_.size(); ++i) {
    const std::string name = task_.things[i].name;
    exclusive(kFirstThing + i, name);
    exclusive(kFirstThing + things_.size() + 1 + i, name);
    std::span<const double> pose = ForcedPose(values, i);
    if (values.has(kQpos)) pose = values[kQpos].subspan(static_cast<size_t>(things_[i].qpos), 7);
    if (pose.size() == 7) check_quaternion(pose.last(4), name);
  }
  const size_t goal_field = kFirstThing + things_.size();
  if (!values.has(goal_field)) return;
  if (task_.goal == Task::Goal::kRotation) {
    check_quaternion(values[goal_field], "goal");
  } else {
    CheckGoal(values[goal_field]);
  }
}

void Tabletop::CheckGoal(std::span<const double> goal) const {
  const auto refuse = [&](const Vec3& p, const std::string& why) {
    throw InputError("reset: goal (" + std::to_string(p[0]) + ", " + std::to_string(p[1]) + ", " +
                     std::to_string(p[2]) + ") m " + why);
  };
  for (size_t at = 0; at < goal.size(); at += 3) {
    const Vec3 p = {goal[at], goal[at + 1], goal[at + 2]};
    // Where an object is to be carried, or the end effector is to be, the arm must be able to go.
    if (task_.goal == Task::Goal::kEndEffector || task_.gripper) {
      constexpr double kShort = 0.01;  // m
      const double missing = arm_.Shortfall(p);
      if (missing > kShort) {
        refuse(p, "cannot be reached: the end effector comes no nearer than " +
                      std::to_string(missing) + " m");
      }
      if (task_.goal == Task::Goal::kEndEffector) {
        if (p[2] < 0) refuse(p, "is inside the table, whose top is at z = 0");
        continue;
      }
    }
    const double rest = task_.things[at / 3].half_height();
    if (p[2] < rest - kTolerance) {
      refuse(p, "is inside the table: the object's centre is at " + std::to_string(rest) +
                    " m or above");
    }
    if (task_.gripper) continue;
    if (p[2] > rest + task_.threshold) {
      refuse(p, "is in the air, where a shut gripper brings nothing; the object's centre is at " +
                    std::to_string(rest) + " m");
    }
    constexpr double kHalfDepth = 0.35;  // m, of the table
    if (std::abs(p[0] - task_.table_x) > task_.table_length / 2 || std::abs(p[1]) > kHalfDepth) {
      refuse(p, "is beside the table, which spans x in [" +
                    std::to_string(task_.table_x - task_.table_length / 2) + ", " +
                    std::to_string(task_.table_x + task_.table_length / 2) +
                    "] and y in [-0.35, 0.35] m");
    }
  }
}

void Tabletop::CheckOverlaps(const ResetValues& values) const {
  // Forced joints may bring the hand into anything; what is not forced is where it belongs.
  const bool arm = values.has(kQpos) || values.has(kJoints);
  std::vector<int> things, bodies;
  for (size_t i = 0; i < things_.size(); ++i) {
    if (arm || !ForcedPose(values, i).empty()) things.push_back(things_[i].body);
  }
  bodies = things;
  const int count = static_cast<int>(world_->scene().Names(Element::kBody).size());
  for (int body = 1; arm && body < count; ++body) {
    if (std::find(things.begin(), things.end(), body) == things.end()) bodies.push_back(body);
  }
  if (bodies.empty()) return;
  const auto check = [](const Overlap& overlap) {
    if (overlap.depth <= kTolerance) return;
    throw InputError(std::string("reset: ") + overlap.body + " is forced " +
                     std::to_string(1e3 * overlap.depth) + " mm into " +
                     (overlap.other == "world" ? "the table or the floor" : overlap.other) +
                     "; at most 8 mm, as in a firm grip, are allowed");
  };
  check(DeepestOverlap(*world_, bodies));
  check(DeepestOverlapWithSeen(*world_, things));
}

void Tabletop::Step(std::span<const double> action, Row& out) {
  Apply(options_.action, task_.gripper, randomiser_.Delayed(action), arm_);
  arm_.Step();
  const double distance = Observe(out);
  out.reward = RewardOf(task_, options_.variant, distance);
  out.terminated = options_.ends_on_success && distance < task_.threshold;
}

double Tabletop::Observe(Row& out) {
  const size_t size = goal_.size(), robot = static_cast<size_t>(observation_.size());
  observation_.Read(out.observation.first(robot));
  randomiser_.Disturb(out.observation.first(robot));
  size_t info = 2;
  if (options_.action == ActionMode::kEePose) {
    out.info[info++] = arm_.pose_error().position;
    out.info[info++] = arm_.pose_error().rotation;
  }
  randomiser_.WriteInfo(out.info.subspan(info));
  const std::span<double> achieved = out.observation.subspan(robot, size);
  const std::span<double> desired = out.observation.subspan(robot + size, size);
  ReadAchieved(achieved);
  std::copy(goal_.begin(), goal_.end(), desired.begin());
  // Rewards are of goals as they are shown, so that those computed again from stored ones are equal.
  for (double& x : achieved) x = Shown(x);
  for (double& x : desired) x = Shown(x);
  const double distance = GoalDistance(task_, achieved, desired);
  out.info[0] = distance < task_.threshold;
  out.info[1] = distance;
  return distance;
}

void Tabletop::ReadAchieved(std::span<double> out) const {
  if (task_.goal == Task::Goal::kEndEffector) {
    const Vec3 p = arm_.EndEffectorPosition();
    std::copy(p.begin(), p.end(), out.begin());
    return;
  }
  for (const ThingPlace& place : things_) {
    const std::span<const double> q = world_->qpos().subspan(static_cast<size_t>(place.qpos), 7);
    if (task_.goal == Task::Goal::kRotation) {
      for (size_t k = 0; k < 4; ++k) out[k] = q[k < 3 ? 4 + k : 3];
      return;
    }
    std::copy_n(q.begin(), 3, out.begin());
    out = out.subspan(3);
  }
}

void Tabletop::ReadState(std::span<double> out) const {
  auto at = std::copy(world_->qpos().begin(), world_->qpos().end(), out.begin());
  at = std::copy(world_->qvel().begin(), world_->qvel().end(), at);
  const size_t drives = arm_.home().size();
  arm_.ReadJoints({at, drives});
  at += static_cast<std::ptrdiff_t>(drives);
  for (const ThingPlace& place : things_) {
    at = std::copy_n(world_->qpos().begin() + place.qpos, 7, at);
  }
  std::copy(goal_.begin(), goal_.end(), at);
}

// Ghosts, as panda-gym has them: a small ball where the end effector is to be, else each object as it
// is to be. What is only to be turned is shown above the table.
void Tabletop::AddMarkers(std::vector<Marker>& markers) {
  constexpr double kBall = 0.02, kAbove = 0.2;  // m
  if (task_.goal == Task::Goal::kEndEffector) {
    markers.push_back({.p_W = {goal_[0], goal_[1], goal_[2]}, .size = {kBall, kBall, kBall}});
    return;
  }
  for (size_t i = 0; i < things_.size(); ++i) {
    const Thing& thing = task_.things[i];
    Marker marker{.size = thing.size};
    marker.shape =
        thing.shape == Thing::Shape::kBox ? Marker::Shape::kBox : Marker::Shape::kCylinder;
    // A little larger, so that it is seen where it has been reached.
    for (double& x : marker.size) x *= 1.01;
    if (task_.goal == Task::Goal::kRotation) {
      marker.p_W = {0, 0, kAbove};
      marker.q_W = {goal_[3], goal_[0], goal_[1], goal_[2]};
    } else {
      std::copy_n(goal_.begin() + static_cast<std::ptrdiff_t>(3 * i), 3, marker.p_W.begin());
    }
    markers.push_back(marker);
  }
}

void Tabletop::VisitState(StateVisitor& visitor) {
  world_->VisitState(visitor);
  arm_.VisitState(visitor);
  randomiser_.VisitState(visitor);
  visitor("goal", std::span<double>(goal_));
}

}  // namespace flyball
