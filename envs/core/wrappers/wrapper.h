// Wrapper: what stands between a plant and its learner, on one row: a delay, a noisy sensor, a fault.
// Wrappers are data (`wrap=[{"type": "action_delay", "steps": 2}, ...]`), an option that every id
// takes; the first stands next to the plant. Actions pass from the last to the first, observations
// back from the first to the last.
#ifndef FLYBALL_ENVS_CORE_WRAPPERS_WRAPPER_H_
#define FLYBALL_ENVS_CORE_WRAPPERS_WRAPPER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "envs/core/options.h"
#include "envs/core/spec.h"
#include "physics/numeric/philox.h"

namespace flyball {

// What one wrapper draws in one row: a pure function of the row's seed, episode and step, so that
// rows, threads and what others draw change nothing. Draws are numbered by their user.
class WrapperDraws {
 public:
  // `place` is the wrapper's in its list, `step` 0 at the episode's start.
  void Set(uint64_t seed, uint32_t episode, uint32_t step, uint32_t place);
  // Of this step.
  double Uniform(uint32_t draw) const { return step_.Uniform(place_, draw); }  // in [0, 1)
  double Normal(uint32_t draw) const { return step_.Normal(place_, draw); }
  // The same at every step of the episode.
  double EpisodeUniform(uint32_t draw) const { return episode_.Uniform(place_, draw); }

 private:
  NoiseKey<double> step_, episode_;
  uint32_t place_ = 0;
};

// What a wrapper is given of one row. Arrays are flattened over their fields, as doubles.
struct WrapperIo {
  WrapperDraws draws;
  uint32_t step = 0;         // steps made, this one counted; 0 at the start
  int64_t episode = 0;       // index that `drift` goes by: forced at reset, or resets so far
  std::span<double> memory;  // (memory_size) the wrapper's own; zeros at the start of an episode
  std::span<double> action;  // in Act: in, out
  std::span<double> observation;   // in Observe: in, and out unless the layout changes
  std::span<double> shown;         // in Observe: out, where the layout changes
  std::span<double> info;          // in Observe: out, the wrapper's own fields; zeros at first
  std::span<const double> plant;   // in Observe: the plant's info
  double reward = 0.0;             // in Observe after a step: in, out
  std::span<double> agent_reward;  // (A) with several agents, else empty: in, out
  bool terminated = false;         // in, out
};

class Wrapper {
 public:
  virtual ~Wrapper() = default;
  // Numbers that it keeps for each row; all are in snapshots.
  virtual int memory_size() const { return 0; }
  // Whether Observe writes `shown`, which differs from `observation` in size or meaning.
  virtual bool changes_layout() const { return false; }
  // Once at the start of an episode, before the first Observe: draws what holds for all of it.
  virtual void Begin(WrapperIo&) {}
  // On an action's way to the plant, and on what the plant shows' way back: after a step, and once
  // (`start`) at the beginning of an episode, when there is no reward. Neither allocates.
  virtual void Act(WrapperIo&) {}
  virtual void Observe(WrapperIo&, bool /*start*/) {}
};

struct WrapperType {
  std::string name;
  std::string doc;       // one line
  OptionSchema options;  // besides `type`
  // Makes one from resolved options and changes `spec`, what stands inside, to what the wrapper
  // shows: observation, info, bounds of rewards. Throws InputError that begins with `where`.
  std::function<std::unique_ptr<Wrapper>(EnvSpec& spec, const Options& options,
                                         const std::string& where)>
      make;
};

}  // namespace flyball

#endif  // FLYBALL_ENVS_CORE_WRAPPERS_WRAPPER_H_
