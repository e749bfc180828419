// What the options ask of a drive beyond the lane kernels, and what a row of the detailed kernel
// keeps for it. Any of these options makes the detailed kernel serve the id, one row at a time.
#ifndef FLYBALL_ENVS_MOTOR_DETAIL_H_
#define FLYBALL_ENVS_MOTOR_DETAIL_H_

#include <optional>
#include <string>
#include <vector>

#include "envs/motor/setup.h"
#include "physics/drive/detailed_drive.h"
#include "physics/drive/thermal.h"

namespace flyball::motor {

// Imperfections of what is shown. Rewards and constraints go by what is.
struct SensorSettings {
  bool on = false;
  // Of currents: each sensor's gain is off by up to +-gain, its zero by up to +-offset (A), both
  // drawn once an episode.
  double gain = 0, offset = 0;
  double noise = 0;       // A, standard deviation of each reading
  double resolution = 0;  // A, of the converter from analogue; 0: infinitely fine
  int delay = 0;          // steps by which readings are late
  // Of the angle; at most one of them.
  int lines = 0;               // of an encoder, per turn of the rotor; 0: exact
  double angle_offset = 0;     // rad (mechanical): it sits wrong by up to +- this, drawn
  bool hall = false;           // three switches: the angle to the middle of a sixth of a period
  double speed_filter = 1e-3;  // s: the speed is that of the angle's steps, smoothed
  bool reads_angle() const { return lines > 0 || hall; }
};

struct Fault {
  enum class Kind { kOpenPhase, kCurrentSensor, kEncoder };
  Kind kind = Kind::kOpenPhase;
  int output = 0;          // of the converter
  std::string name;        // in info
  Range time = {0, 0};     // s in the episode, uniform
  double probability = 1;  // that it comes at all
};
inline constexpr int kMaxFaults = 4;

// Fluxes in place of inductances; both null: the machine does not saturate.
struct Saturation {
  std::shared_ptr<const FluxMap> map;         // PMSM, SynRM
  std::shared_ptr<const MainFlux> main_flux;  // SCIM, EESM
  bool any() const { return map != nullptr || main_flux != nullptr; }
};

struct DetailSettings {
  bool exact = false;  // legs switch at exact times
  Modulation modulation;
  Devices devices;
  bool audit = false;  // energies in info
  IronLoss iron;
  Friction friction;
  Harmonics harmonics;
  Saturation saturation;
  std::optional<Thermal> thermal;
  double start_temperature = 20;  // degrees Celsius of both nodes when an episode begins
  SensorSettings sensors;
  std::vector<Fault> faults;
  std::vector<double>
      spread;  // per parameter of the machine: half-width, as a part of it; or empty

  bool randomises() const { return !spread.empty(); }
};

// The numbers of a row from DriveSetup::detail on.
struct DetailLayout {
  explicit DetailLayout(const DriveSettings& settings);
  int drive = 0;               // DetailedState
  int factors = 0;             // of the machine's parameters
  int temperature = 0;         // winding, housing
  int faults = 0;              // their times, s; infinite: never
  int gains = 0, offsets = 0;  // of current sensors
  int angle = 0;               // error of the encoder, last angle read, speed
  int delayed = 0;             // readings on their way, oldest first
  int size = 0;
  int channels = 0;  // currents that are read: phases, or windings of a DC machine
};

// Names of the outputs of the converter, or (vectors) of what is told instead of them.
std::vector<std::string> OutputNames(const DriveSettings& settings, bool vectors);
std::vector<std::string> ParameterNames(const Machine& machine);

// What the physics needs of the settings.
DetailedDrive MakeDetailedDrive(const DriveSetup& setup);
// The machine of a row: its parameters as drawn, at its temperatures.
Machine RowMachine(const DriveSettings& settings, const DetailLayout& layout, const double* own);
// Draws what differs by episode. `temperature`: forced, or empty. Throws InputError.
void ResetDetail(const DriveSetup& setup, const DetailLayout& layout, Rng& rng,
                 std::span<const double> temperature, std::span<double> state);

// Appends what is known besides: energies, temperatures, faults, parameters.
std::vector<Field> DetailInfo(const DriveSettings& settings);
Field TemperatureField();

// parse_saturation.cc. A map or curve of fluxes, if the option gives one, whose slopes at no current
// become the parameters of the machine (and its ratings follow).
Saturation ReadSaturation(const Options& options, DriveSettings& settings);
// parse_detail.cc. Reads the options; null if none of them is given.
std::shared_ptr<const DetailSettings> ReadDetail(const Options& options,
                                                 const DriveSettings& settings,
                                                 const Saturation& saturation);
OptionSchema DetailOptions(const Task& task);

}  // namespace flyball::motor

#endif  // FLYBALL_ENVS_MOTOR_DETAIL_H_
