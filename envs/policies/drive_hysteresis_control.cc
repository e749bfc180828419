#include "envs/policies/drive_control.h"
#include "envs/policies/drive_loops.h"

namespace flyball {
namespace {

using Memory = LoopMemory;

template <class M>
class HysteresisControl final : public Policy {
 public:
  HysteresisControl(const DriveControlSettings& settings, int levels)
      : settings_(settings), outer_(settings), levels_(levels) {}

  void Resize(int num_rows) override { memory_.assign(num_rows, Memory{}); }
  void VisitState(int row, StateVisitor& visitor) override { visitor("memory", memory_[row]); }

  void Act(int row, const PolicyInput& input, std::span<double> action) override {
    Memory& memory = memory_[row];
    if (input.step == 0) memory = Memory{};
    const Axes now = outer_.Read(input);
    double target[kMaxAxes] = {};
    outer_.Targets(input, now, memory, target);
    for (size_t k = 0; k < action.size(); ++k) {
      const double error = target[k] - now.i[k];
      // Half of what the supply can drive the current by in a step is as close as it can come.
      const double band =
          levels_ == 3 ? 0.25 * settings_.u_sup * settings_.tau / now.inductance[k] : 0.0;
      // 1: positive or high, 2: negative or low, 0: both legs high, or open.
      const bool one = settings_.converter.bridges[k] == Bridge::k1Q;
      action[k] = error > band ? 1 : error < -band && !one ? 2 : 0;
    }
  }

 private:
  DriveControlSettings settings_;
  OuterLoops<M> outer_;
  int levels_;
  std::vector<Memory> memory_;
};

}  // namespace

std::unique_ptr<Policy> MakeHysteresisControl(const DriveControlSettings& settings, int levels) {
  return std::visit(
      [&]<class M>(const M&) -> std::unique_ptr<Policy> {
        return std::make_unique<HysteresisControl<M>>(settings, levels);
      },
      settings.machine);
}

}  // namespace flyball
