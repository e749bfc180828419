// The quadcopter environments described: fields, text, limits.
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "envs/quadcopter/config.h"
#include "envs/quadcopter/entries.h"
#include "envs/quadcopter/scene.h"

namespace flyball::quadcopter {
namespace {

// The numbers of one drone in an array of one drone or many.
Field DroneField(std::string name, DType dtype, std::vector<Entry> entries, bool agent_axis,
                 int drones, std::string doc) {
  Field field = VectorField(std::move(name), dtype, std::move(entries), std::move(doc));
  if (agent_axis) field.shape.insert(field.shape.begin(), drones);
  return field;
}

std::string Number(double value) {
  std::string text = std::to_string(value);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text;
}

std::string TaskDoc(const Config& config) {
  const Task& task = config.about();
  std::string doc(config.gpd() ? task.peer_doc : task.doc);
  if (task.learning) {
    doc += " An episode lasts " + Number(task.seconds) + " s";
    if (config.gpd()) {
      doc +=
          task.old ? "." : " at most: it is cut far from the start, high up, or tilted by 0.4 rad.";
    } else {
      doc += "; it ends, terminated, more than " + Number(task.side) +
             " m aside of the goal, above " + Number(task.ceiling) +
             " m, or with roll or pitch beyond " + Number(task.tilt) + " rad.";
    }
  }
  if (config.gpd()) {
    doc +=
        config.preset == Preset::kGpdDyn
            ? " Motion: gym-pybullet-drones' explicit dynamics; drones fall through the ground."
            : " Motion: gym-pybullet-drones' flight in Bullet, with its hidden damping and thrust "
              "along the attitude one step ago.";
    if (task.old) doc += " Drones are those of the peer's present version.";
    return doc;
  }
  doc +=
      " Reward of a step: 1 / (1 + 4 d^2) - 0.1 min(v^2, 1) - 0.05 min(w^2 / 25, 1) - 0.1 e, with "
      "d "
      "the distance from the goal (m), v the speed against it (m/s), w the turning rate (rad/s) "
      "and e "
      "the mean over the rotors of min(a^2, 1), a being the commanded speed relative to hover's, "
      "less "
      "1, over rpm_range";
  doc += task.learning ? ", less 5 where a drone hits another one or an obstacle" : "";
  doc += config.num_drones > 1 ? "; drones' rewards add up." : ".";
  doc +=
      " Rotors follow commands with their lag; drag acts on airspeed in body axes; ground effect "
      "and "
      "downwash are smooth and bounded; the ground at z = 0 stops drones.";
  return doc;
}

std::vector<Field> InfoFields(const Config& config) {
  const Limits& l = config.limits;
  const auto scalar = [&](const char* name, DType dtype, const char* unit, std::string doc,
                          double high) {
    Field field = ScalarField(name, dtype, unit, std::move(doc), 0, high);
    if (config.num_drones > 1) field.shape = {config.num_drones};
    return field;
  };
  const auto cost = [&](const char* name, const char* unit, std::string doc) {
    return scalar(name, DType::kFloat64, unit, std::move(doc), kInfinity);
  };
  std::vector<Field> info = {
      scalar("is_success", DType::kBool, "1",
             config.task == TaskId::kLanding
                 ? "landed on the pad, slower than 0.3 m/s"
                 : "at the (last) goal within 0.1 m and slower than 0.2 m/s against it, now",
             1),
      cost("distance", "m", "distance from the goal"),
      cost("cost_tilt", "rad", "roll or pitch, the larger, beyond " + Number(l.tilt) + " rad"),
      cost("cost_altitude", "m",
           "height above " + Number(l.ceiling) + " m, or below " + Number(l.floor) + " m"),
      cost("cost_geofence", "m", "level distance from the goal beyond " + Number(l.side) + " m"),
      cost("cost_rate", "rad/s", "turning rate beyond " + Number(l.rate) + " rad/s"),
      cost("cost_saturation", "1",
           "the fastest rotor's command beyond " + Number(l.saturation) + " of full speed"),
  };
  if (config.num_drones > 1) {
    info.push_back(
        cost("cost_separation", "m",
             "how much nearer than " + Number(l.separation) + " m the nearest drone is"));
  }
  info.push_back(DroneField(
      "applied_action", DType::kFloat64,
      {{.name = "rpm", .size = 4, .unit = "rpm", .doc = "speed commanded to each rotor"}},
      config.num_drones > 1, config.num_drones, "what the rotors were told last in this step"));
  return info;
}

void SetRewardBounds(const Config& config, EnvSpec& spec) {
  const Task& task = config.about();
  const double drones = config.num_drones;
  if (!config.gpd()) {
    const bool landing = config.task == TaskId::kLanding;
    spec.reward_low = (task.learning ? -5.15 : -0.15) * drones;
    spec.reward_high = (landing ? 11.0 : task.stages ? 2.0 : 1.0) * drones;
  } else if (!task.learning) {
    spec.reward_low = spec.reward_high = -1.0;
  } else if (!task.old) {
    spec.reward_low = 0.0;
    spec.reward_high = 2.0 * drones;
  } else {
    spec.reward_high = 0.0;
  }
}

}  // namespace

EnvSpec MakeSpec(const Config& config, const Options& resolved) {
  const Task& task = config.about();
  const int drones = config.num_drones;
  const bool agent_axis = config.gpd() || drones > 1;
  const bool raw = config.action == ActionKind::kRaw;
  const DType dtype = ObservationDType(resolved);
  EnvSpec spec;
  spec.doc = TaskDoc(config);
  spec.observation = {DroneField("observation", dtype, ObservationEntries(config), agent_axis,
                                 drones,
                                 task.learning ? "each drone's view" : "the state of each drone")};
  if (!config.pictures.channels.empty()) {
    AddPictures(config.pictures, *MakeScene(config), drones > 1, spec);
  }
  // Rotor speeds as such need all their digits.
  spec.action.field = DroneField("action", raw ? DType::kFloat64 : dtype, ActionEntries(config),
                                 agent_axis, drones, "each drone's command");
  // The peer clips rotor speeds as such, but not the actions of its learning tasks.
  spec.action.clip = raw || !config.gpd();
  spec.info = InfoFields(config);
  const auto field = [&](const char* name, std::vector<Entry> entries, const char* doc) {
    return DroneField(name, DType::kFloat64, std::move(entries), true, drones, doc);
  };
  const auto vector = [](const char* name, int size, const char* unit, const char* doc,
                         double low = -kInfinity, double high = kInfinity) {
    return Entry{.name = name, .size = size, .unit = unit, .low = low, .high = high, .doc = doc};
  };
  spec.state = {
      field("kinematics", KinematicsEntries(config),
            "position, quaternion, rpy, velocity, angular velocity, rotor speeds"),
      field("goal",
            {vector("goal", 3, "m",
                    "where the drone is to be, world: the middle of what a goal moves about; along "
                    "axes that follow a partner, the offset from it")},
            "the place of the reward"),
      field("target",
            {vector("position", 3, "m", "of the goal now, world"),
             vector("velocity", 3, "m/s", "of the goal, world"),
             vector("acceleration", 3, "m/s^2", "of the goal, world")},
            "the goal as it moves")};
  if (config.task == TaskId::kWaypoints) {
    spec.state.push_back(field("waypoints",
                               {vector("place", 3 * kNumWaypoints, "m", "x y z of each")},
                               "where the goal goes, one after the other"));
    spec.state.push_back(field("reached", {vector("count", 1, "1", "of the waypoints")},
                               "how many are behind the drone"));
  }
  // What can be forced is also read apart, under the same name: this is what linearize goes by.
  const double max_rpm = config.airframe.max_rpm();
  const std::vector<Entry> forced = {vector("position", 3, "m", "in the world"),
                                     vector("rpy", 3, "rad", "roll pitch yaw; or give quat"),
                                     vector("vel", 3, "m/s", "velocity in the world"),
                                     vector("angvel", 3, "rad/s", "angular velocity in the world"),
                                     vector("rpm", 4, "rpm", "rotor speeds", 0, max_rpm)};
  for (const Entry& entry : forced) {
    spec.state.push_back(field(entry.name.c_str(), {entry}, entry.doc.c_str()));
  }
  const auto reset = [&](const Entry& entry) {
    return field(entry.name.c_str(), {entry}, entry.doc.c_str());
  };
  spec.reset = {
      reset(forced[0]),
      reset(forced[1]),
      reset(vector("quat", 4, "1", "attitude x y z w, of unit length; or give rpy", -1, 1)),
      reset(forced[2]),
      reset(forced[3]),
      reset(forced[4]),
      reset(vector("goal", 3, "m", "where the drone is to be, as in state")),
  };
  spec.control_period = config.control_period();
  spec.max_episode_steps = config.episode_steps();
  spec.num_agents = drones;
  spec.smooth = true;
  SetRewardBounds(config, spec);
  spec.options = resolved;
  return spec;
}

}  // namespace flyball::quadcopter
