// ForwardingBatch: a batch around another one, which does what a derived class does not do itself.
#ifndef FLYBALL_ENVS_CORE_FORWARDING_BATCH_H_
#define FLYBALL_ENVS_CORE_FORWARDING_BATCH_H_

#include <memory>
#include <utility>
#include <vector>

#include "envs/core/batch.h"

namespace flyball {

class ForwardingBatch : public Batch {
 public:
  int grain() const override { return inner_->grain(); }
  void Reset(int row, Rng& rng, const ResetValues& values) override {
    inner_->Reset(row, rng, values);
  }
  void Step(int begin, int end) override { inner_->Step(begin, end); }
  void ReadState(int row, std::span<double> out) const override { inner_->ReadState(row, out); }
  void VisitState(int row, StateVisitor& visitor) override { inner_->VisitState(row, visitor); }
  World* world(int row) override { return inner_->world(row); }
  void AddMarkers(int row, std::vector<Marker>& markers) override {
    inner_->AddMarkers(row, markers);
  }
  size_t memory_bytes_per_row() const override { return inner_->memory_bytes_per_row(); }

 protected:
  explicit ForwardingBatch(std::unique_ptr<Batch> inner = nullptr) : inner_(std::move(inner)) {}

  // Outlives the members of a derived class: one that lends it some lets go of it first.
  std::unique_ptr<Batch> inner_;
};

}  // namespace flyball

#endif  // FLYBALL_ENVS_CORE_FORWARDING_BATCH_H_
