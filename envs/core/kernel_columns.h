// KernelColumns: how W lanes of a kernel meet the columns: actions in, results out, transposed and
// converted. Included by kernel_batch.h only.
#ifndef FLYBALL_ENVS_CORE_KERNEL_COLUMNS_H_
#define FLYBALL_ENVS_CORE_KERNEL_COLUMNS_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>
#include <vector>

#include "envs/core/kernel.h"

namespace flyball {

class KernelColumns {
 public:
  explicit KernelColumns(const BatchContext& context);

  int action_size() const { return action_size_; }            // of one agent
  int observation_size() const { return observation_size_; }  // of one agent
  int info_size() const { return info_size_; }                // of one agent

  // Actions of pairs [first, first + W), one T per component; lanes past the end repeat the last.
  template <class T>
  void ReadActions(int first, T* out) const {
    switch (action_dtype_) {
      case DType::kFloat32:
        return ReadActionsOf<T, float>(first, out);
      case DType::kFloat64:
        return ReadActionsOf<T, double>(first, out);
      default:
        return ReadActionsOf<T, int64_t>(first, out);
    }
  }

  // Results of the pairs [first, first + W): all of them, or those with a bit in `kept`.
  template <class T>
  void WriteResults(int first, const T* observation, const T* info, const T& reward,
                    const Mask<T>& terminated, const Mask<T>& truncated, uint64_t kept) const {
    constexpr int kW = kWidth<T>;
    // With one agent its reward and ends are the row's; else KernelBatch reduces them.
    const Block<T> block = {.first = first, .kept = kept, .all = kept == (1ull << kW) - 1};
    block.Write(&reward, 1, agent_reward_);
    block.WriteMask(terminated, agent_terminated_);
    block.WriteMask(truncated, agent_truncated_);
    for (const Leaf& leaf : observation_) {
      if (leaf.dtype == DType::kFloat32) {
        block.Write(observation, leaf.size, static_cast<float*>(leaf.data));
      } else {
        block.Write(observation, leaf.size, static_cast<double*>(leaf.data));
      }
      observation += leaf.size;
    }
    for (const Leaf& leaf : info_) {
      if (!leaf.per_agent) {
        for (int lane = 0; lane < kW; ++lane) {
          if (!(kept >> lane & 1)) continue;
          for (int i = 0; i < leaf.size; ++i) {
            WriteInfoNumber(leaf, first + lane, i, GetLane(info[i], lane));
          }
        }
      } else if (leaf.dtype == DType::kFloat64) {
        block.Write(info, leaf.size, static_cast<double*>(leaf.data));
      } else if (leaf.dtype == DType::kFloat32) {
        block.Write(info, leaf.size, static_cast<float*>(leaf.data));
      } else if (leaf.dtype == DType::kInt64) {
        block.Write(info, leaf.size, static_cast<int64_t*>(leaf.data));
      } else {
        block.Write(info, leaf.size, static_cast<bool*>(leaf.data));
      }
      info += leaf.size;
    }
  }

  // One pair's observation and info from scalars, at reset.
  void WriteObservation(int pair, const double* observation) const;
  void WriteInfo(int pair, const double* info) const;

  // The sum of rewards and any of ends of a row's agents, and the row's result written.
  RowResult SumAgents(int row) const;
  void WriteRowResult(int row, const RowResult& result) const;

 private:
  struct Leaf {
    void* data;
    DType dtype;
    int size;        // of one agent
    bool per_agent;  // info fields without the agent axis are written by agent 0
  };
  template <class T, class U>
  FLYBALL_INLINE void ReadActionsOf(int first, T* out) const {
    const U* rows = static_cast<const U*>(action_) + static_cast<size_t>(first) * action_size_;
    const int last = num_pairs_ - 1 - first;
    // A few actions are converted side by side, as they lie, before they are sorted by component.
    constexpr int kFew = 8;
    double converted[kWidth<T> * kFew];
    const bool whole = last >= kWidth<T> - 1, few = whole && action_size_ <= kFew;
    for (int k = 0; few && k < kWidth<T> * action_size_; ++k) {
      converted[k] = static_cast<double>(rows[k]);
    }
    for (int i = 0; i < action_size_; ++i) {
      if (few) {
        out[i] = Generate<T>([&](int lane) __attribute__((always_inline)) {
          return converted[lane * action_size_ + i];
        });
      } else {
        out[i] = Generate<T>([&](int lane) __attribute__((always_inline)) {
          const int at = whole ? lane : std::min(lane, last);
          return static_cast<double>(rows[at * action_size_ + i]);
        });
      }
      if (clip_) out[i] = Clamp(out[i], T(action_low_[i]), T(action_high_[i]));
    }
  }

  // W pairs on their way from one T per component to one run of components per pair.
  template <class T>
  struct Block {
    int first;
    uint64_t kept;  // bit per lane
    bool all;       // every bit is set

    // `size` components into a column, converted once.
    template <class U>
    FLYBALL_INLINE void Write(const T* components, int size, U* column) const {
      U* rows = column + static_cast<size_t>(first) * size;
      if (!all) return WriteKept(components, size, rows);
      if constexpr (kIsLanes<T> && std::is_same_v<U, double>) {
        if (size == 1) return Store(components[0], rows);
      }
      if constexpr (kIsLanes<T> && std::is_same_v<U, float>) {
        if (size >= 4) return Transpose(components, size, rows);
      }
      for (int i = 0; i < size; ++i) {
        for (int lane = 0; lane < kWidth<T>; ++lane) {
          rows[lane * size + i] = Converted<U>(NumberAt(components, i, lane));
        }
      }
    }
    template <class U>
    void WriteKept(const T* components, int size, U* rows) const {
      for (int lane = 0; lane < kWidth<T>; ++lane) {
        if (!(kept >> lane & 1)) continue;
        for (int i = 0; i < size; ++i) {
          rows[lane * size + i] = Converted<U>(NumberAt(components, i, lane));
        }
      }
    }
    FLYBALL_INLINE void WriteMask(const Mask<T>& mask, uint8_t* column) const {
      const uint64_t bits = MaskBits(mask);
      if constexpr (kWidth<T> % 8 == 0) {
        for (int lane = 0; all && lane < kWidth<T>; lane += 8) {
          const uint64_t bytes = BytesOf(bits >> lane & 0xff);
          __builtin_memcpy(column + first + lane, &bytes, 8);
        }
        if (all) return;
      }
      for (int lane = 0; lane < kWidth<T>; ++lane) {
        if (all || (kept >> lane & 1)) column[first + lane] = bits >> lane & 1;
      }
    }

   private:
    template <class U>
    FLYBALL_INLINE static U Converted(double x) {
      if constexpr (std::is_same_v<U, bool>) return x != 0.0;
      return static_cast<U>(x);
    }
    // Bit i of eight as byte i, 0 or 1: each byte keeps its own bit, which is then carried to its top.
    FLYBALL_INLINE static uint64_t BytesOf(uint64_t bits) {
      const uint64_t own = bits * 0x0101010101010101u & 0x8040201008040201u;
      return (own + 0x7f7f7f7f7f7f7f7fu) >> 7 & 0x0101010101010101u;
    }
    // Lanes lie in memory as an array of doubles.
    FLYBALL_INLINE static double NumberAt(const T* components, int i, int lane) {
      typedef double Element __attribute__((may_alias));
      return reinterpret_cast<const Element*>(components + i)[lane];
    }
    // In tiles of four components and four pairs. The last tile of a row may overlap the one before
    // it: the same numbers are written twice.
    FLYBALL_INLINE static void Transpose(const T* components, int size, float* rows) {
      typedef float Four __attribute__((vector_size(16)));
      typedef double FourDoubles __attribute__((vector_size(32)));
      for (int tile = 0; tile < size; tile += 4) {
        const int i = std::min(tile, size - 4);
        for (int lane = 0; lane < kWidth<T>; lane += 4) {
          Four x[4];
          for (int k = 0; k < 4; ++k) {
            FourDoubles wide;
            __builtin_memcpy(&wide, reinterpret_cast<const char*>(components + i + k) + 8 * lane,
                             sizeof(wide));
            x[k] = __builtin_convertvector(wide, Four);
          }
          const Four low01 = __builtin_shufflevector(x[0], x[1], 0, 4, 1, 5);
          const Four low23 = __builtin_shufflevector(x[2], x[3], 0, 4, 1, 5);
          const Four high01 = __builtin_shufflevector(x[0], x[1], 2, 6, 3, 7);
          const Four high23 = __builtin_shufflevector(x[2], x[3], 2, 6, 3, 7);
          const Four row[4] = {__builtin_shufflevector(low01, low23, 0, 1, 4, 5),
                               __builtin_shufflevector(low01, low23, 2, 3, 6, 7),
                               __builtin_shufflevector(high01, high23, 0, 1, 4, 5),
                               __builtin_shufflevector(high01, high23, 2, 3, 6, 7)};
          for (int k = 0; k < 4; ++k) {
            __builtin_memcpy(rows + (lane + k) * size + i, &row[k], sizeof(Four));
          }
        }
      }
    }
  };

  void WriteInfoNumber(const Leaf& leaf, int pair, int i, double value) const;

  int num_agents_, num_pairs_;
  int action_size_, observation_size_, info_size_;
  const void* action_;
  DType action_dtype_;
  bool clip_;
  std::vector<double> action_low_, action_high_;
  std::vector<Leaf> observation_, info_;
  double *reward_, *agent_reward_;
  uint8_t *terminated_, *truncated_, *agent_terminated_;
  uint8_t* agent_truncated_;
};

}  // namespace flyball

#endif  // FLYBALL_ENVS_CORE_KERNEL_COLUMNS_H_
