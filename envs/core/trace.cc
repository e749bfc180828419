#include "envs/core/trace.h"

#include <algorithm>

namespace flyball {
namespace {

// The first agent's numbers of a column's row.
void Append(const Column& column, int row, int num_agents, std::vector<float>& out) {
  const std::vector<int>& shape = column.field().shape;
  std::vector<double> values(column.field().size());
  column.ReadRow(row, values);
  const bool shared = num_agents > 1 && !shape.empty() && shape[0] == num_agents;
  out.insert(out.end(), values.begin(), values.begin() + values.size() / (shared ? num_agents : 1));
}

}  // namespace

TracePoint& Trace::Add() {
  if (points_.size() < kMostPoints)
    points_.resize(std::max<size_t>(points_.size(), num_points_ + 1));
  return points_[num_points_++ % kMostPoints];
}

TraceBatch::TraceBatch(std::unique_ptr<Batch> inner, const BatchContext& context)
    : ForwardingBatch(std::move(inner)), context_(context), traces_(context.num_rows) {
  int at = 0;
  for (const Field& field : context.spec.state) {
    if (field.name == "field") field_begin_ = at, field_size_ = field.size();
    at += field.size();
  }
  for (size_t k = 0; k < context.spec.info.size(); ++k) {
    if (context.spec.info[k].name == "is_violation") violation_ = static_cast<int>(k);
  }
}

void TraceBatch::Reset(int row, Rng& rng, const ResetValues& values) {
  inner_->Reset(row, rng, values);
  traces_[row].Clear();
  Record(row, true);
}

void TraceBatch::Step(int begin, int end) {
  inner_->Step(begin, end);
  for (int row = begin; row < end; ++row) {
    if (!context_.skip[row] && context_.status[row] == RowStatus::kOk) Record(row, false);
  }
}

void TraceBatch::VisitState(int row, StateVisitor& visitor) {
  inner_->VisitState(row, visitor);
  if (visitor.loading()) traces_[row].Clear();
}

void TraceBatch::Record(int row, bool start) {
  TracePoint& point = traces_[row].Add();
  const Columns& columns = context_.columns;
  const int num_agents = context_.spec.num_agents;
  point.time = start ? 0.0 : (context_.clocks[row].step + 1) * context_.spec.control_period;
  point.reward = start ? 0.0 : columns.reward.as<double>()[row];
  point.observation.clear();
  for (const Column& column : columns.numbers()) {
    Append(column, row, num_agents, point.observation);
  }
  point.action.clear();
  Append(columns.action, row, num_agents, point.action);
  if (start) std::fill(point.action.begin(), point.action.end(), 0.0f);
  double violation = 0.0;
  if (violation_ >= 0 && !start) columns.info[violation_].ReadRow(row, {&violation, 1});
  point.violation = violation != 0.0;
  if (point.violation) traces_[row].CountViolation();
  if (field_size_ == 0) return;
  std::vector<double> state(context_.spec.state_size());
  inner_->ReadState(row, state);
  point.state.assign(state.begin() + field_begin_, state.begin() + field_begin_ + field_size_);
}

}  // namespace flyball
