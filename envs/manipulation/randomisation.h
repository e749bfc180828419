// What may differ from episode to episode by the option `randomise`: drawn at reset from the row's own
// generator, and reported in info.
#ifndef FLYBALL_ENVS_MANIPULATION_RANDOMISATION_H_
#define FLYBALL_ENVS_MANIPULATION_RANDOMISATION_H_

#include <array>
#include <span>
#include <vector>

#include "envs/core/field.h"
#include "envs/core/value.h"
#include "envs/manipulation/arm.h"
#include "envs/manipulation/task.h"
#include "physics/numeric/random.h"

namespace flyball {

struct Randomisation {
  using Range = std::array<double, 2>;  // uniform between
  bool on = false;
  Range mass = {1, 1};          // factor on the objects' masses
  Range friction = {1, 1};      // factor on their friction with everything but the fingers
  Range servo_gain = {1, 1};    // share of the way to its target that a servo covers when it should
  Range action_delay = {0, 0};  // control steps, whole
  Range light = {1, 1};         // factor on the lamp's brightness
  double sensor_noise = 0.0;    // standard deviation, in the unit of each observed number
  double camera = 0.0;  // standard deviation of the fixed cameras' common displacement, m per axis
  double camera_turn = 0.0;    // of a turn of all cameras, each in its own axes, rad per axis
  Range camera_fovy = {1, 1};  // factor on the field of view of all cameras

  int max_delay() const { return static_cast<int>(action_delay[1]); }
};

// From the option: a dictionary of the fields above; empty: nothing is randomised. Throws InputError
// naming the key, the value and what is allowed.
Randomisation RandomisationOf(const Dict& option, const std::string& id);
std::string RandomisationDoc();
// Info columns while something is randomised.
std::vector<Field> RandomisationInfo(const Randomisation& randomisation);

// One row's draws, and what it takes to apply them.
class Randomiser {
 public:
  Randomiser(const Randomisation& randomisation, const Task& task, World& world, Arm& arm,
             std::vector<double> idle_action);

  // Draws an episode's values, in a fixed order, and puts them into force.
  void Reset(Rng& rng);
  // The action that is due now: the one given `delay` steps ago, the idle one before there was one.
  std::span<const double> Delayed(std::span<const double> action);
  // Adds noise to what is observed; a function of the episode and the step alone.
  void Disturb(std::span<double> observation);
  void WriteInfo(std::span<double> out) const;
  void VisitState(StateVisitor& visitor);

 private:
  void ApplyToThings();
  void ApplyToPictures();

  Randomisation settings_;
  World& world_;
  Arm& arm_;
  std::vector<int> bodies_, geoms_, fixed_cameras_, cameras_, lights_;
  std::vector<double> masses_, frictions_;
  struct Drawn {
    double mass = 1, friction = 1, servo_gain = 1, light = 1, camera_fovy = 1;
    Vec3 camera = {0, 0, 0}, camera_turn = {0, 0, 0};
    uint64_t noise_seed = 0;
    int64_t delay = 0, step = 0;
  } drawn_;
  std::vector<double> queue_;  // ((max delay + 1) x action) a ring of the last actions
  std::vector<double> idle_;
};

}  // namespace flyball

#endif  // FLYBALL_ENVS_MANIPULATION_RANDOMISATION_H_
