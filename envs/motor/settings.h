// Everything that makes one drive task, resolved from a preset and the user's options. Plain
// values: shared by all rows, and what the kernel is built from.
#ifndef FLYBALL_ENVS_MOTOR_SETTINGS_H_
#define FLYBALL_ENVS_MOTOR_SETTINGS_H_

#include <array>
#include <string>
#include <vector>

#include "envs/core/options.h"
#include "envs/motor/quantity.h"
#include "envs/motor/reference.h"
#include "physics/drive/load.h"
#include "physics/drive/pmsm.h"
#include "physics/drive/pmsm_step.h"
#include "physics/drive/supply.h"

namespace flyball::motor {

// What the machine stands for (limits) and what it is built to run at (nominal).
struct Ratings {
  double omega;   // rad/s
  double i;       // peak phase current, A
  double u;       // supply voltage, V; a phase gets half of it from the midpoint
  double torque;  // N m
};

// Where preset gem departs from the physics on purpose. All false: as it should be.
struct Quirks {
  bool frozen_rotor_voltage = false;  // the d and q voltages stand still during a step, not the
                                      // stator's
  bool stale_angle = false;           // i_a, i_b, i_c and u_sd, u_sq are shown with the angle of
                                      // the step's start
  bool midpoint_voltages = false;     // phase voltages against the supply's midpoint, not the star
                                      // point; they start at -u_sup / 2
  bool open_for_whole_step = false;   // a switched leg that changes sides stays open for the whole
                                      // step instead of the interlocking time
  bool noise_is_real = false;         // reward and constraints see the noise of the sensors
  bool unclipped = false;             // states are shown as they are, however far outside
};

struct RewardSettings {
  std::vector<double> weights;  // per referenced state, >= 0
  double power = 1.0;           // of the scaled error, > 0
  double bias = 0.0;
  double violation = -10.0;  // what a step that violates a constraint gives instead
};

// Ends the episode when |s| > 1 for any of the states, or when the sum of their squares exceeds 1.
struct Constraint {
  bool squared = false;
  std::vector<Quantity> states;
};

struct NoiseSettings {
  std::vector<Quantity> states;
  double sigma = 0.0;  // standard deviation, in scaled units
};

inline constexpr int kMaxEpisodeSteps = 1000;

struct DriveSettings {
  bool finite = false;  // switching vectors instead of duties
  double tau = 1e-4;    // control period, s
  Pmsm machine;
  Ratings limits, nominal;
  MechanicalLoad load;
  IdealSupply supply;
  double interlocking_time = 0.0;  // s, at most tau
  bool rotor_actions = false;      // actions are d and q duties instead of phase duties
  int dead_time_steps = 0;         // steps between an action and its voltage
  Quirks quirks;

  std::vector<Quantity> shown;    // the observed state, in order
  bool dict_observation = false;  // {state, reference} instead of one array
  ReferenceSettings reference;
  RewardSettings reward;
  std::vector<Constraint> constraints;
  NoiseSettings noise;

  // Starts drawn at reset where not forced: currents uniform in +-this part of their limit; the
  // angle anywhere.
  double start_current = 0.0;
  bool start_any_angle = false;
  int max_episode_steps = 0;

  // A quantity in SI units is shown divided by `scale`; what is shown lies in [low, high].
  std::array<double, kNumQuantities> scale, low, high;

  VoltageHold hold() const {
    return quirks.frozen_rotor_voltage ? VoltageHold::kRotor : VoltageHold::kStator;
  }
  int action_size() const { return finite ? 1 : rotor_actions ? 2 : 3; }
};

// The drive as preset "default" or "gem" has it, before options. The only place that knows presets.
DriveSettings PresetSettings(bool finite, const std::string& preset);
// Scales and bounds of what is shown, from the machine, the supply and the quirks.
void SetScales(DriveSettings& settings);

OptionSchema DriveOptions(bool finite);
// Applies resolved options. Throws InputError naming the option, its value and what is allowed.
DriveSettings ParseSettings(bool finite, const Options& options);
// The options that make these settings, all dictionaries complete.
Options CompleteOptions(const DriveSettings& settings, const Options& given);

}  // namespace flyball::motor

#endif  // FLYBALL_ENVS_MOTOR_SETTINGS_H_
