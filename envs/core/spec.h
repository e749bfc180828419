// EnvSpec describes one instance of an environment, options applied.
#ifndef FLYBALL_ENVS_CORE_SPEC_H_
#define FLYBALL_ENVS_CORE_SPEC_H_

#include <string>
#include <vector>

#include "envs/core/field.h"
#include "envs/core/value.h"

namespace flyball {

struct ActionSpec {
  enum class Kind { kBox, kDiscrete, kMultiDiscrete } kind = Kind::kBox;
  Field field;               // kBox: float32 or float64, shape and bounds; discrete kinds: int64,
                             // shape () for kDiscrete, (k) for kMultiDiscrete
  std::vector<int> choices;  // discrete kinds: number of choices of each component
  // kBox: finite actions outside the bounds are clipped to them before the plant sees them. False:
  // the plant takes them as they are (where a peer does).
  bool clip = true;
};

// What a field of pixels shows, and from where.
struct PictureField {
  // uint8 (H, W, 3); float32 (H, W), m along the view axis; uint8 (H, W), ids of EnvSpec::segments.
  enum class Channel { kRgb, kDepth, kSegmentation } channel = Channel::kRgb;
  std::vector<std::string> cameras;  // of the scene; several: one for each agent, the first axis
  int width = 0, height = 0;         // pixels
  bool shadows = false;
  bool markers = false;  // goals are drawn
};

struct EnvSpec {
  std::string id;                  // "Motor-Cont-CC-PMSM-v1"
  std::string doc;                 // one paragraph: what the task is
  std::vector<Field> observation;  // one: Box; several: Dict in this order. kFloat32 or kFloat64,
                                   // then the fields of `pictures`
  std::vector<PictureField> pictures;  // the last so many of the observation's fields
  std::vector<std::string> segments;   // what ids in segmentations stand for
  ActionSpec action;
  std::vector<Field> info;      // fixed columns of each step and reset: kFloat64, kInt64, kBool
  std::vector<Field> state;     // kFloat64: `env.unwrapped.state`, the physical state by name
  std::vector<Field> reset;     // kFloat64: keys of reset(options=...), each optional
  double control_period = 0.0;  // s between steps
  int max_episode_steps = 0;    // 0: no limit
  double reward_low = -kInfinity, reward_high = kInfinity;
  int num_agents = 1;                 // A. With A > 1 fields carry it in front: (A, ...)
  bool goal_conditioned = false;      // observation is {observation, achieved_goal, desired_goal}
  bool smooth = false;                // the step is differentiable: `linearize` applies
  std::vector<std::string> policies;  // names of the baselines that fit this environment
  std::vector<std::string> unsupported;  // what this engine does not honour, one line each
  Dict options;                          // the options that made it, resolved

  int num_number_fields() const;  // observation fields before the pictures
  int observation_size() const;   // numbers in those of a row
  int action_size() const;        // numbers in a row's action
  int info_size() const;
  int state_size() const;
};

}  // namespace flyball

#endif  // FLYBALL_ENVS_CORE_SPEC_H_
