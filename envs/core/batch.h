// Batch: N rows of one task as the VectorEnv drives them. Authors do not derive from it: they write
// an Env (env.h) or a Kernel (kernel.h), and the core turns either into a Batch.
#ifndef FLYBALL_ENVS_CORE_BATCH_H_
#define FLYBALL_ENVS_CORE_BATCH_H_

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "envs/core/columns.h"
#include "envs/core/spec.h"
#include "physics/numeric/random.h"
#include "physics/numeric/state_visitor.h"

namespace flyball {

class World;
struct Marker;  // render/picture.h

// Values forced at reset, by index into EnvSpec::reset; empty where not forced. Names, lengths and
// finiteness have been checked by the core; ranges are the plant's to check (throw InputError).
class ResetValues {
 public:
  ResetValues() = default;
  explicit ResetValues(std::vector<std::vector<double>> values) : values_(std::move(values)) {}
  bool has(size_t field) const { return field < values_.size() && !values_[field].empty(); }
  std::span<const double> operator[](size_t field) const { return values_[field]; }

 private:
  std::vector<std::vector<double>> values_;
};

enum class RowStatus : uint8_t {
  kOk = 0,
  kDiverged = 1,     // physics no longer finite: rolled back, truncated, then reset
  kEngineError = 2,  // the engine raised: likewise
};

// What the core keeps for each row and a Batch may read. All of it is in snapshots.
struct RowClock {
  uint64_t seed = 0;     // the row's seed
  uint32_t episode = 0;  // resets this row has seen since it was seeded, minus one
  uint32_t step = 0;     // steps taken in this episode before the present one
};

// What a Batch works on; stable addresses for the life of the VectorEnv.
struct BatchContext {
  const EnvSpec& spec;
  int num_rows;
  Columns& columns;                  // written in place
  std::span<const RowClock> clocks;  // (N)
  std::span<const uint8_t> skip;     // (N) 1: the row is reset in this step instead of stepped
  std::span<RowStatus> status;       // (N) set by Step for rows that failed, else left alone
};

class Batch {
 public:
  virtual ~Batch() = default;
  // Rows per block: threads get whole blocks.
  virtual int grain() const { return 1; }
  // Starts an episode of one row: sets its state from the generator and the forced values, writes
  // its observation and info columns. Throws InputError for a forced value out of range.
  virtual void Reset(int row, Rng& rng, const ResetValues& values) = 0;
  // Steps rows [begin, end), begin a multiple of grain(). Reads columns.action; writes observation,
  // reward, terminated, truncated (the task's own, not the time limit) and info of rows not
  // skipped; it may write those of skipped rows too, whose reset comes after it. A row that fails is
  // rolled back, keeps its columns, and is flagged in `status`. Allocates nothing once warm.
  virtual void Step(int begin, int end) = 0;
  // The physical state by name: EnvSpec::state fields flattened, in order.
  virtual void ReadState(int row, std::span<double> out) const = 0;
  // Everything that decides the row's future, except what the core keeps itself.
  virtual void VisitState(int row, StateVisitor& visitor) = 0;
  // What to draw of a row; null where there is nothing.
  virtual World* world(int) { return nullptr; }
  // What is to be seen of a row besides, in pictures that show it: goals, targets.
  virtual void AddMarkers(int, std::vector<Marker>&) {}
  // Bytes each row owns, without what rows share.
  virtual size_t memory_bytes_per_row() const = 0;
};

}  // namespace flyball

#endif  // FLYBALL_ENVS_CORE_BATCH_H_
