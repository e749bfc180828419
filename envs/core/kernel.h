// Kernel: the authoring form of a plant that is a few equations. It is written once on T, which is
// double or Lanes<W>, and runs W (row, agent) pairs at a time. No branches on data: use masks and
// Select (physics/numeric/lanes.h). Elementary functions only through lanes.h.
//
// A kernel is a class in a file *_kernel.cc, compiled once per instruction set, that ends with
// FLYBALL_KERNEL(name, Class):
//
//   class Pendulum {
//    public:
//     struct Config { double mass; };                    // const, shared by all rows
//     explicit Pendulum(const Config& config);
//     int num_state() const;      // doubles that decide the future of one (row, agent); all are
//                                 // in snapshots. Parameters that differ by row belong here too.
//     int num_scratch() const;    // T's of working memory a step needs (optional, default 0)
//     bool uses_noise() const;    // whether Step or Observe read io.noise (optional, default false)
//     void Reset(Rng&, const ResetValues&, std::span<double> state) const;  // A * num_state doubles,
//                                 // agent after agent; may throw InputError
//     template <class T> void Observe(KernelIo<T>& io) const;  // after Reset: observation and info
//     template <class T> void Step(KernelIo<T>& io) const;     // one control step: everything in io
//     void ReadState(std::span<const double> state, std::span<double> out) const;  // EnvSpec::state
//   };
//
// Agents that act on each other (downwash, neighbours) add
//     bool interacts() const; int num_substeps() const;
//     template <class T> void Begin(KernelIo<T>&) const;            // instead of Step, in order:
//     void Interact(int substep, AgentStates& agents) const;        // scalar, per row, before each
//     template <class T> void Substep(int substep, KernelIo<T>&) const;
//     template <class T> void Finish(KernelIo<T>&) const;
// and rows whose result is not sum of rewards and any of ends add
//     void Reduce(RowResult& row, const AgentStates& agents) const; // scalar, per row, after a step
#ifndef FLYBALL_ENVS_CORE_KERNEL_H_
#define FLYBALL_ENVS_CORE_KERNEL_H_

#include <memory>
#include <span>

#include "envs/core/batch.h"
#include "physics/numeric/lanes.h"
#include "physics/numeric/philox.h"

namespace flyball {

// What a kernel reads and writes for kWidth<T> pairs at once. Arrays are per pair, flattened.
template <class T>
struct KernelIo {
  const T* action;     // (action_size / A) clipped if the spec says so; discrete: the index
  T* state;            // (num_state) in, out
  T* observation;      // (observation_size / A) out
  T* info;             // out: info fields in order; those whose shape starts with A hold this
                       // agent's part, the others are the row's and are taken from agent 0
  T* scratch;          // (num_scratch) contents undefined
  T reward;            // out
  Mask<T> terminated;  // out: the task ended
  Mask<T> truncated;   // out: the task's own bounds (the time limit is the core's)
  T step;              // steps taken in the episode before this one; in Observe: steps taken
  NoiseKey<T> noise;   // counter-based noise, keyed by row seed, episode and step
};

// The states of one row's agents, for Interact. Changes are seen by the next Substep.
class AgentStates {
 public:
  virtual int num_agents() const = 0;
  virtual double Get(int agent, int slot) const = 0;
  virtual void Set(int agent, int slot, double value) = 0;

 protected:
  ~AgentStates() = default;
};

// One row's results, agent by agent, to be reduced to the row's.
struct RowResult {
  std::span<const double> agent_reward;       // (A)
  std::span<const uint8_t> agent_terminated;  // (A)
  std::span<const uint8_t> agent_truncated;   // (A)
  double reward;                              // in: the sum; out
  bool terminated, truncated;                 // in: any; out
};

// How MakeKernelBatch finds a kernel's builds. Families declare theirs with FLYBALL_DECLARE_KERNEL.
using KernelEntry = Batch* (*)(const BatchContext& context, const void* config, int width);
struct KernelBuilds {
  KernelEntry base;
  KernelEntry v3 = nullptr;  // null if this library has none
  KernelEntry v4 = nullptr;  // likewise
};
// Picks instruction set and width for this machine and batch. `config` must be what the kernel's
// Config is; it is copied.
std::unique_ptr<Batch> MakeKernelBatch(const KernelBuilds& builds, const BatchContext& context,
                                       const void* config);

#define FLYBALL_KERNEL_ENTRY_(name, isa) flyball_kernel_##name##_##isa
#define FLYBALL_KERNEL_ENTRY(name, isa) FLYBALL_KERNEL_ENTRY_(name, isa)

// In the family's code, at global scope: FLYBALL_DECLARE_KERNEL(pendulum); then, as a value,
// FLYBALL_KERNEL_BUILDS(pendulum). Those of a kernel that is built for AVX-512 too (V4 in
// scripts/cmake/Isa.cmake) are called FLYBALL_DECLARE_WIDE_KERNEL and FLYBALL_WIDE_KERNEL_BUILDS.
#define FLYBALL_DECLARE_KERNEL_BUILD_(name, isa)                                                \
  extern "C" ::flyball::Batch* FLYBALL_KERNEL_ENTRY_(name, isa)(const ::flyball::BatchContext&, \
                                                                const void*, int)
#ifdef FLYBALL_HAS_V3
#define FLYBALL_DECLARE_KERNEL(name)         \
  FLYBALL_DECLARE_KERNEL_BUILD_(name, base); \
  FLYBALL_DECLARE_KERNEL_BUILD_(name, v3)
#define FLYBALL_KERNEL_BUILDS(name) \
  (::flyball::KernelBuilds{FLYBALL_KERNEL_ENTRY_(name, base), FLYBALL_KERNEL_ENTRY_(name, v3)})
#define FLYBALL_DECLARE_WIDE_KERNEL(name) \
  FLYBALL_DECLARE_KERNEL(name);           \
  FLYBALL_DECLARE_KERNEL_BUILD_(name, v4)
#define FLYBALL_WIDE_KERNEL_BUILDS(name)                                                       \
  (::flyball::KernelBuilds{FLYBALL_KERNEL_ENTRY_(name, base), FLYBALL_KERNEL_ENTRY_(name, v3), \
                           FLYBALL_KERNEL_ENTRY_(name, v4)})
#else
#define FLYBALL_DECLARE_KERNEL(name) FLYBALL_DECLARE_KERNEL_BUILD_(name, base)
#define FLYBALL_KERNEL_BUILDS(name) (::flyball::KernelBuilds{FLYBALL_KERNEL_ENTRY_(name, base)})
#define FLYBALL_DECLARE_WIDE_KERNEL(name) FLYBALL_DECLARE_KERNEL(name)
#define FLYBALL_WIDE_KERNEL_BUILDS(name) FLYBALL_KERNEL_BUILDS(name)
#endif

// In the kernel's file, at global scope. kernel_batch.h must be included.
#define FLYBALL_KERNEL(name, Class)                                                              \
  extern "C" ::flyball::Batch* FLYBALL_KERNEL_ENTRY(name, FLYBALL_ISA)(                          \
      const ::flyball::BatchContext& context, const void* config, int width) {                   \
    return ::flyball::NewKernelBatch<Class>(context, *static_cast<const Class::Config*>(config), \
                                            width);                                              \
  }                                                                                              \
  static_assert(true)

}  // namespace flyball

#endif  // FLYBALL_ENVS_CORE_KERNEL_H_
