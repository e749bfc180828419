// Env: the authoring form of a plant that owns a World (or anything stateful): one row.
#ifndef FLYBALL_ENVS_CORE_ENV_H_
#define FLYBALL_ENVS_CORE_ENV_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "envs/core/batch.h"

namespace flyball {

// Where an Env writes. Observation and info are flattened over their fields, as doubles; the core
// converts them to the columns' dtypes.
struct Row {
  std::span<double> observation;
  std::span<double> info;
  double reward = 0.0;
  bool terminated = false;
  bool truncated = false;  // the task's own bounds; the time limit is the core's
  // Where num_agents > 1: each agent's reward, to be filled, and its ends, which are the row's where
  // they are left alone.
  std::span<double> agent_reward;       // (A)
  std::span<uint8_t> agent_terminated;  // (A) 0 or 1
  std::span<uint8_t> agent_truncated;   // (A) 0 or 1
};

class Env {
 public:
  virtual ~Env() = default;
  virtual void Reset(Rng& rng, const ResetValues& values, Row& out) = 0;
  // `action`: the row's action as doubles (discrete: the index), clipped if the spec says so.
  // Allocates nothing once warm. Throwing PhysicsError, or leaving a number that is not finite,
  // makes the core roll the row back, truncate and reset it.
  virtual void Step(std::span<const double> action, Row& out) = 0;
  virtual void ReadState(std::span<double> out) const = 0;
  virtual void VisitState(StateVisitor& visitor) = 0;
  virtual size_t memory_bytes() const = 0;
  // The world to draw, for pictures; null where there is none.
  virtual World* world() { return nullptr; }
  // What is to be seen besides, in pictures that show it: goals, targets.
  virtual void AddMarkers(std::vector<Marker>&) {}
};

// One Env per row behind the Batch interface. `make` is called once per row; all of them may share
// const data (a Scene). A row's state is saved before each step so that a failing row rolls back.
std::unique_ptr<Batch> MakeEnvBatch(const BatchContext& context,
                                    const std::function<std::unique_ptr<Env>()>& make);

}  // namespace flyball

#endif  // FLYBALL_ENVS_CORE_ENV_H_
