// Everything that makes one drive task, resolved from a preset and the user's options. Plain
// values: shared by all rows, and what the kernel is built from.
#ifndef FLYBALL_ENVS_MOTOR_SETTINGS_H_
#define FLYBALL_ENVS_MOTOR_SETTINGS_H_

#include <memory>
#include <string>
#include <vector>

#include "envs/core/options.h"
#include "envs/motor/noise.h"
#include "envs/motor/quantity.h"
#include "envs/motor/reference.h"
#include "envs/motor/start.h"
#include "envs/motor/task.h"
#include "physics/drive/converter.h"
#include "physics/drive/drive_step.h"
#include "physics/drive/load.h"
#include "physics/drive/machines.h"
#include "physics/drive/supply.h"

namespace flyball::motor {

// What the machine stands for (limits) and what it is built to run at (nominal).
struct Ratings {
  double omega = 0;   // rad/s
  double i = 0;       // peak phase or armature current, A
  double i_e = 0;     // exciting current, A, where there is one
  double u = 0;       // supply voltage, V
  double torque = 0;  // N m
};

// Where preset gem departs from the physics on purpose. All false: as it should be.
struct Quirks {
  bool frozen_voltage = false;       // voltages stand still in the frame of the machine's equations
                                     // during a step, not in the converter's
  bool stale_angle = false;          // what is turned into another frame to be shown is turned by
                                     // the angle of the step's start
  bool midpoint_voltages = false;    // phase voltages against the supply's midpoint, not the star
                                     // point; they start at -u_sup / 2
  bool open_for_whole_step = false;  // a switched leg that changes sides stays open for the whole
                                     // step instead of the interlocking time
  bool late_supply = false;          // a capacitor is charged at the start of the next step, by
                                     // Euler's method, with that step's duties but, of switches,
                                     // what they did before
  bool rotor_legs_in_stator = false;  // a wound rotor's converter goes by the currents as the
                                      // stator sees them
  bool noise_is_real = false;         // reward and constraints see the noise of the sensors
  bool unclipped = false;             // states are shown as they are, however far outside
};

struct RewardSettings {
  std::vector<double> weights;  // per referenced state, >= 0
  std::vector<double> power;    // per referenced state, of the scaled error, > 0; none: all 1
  double bias = 0.0;
  double violation = -10.0;  // what a step that violates a constraint gives instead
};

// Violated when |s| > 1 for any of the states, or when the sum of their squares exceeds 1.
struct Constraint {
  bool squared = false;
  std::vector<int> states;  // indices of quantities
  // Where the degree of violation begins to rise from 0, to be 1 at 1; 1: it is either.
  double from = 1.0;
};

// What becomes of the degrees to which the constraints are violated. The episode ends where the
// result is 1; the reward is a mean of what it would be and of the punishment, with that weight.
enum class Merge { kMax, kProduct, kMean };

struct SolverSettings {
  enum class Kind {
    kExact,          // where the speed stands; else as kRungeKutta4
    kRungeKutta4,    // fixed parts
    kEuler,          // fixed parts
    kDormandPrince,  // parts by the estimated error, row by row
  };
  Kind kind = Kind::kExact;
  int substeps = 0;        // fixed parts of a step; 0: as many as `tolerance` asks for
  double accuracy = 1e-8;  // relative error of a step by kRungeKutta4 that chooses its parts
  Tolerance tolerance;     // kDormandPrince
};

struct DetailSettings;  // detail.h

struct DriveSettings {
  Task task;
  double tau = 1e-4;  // control period, s
  Machine machine;
  Ratings limits, nominal;
  MechanicalLoad load;
  Supply supply;
  Converter converter;
  SolverSettings solver;
  bool rotor_actions = false;  // duties are those of the vectors instead of the phases
  int dead_time_steps = 0;     // steps between an action and its voltage
  Quirks quirks;

  std::vector<Quantity> quantities;
  std::vector<int> shown;         // the observed quantities, in order
  bool dict_observation = false;  // {state, reference} instead of one array
  ReferenceSettings reference;
  RewardSettings reward;
  std::vector<Constraint> constraints;
  Merge merge = Merge::kMax;
  NoiseSettings noise;
  StartSettings start;
  int max_episode_steps = 0;
  // What only the detailed kernel does; null: nothing of it, and the lane kernels serve.
  std::shared_ptr<const DetailSettings> detail;

  VoltageHold hold() const {
    return quirks.frozen_voltage ? VoltageHold::kMachine : VoltageHold::kConverter;
  }
  bool gem() const { return quirks.unclipped; }
  int action_size() const;
  const Quantity& quantity(int k) const { return quantities[k]; }
  int Named(std::string_view name, std::string_view where) const {
    return QuantityNamed(quantities, name, where);
  }
  bool Shows(std::string_view name) const;
};

// The drive as preset "default" or "gem" has it, before options. The only place that knows presets.
DriveSettings PresetSettings(const Task& task, const std::string& preset);
// Ratings that options left to be derived: torque 0, from the currents.
void CompleteRatings(DriveSettings& settings);
// Scales and bounds of what is shown, from the machine, the supply and the quirks.
void SetScales(DriveSettings& settings);
// How far the scaled speed can get in a step at nominal torque.
double SpeedPace(const DriveSettings& settings);

OptionSchema DriveOptions(const Task& task);
// Applies resolved options. Throws InputError naming the option, its value and what is allowed.
DriveSettings ParseSettings(const Task& task, const Options& options);
// The options that make these settings, all dictionaries complete.
Options CompleteOptions(const DriveSettings& settings, const Options& given);

}  // namespace flyball::motor

#endif  // FLYBALL_ENVS_MOTOR_SETTINGS_H_
