// What a user may set when a quadcopter environment is made.
#include <string>
#include <utility>

#include "envs/core/option_makers.h"
#include "envs/quadcopter/config.h"

namespace flyball::quadcopter {
namespace {

Option Text(std::string name, Value value, std::vector<std::string> choices, std::string doc) {
  return {.name = std::move(name),
          .kind = Option::Kind::kText,
          .default_value = std::move(value),
          .choices = std::move(choices),
          .doc = std::move(doc)};
}
Option Integer(std::string name, Value value, double low, double high, std::string unit,
               std::string doc) {
  return {.name = std::move(name),
          .kind = Option::Kind::kInteger,
          .default_value = std::move(value),
          .low = low,
          .high = high,
          .unit = std::move(unit),
          .doc = std::move(doc)};
}

Option ActionOption(const Task& task) {
  const std::string own(task.action);
  const std::string cascade =
      "and, in the default preset, set points of a cascade of controllers: position (with yaw), "
      "velocity, acceleration, attitude (with thrust), rates (with thrust)";
  if (task.id == TaskId::kTune) {
    return Text("action", own, {"gains"},
                "gains: relative changes of the gains of the position controller that flies the "
                "drone");
  }
  std::vector<std::string> choices = {own};
  std::string doc = own == "vel" ? "vel: direction and speed, flown by a controller; "
                                 : "rpm: the speed asked of each rotor; ";
  if (task.learning) {
    choices = {"rpm", "one_d_rpm", "pid", "one_d_pid", "vel"};
    doc =
        "rpm: change of each rotor's speed from hover; one_d_rpm: the same of all four; pid: "
        "target position (m), flown to by a controller; one_d_pid: climb; vel: direction and "
        "speed; ";
  }
  for (const char* more : {"position", "velocity", "acceleration", "attitude", "rates"}) {
    choices.emplace_back(more);
  }
  return Text("action", own, choices, doc + cascade);
}

}  // namespace

OptionSchema OptionsOf(const Task& task) {
  const bool peer = !task.peer_doc.empty();
  OptionSchema options;
  if (peer) {
    options.push_back(
        Text("preset", "default", {"default", "gpd_dyn", "gpd_pyb"},
             "default: the task as it should be. gpd_dyn, gpd_pyb: as gym-pybullet-drones with "
             "Physics.DYN or Physics.PYB, number for number"));
  }
  options.push_back(
      Text("engine", "analytic", {"analytic", "mujoco", "bullet"},
           "what moves the drones: flyball's own equations, or a physics engine under "
           "the same rotor forces"));
  std::string drones = "the airframe, one for all drones: ";
  for (const std::string& name : rotorcraft::AirframeNames()) drones += name + ", ";
  options.push_back(Text("drone", "cf2x", {}, drones + "or the path of a file of one"));
  options.push_back(Integer("num_drones", task.num_drones, task.least_drones, 4096, "1",
                            "how many drones fly together"));
  options.push_back({.name = "effects",
                     .kind = Option::Kind::kList,
                     .default_value = Value(),
                     .choices = {"ground", "drag", "downwash"},
                     .doc = "aerodynamic effects beside thrust: thrust gained close above the "
                            "ground, a gate's frame "
                            "or a pad, drag of the frame, wakes of drones above. Default: all of "
                            "them; none in the presets gpd_*; gpd_dyn has "
                            "none to offer"});
  options.push_back(ActionOption(task));
  if (task.learning) {
    options.push_back(
        NumberOption("rpm_range", 0.05, 1e-3, 0.5, "1",
                     "change of rotor speed, as a share of hover speed, that an action of 1 "
                     "stands for (rpm, one_d_rpm)"));
  }
  options.push_back(
      {.name = "observation",
       .kind = Option::Kind::kList,
       .default_value = List{"kin"},
       .choices = {"kin", "full", "sensor", "rgb", "depth", "segmentation"},
       .doc =
           "kin: kinematics, as the peer or towards the goal; full: all of the state; sensor: "
           "gyroscope, accelerometer, barometer and position sensor, with noise; rgb, depth, "
           "segmentation: pictures from a camera on each drone besides, as fields of their own"});
  for (Option& option : PictureOptionsOf({}, 64, 48)) options.push_back(std::move(option));
  options.push_back(Integer("neighbours", 0, 0, kMostNeighbours, "1",
                            "how many of the nearest drones each sees: relative position and "
                            "velocity, the nearest first, zeros beyond the last"));
  options.push_back({.name = "neighbourhood_radius",
                     .kind = Option::Kind::kNumber,
                     .default_value = Value(),
                     .low = 1e-3,
                     .unit = "m",
                     .doc = "shows each drone its row of the adjacency matrix, of up to 64 drones: "
                            "1 for each that is nearer than this and for itself, else 0. Default: "
                            "not shown"});
  options.push_back(Integer("physics_hz", 240, 1, 100000, "Hz", "steps of physics per second"));
  const int control_hz = !task.learning ? 240 : task.old ? 48 : 30;
  options.push_back(Integer("control_hz", control_hz, 1, 100000, "Hz",
                            "actions per second; divides physics_hz. Under gymnasium.make the "
                            "registered time limit stays: "
                            "pass max_episode_steps along with a higher rate"));
  options.push_back(
      Text("ends", "any", {"any", "all"},
           "with several drones, an episode ends with the first drone that ends (any) "
           "or with the last (all): until then one that has ended stays as it is, "
           "unrewarded"));
  options.push_back({.name = "limits",
                     .kind = Option::Kind::kDict,
                     .default_value = Dict(),
                     .doc =
                         "beyond what costs are counted in info: tilt (rad), rate (rad/s), floor, "
                         "ceiling, side, separation (m), saturation (share of full rotor speed); "
                         "those not given have the task's values"});
  options.push_back({.name = "wind",
                     .kind = Option::Kind::kList,
                     .default_value = List{0.0, 0.0, 0.0},
                     .unit = "m/s",
                     .doc = "mean velocity of the air, world x y z (default preset, with drag)"});
  options.push_back(
      NumberOption("wind_shear", 0.0, 0.0, 1.0, "1",
                   "exponent with which the mean wind grows with height over 1 m; 1/7 over "
                   "open ground"));
  options.push_back(NumberOption("gusts", 0.0, 0.0, 20.0, "m/s",
                                 "standard deviation of each component of gusts of Dryden's form"));
  options.push_back(NumberOption("gust_length", 1.0, 0.01, 1000.0, "m", "over which gusts change"));
  options.push_back({.name = "wind_grid",
                     .kind = Option::Kind::kDict,
                     .default_value = Value(),
                     .doc =
                         "a sampled field of wind, added to the mean: values (nx, ny, nz, 3) (m/s, "
                         "world), origin and spacing (3 each, m); linear between points, held "
                         "beyond the sides. Default: none"});
  options.push_back({.name = "wind_field",
                     .kind = Option::Kind::kText,
                     .default_value = Value(),
                     .doc =
                         "name of a field of wind that C++ code has registered "
                         "(envs/quadcopter/user_functions.h), added to the mean. Default: none"});
  options.push_back(
      {.name = "residual",
       .kind = Option::Kind::kDict,
       .default_value = Value(),
       .doc = "a force and a torque that the model lacks, worked out once in a control step. "
              "One of: weights, a list of matrices (out, in), with biases, a list of "
              "vectors, and tanh between the layers; network, an ONNX file of a "
              "perceptron; function, the name of one that C++ code has registered "
              "(envs/quadcopter/user_functions.h). In, 14 numbers: velocity in the body "
              "(m/s), turning rates (rad/s), the world's up in the body, height (m), "
              "rotor speeds over hover speed; or 6 more for each of `neighbours`: "
              "relative position (m) and velocity (m/s) in the body. Out, 6: force (N) "
              "and torque (N m) in the body. Default: none"});
  options.push_back({.name = "battery",
                     .kind = Option::Kind::kDict,
                     .default_value = Value(),
                     .doc = "a battery whose voltage limits the rotors' speed, sags under load and "
                            "falls with its charge: capacity (A s), resistance (ohm), full, empty "
                            "(V), efficiency, charge (share at the start); {} for a Crazyflie's. "
                            "Default: none"});
  options.push_back(NumberOption("motor_noise", 0.0, 0.0, 1.0, "1",
                                 "standard deviation of rotor speeds' commands, relative"));
  options.push_back(NumberOption("sensor_noise", 1.0, 0.0, 100.0, "1",
                                 "factor on the noise and biases of observation 'sensor'"));
  options.push_back(
      Integer("action_delay", 0, 0, 10, "1", "control steps from an action to its effect"));
  options.push_back(NumberOption("start_spread", 1.0, 0.0, 4.0, "1",
                                 "factor on the random offsets of start states (default preset)"));
  options.push_back(
      NumberOption("randomise", 0.0, 0.0, 0.5, "1",
                   "largest relative change of mass, inertia and thrust factor, each drawn "
                   "anew for every episode (default preset)"));
  if (task.id == TaskId::kLanding) {
    options.push_back(NumberOption("pad_speed", 0.0, 0.0, 2.0, "m/s",
                                   "of the pad, on a circle of half a metre; 0: it stands still"));
  }
  return options;
}

}  // namespace flyball::quadcopter
