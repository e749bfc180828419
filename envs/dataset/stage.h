// Stage: the latest steps of all rows of a VectorEnv, column by column as the environment has them,
// from where they go to the rows' episodes in runs. Taking a step then is one copy a column, not
// one a column and row.
#ifndef FLYBALL_ENVS_DATASET_STAGE_H_
#define FLYBALL_ENVS_DATASET_STAGE_H_

#include <cstddef>
#include <span>
#include <vector>

#include "envs/dataset/tap.h"

namespace flyball::dataset {

// What the policies say of a step, of all rows.
struct Choices {
  std::span<const int> policies;  // which of the plan's
  std::span<const double> log_probabilities;
  std::span<const double> actions;  // (N, action size), as commanded
};

class Stage {
 public:
  // Without `choices`, columns of the policy stay empty.
  explicit Stage(Tap& tap, bool choices = true);

  // The row's episode begins: its first step is the one that is taken next.
  void Begin(int row) { begin_[row] = steps_; }
  // Takes what all rows show after a step. Not if it is full.
  void Take(const Choices& choices = {});
  // Appends to the row's episode what it has shown since it began or was handed over last.
  void HandOver(int row, Episode& episode);
  bool full() const { return steps_ == most_steps_; }
  // Once all rows that matter have been handed over.
  void Clear();

 private:
  std::byte* Place(size_t column, int step) {
    return stage_[column].data() + static_cast<size_t>(step) * num_rows_ * row_bytes_[column];
  }
  void TakeNamedStates();
  void TakeChoices(const Choices& choices);

  Tap& tap_;
  bool choices_;
  int num_rows_;
  int most_steps_, steps_ = 0;
  std::vector<int> begin_;         // per row: the first step not handed over
  std::vector<size_t> row_bytes_;  // per column
  std::vector<ByteVector> stage_;  // per column: (steps, rows, bytes of a row)
  std::vector<size_t> named_;      // the columns of the named state
  size_t truncated_, end_reason_;  // columns
  Column commanded_;               // to convert the actions
};

}  // namespace flyball::dataset

#endif  // FLYBALL_ENVS_DATASET_STAGE_H_
