// Columns: the arrays a vector environment writes in place, one per field, 64-byte aligned, at
// addresses that never change. Row i of every column belongs to environment i.
#ifndef FLYBALL_ENVS_CORE_COLUMNS_H_
#define FLYBALL_ENVS_CORE_COLUMNS_H_

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "envs/core/spec.h"

namespace flyball {

// One (N, ...) array in C order.
class Column {
 public:
  Column(Field field, int num_rows);
  // Shows the numbers of another column of the same size.
  Column(Field field, const Column& shared);
  const Field& field() const { return field_; }
  int num_rows() const { return num_rows_; }
  size_t row_bytes() const { return row_bytes_; }
  std::byte* row(int i) { return data_.get() + row_bytes_ * i; }
  const std::byte* row(int i) const { return data_.get() + row_bytes_ * i; }
  template <class T>
  T* as() {
    return reinterpret_cast<T*>(data_.get());
  }
  template <class T>
  const T* as() const {
    return reinterpret_cast<const T*>(data_.get());
  }
  // One row, converted between the column's dtype and doubles. Sizes are field().size().
  void WriteRow(int i, std::span<const double> values);
  void ReadRow(int i, std::span<double> values) const;

 private:
  Field field_;
  int num_rows_;
  size_t row_bytes_;
  std::shared_ptr<std::byte> data_;
};

struct Columns {
  Columns(const EnvSpec& spec, int num_rows);

  std::vector<Column> observation;  // per observation field (N, ...)
  size_t num_pictures;              // of those, the last
  Column action;                    // (N, ...) written by the caller before Step
  Column reward;                    // (N) float64
  Column terminated;                // (N) bool: the task ended
  Column truncated;                 // (N) bool: cut by time limit, the task's bounds, or a failure
  // Each agent's own; with one agent these are the columns above, not copies of them.
  Column agent_reward;       // (N, A) float64
  Column agent_terminated;   // (N, A) bool
  Column agent_truncated;    // (N, A) bool
  std::vector<Column> info;  // per info field (N, ...)
  Column ended;              // (N) bool: this step ended the row's episode
  Column episode_return;     // (N) float64: sum of rewards of the episode, this step included
  Column episode_length;     // (N) int64
  // Valid where `ended`, with autoreset SAME_STEP: what the ended episode's last step gave.
  std::vector<Column> final_observation;
  std::vector<Column> final_info;

  // The observation without its pictures: what a plant writes.
  std::span<Column> numbers() {
    return std::span(observation).first(observation.size() - num_pictures);
  }
  std::span<const Column> numbers() const {
    return std::span(observation).first(observation.size() - num_pictures);
  }
};

}  // namespace flyball

#endif  // FLYBALL_ENVS_CORE_COLUMNS_H_
