// Trace: the last steps of one row, kept for its chart where pictures are asked for.
#ifndef FLYBALL_ENVS_CORE_TRACE_H_
#define FLYBALL_ENVS_CORE_TRACE_H_

#include <memory>
#include <span>
#include <vector>

#include "envs/core/forwarding_batch.h"

namespace flyball {

// What one step showed. Agents after the first are left out.
struct TracePoint {
  double time;                     // s since the episode began
  double reward;                   // 0 at the start
  std::vector<float> observation;  // fields one after the other
  std::vector<float> action;       // what led here; 0 at the start
  std::vector<float> state;        // the state called "field", where there is one
  bool violation = false;          // the info `is_violation`, where there is one
};

class Trace {
 public:
  static constexpr int kMostPoints = 400;

  void Clear() { num_points_ = 0; }
  void CountViolation() { ++num_violations_; }
  int num_violations() const { return num_violations_; }  // in all episodes of this environment
  int size() const { return std::min(num_points_, kMostPoints); }
  const TracePoint& operator[](int i) const {  // 0 is the oldest
    return points_[(num_points_ - size() + i) % kMostPoints];
  }
  // The place of the next point, which takes that of the oldest when there are too many.
  TracePoint& Add();

 private:
  std::vector<TracePoint> points_;
  int num_points_ = 0;  // since the episode began
  int num_violations_ = 0;
};

// A batch that keeps a trace of each row. What is stepped is the inner batch; a snapshot holds no
// trace, and loading one begins a new one.
class TraceBatch final : public ForwardingBatch {
 public:
  TraceBatch(std::unique_ptr<Batch> inner, const BatchContext& context);

  const Trace& trace(int row) const { return traces_[row]; }

  void Reset(int row, Rng& rng, const ResetValues& values) override;
  void Step(int begin, int end) override;
  void VisitState(int row, StateVisitor& visitor) override;

 private:
  void Record(int row, bool start);

  BatchContext context_;
  int field_begin_ = 0, field_size_ = 0;  // of the state called "field"
  int violation_ = -1;                    // the info that tells of it; -1: none
  std::vector<Trace> traces_;             // (N)
};

}  // namespace flyball

#endif  // FLYBALL_ENVS_CORE_TRACE_H_
