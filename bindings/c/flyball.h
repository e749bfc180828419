/* flyball.h: the C face of flyball, for agents in C and in every language that can call C.
 *
 * One handle steps N rows of one task, as flyball::VectorEnv does in C++. Its columns are arrays of
 * N rows at addresses that never change: read the observations, the reward and the ends there,
 * write the action there, call flyball_step.
 *
 * Errors: functions that can fail return a flyball_code, 0 if all is well. The reason, in words, is
 * flyball_last_error() of the same thread. A call that fails leaves its outputs and the environment
 * as they were. No exception leaves this library, and nothing here ends the process.
 *
 * Threads: two environments may be used by two threads at once. One environment, with its policies
 * and columns, is used by one thread at a time. flyball_load changes what all threads see: call it
 * before others are at work. Environments bring worker threads of their own only as settings say.
 *
 * Memory: what a function hands out through `char** json` or `void** bytes` is the caller's, to be
 * given back with flyball_free. Names, shapes and data of columns belong to their environment.
 * flyball_env_free, flyball_policy_free and flyball_free take NULL.
 *
 * This header is C99, C11 and C++. Structures grow at their ends only; FLYBALL_ABI changes if
 * anything else does.
 */
#ifndef FLYBALL_BINDINGS_C_FLYBALL_H_
#define FLYBALL_BINDINGS_C_FLYBALL_H_

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define FLYBALL_API __attribute__((visibility("default")))
#else
#define FLYBALL_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

#define FLYBALL_ABI 1

typedef struct flyball_env flyball_env;
typedef struct flyball_policy flyball_policy;

typedef enum flyball_code {
  FLYBALL_OK = 0,
  FLYBALL_INPUT_ERROR = 1,   /* the caller's input is wrong: a name, an option, an action */
  FLYBALL_DATA_ERROR = 2,    /* a file or snapshot is broken, of another version, or unreadable */
  FLYBALL_PHYSICS_ERROR = 3, /* an engine could not go on */
  FLYBALL_MEMORY_ERROR = 4,  /* no memory left */
  FLYBALL_OTHER_ERROR = 5    /* anything else: a defect of flyball or of a loaded library */
} flyball_code;

typedef enum flyball_dtype {
  FLYBALL_FLOAT32 = 0,
  FLYBALL_FLOAT64 = 1,
  FLYBALL_INT64 = 2,
  FLYBALL_UINT8 = 3,
  FLYBALL_BOOL = 4 /* one byte, 0 or 1 */
} flyball_dtype;

/* What becomes of a row whose episode has ended, as in Gymnasium. */
typedef enum flyball_autoreset {
  FLYBALL_NEXT_STEP = 0, /* the next step resets it; its action is ignored, its reward is 0 */
  FLYBALL_SAME_STEP =
      1,               /* reset in the same step; final_observation/... keeps what it ended with */
  FLYBALL_DISABLED = 2 /* left to the caller: flyball_reset with a mask */
} flyball_autoreset;

/* What flyball_status says of a row's last step. */
enum { FLYBALL_ROW_OK = 0, FLYBALL_ROW_DIVERGED = 1, FLYBALL_ROW_ENGINE_ERROR = 2 };

/* How an environment is made; begin from flyball_default_settings(). */
typedef struct flyball_settings {
  size_t size;    /* sizeof(flyball_settings) of the caller's header */
  int num_envs;   /* rows, at least 1 (default 1) */
  int threads;    /* 0: as many as there are cores; the caller's is one of them (default 1) */
  int autoreset;  /* a flyball_autoreset (default FLYBALL_NEXT_STEP) */
  int time_limit; /* 0: the caller counts steps itself (default 1) */
  int max_episode_steps; /* -1: the environment's own; 0: none (default -1) */
  int groups;            /* contiguous groups of rows for flyball_send (default 1) */
} flyball_settings;

/* One array of N rows, in C order. */
typedef struct flyball_column {
  const char* name; /* "action", "reward", "observation/achieved_goal", "info/is_success", ... */
  flyball_dtype dtype;
  int ndim;             /* at least 1 */
  const int64_t* shape; /* (ndim); shape[0] is N */
  void* data;           /* aligned to 64 bytes */
  size_t row_bytes;     /* from one row to the next */
} flyball_column;

/* A forced initial value: a field of the environment's `reset` list, for all rows. */
typedef struct flyball_value {
  const char* name;
  const double* values;
  size_t count; /* the field's size (the same for each row) or N times that */
} flyball_value;

/* ---- The library ------------------------------------------------------------------------------*/

FLYBALL_API const char* flyball_version(void); /* "0.1.0" */
FLYBALL_API int flyball_abi(void);             /* FLYBALL_ABI of the library that was loaded */
/* The full path of the library, beside which its assets lie. */
FLYBALL_API const char* flyball_library_path(void);
/* Why this thread's last failing call failed; "" before the first. Valid until the next one fails. */
FLYBALL_API const char* flyball_last_error(void);
FLYBALL_API void flyball_free(void* memory);

/* JSON: a list of all ids, sorted. */
FLYBALL_API flyball_code flyball_list_envs(char** json);
/* JSON: what an id takes and gives with these options (JSON, or NULL for none): id, doc, options
 * (resolved), option_schema, observation, action, info, state, reset, control_period (s),
 * max_episode_steps, num_agents, policies, ... Bounds are null where there is none. */
FLYBALL_API flyball_code flyball_spec(const char* id, const char* options, char** json);
/* Loads a shared library of environments. JSON: the list of new ids; `json` may be NULL. */
FLYBALL_API flyball_code flyball_load(const char* path, char** json);

/* ---- Environments -----------------------------------------------------------------------------*/

FLYBALL_API flyball_settings flyball_default_settings(void);
/* Makes N rows of an id. `options`: JSON, such as {"engine": "bullet"}, or NULL. `settings`: NULL
 * for the defaults. */
FLYBALL_API flyball_code flyball_make(const char* id, const char* options,
                                      const flyball_settings* settings, flyball_env** env);
FLYBALL_API void flyball_env_free(flyball_env* env);
FLYBALL_API int flyball_num_envs(const flyball_env* env);
/* As flyball_spec, of this environment. */
FLYBALL_API flyball_code flyball_env_spec(const flyball_env* env, char** json);

FLYBALL_API int flyball_num_columns(const flyball_env* env);
FLYBALL_API flyball_code flyball_column_at(const flyball_env* env, int index,
                                           flyball_column* column);
FLYBALL_API flyball_code flyball_find_column(const flyball_env* env, const char* name,
                                             flyball_column* column);

/* Starts episodes. `seeds`: none (each row goes on with its generator; at the very first reset they
 * come from the system), one (row i gets seeds[0] + i) or N. `mask` (N): rows to reset where it is
 * not 0; NULL: all. `forced`: initial values by name. */
FLYBALL_API flyball_code flyball_reset(flyball_env* env, const uint64_t* seeds, size_t num_seeds,
                                       const uint8_t* mask, const flyball_value* forced,
                                       size_t num_forced);
/* Steps every row with what the action column holds. */
FLYBALL_API flyball_code flyball_step(flyball_env* env);
/* The same for one group of rows: send starts it, recv waits for it. */
FLYBALL_API flyball_code flyball_send(flyball_env* env, int group);
FLYBALL_API flyball_code flyball_recv(flyball_env* env, int group);
/* (N) FLYBALL_ROW_... of the last step. A row that failed was rolled back and truncated. */
FLYBALL_API const uint8_t* flyball_status(const flyball_env* env);

/* The physical state of a row: the fields of the spec's `state`, one after another. */
FLYBALL_API size_t flyball_state_size(const flyball_env* env);
FLYBALL_API flyball_code flyball_read_state(const flyball_env* env, int row, double* out,
                                            size_t size);
/* Everything that decides a row's future, as bytes: restored, it goes on to the same bits. */
FLYBALL_API flyball_code flyball_snapshot(const flyball_env* env, int row, void** bytes,
                                          size_t* size);
FLYBALL_API flyball_code flyball_restore(flyball_env* env, int row, const void* bytes, size_t size);

/* ---- Baselines --------------------------------------------------------------------------------*/

/* A policy by name, "random" or one of the spec's `policies`, for every row of an environment,
 * which has to outlive it. `options`: JSON or NULL. */
FLYBALL_API flyball_code flyball_policy_make(const char* name, flyball_env* env,
                                             const char* options, flyball_policy** policy);
FLYBALL_API void flyball_policy_free(flyball_policy* policy);
/* Writes every row's action column from its observation, state and clock. */
FLYBALL_API flyball_code flyball_policy_act(flyball_policy* policy);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* FLYBALL_BINDINGS_C_FLYBALL_H_ */
