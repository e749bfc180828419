/* An agent in C: no C++, no Python. It balances a batch of drones with a baseline, then shows that
 * a snapshot restores a row to the bit.
 *
 * usage: agent_c [ID [POLICY]]      (default: QuadHover-v1 pid) */
#include <flyball.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Ends the program where a call of flyball failed, with the reason. */
static void check(flyball_code code) {
  if (code == FLYBALL_OK) return;
  fprintf(stderr, "agent_c: %s\n", flyball_last_error());
  exit(2);
}

static flyball_column column_of(const flyball_env* env, const char* name) {
  flyball_column column;
  check(flyball_find_column(env, name, &column));
  return column;
}

/* Steps under the policy; the sum of all rewards. */
static double drive(flyball_env* env, flyball_policy* policy, int steps) {
  const double* reward = column_of(env, "reward").data;
  double sum = 0.0;
  for (int step = 0; step < steps; ++step) {
    check(flyball_policy_act(policy));
    check(flyball_step(env));
    for (int row = 0; row < flyball_num_envs(env); ++row) sum += reward[row];
  }
  return sum;
}

/* Writes the same action again and again, from a snapshot on; the state after it. */
static void repeat_from(flyball_env* env, const void* snapshot, size_t size, double* state) {
  check(flyball_restore(env, 0, snapshot, size));
  for (int step = 0; step < 10; ++step) check(flyball_step(env));
  check(flyball_read_state(env, 0, state, flyball_state_size(env)));
}

int main(int argc, char** argv) {
  const char* id = argc > 1 ? argv[1] : "QuadHover-v1";
  const char* name = argc > 2 ? argv[2] : "pid";
  flyball_settings settings = flyball_default_settings();
  settings.num_envs = 64;
  settings.threads = 2;
  flyball_env* env = NULL;
  flyball_policy* policy = NULL;
  check(flyball_make(id, "{\"dtype\": \"float64\"}", &settings, &env));
  check(flyball_policy_make(name, env, NULL, &policy));

  const uint64_t seed = 7;
  check(flyball_reset(env, &seed, 1, NULL, NULL, 0));
  const double sum = drive(env, policy, 100);
  printf("flyball %s, %s: mean reward %.4f over 100 steps of %d rows\n", flyball_version(), id,
         sum / (100.0 * flyball_num_envs(env)), flyball_num_envs(env));

  void* snapshot = NULL;
  size_t size = 0;
  check(flyball_snapshot(env, 0, &snapshot, &size));
  const size_t bytes = flyball_state_size(env) * sizeof(double);
  double* first = malloc(bytes);
  double* second = malloc(bytes);
  repeat_from(env, snapshot, size, first);
  repeat_from(env, snapshot, size, second);
  const int same = memcmp(first, second, bytes) == 0;
  printf("a restored snapshot of %zu bytes %s\n", size, same ? "repeats" : "DIFFERS");

  free(first);
  free(second);
  flyball_free(snapshot);
  flyball_policy_free(policy);
  flyball_env_free(env);
  return same ? 0 : 1;
}
