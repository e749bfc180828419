// Drives for tests: made, told what to do, and read by name.
#ifndef FLYBALL_TESTS_ENVS_MOTOR_DRIVE_ENV_H_
#define FLYBALL_TESTS_ENVS_MOTOR_DRIVE_ENV_H_

#include <catch2/catch.hpp>
#include <cstdlib>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "envs/core/policy.h"
#include "envs/core/vector_env.h"
#include "physics/numeric/error.h"
#include "tests/envs/core/row_state.h"

namespace flyball {

using DriveEnv = std::unique_ptr<VectorEnv>;

inline DriveEnv MakeDrive(const std::string& id, Options options = {}, int num_envs = 1,
                          Autoreset autoreset = Autoreset::kNextStep) {
  options.emplace("dtype", "float64");
  DriveEnv env = VectorEnv::Make(id, options, {.num_envs = num_envs, .autoreset = autoreset});
  const uint64_t seed = 11;
  env->Reset({&seed, 1});
  return env;
}

// A drive of many rows on the lanes of an instruction set.
inline DriveEnv MakeOn(const char* isa, const std::string& id, const Options& options, int rows) {
  setenv("FLYBALL_ISA", isa, 1);
  DriveEnv env = MakeDrive(id, options, rows);
  unsetenv("FLYBALL_ISA");
  return env;
}

inline void SetAction(VectorEnv& env, int row, const std::vector<double>& action) {
  env.columns().action.WriteRow(row, action);
}
// All rows alike, `steps` times.
inline void Play(VectorEnv& env, const std::vector<double>& action, int steps = 1) {
  for (int row = 0; row < env.num_envs(); ++row) SetAction(env, row, action);
  for (int k = 0; k < steps; ++k) env.Step();
}

inline std::span<const double> Observation(const VectorEnv& env, int row = 0) {
  const size_t size = env.spec().observation_size();
  return {env.columns().observation[0].as<double>() + row * size, size};
}

// A named number of the first observation field.
inline double Shown(const VectorEnv& env, const std::string& name, int row = 0) {
  const std::vector<Entry>& entries = env.spec().observation[0].entries;
  for (size_t k = 0; k < entries.size(); ++k) {
    if (entries[k].name == name) return Observation(env, row)[k];
  }
  throw InputError("not shown: " + name);
}

// An id that is refused with these options, and with this among the words.
inline void Refuses(const std::string& id, const Options& options, const std::string& text) {
  INFO(Value(options).ToJson());
  CHECK_THROWS_AS(ResolveSpec(id, options), InputError);
  CHECK_THROWS_WITH(ResolveSpec(id, options), Catch::Contains(text));
}

// Every row acts by the policy, for one step.
inline void ActAndStep(VectorEnv& env, Policy& policy) {
  std::vector<double> action(env.spec().action_size());
  for (int row = 0; row < env.num_envs(); ++row) {
    const RowClock& clock = env.clocks()[row];
    const std::vector<double> state = StateOf(env, row);
    policy.Act(row, {Observation(env, row), state, clock.seed, clock.episode, clock.step}, action);
    SetAction(env, row, action);
  }
  env.Step();
}

}  // namespace flyball

#endif  // FLYBALL_TESTS_ENVS_MOTOR_DRIVE_ENV_H_
