// What the drones of one row do to each other, and what they know of each other: the scalar stage
// between lane passes (AgentStates in envs/core/kernel.h).
#ifndef FLYBALL_ENVS_QUADCOPTER_ROW_H_
#define FLYBALL_ENVS_QUADCOPTER_ROW_H_

#include <span>

#include "envs/core/kernel.h"
#include "envs/quadcopter/drone.h"
#include "envs/quadcopter/start.h"

namespace flyball::quadcopter {

// The states of one row, drone after drone, in plain memory.
class SpanStates final : public AgentStates {
 public:
  SpanStates(std::span<double> state, int num_agents)
      : state_(state), size_(state.size() / num_agents), num_agents_(num_agents) {}
  int num_agents() const override { return num_agents_; }
  double Get(int agent, int slot) const override { return state_[agent * size_ + slot]; }
  void Set(int agent, int slot, double value) override { state_[agent * size_ + slot] = value; }

 private:
  std::span<double> state_;
  size_t size_;
  int num_agents_;
};

// Puts the force of the drones above on each drone (N) into its slots; a no-op without downwash. Of
// many drones only those near enough are looked at (crowd.h): where drones keep their distance the
// cost grows with their number, not with its square.
void BlowDown(const Drone& drone, AgentStates& row);
// Partner, nearest distance and neighbours of each drone, as they are now.
void MeetOthers(const Drone& drone, AgentStates& row);
// Every slot of a row at the start of an episode. Throws InputError for a forced value out of range.
void StartRow(const Drone& drone, Rng& rng, const ResetValues& values, std::span<double> state);
// EnvSpec::state of a row.
void ReadRow(const Drone& drone, std::span<const double> state, std::span<double> out);
// The row's result of its drones'.
void ReduceRow(const Drone& drone, RowResult& result, const AgentStates& row);

}  // namespace flyball::quadcopter

#endif  // FLYBALL_ENVS_QUADCOPTER_ROW_H_
