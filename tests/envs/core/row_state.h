// What tests of all families compare.
#ifndef FLYBALL_TESTS_ENVS_CORE_ROW_STATE_H_
#define FLYBALL_TESTS_ENVS_CORE_ROW_STATE_H_

#include <vector>

#include "envs/core/vector_env.h"

namespace flyball {

// The state of a row, as EnvSpec::state lists it.
inline std::vector<double> StateOf(const VectorEnv& env, int row = 0) {
  std::vector<double> state(env.spec().state_size());
  env.ReadState(row, state);
  return state;
}

}  // namespace flyball

#endif  // FLYBALL_TESTS_ENVS_CORE_ROW_STATE_H_
