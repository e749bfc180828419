// Policy: a baseline or behaviour policy in C++, batched over the rows of a VectorEnv.
#ifndef FLYBALL_ENVS_CORE_POLICY_H_
#define FLYBALL_ENVS_CORE_POLICY_H_

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "envs/core/options.h"
#include "envs/core/spec.h"
#include "physics/numeric/state_visitor.h"

namespace flyball {

// What a policy sees of one row. The arrays are flattened over their fields.
struct PolicyInput {
  std::span<const double> observation;  // VectorEnv::policy_observation
  std::span<const double> state;        // EnvSpec::state, for policies that know the plant
  uint64_t seed = 0;                    // the row's seed and clock, for policies that draw
  uint32_t episode = 0;
  uint32_t step = 0;  // 0: the first action of an episode; forget everything
};

class Policy {
 public:
  virtual ~Policy() = default;
  // Makes room for rows [0, num_rows). Called once, before the first Act.
  virtual void Resize(int num_rows) = 0;
  // Fills one row's action (action_size; discrete: indices). What it does for a row depends on that
  // row's inputs since step 0 alone, never on other rows. May run on several threads at once for
  // different rows.
  virtual void Act(int row, const PolicyInput& input, std::span<double> action) = 0;
  // A row's memory (integrators, phases), for snapshots.
  virtual void VisitState(int row, StateVisitor& visitor) = 0;
};

// Uniform over the action space (standard normal where it is unbounded), a function of seed,
// episode and step alone.
std::unique_ptr<Policy> MakeRandomPolicy(const EnvSpec& spec);
// A policy by name: "random", or one of the environment's registered baselines. Throws InputError
// for an unknown name, and for an option that the policy does not have or that is out of range.
std::unique_ptr<Policy> MakePolicy(const std::string& name, const EnvSpec& spec,
                                   const Options& options = {});

}  // namespace flyball

#endif  // FLYBALL_ENVS_CORE_POLICY_H_
