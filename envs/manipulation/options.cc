#include "envs/manipulation/options.h"

#include <algorithm>
#include <utility>

#include "envs/manipulation/panda_meshes.h"
#include "physics/numeric/error.h"

namespace flyball {
namespace {

// What an id's actions do unless the option says otherwise.
ActionMode OwnAction(const Task& task, Variant variant, bool as_peer) {
  if (variant.joints) return ActionMode::kJointDisplacement;
  // Turning a cube takes a hand that turns: with its orientation held, as the peer has it, the fingers
  // can only knock the cube over, and friction is too low for that.
  const bool turns = task.goal == Task::Goal::kRotation && !as_peer;
  return turns ? ActionMode::kEePoseDisplacement : ActionMode::kEeDisplacement;
}

}  // namespace

std::string IdOf(const Task& task, Variant variant) {
  return std::string("Panda") + task.name + (variant.joints ? "Joints" : "") +
         (variant.dense ? "Dense" : "") + "-v1";
}

OptionSchema ManipulationOptions() {
  OptionSchema options = {
      {.name = "preset",
       .kind = Option::Kind::kText,
       .default_value = "default",
       .choices = {"default", "panda_gym"},
       .doc = "default: the task as it should be; panda_gym: the peer, number for number"},
      {.name = "engine",
       .kind = Option::Kind::kText,
       .default_value = "mujoco",
       .choices = {"mujoco", "bullet"},
       .doc = "what simulates the scene"},
      {.name = "robot",
       .kind = Option::Kind::kText,
       .default_value = "panda",
       .doc = "panda, or the path of a robot file (docs/add_a_robot.md)"},
      {.name = "meshes",
       .kind = Option::Kind::kText,
       .default_value = "",
       .doc =
           "folder of meshes that the Panda is seen in, as flyball.panda_meshes() finds them in an "
           "installed package; empty: shapes that come with flyball. What touches stays the same"},
      {.name = "action",
       .kind = Option::Kind::kText,
       .choices = ActionModeNames(),
       .doc =
           "what an action drives; left alone: ee_displacement, joint_displacement in ids with "
           "Joints, and ee_pose_displacement in PandaFlip by the default preset. With ee_pose, "
           "info has pose_position_error (m) and pose_rotation_error (rad): what is left where a "
           "pose cannot be reached, to which the arm goes as near as it can"},
      {.name = "observation",
       .kind = Option::Kind::kList,
       .default_value = List{"peer"},
       .choices = {"peer", "full"},
       .doc = "peer: panda-gym's numbers; full: also joints, orientations and contact forces; rgb, "
              "depth, segmentation: pictures besides, as fields of their own"},
      {.name = "substeps",
       .kind = Option::Kind::kInteger,
       .default_value = 0,
       .low = 0,
       .high = 200,
       .doc = "physics steps in a control step of 0.04 s; 0: the preset's own (20 in panda_gym, "
              "which has no other; in default 10, and 5 where nothing is to be touched)"},
      {.name = "ends_on_success",
       .kind = Option::Kind::kBool,
       .default_value = true,
       .doc = "whether the episode ends at the first success"},
      {.name = "randomise",
       .kind = Option::Kind::kDict,
       .default_value = Dict{},
       .doc = RandomisationDoc()}};
  for (Option& option : options) {
    if (option.name != "observation") continue;
    for (std::string& name : ChannelNames()) option.choices.push_back(std::move(name));
  }
  for (Option& option : PictureOptionsOf({"front"}, 84, 84)) options.push_back(std::move(option));
  return options;
}

TabletopOptions Resolved(const Task& task, Variant variant, const Options& options) {
  const std::string& preset = options.at("preset").AsText();
  const Engine engine = EngineFromName(options.at("engine").AsText());
  std::vector<std::string> numbers;
  PictureRequest pictures = PictureRequestOf(options, IdOf(task, variant), &numbers);
  const auto shows = [&](const char* name) {
    return std::find(numbers.begin(), numbers.end(), name) != numbers.end();
  };
  if (shows("peer") && shows("full")) {
    throw InputError(IdOf(task, variant) +
                     ", option 'observation': " + options.at("observation").ToJson() +
                     "; 'peer' and 'full' exclude each other: full has what peer has");
  }
  TabletopOptions resolved = {.setup = SetupOf(preset, engine, task.num_things() > 0,
                                               static_cast<int>(options.at("substeps").AsInteger()),
                                               options.at("robot").AsText()),
                              .variant = variant,
                              .action = {},
                              .full = shows("full"),
                              .single = ObservationDType(options) == DType::kFloat32,
                              .ends_on_success = options.at("ends_on_success").AsBool(),
                              .pictures = std::move(pictures),
                              .randomise = {},
                              .meshes = options.at("meshes").AsText()};
  resolved.randomise = RandomisationOf(options.at("randomise").AsDict(), IdOf(task, variant));
  const Robot& robot = resolved.setup.robot;
  if (resolved.setup.as_peer && !robot.is_panda()) {
    throw InputError("options robot='" + robot.file +
                     "' and preset='panda_gym' exclude each other: the peer has a Panda");
  }
  if (!resolved.meshes.empty()) {
    if (!robot.is_panda()) {
      throw InputError("options robot='" + robot.file + "' and meshes='" + resolved.meshes +
                       "' exclude each other: the meshes are a Panda's");
    }
    PandaMeshes(resolved.meshes);  // refuses a folder that has none
  }
  if (task.gripper && robot.gripper_joints.empty()) {
    throw InputError("option robot='" + robot.file + "': " + IdOf(task, variant) +
                     " needs a robot with a gripper, and its file names none");
  }
  if (resolved.setup.as_peer && resolved.randomise.on) {
    throw InputError("options randomise=" + options.at("randomise").ToJson() +
                     " and preset='panda_gym' exclude each other: the peer is the same every time");
  }
  if (resolved.setup.as_peer && options.at("substeps").AsInteger() != 0) {
    throw InputError("options substeps=" + options.at("substeps").ToJson() +
                     " and preset='panda_gym' exclude each other: the peer takes 20");
  }
  const ActionMode own = OwnAction(task, variant, resolved.setup.as_peer);
  const Value& action = options.at("action");
  resolved.action = action.is_null() ? own : ActionModeOf(action.AsText());
  if (resolved.setup.as_peer && resolved.action != own) {
    throw InputError("options action='" + action.AsText() +
                     "' and preset='panda_gym' exclude each "
                     "other: the peer has " +
                     NameOf(own) + " here");
  }
  return resolved;
}

std::shared_ptr<const Scene> SceneOf(const Task& task, const TabletopOptions& options) {
  return TaskScene(task, options.setup.robot,
                   {.touch = options.setup.touch,
                    .motors = options.action == ActionMode::kJointTorque,
                    .free_friction = options.randomise.friction != Randomisation::Range{1, 1},
                    .meshes = options.meshes});
}

}  // namespace flyball
