#include "envs/manipulation/robot.h"

#include <algorithm>
#include <filesystem>
#include <numbers>

#include "physics/numeric/assets.h"
#include "physics/numeric/error.h"
#include "physics/numeric/keyword_file.h"
#include "physics/numeric/text_file.h"
#include "physics/world/kinematic_chain.h"

namespace flyball {
namespace {

constexpr const char* kPanda = "panda";
constexpr std::string_view kMagic = "flyball-robot 1";
const std::vector<std::string> kKeywords = {
    "doc",      "model", "base",      "end_effector", "end_effector_site", "gripper",
    "touching", "home",  "max_force", "max_speed",    "max_acceleration",  "finger_speed"};
constexpr KeywordFile::Range kPositive = KeywordFile::Range::kPositive;

Vec3 Point(KeywordFile& file) {
  Vec3 p;
  for (double& x : p) x = file.Number();
  return p;
}

void ReadLine(KeywordFile& file, const std::filesystem::path& folder, Robot& robot) {
  const std::string& keyword = file.keyword();
  if (keyword == "doc") {
    robot.doc = file.Rest();
  } else if (keyword == "model") {
    robot.model = (folder / file.Rest()).string();
    if (!std::filesystem::is_regular_file(robot.model)) {
      file.Fail("model: there is no file '" + robot.model + "'");
    }
  } else if (keyword == "base") {
    robot.p_WR = Point(file);
    if (!file.AtEnd()) robot.yaw = file.Number() * (std::numbers::pi / 180.0);
  } else if (keyword == "end_effector") {
    robot.end_effector_body = std::string(file.Word());
    robot.p_BE = Point(file);
  } else if (keyword == "end_effector_site") {
    robot.end_effector_site = std::string(file.Word());
  } else if (keyword == "gripper") {
    robot.gripper_joints = file.Words();
    if (robot.gripper_joints.size() != 2)
      file.Fail("gripper: there must be two joints, or no line");
  } else if (keyword == "touching") {
    robot.touching = file.Words();
  } else if (keyword == "home") {
    robot.home = file.Numbers();
  } else if (keyword == "max_force") {
    robot.max_force = file.Numbers(kPositive);
  } else if (keyword == "max_speed") {
    robot.max_speed = file.Number(kPositive);
  } else if (keyword == "max_acceleration") {
    robot.max_acceleration = robot.max_acceleration_touching = file.Number(kPositive);
    if (!file.AtEnd()) robot.max_acceleration_touching = file.Number(kPositive);
  } else if (keyword == "finger_speed") {
    robot.finger_speed = file.Number(kPositive);
  } else {
    file.Fail(UnknownName("field", keyword, kKeywords));
  }
  file.End();
}

}  // namespace

bool Robot::is_panda() const { return file == kPanda; }

Robot ParseRobot(std::string_view text, const std::string& path) {
  KeywordFile file(text, "robot file", path, kMagic);
  Robot robot;
  robot.file = path;
  while (file.Next()) ReadLine(file, std::filesystem::path(path).parent_path(), robot);

  file.ForgetLine();
  for (const char* keyword : {"model", "home", "max_force", "max_speed", "max_acceleration"}) {
    if (!file.Has(keyword)) file.Fail(std::string("'") + keyword + "' is missing");
  }
  if (file.Has("end_effector") == file.Has("end_effector_site")) {
    file.Fail("one of 'end_effector' and 'end_effector_site' must be given");
  }
  if (file.Has("end_effector")) robot.end_effector_site = "flyball_end_effector";
  if (robot.max_force.size() != robot.home.size()) {
    file.Fail("max_force has " + std::to_string(robot.max_force.size()) + " numbers and home " +
              std::to_string(robot.home.size()) + "; each joint has one in both");
  }
  return robot;
}

Robot RobotNamed(const std::string& name) {
  const bool own = name == kPanda;
  const std::string path = own ? AssetPath("robots/panda.txt") : name;
  const std::optional<std::string> text = ReadTextFile(path);
  if (!text) {
    throw InputError("option robot='" + name + "': neither 'panda' nor the path of a robot file");
  }
  Robot robot = ParseRobot(*text, path);
  if (own) robot.file = kPanda;
  return robot;
}

void CheckRobot(const Robot& robot, const Scene& scene) {
  const auto fail = [&](const std::string& what) {
    throw DataError("robot file " + robot.file + ": " + what);
  };
  const KinematicChain chain(scene, scene.Id(Element::kSite, robot.end_effector_site));
  std::vector<int> drives(chain.joint_ids().begin(), chain.joint_ids().end());
  for (const std::string& name : robot.gripper_joints) {
    drives.push_back(scene.Id(Element::kJoint, name));
  }
  const std::vector<std::string> names = scene.Names(Element::kJoint);
  for (size_t i = 0; i < drives.size(); ++i) {
    const size_t address = static_cast<size_t>(scene.JointAddress(drives[i]));
    const std::string& name = names[static_cast<size_t>(drives[i])];
    if (address != i) {
      fail("joint '" + name + "' is number " + std::to_string(address + 1) + " of its model and " +
           std::to_string(i + 1) +
           " of those from the base to the end effector and then in the gripper; there must be no "
           "others, in this order");
    }
    if (i >= robot.home.size()) break;
    const auto [low, high] = scene.JointRange(drives[i]);
    if (robot.home[i] < low || robot.home[i] > high) {
      fail("home: " + std::to_string(robot.home[i]) + " is beyond the limits of joint '" + name +
           "', [" + std::to_string(low) + ", " + std::to_string(high) + "]");
    }
  }
  if (drives.size() != robot.home.size()) {
    fail("home has " + std::to_string(robot.home.size()) + " numbers; the arm has " +
         std::to_string(chain.num_joints()) + " joints and the gripper " +
         std::to_string(robot.gripper_joints.size()));
  }
}

}  // namespace flyball
