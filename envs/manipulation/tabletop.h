// Tabletop: an arm at a table, in one of the tasks; one row.
#ifndef FLYBALL_ENVS_MANIPULATION_TABLETOP_H_
#define FLYBALL_ENVS_MANIPULATION_TABLETOP_H_

#include <memory>
#include <vector>

#include "envs/core/env.h"
#include "envs/manipulation/observation.h"
#include "envs/manipulation/options.h"
#include "envs/manipulation/task.h"

namespace flyball {

class Tabletop final : public Env {
 public:
  Tabletop(const Task& task, const TabletopOptions& options, std::shared_ptr<const Scene> scene);

  void Reset(Rng& rng, const ResetValues& values, Row& out) override;
  void Step(std::span<const double> action, Row& out) override;
  void ReadState(std::span<double> out) const override;
  void VisitState(StateVisitor& visitor) override;
  size_t memory_bytes() const override { return sizeof(*this) + world_->memory_bytes(); }
  World* world() override { return world_.get(); }
  void AddMarkers(std::vector<Marker>& markers) override;

 private:
  // Draws the start of an episode; unless the preset is the peer's, again until it is not solved and
  // things keep their distance.
  Start DrawStart(Rng& rng) const;
  bool IsFair(const Start& start) const;
  // Puts arm and things where `start` and the forced values say.
  void PlaceAll(const Start& start, const ResetValues& values);
  // Pose (7) or position (3) that a thing is forced to; empty if it is not.
  std::span<const double> ForcedPose(const ResetValues& values, size_t thing) const;
  void PlaceThing(int thing, std::span<const double> pose);
  // Throw InputError for forced values that exclude each other, cannot be reached, or overlap.
  void CheckForced(const ResetValues& values) const;
  void CheckGoal(std::span<const double> goal) const;
  void CheckOverlaps(const ResetValues& values) const;
  // Writes observation, goals and info; returns the distance between the goals as they are shown.
  double Observe(Row& out);
  void ReadAchieved(std::span<double> out) const;
  double Shown(double x) const { return options_.single ? static_cast<float>(x) : x; }

  const Task& task_;
  TabletopOptions options_;
  std::unique_ptr<World> world_;
  Arm arm_;
  std::vector<ThingPlace> things_;
  Observation observation_;
  Randomiser randomiser_;
  std::vector<double> goal_;         // (goal_size)
  std::vector<double> qpos_, qvel_;  // scratch of Reset
};

}  // namespace flyball

#endif  // FLYBALL_ENVS_MANIPULATION_TABLETOP_H_
