// WrapperBatch: an environment's rows with wrappers around them. What is inside has a spec and
// columns of its own; what is outside is the VectorEnv's.
#ifndef FLYBALL_ENVS_CORE_WRAPPERS_WRAPPER_BATCH_H_
#define FLYBALL_ENVS_CORE_WRAPPERS_WRAPPER_BATCH_H_

#include <functional>
#include <memory>
#include <vector>

#include "envs/core/forwarding_batch.h"
#include "envs/core/wrappers/chain.h"

namespace flyball {

class WrapperBatch final : public ForwardingBatch {
 public:
  // `plant` is the spec without wrappers, `make` makes its batch; `outside.spec` is what
  // MakeWrappers turned `plant` into.
  WrapperBatch(const EnvSpec& plant, const BatchContext& outside,
               const std::function<std::unique_ptr<Batch>(const BatchContext&)>& make);
  ~WrapperBatch() override { inner_.reset(); }  // it works on columns_

  // What baselines see: the observation before the first wrapper that changes its layout. Null if
  // none does: then it is the one outside.
  const std::vector<Column>* plant_view() const { return view_.empty() ? nullptr : &view_; }

  void Reset(int row, Rng& rng, const ResetValues& values) override;
  void Step(int begin, int end) override;
  void VisitState(int row, StateVisitor& visitor) override;
  size_t memory_bytes_per_row() const override;

 private:
  // A row's working memory, from the calling thread.
  struct Work;
  Work Bind() const;
  std::span<double> Memory(int row) {
    return std::span(memory_).subspan(static_cast<size_t>(row) * stride_, stride_);
  }
  void Act(int row);
  void Observe(int row, bool start);
  void WriteOutside(const Work& work, int row, const WrapperIo& io, bool start);

  EnvSpec plant_;
  BatchContext outside_;
  Columns columns_;  // inside
  WrapperChain chain_;
  bool clips_ = false;
  std::vector<double> low_, high_;  // of actions
  std::vector<int> begins_;         // of each wrapper's part of a row's memory
  size_t stride_ = 0;
  // (N, stride): the wrappers' memories, then the action that the plant was given.
  std::vector<double> memory_, saved_;  // saved: to come back to where a step fails
  std::vector<int64_t> episodes_;       // (N) index that drift goes by
  std::vector<Column> view_;
};

}  // namespace flyball

#endif  // FLYBALL_ENVS_CORE_WRAPPERS_WRAPPER_BATCH_H_
