// Which of the sixty tasks: how the converter is told, what is controlled, and the machine.
#ifndef FLYBALL_ENVS_MOTOR_TASK_H_
#define FLYBALL_ENVS_MOTOR_TASK_H_

#include <array>
#include <string>
#include <string_view>

namespace flyball::motor {

enum class MachineKind {
  kPermExDc,
  kExtExDc,
  kSeriesDc,
  kShuntDc,
  kPmsm,
  kSynRm,
  kEesm,
  kScim,
  kDfim,
  kSixPmsm
};
enum class Control { kCurrent, kTorque, kSpeed };

struct Task {
  bool finite = false;  // switching actions instead of duties
  Control control = Control::kCurrent;
  MachineKind machine = MachineKind::kPmsm;

  bool direct_current() const { return machine <= MachineKind::kShuntDc; }
  bool induction() const { return machine == MachineKind::kScim || machine == MachineKind::kDfim; }
  // The peer's default period: 10 us switched, but for the six-phase machine.
  double tau() const { return finite && machine != MachineKind::kSixPmsm ? 1e-5 : 1e-4; }
  // Currents and torques settle in milliseconds, speeds in tenths of a second.
  int max_episode_steps() const {
    if (control != Control::kSpeed) return 1000;
    return tau() < 1e-4 ? 20000 : 5000;
  }
};

inline constexpr std::array<std::string_view, 10> kMachineTags = {
    "PermExDc", "ExtExDc", "SeriesDc", "ShuntDc", "PMSM",
    "SynRM",    "EESM",    "SCIM",     "DFIM",    "SIXPMSM"};
inline constexpr std::array<std::string_view, 3> kControlTags = {"CC", "TC", "SC"};

inline std::string IdOf(const Task& task) {
  std::string id = task.finite ? "Motor-Finite-" : "Motor-Cont-";
  id += kControlTags[static_cast<int>(task.control)];
  id += "-";
  id += kMachineTags[static_cast<int>(task.machine)];
  return id + "-v1";
}

}  // namespace flyball::motor

#endif  // FLYBALL_ENVS_MOTOR_TASK_H_
