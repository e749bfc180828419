/* The C face from C: what Python cannot tell of it. Exits 0 and prints "ok", or names what failed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flyball.h"

#define EXPECT(condition)                                                      \
  do {                                                                         \
    if (!(condition)) {                                                        \
      fprintf(stderr, "line %d: %s\n  last error: %s\n", __LINE__, #condition, \
              flyball_last_error());                                           \
      exit(1);                                                                 \
    }                                                                          \
  } while (0)

enum { kRows = 5, kSteps = 30 };

static double* run(const char* id, int threads, double* sums) {
  flyball_settings settings = flyball_default_settings();
  settings.num_envs = kRows;
  settings.threads = threads;
  flyball_env* env = NULL;
  EXPECT(flyball_make(id, NULL, &settings, &env) == FLYBALL_OK);
  flyball_policy* policy = NULL;
  EXPECT(flyball_policy_make("random", env, "{}", &policy) == FLYBALL_OK);
  const uint64_t seed = 3;
  EXPECT(flyball_reset(env, &seed, 1, NULL, NULL, 0) == FLYBALL_OK);
  flyball_column reward;
  EXPECT(flyball_find_column(env, "reward", &reward) == FLYBALL_OK);
  EXPECT(reward.dtype == FLYBALL_FLOAT64 && reward.ndim == 1 && reward.shape[0] == kRows);
  EXPECT(reward.row_bytes == sizeof(double) && (uintptr_t)reward.data % 64 == 0);
  memset(sums, 0, kRows * sizeof(double));
  for (int step = 0; step < kSteps; ++step) {
    EXPECT(flyball_policy_act(policy) == FLYBALL_OK);
    EXPECT(flyball_step(env) == FLYBALL_OK);
    for (int row = 0; row < kRows; ++row) {
      sums[row] += ((const double*)reward.data)[row];
      EXPECT(flyball_status(env)[row] == FLYBALL_ROW_OK);
    }
  }
  flyball_policy_free(policy);
  flyball_env_free(env);
  return sums;
}

static void test_threads_give_the_same_bits(void) {
  double one[kRows], three[kRows];
  run("QuadHover-v1", 1, one);
  run("QuadHover-v1", 3, three);
  EXPECT(memcmp(one, three, sizeof one) == 0);
  EXPECT(one[0] != one[1]);
}

static void test_what_is_handed_back_may_be_null(void) {
  flyball_env_free(NULL);
  flyball_policy_free(NULL);
  flyball_free(NULL);
  EXPECT(flyball_num_envs(NULL) == 0 && flyball_num_columns(NULL) == 0);
  EXPECT(flyball_state_size(NULL) == 0 && flyball_status(NULL) == NULL);
}

static void test_a_failing_call_leaves_its_outputs(void) {
  flyball_env* env = (flyball_env*)&env;
  EXPECT(flyball_make("QuadHovr-v1", NULL, NULL, &env) == FLYBALL_INPUT_ERROR);
  EXPECT(env == (flyball_env*)&env);
  EXPECT(strstr(flyball_last_error(), "QuadHover-v1"));
  EXPECT(flyball_make("QuadHover-v1", NULL, NULL, NULL) == FLYBALL_INPUT_ERROR);
  EXPECT(strstr(flyball_last_error(), "'env' is NULL"));
  EXPECT(flyball_step(NULL) == FLYBALL_INPUT_ERROR);
}

static void test_a_mask_resets_its_rows(void) {
  flyball_settings settings = flyball_default_settings();
  settings.num_envs = 2;
  settings.autoreset = FLYBALL_DISABLED;
  flyball_env* env = NULL;
  EXPECT(flyball_make("Motor-Cont-CC-PMSM-v1", NULL, &settings, &env) == FLYBALL_OK);
  EXPECT(flyball_step(env) == FLYBALL_INPUT_ERROR); /* before the first reset */
  const uint64_t seeds[2] = {1, 2};
  EXPECT(flyball_reset(env, seeds, 2, NULL, NULL, 0) == FLYBALL_OK);
  flyball_column action, length;
  EXPECT(flyball_find_column(env, "action", &action) == FLYBALL_OK);
  EXPECT(flyball_find_column(env, "episode_length", &length) == FLYBALL_OK);
  memset(action.data, 0, 2 * action.row_bytes);
  EXPECT(flyball_step(env) == FLYBALL_OK);
  const uint8_t mask[2] = {0, 1};
  EXPECT(flyball_reset(env, NULL, 0, mask, NULL, 0) == FLYBALL_OK);
  EXPECT(((const int64_t*)length.data)[0] == 1 && ((const int64_t*)length.data)[1] == 0);
  flyball_env_free(env);
}

static void test_groups_step_as_one(void) {
  flyball_settings settings = flyball_default_settings();
  settings.num_envs = 4;
  settings.groups = 2;
  flyball_env* env = NULL;
  EXPECT(flyball_make("QuadHover-v1", NULL, &settings, &env) == FLYBALL_OK);
  const uint64_t seed = 1;
  EXPECT(flyball_reset(env, &seed, 1, NULL, NULL, 0) == FLYBALL_OK);
  EXPECT(flyball_send(env, 1) == FLYBALL_OK && flyball_send(env, 0) == FLYBALL_OK);
  EXPECT(flyball_recv(env, 0) == FLYBALL_OK && flyball_recv(env, 1) == FLYBALL_OK);
  EXPECT(flyball_send(env, 2) == FLYBALL_INPUT_ERROR);
  flyball_env_free(env);
}

int main(void) {
  EXPECT(flyball_abi() == FLYBALL_ABI);
  EXPECT(flyball_last_error()[0] == '\0');
  test_threads_give_the_same_bits();
  test_what_is_handed_back_may_be_null();
  test_a_failing_call_leaves_its_outputs();
  test_a_mask_resets_its_rows();
  test_groups_step_as_one();
  printf("ok\n");
  return 0;
}
