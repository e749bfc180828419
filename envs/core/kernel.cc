#include "envs/core/kernel.h"

#include "physics/numeric/isa.h"

namespace flyball {

std::unique_ptr<Batch> MakeKernelBatch(const KernelBuilds& builds, const BatchContext& context,
                                       const void* config) {
  // A few pairs are quicker one by one than in lanes that are mostly empty.
  constexpr int kFewPairs = 4;
  const int pairs = context.num_rows * context.spec.num_agents;
  if (pairs < kFewPairs) return std::unique_ptr<Batch>(builds.base(context, config, 1));
  KernelEntry best = builds.base;
  if (builds.v3 && BestIsa() >= Isa::kV3) best = builds.v3;
  if (builds.v4 && BestIsa() >= Isa::kV4) best = builds.v4;
  return std::unique_ptr<Batch>(best(context, config, 0));
}

}  // namespace flyball
