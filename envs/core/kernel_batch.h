// KernelBatch: a Kernel behind the Batch interface. Rows are stepped in groups of W; the pairs
// (row, agent) of a group fill A blocks of W lanes, those of a last group that is smaller no more
// than they need. Few rows of many agents share their blocks out among threads that are free.
// Included by *_kernel.cc files only.
#ifndef FLYBALL_ENVS_CORE_KERNEL_BATCH_H_
#define FLYBALL_ENVS_CORE_KERNEL_BATCH_H_

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "envs/core/kernel.h"
#include "envs/core/kernel_columns.h"
#include "envs/core/thread_memory.h"
#include "envs/core/thread_pool.h"

namespace flyball {

template <class K, class T>
class KernelBatch final : public Batch {
 public:
  static constexpr int kW = kWidth<T>;
  static constexpr int kFewBlocks = 16;  // not worth another thread

  KernelBatch(const BatchContext& context, const typename K::Config& config)
      : context_(context), kernel_(config), num_agents_(context.spec.num_agents),
        num_state_(kernel_.num_state()), columns_(context) {
    state_.assign(static_cast<size_t>(NumBlocks(context.num_rows)) * num_state_, T(0.0));
    if constexpr (requires { kernel_.num_scratch(); }) num_scratch_ = kernel_.num_scratch();
    if constexpr (requires { kernel_.uses_noise(); }) uses_noise_ = kernel_.uses_noise();
    if constexpr (requires { kernel_.interacts(); }) interacts_ = kernel_.interacts();
  }

  int grain() const override { return kW; }
  size_t memory_bytes_per_row() const override { return row_state_size() * sizeof(double); }

  void Reset(int row, Rng& rng, const ResetValues& values) override {
    const std::span<double> state = RowState();
    std::fill(state.begin(), state.end(), 0.0);
    kernel_.Reset(rng, values, state);
    Observe(row, state);
    ScatterState(row, state);
  }

  void Step(int begin, int end) override {
    T* memory = Memory<T>(MemoryUse::kLanes, WorkSize() * num_agents_);
    KernelIo<T>* ios = Memory<KernelIo<T>>(MemoryUse::kIos, num_agents_);
    for (int block = 0; block < num_agents_; ++block) Bind(memory + WorkSize() * block, ios[block]);
    for (int row = begin; row < end; row += kW) StepGroup(ios, row);
  }

  void ReadState(int row, std::span<double> out) const override {
    const std::span<double> state = RowState();
    GatherState(row, state);
    kernel_.ReadState(state, out);
  }

  void VisitState(int row, StateVisitor& visitor) override {
    const std::span<double> state = RowState();
    GatherState(row, state);
    visitor("kernel", state);
    if (visitor.loading()) ScatterState(row, state);
  }

 private:
  double GetSlot(int row, int agent, int slot) const {
    const size_t pair = static_cast<size_t>(row) * num_agents_ + agent;
    // One number out of memory: GetLane would load the others too.
    typedef double Element __attribute__((may_alias));
    return reinterpret_cast<const Element*>(&state_[pair / kW * num_state_ + slot])[pair % kW];
  }
  void SetSlot(int row, int agent, int slot, double value) {
    const size_t pair = static_cast<size_t>(row) * num_agents_ + agent;
    SetLane(state_[pair / kW * num_state_ + slot], pair % kW, value);
  }
  void GatherState(int row, std::span<double> out) const {
    for (int agent = 0; agent < num_agents_; ++agent) {
      for (int slot = 0; slot < num_state_; ++slot) {
        out[static_cast<size_t>(agent) * num_state_ + slot] = GetSlot(row, agent, slot);
      }
    }
  }
  // Lanes past the last pair hold a copy of its state, so that they stay ordinary numbers.
  void ScatterState(int row, std::span<const double> state) {
    const bool last = row == context_.num_rows - 1;
    const int end = last ? NumBlocks(context_.num_rows) * kW - row * num_agents_ : num_agents_;
    for (int at = 0; at < end; ++at) {
      const double* slots =
          state.data() + static_cast<size_t>(std::min(at, num_agents_ - 1)) * num_state_;
      for (int slot = 0; slot < num_state_; ++slot) SetSlot(row, at, slot, slots[slot]);
    }
  }
  // Blocks that the pairs of so many rows fill.
  int NumBlocks(int rows) const { return (rows * num_agents_ + kW - 1) / kW; }
  size_t row_state_size() const { return static_cast<size_t>(num_agents_) * num_state_; }
  std::span<double> RowState() const {
    return {Memory<double>(MemoryUse::kState, row_state_size()), row_state_size()};
  }
  template <class U>
  static U* Memory(MemoryUse use, size_t count) {
    return reinterpret_cast<U*>(ThreadMemory(use, count * sizeof(U)));
  }

  size_t WorkSize() const {
    return columns_.action_size() + num_state_ + columns_.observation_size() +
           columns_.info_size() + num_scratch_;
  }
  // `memory` (WorkSize()).
  template <class U>
  void Bind(U* memory, KernelIo<U>& io) const {
    io.action = memory;
    io.state = memory + columns_.action_size();
    io.observation = io.state + num_state_;
    io.info = io.observation + columns_.observation_size();
    io.scratch = io.info + columns_.info_size();
    io.reward = U(0.0);
    io.terminated = Mask<U>(false);
    io.truncated = Mask<U>(false);
    io.step = U(0.0);
  }

  // Observation and info of one row from its state, which this may change, on scalars: the same bits as
  // on lanes.
  void Observe(int row, std::span<double> state) {
    double* memory = Memory<double>(MemoryUse::kLanes, WorkSize());
    for (int agent = 0; agent < num_agents_; ++agent) {
      KernelIo<double> io;
      Bind(memory, io);
      io.state = state.data() + static_cast<size_t>(agent) * num_state_;
      std::fill(io.observation, io.observation + columns_.observation_size(), 0.0);
      std::fill(io.info, io.info + columns_.info_size(), 0.0);
      const RowClock& clock = context_.clocks[row];
      io.step = clock.step;
      if (uses_noise_) io.noise.Set(0, clock.seed, clock.episode, clock.step);
      kernel_.template Observe<double>(io);
      columns_.WriteObservation(row * num_agents_ + agent, io.observation);
      columns_.WriteInfo(row * num_agents_ + agent, io.info);
    }
  }

  // The pairs of rows [first_row, first_row + W), stepped where their state is stored.
  void StepGroup(KernelIo<T>* ios, int first_row) {
    const int rows = std::min(kW, context_.num_rows - first_row), blocks = NumBlocks(rows);
    const int first_pair = first_row * num_agents_;
    EachBlock(blocks, [&](int block) { Load(ios[block], first_pair + block * kW); });

    // Step: in one go, or substep by substep with a scalar stage per row in between.
    if constexpr (requires { kernel_.interacts(); }) {
      if (interacts_) {
        StepInteracting(ios, rows, blocks);
      } else {
        EachBlock(blocks, [&](int block) { kernel_.template Step<T>(ios[block]); });
      }
    } else {
      EachBlock(blocks, [&](int block) { kernel_.template Step<T>(ios[block]); });
    }

    Commit(ios, first_row, rows, blocks);
  }
  // Blocks do not know of each other: threads that are free may take some.
  template <class Work>
  FLYBALL_INLINE static void EachBlock(int blocks, const Work& work) {
    // Not inlined, so that a kernel's step is there once.
    const auto some = [&work](int begin, int end) __attribute__((noinline)) {
      for (int block = begin; block < end; ++block) work(block);
    };
    if (blocks <= kFewBlocks) return some(0, blocks);
    ShareOut(blocks, kFewBlocks, some);
  }

  // Actions, counters and a copy of the state, to come back to; `io.state` is the stored one.
  void Load(KernelIo<T>& io, int first_pair) {
    std::memcpy(static_cast<void*>(Backup(io)), Stored(first_pair), num_state_ * sizeof(T));
    std::fill(io.info, io.info + columns_.info_size(), T(0.0));
    columns_.template ReadActions<T>(first_pair, const_cast<T*>(io.action));
    io.state = Stored(first_pair);
    io.reward = T(0.0);
    io.terminated = io.truncated = Mask<T>(false);

    // Rows are their own pairs but in a group that has agents or an end.
    const RowClock* clocks = context_.clocks.data();
    if (num_agents_ == 1 && first_pair + kW <= context_.num_rows) {
      LoadClocks(
          io, [ clocks, first_pair ](int lane) __attribute__((always_inline)) {
            return PairClock{&clocks[first_pair + lane], 0};
          });
    } else {
      const int last = context_.num_rows * num_agents_ - 1;
      LoadClocks(io, [&](int lane) {
        const int pair = std::min(first_pair + lane, last), row = RowOf(pair);
        return PairClock{&clocks[row], static_cast<uint64_t>(pair - row * num_agents_)};
      });
    }
  }
  struct PairClock {
    const RowClock* clock;
    uint64_t agent;
  };
  // `clock_of` a lane gives its PairClock.
  template <class F>
  FLYBALL_INLINE void LoadClocks(KernelIo<T>& io, const F& clock_of) const {
    io.step = Generate<T>([&](int lane) __attribute__((always_inline)) {
      return static_cast<double>(clock_of(lane).clock->step);
    });
    if (!uses_noise_) return;
    for (int lane = 0; lane < kW; ++lane) {
      const auto [clock, agent] = clock_of(lane);
      // Keys differ between agents of a row: the agent is folded into the seed's stream.
      io.noise.Set(lane, clock->seed + 0x9E3779B97F4A7C15u * agent, clock->episode,
                   clock->step + 1);
    }
  }
  // Where Bind has room for the state.
  T* Backup(const KernelIo<T>& io) const {
    return const_cast<T*>(io.action) + columns_.action_size();
  }

  void StepInteracting(KernelIo<T>* ios, int rows, int blocks) {
    if constexpr (requires { kernel_.interacts(); }) {
      EachBlock(blocks, [&](int block) { kernel_.template Begin<T>(ios[block]); });
      for (int substep = 0; substep < kernel_.num_substeps(); ++substep) {
        for (int row = 0; row < rows; ++row) {
          GroupAgents agents(ios, row * num_agents_, num_agents_);
          kernel_.Interact(substep, agents);
        }
        EachBlock(blocks, [&](int block) { kernel_.template Substep<T>(substep, ios[block]); });
      }
      EachBlock(blocks, [&](int block) { kernel_.template Finish<T>(ios[block]); });
    }
  }

  class GroupAgents final : public AgentStates {
   public:
    GroupAgents(KernelIo<T>* ios, int first, int count) : ios_(ios), first_(first), count_(count) {}
    int num_agents() const override { return count_; }
    double Get(int agent, int slot) const override {
      const int pair = first_ + agent;
      return GetLane(ios_[pair / kW].state[slot], pair % kW);
    }
    void Set(int agent, int slot, double value) override {
      const int pair = first_ + agent;
      SetLane(ios_[pair / kW].state[slot], pair % kW, value);
    }

   private:
    KernelIo<T>* ios_;
    int first_, count_;
  };

  // Writes what the step made. A row that is reset instead is written like the others: its reset
  // writes all of that again. Rows that did not stay finite get their state back and keep their
  // columns.
  void Commit(KernelIo<T>* ios, int first_row, int rows, int blocks) {
    uint64_t keep = AllBits(rows);  // bit per row of the group
    for (int block = 0; block < blocks; ++block) {
      if (SumIsFinite(ios[block])) continue;
      const unsigned finite = MaskBits(Finite(ios[block]));
      for (int lane = 0; lane < kW; ++lane) {
        const int row = RowOf(block * kW + lane);
        if (row >= rows || (finite >> lane & 1)) continue;
        if (!context_.skip[first_row + row])
          context_.status[first_row + row] = RowStatus::kDiverged;
        keep &= ~(1ull << row);
      }
    }
    EachBlock(blocks, [&](int block) {
      KernelIo<T>& io = ios[block];
      const uint64_t kept = keep == AllBits(kW) ? keep : KeepLanes(io, block, keep);
      columns_.template WriteResults<T>(first_row * num_agents_ + block * kW, io.observation,
                                        io.info, io.reward, io.terminated, io.truncated, kept);
    });
    if (num_agents_ == 1) return;
    for (int row = 0; row < rows; ++row) {
      if (!(keep >> row & 1) || context_.skip[first_row + row]) continue;
      RowResult result = columns_.SumAgents(first_row + row);
      const GroupAgents agents(ios, row * num_agents_, num_agents_);
      if constexpr (requires { kernel_.Reduce(result, agents); }) kernel_.Reduce(result, agents);
      columns_.WriteRowResult(first_row + row, result);
    }
  }
  static constexpr uint64_t AllBits(int count) { return (1ull << count) - 1; }
  // The lanes of a block whose rows have a bit in `keep`; the others get their state back.
  uint64_t KeepLanes(KernelIo<T>& io, int block, uint64_t keep) const {
    uint64_t kept = 0;
    for (int lane = 0; lane < kW; ++lane) {
      if (keep >> RowOf(block * kW + lane) & 1) {
        kept |= 1ull << lane;
        continue;
      }
      for (int slot = 0; slot < num_state_; ++slot) {
        SetLane(io.state[slot], lane, GetLane(Backup(io)[slot], lane));
      }
    }
    return kept;
  }

  // Whether a plain sum of all that a step made is finite. Then each number is; if not, the sum may
  // still have overflown over finite ones, and Finite tells.
  bool SumIsFinite(const KernelIo<T>& io) const {
    // Four sums at a time: an addition takes as long as four of them.
    T sums[4] = {io.reward, T(0.0), T(0.0), T(0.0)};
    const auto add = [&sums](const T* x, int count) __attribute__((always_inline)) {
      int i = 0;
      for (; i + 4 <= count; i += 4) {
        for (int k = 0; k < 4; ++k) sums[k] += x[i + k];
      }
      for (; i < count; ++i) sums[0] += x[i];
    };
    add(io.state, num_state_);
    add(io.observation, columns_.observation_size());
    return AllOf(IsFinite(T((sums[0] + sums[1]) + (sums[2] + sums[3]))));
  }
  // x - x is zero for a finite x and NaN otherwise; one sum answers for all of them.
  Mask<T> Finite(const KernelIo<T>& io) const {
    T sum = io.reward - io.reward;
    for (int i = 0; i < num_state_; ++i) sum += io.state[i] - io.state[i];
    for (int i = 0; i < columns_.observation_size(); ++i) {
      sum += io.observation[i] - io.observation[i];
    }
    return sum == T(0.0);
  }

  T* Stored(int pair) { return state_.data() + static_cast<size_t>(pair / kW) * num_state_; }
  int RowOf(int pair) const { return num_agents_ == 1 ? pair : pair / num_agents_; }

  BatchContext context_;
  K kernel_;
  int num_agents_;
  int num_state_;
  int num_scratch_ = 0;
  bool uses_noise_ = false;
  bool interacts_ = false;
  KernelColumns columns_;
  std::vector<T> state_;  // (groups * A, num_state)
};

template <class K>
Batch* NewKernelBatch(const BatchContext& context, const typename K::Config& config, int width) {
#if FLYBALL_ISA_WIDTH == 8
  // Narrow batches run on scalars, which only the base build has; the bits are the same.
  if (width == 1) return new KernelBatch<K, double>(context, config);
#endif
  (void)width;
  return new KernelBatch<K, Lanes<FLYBALL_ISA_WIDTH>>(context, config);
}

}  // namespace flyball

#endif  // FLYBALL_ENVS_CORE_KERNEL_BATCH_H_
