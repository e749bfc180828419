// KernelColumns: how W lanes of a kernel meet the columns: actions in, results out, transposed and
// converted. Included by kernel_batch.h only.
#ifndef FLYBALL_ENVS_CORE_KERNEL_COLUMNS_H_
#define FLYBALL_ENVS_CORE_KERNEL_COLUMNS_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
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
  void ReadActions(int first, int num_pairs, T* out) const {
    constexpr int kW = kWidth<T>;
    alignas(128) double lanes[kW];
    for (int i = 0; i < action_size_; ++i) {
      for (int lane = 0; lane < kW; ++lane) {
        const size_t at =
            static_cast<size_t>(std::min(first + lane, num_pairs - 1)) * action_size_ + i;
        switch (action_dtype_) {
          case DType::kFloat32:
            lanes[lane] = static_cast<const float*>(action_)[at];
            break;
          case DType::kFloat64:
            lanes[lane] = static_cast<const double*>(action_)[at];
            break;
          default:
            lanes[lane] = static_cast<double>(static_cast<const int64_t*>(action_)[at]);
        }
      }
      out[i] = Load<T>(lanes);
      if (clip_) out[i] = Clamp(out[i], T(action_low_[i]), T(action_high_[i]));
    }
  }

  // Results of the pairs of one block. `keep` tells, per row of the group, whose results count.
  template <class T>
  void WriteResults(int first, const T* observation, const T* info, const T& reward,
                    const Mask<T>& terminated, const Mask<T>& truncated, const uint8_t* keep,
                    int first_row, bool all) const {
    constexpr int kW = kWidth<T>;
    alignas(128) double rewards[kW];
    Store(reward, rewards);
    uint8_t kept[kW];
    for (int lane = 0; lane < kW; ++lane) {
      const int row = (first + lane) / num_agents_ - first_row;
      kept[lane] = all || (first + lane < num_pairs_ && keep[row]);
    }
    // Reward and ends: with one agent they are the row's; else KernelBatch reduces them.
    for (int lane = 0; lane < kW; ++lane) {
      if (!kept[lane]) continue;
      const int pair = first + lane;
      agent_reward_[pair] = rewards[lane];
      agent_terminated_[pair] = GetLane(terminated, lane);
      agent_truncated_[pair] = GetLane(truncated, lane);
      if (num_agents_ == 1) {
        reward_[pair] = rewards[lane];
        terminated_[pair] = agent_terminated_[pair];
        truncated_[pair] = agent_truncated_[pair];
      }
    }
    // Observations: from one T per component to one row per pair, converted once.
    int component = 0;
    for (const Leaf& leaf : observation_) {
      for (int i = 0; i < leaf.size; ++i, ++component) {
        alignas(128) double lanes[kW];
        Store(observation[component], lanes);
        if (leaf.dtype == DType::kFloat32) {
          Scatter<kW>(lanes, kept, all, static_cast<float*>(leaf.data), first, leaf.size, i);
        } else {
          Scatter<kW>(lanes, kept, all, static_cast<double*>(leaf.data), first, leaf.size, i);
        }
      }
    }
    // Info columns.
    component = 0;
    for (const Leaf& leaf : info_) {
      for (int i = 0; i < leaf.size; ++i, ++component) {
        alignas(128) double lanes[kW];
        Store(info[component], lanes);
        if (leaf.per_agent && leaf.dtype == DType::kFloat64) {
          Scatter<kW>(lanes, kept, all, static_cast<double*>(leaf.data), first, leaf.size, i);
          continue;
        }
        for (int lane = 0; lane < kW; ++lane) {
          if (kept[lane]) WriteInfoNumber(leaf, first + lane, i, lanes[lane]);
        }
      }
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
  // Component i of kW pairs from `first` on, each pair with `size` components.
  template <int kW, class U>
  FLYBALL_INLINE static void Scatter(const double* lanes, const uint8_t* kept, bool all, U* data,
                                     int first, int size, int i) {
    U* out = data + static_cast<size_t>(first) * size + i;
    if (all) {
      for (int lane = 0; lane < kW; ++lane) {
        out[static_cast<size_t>(lane) * size] = static_cast<U>(lanes[lane]);
      }
      return;
    }
    for (int lane = 0; lane < kW; ++lane) {
      if (kept[lane]) out[static_cast<size_t>(lane) * size] = static_cast<U>(lanes[lane]);
    }
  }
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
