// VectorEnv: N rows of one environment, the object C++ agents and the bindings use. One environment
// is N = 1. Results do not depend on N, on threads, or on the order in which groups are sent.
#ifndef FLYBALL_ENVS_CORE_VECTOR_ENV_H_
#define FLYBALL_ENVS_CORE_VECTOR_ENV_H_

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "envs/core/batch.h"
#include "envs/core/options.h"
#include "envs/core/registry.h"

namespace flyball {

class PictureTaker;
class ThreadPool;
class Trace;
class TraceBatch;
class World;

// Gymnasium's three modes: an ended row is reset by the next Step (its action is ignored, reward 0);
// reset in the same Step with final_observation kept; or left to the caller (Reset with a mask).
enum class Autoreset { kNextStep, kSameStep, kDisabled };

struct VectorEnvSettings {
  int num_envs = 1;
  int threads = 1;  // 0: as many as the machine has cores; the caller's thread is one of them
  Autoreset autoreset = Autoreset::kNextStep;
  bool time_limit = true;        // false: somebody else counts (Gymnasium's TimeLimit)
  int max_episode_steps = -1;    // -1: the spec's
  int groups = 1;                // Send/Recv work on contiguous groups of rows
  std::optional<uint64_t> seed;  // what the first Reset without seeds uses; none: from the system
  bool trace = false;            // keep each row's last steps, for charts of plants without a body
  // Put around the environment's batch, for those who replace a part of it (a reward); empty: none.
  std::function<std::unique_ptr<Batch>(std::unique_ptr<Batch>, const BatchContext&)> decorate;
};

using Snapshot = std::vector<std::byte>;
// Forced values by name, one row's or all rows': each (field size) or (N * field size).
using ResetOptions = std::map<std::string, std::vector<double>>;

class VectorEnv {
 public:
  static std::unique_ptr<VectorEnv> Make(std::string_view id, const Options& options = {},
                                         const VectorEnvSettings& settings = {});
  ~VectorEnv();
  VectorEnv(const VectorEnv&) = delete;
  VectorEnv& operator=(const VectorEnv&) = delete;

  const EnvSpec& spec() const { return spec_; }
  const VectorEnvSettings& settings() const { return settings_; }
  int num_envs() const { return settings_.num_envs; }

  // Starts episodes. `seeds`: empty (go on with each row's generator), one seed s (row i gets s + i),
  // or N seeds. `mask` (N): which rows; empty: all. Throws InputError before anything has changed.
  void Reset(std::span<const uint64_t> seeds = {}, std::span<const uint8_t> mask = {},
             const ResetOptions& options = {});
  // Steps every row with columns().action. Throws InputError, before anything has changed, if an
  // action is not finite or an index out of range, or before the first Reset.
  void Step();
  // The same for one group of rows, asynchronously: Send starts it on a worker, Recv waits. With
  // threads = 1 the work is done in Recv. A group is received once for each time that it was sent;
  // while one is under way, Step, Reset, Save, Load and ReadState throw InputError.
  void Send(int group);
  void Recv(int group);
  std::pair<int, int> GroupRows(int group) const;  // [begin, end)

  Columns& columns() { return columns_; }
  const Columns& columns() const { return columns_; }
  // What baselines see (EnvSpec::observation without wrappers): the observation columns, or those
  // before the first wrapper that changes their layout.
  std::span<const Column> policy_observation() const {
    return plant_view_ ? std::span(*plant_view_) : columns_.numbers();
  }
  std::span<const RowStatus> status() const { return status_; }  // of the last step
  std::span<const RowClock> clocks() const { return clocks_; }

  void ReadState(int row, std::span<double> out) const;  // EnvSpec::state, flattened
  // Everything: physics, warm starts, buffers, counters, goal, parameters, generator, last outputs.
  // Load throws DataError for a snapshot of another id, version, engine, options, or damaged bytes,
  // and then leaves the row as it was.
  Snapshot Save(int row) const;
  void Load(int row, std::span<const std::byte> snapshot);

  size_t memory_bytes_per_row() const;
  World* world(int row);                 // what to draw; null where there is none
  std::vector<Marker> markers(int row);  // what to draw besides: goals, targets
  const Trace& trace(int row) const;     // with settings.trace

 private:
  VectorEnv(EnvSpec spec, const Registration& registration, const VectorEnvSettings& settings);
  void CheckRow(int row) const;
  void CheckNothingSent(const char* what) const;
  void CheckActions(int begin, int end) const;
  void CheckResetOptions(const ResetOptions& options) const;
  ResetValues ValuesFor(int row, const ResetOptions& options) const;
  void StartEpisode(int row, const ResetValues& values);
  void ClearResult(int row);
  static void RunRows(void* self, int begin, int end);
  void StepRows(int begin, int end);
  void CutFailedRow(int row);
  void EndEpisode(int row);
  void VisitRow(int row, StateVisitor& visitor);
  Snapshot SaveRow(int row) const;
  void LoadRow(int row, std::span<const std::byte> bytes);
  static Snapshot SnapshotHeader(const EnvSpec& spec);
  [[noreturn]] void RefuseHeader(std::span<const std::byte> content, bool intact) const;

  EnvSpec spec_;
  Snapshot snapshot_header_;  // how each of its snapshots begins: format, id, options
  VectorEnvSettings settings_;
  int max_episode_steps_;  // 0: none
  uint64_t first_seed_;    // of the first Reset, if that gives none
  Columns columns_;
  std::vector<RowClock> clocks_;
  std::vector<uint8_t> skip_;  // (N) the row ended, and the next Step resets it
  std::vector<RowStatus> status_;
  std::vector<Rng> rngs_;               // (N) resets draw from these
  std::vector<uint8_t> started_;        // (N) the row has been reset at least once
  std::vector<uint8_t> sent_;           // (groups) sent and not received yet
  std::vector<double> running_return_;  // (N) sum of rewards of the running episode
  std::unique_ptr<Batch> batch_;
  const std::vector<Column>* plant_view_ = nullptr;  // of the batch, where wrappers change layouts
  TraceBatch* tracer_ = nullptr;                     // the batch, if it keeps traces
  std::unique_ptr<PictureTaker> pictures_;           // null: no pictures are observed
  std::unique_ptr<ThreadPool> pool_;
};

}  // namespace flyball

#endif  // FLYBALL_ENVS_CORE_VECTOR_ENV_H_
