#include "bindings/c/flyball.h"

#include <dlfcn.h>

#include <algorithm>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "bindings/c/environment.h"
#include "bindings/c/guard.h"
#include "bindings/c/spec_json.h"
#include "envs/core/registry.h"
#include "physics/numeric/error.h"

using flyball::InputError;
using flyball::c::Allocate;
using flyball::c::ColumnAt;
using flyball::c::CopyOf;
using flyball::c::Given;
using flyball::c::Guard;
using flyball::c::JsonOf;
using flyball::c::OptionsOf;

namespace {

flyball::VectorEnvSettings SettingsOf(const flyball_settings* given) {
  flyball_settings settings = flyball_default_settings();
  if (given) {
    // A caller built with an older header gives fewer members; the rest keep their defaults.
    if (given->size < offsetof(flyball_settings, groups) + sizeof(int) ||
        given->size > sizeof(flyball_settings)) {
      throw InputError("settings.size is " + std::to_string(given->size) +
                       "; begin from flyball_default_settings()");
    }
    std::memcpy(&settings, given, given->size);
  }
  if (settings.autoreset < FLYBALL_NEXT_STEP || settings.autoreset > FLYBALL_DISABLED) {
    throw InputError("settings.autoreset is " + std::to_string(settings.autoreset) +
                     "; allowed: 0 (next step), 1 (same step), 2 (disabled)");
  }
  return {.num_envs = settings.num_envs,
          .threads = settings.threads,
          .autoreset = static_cast<flyball::Autoreset>(settings.autoreset),
          .time_limit = settings.time_limit != 0,
          .max_episode_steps = settings.max_episode_steps,
          .groups = settings.groups};
}

void Reset(flyball_env& env, const uint64_t* seeds, size_t num_seeds, const uint8_t* mask,
           const flyball_value* forced, size_t num_forced) {
  if (num_seeds) Given(seeds, "seeds");
  flyball::ResetOptions options;
  for (size_t i = 0; i < num_forced; ++i) {
    const flyball_value& value = Given(forced, "forced");
    const std::string name = &Given((&value)[i].name, "forced.name");
    const double* numbers = (&value)[i].values;
    const size_t count = (&value)[i].count;
    if (count) Given(numbers, "forced.values");
    if (!options.try_emplace(name, numbers, numbers + count).second) {
      throw InputError("forced value '" + name + "' is given twice");
    }
  }
  const size_t rows = mask ? env.env->num_envs() : 0;
  env.env->Reset({seeds, num_seeds}, {mask, rows}, options);
}

}  // namespace

extern "C" {

const char* flyball_version(void) { return FLYBALL_VERSION; }

int flyball_abi(void) { return FLYBALL_ABI; }

const char* flyball_library_path(void) {
  static char path[PATH_MAX] = "";
  static const bool found = [] {
    Dl_info info{};
    return dladdr(reinterpret_cast<const void*>(&flyball_version), &info) != 0 && info.dli_fname &&
           realpath(info.dli_fname, path) != nullptr;
  }();
  return found ? path : "";
}

const char* flyball_last_error(void) { return flyball::c::LastError(); }

void flyball_free(void* memory) { std::free(memory); }

flyball_code flyball_list_envs(char** json) {
  return Guard([&] { Given(json, "json") = CopyOf(JsonOf(flyball::ListEnvs())); });
}

flyball_code flyball_spec(const char* id, const char* options, char** json) {
  return Guard([&] {
    const flyball::EnvSpec spec = flyball::ResolveSpec(&Given(id, "id"), OptionsOf(options));
    Given(json, "json") = CopyOf(flyball::SpecJson(spec));
  });
}

flyball_code flyball_load(const char* path, char** json) {
  return Guard([&] {
    const std::vector<std::string> added = flyball::LoadPlugin(&Given(path, "path"));
    if (json) *json = CopyOf(JsonOf(added));
  });
}

flyball_settings flyball_default_settings(void) {
  return {.size = sizeof(flyball_settings),
          .num_envs = 1,
          .threads = 1,
          .autoreset = FLYBALL_NEXT_STEP,
          .time_limit = 1,
          .max_episode_steps = -1,
          .groups = 1};
}

flyball_code flyball_make(const char* id, const char* options, const flyball_settings* settings,
                          flyball_env** env) {
  return Guard([&] {
    Given(env, "env");
    auto made = std::make_unique<flyball_env>(flyball_env{
        flyball::VectorEnv::Make(&Given(id, "id"), OptionsOf(options), SettingsOf(settings))});
    flyball::c::NameColumns(*made);
    *env = made.release();
  });
}

void flyball_env_free(flyball_env* env) { delete env; }

int flyball_num_envs(const flyball_env* env) { return env ? env->env->num_envs() : 0; }

flyball_code flyball_env_spec(const flyball_env* env, char** json) {
  return Guard([&] {
    const std::string text = flyball::SpecJson(Given(env, "env").env->spec());
    Given(json, "json") = CopyOf(text);
  });
}

int flyball_num_columns(const flyball_env* env) {
  return env ? static_cast<int>(env->columns.size()) : 0;
}

flyball_code flyball_column_at(const flyball_env* env, int index, flyball_column* column) {
  return Guard([&] {
    const int size = static_cast<int>(Given(env, "env").columns.size());
    if (index < 0 || index >= size) {
      throw InputError("column " + std::to_string(index) + " does not exist; there are " +
                       std::to_string(size));
    }
    Given(column, "column") = ColumnAt(*env, index);
  });
}

flyball_code flyball_find_column(const flyball_env* env, const char* name, flyball_column* column) {
  return Guard([&] {
    const std::vector<std::string>& names = Given(env, "env").names;
    const auto found = std::find(names.begin(), names.end(), &Given(name, "name"));
    if (found == names.end()) throw InputError(flyball::UnknownName("column", name, names));
    Given(column, "column") = ColumnAt(*env, found - names.begin());
  });
}

flyball_code flyball_reset(flyball_env* env, const uint64_t* seeds, size_t num_seeds,
                           const uint8_t* mask, const flyball_value* forced, size_t num_forced) {
  return Guard([&] { Reset(Given(env, "env"), seeds, num_seeds, mask, forced, num_forced); });
}

flyball_code flyball_step(flyball_env* env) {
  return Guard([&] { Given(env, "env").env->Step(); });
}

flyball_code flyball_send(flyball_env* env, int group) {
  return Guard([&] { Given(env, "env").env->Send(group); });
}

flyball_code flyball_recv(flyball_env* env, int group) {
  return Guard([&] { Given(env, "env").env->Recv(group); });
}

const uint8_t* flyball_status(const flyball_env* env) {
  return env ? reinterpret_cast<const uint8_t*>(env->env->status().data()) : nullptr;
}

size_t flyball_state_size(const flyball_env* env) {
  return env ? static_cast<size_t>(env->env->spec().state_size()) : 0;
}

flyball_code flyball_read_state(const flyball_env* env, int row, double* out, size_t size) {
  return Guard([&] {
    const size_t wanted = static_cast<size_t>(Given(env, "env").env->spec().state_size());
    if (size != wanted) {
      throw InputError("a state has " + std::to_string(wanted) + " numbers; got room for " +
                       std::to_string(size));
    }
    if (size) Given(out, "out");
    env->env->ReadState(row, {out, size});
  });
}

flyball_code flyball_snapshot(const flyball_env* env, int row, void** bytes, size_t* size) {
  return Guard([&] {
    Given(bytes, "bytes");
    Given(size, "size");
    const flyball::Snapshot saved = Given(env, "env").env->Save(row);
    *bytes = std::memcpy(Allocate(saved.size()), saved.data(), saved.size());
    *size = saved.size();
  });
}

flyball_code flyball_restore(flyball_env* env, int row, const void* bytes, size_t size) {
  return Guard([&] {
    if (!bytes) throw InputError("argument 'bytes' is NULL");
    Given(env, "env").env->Load(row, {static_cast<const std::byte*>(bytes), size});
  });
}

}  // extern "C"
