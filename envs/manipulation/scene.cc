#include "envs/manipulation/scene.h"

#include <map>
#include <mutex>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "envs/core/value.h"
#include "envs/manipulation/panda_meshes.h"
#include "physics/numeric/assets.h"
#include "physics/numeric/text_file.h"
#include "physics/world/robot_mount.h"
#include "physics/world/scene_edits.h"
#include "physics/world/seen_meshes.h"

namespace flyball {
namespace {

// Coefficients of friction before they are multiplied.
constexpr double kTableFriction = 0.5, kLinkFriction = 0.5, kFingerFriction = 1.0;
constexpr double kFingerSpin = 0.001;  // m

// Contacts nearly as hard as Bullet's, and overdamped, so that nothing rebounds: MuJoCo's own would let
// a kilogram sink in by 0.3 mm and give back a seventh of the speed of a knock.
constexpr ContactHardness kHardness = {
    .time_constant = 0.005, .damping_ratio = 3, .impedance = {0.98, 0.99, 0.001}};

// MuJoCo's native detection of collisions between convex shapes gives a contact that is deeper than some
// 50 um the normal of the nearest face: a corner of the fingers would push the puck squarely instead of
// away from itself, as Bullet has it and as it should be. The older detection keeps the true normal.
constexpr char kTrueNormals[] = "  <option><flag nativeccd=\"disable\"/></option>\n";

std::string Text(double x) { return Value(x).ToJson(); }
std::string Text(const Vec3& v) { return Text(v[0]) + " " + Text(v[1]) + " " + Text(v[2]); }
std::string Hard() {
  const auto& [least, most, width] = kHardness.impedance;
  return " solref=\"" + Text(kHardness.time_constant) + " " + Text(kHardness.damping_ratio) +
         "\" solimp=\"" + Text({least, most, width}) + "\"";
}

// A geom as far as pairs are concerned.
struct Toucher {
  std::string name;
  double friction;
  bool finger;
};

TouchingPair PairOf(const Toucher& a, const Toucher& b) {
  // Bullet: the spinning coefficient of one counts times the sliding coefficient of the other.
  const double spin =
      (a.finger ? kFingerSpin * b.friction : 0.0) + (b.finger ? kFingerSpin * a.friction : 0.0);
  return {.geom1 = a.name, .geom2 = b.name, .slide = a.friction * b.friction, .spin = spin};
}

// All that may touch, of a robot with these shapes.
std::vector<TouchingPair> Pairs(const Task& task, bool free_friction,
                                std::span<const Toucher> fingers, std::span<const Toucher> links) {
  const Toucher table = {"table", kTableFriction, false}, floor = {"floor", kTableFriction, false};
  std::vector<TouchingPair> pairs;
  for (const Toucher& ground : {table, floor}) {
    for (const Toucher& finger : fingers) pairs.push_back(PairOf(ground, finger));
    for (const Toucher& link : links) pairs.push_back(PairOf(ground, link));
  }
  for (size_t i = 0; i < task.things.size(); ++i) {
    const Toucher thing = {task.things[i].name, task.things[i].friction, false};
    for (const Toucher& finger : fingers) pairs.push_back(PairOf(finger, thing));
    if (free_friction) continue;
    pairs.push_back(PairOf(table, thing));
    pairs.push_back(PairOf(floor, thing));
    for (const Toucher& link : links) pairs.push_back(PairOf(link, thing));
    for (size_t k = 0; k < i; ++k) {
      pairs.push_back(PairOf({task.things[k].name, task.things[k].friction, false}, thing));
    }
  }
  return pairs;
}

// The Panda's shapes have the names of its bodies.
std::string PandaPairs(const Task& task, const Robot& panda, const SceneNeeds& needs) {
  const std::string hull = needs.touch == Touch::kHulls ? "_hull" : "";
  const Toucher fingers[] = {{"finger1" + hull, kFingerFriction, true},
                             {"finger2" + hull, kFingerFriction, true}};
  std::vector<Toucher> links;
  for (const std::string& name : panda.touching) {
    links.push_back({name, kLinkFriction, false});
  }
  std::string text;
  for (const TouchingPair& pair : Pairs(task, needs.free_friction, fingers, links)) {
    const std::string mu = Text(pair.slide);
    text += "    <pair geom1=\"" + pair.geom1 + "\" geom2=\"" + pair.geom2 + "\" condim=\"" +
            (pair.spin > 0.0 ? "4" : "3") + "\" friction=\"" + mu + " " + mu + " " +
            Text(pair.spin) + " 0 0\"" + Hard() + "/>\n";
  }
  return text;
}

// Coloured plates just inside the faces of a box: +x red, -x cyan, +y green, -y magenta, +z blue, -z
// yellow.
std::string Faces(const Thing& thing) {
  constexpr const char* kColours[] = {"0.85 0.15 0.15 1", "0.1 0.75 0.8 1",   "0.15 0.7 0.2 1",
                                      "0.8 0.2 0.75 1",   "0.15 0.25 0.85 1", "0.95 0.85 0.1 1"};
  std::string faces;
  for (size_t face = 0; face < 6; ++face) {
    const size_t axis = face / 2;
    Vec3 size = {0.9 * thing.size[0], 0.9 * thing.size[1], 0.9 * thing.size[2]};
    Vec3 centre = {0, 0, 0};
    size[axis] = 0.0005;
    centre[axis] = (face % 2 == 0 ? 1 : -1) * thing.size[axis];
    faces += "      <geom type=\"box\" size=\"" + Text(size) + "\" pos=\"" + Text(centre) +
             "\" rgba=\"" + kColours[face] +
             "\" mass=\"0\" contype=\"0\" conaffinity=\"0\" group=\"2\"/>\n";
  }
  return faces;
}

std::string Body(const Thing& thing, const std::string& mask, bool free_friction) {
  const bool box = thing.shape == Thing::Shape::kBox;
  // A geom of higher priority decides alone.
  const std::string friction = free_friction ? Text(0.5 * thing.friction) + " 0 0\" priority=\"1"
                                             : Text(thing.friction) + " 0 0";
  const std::string size = box ? Text(thing.size) : Text(thing.size[0]) + " " + Text(thing.size[1]);
  return "    <body name=\"" + std::string(thing.name) + "\" pos=\"0 0 " +
         Text(thing.half_height()) + "\">\n      <freejoint name=\"" + thing.name +
         "\"/>\n      <geom name=\"" + thing.name + "\" type=\"" + (box ? "box" : "cylinder") +
         "\" size=\"" + size + "\" mass=\"" + Text(thing.mass) + "\" friction=\"" + friction +
         "\" rgba=\"" + thing.rgba + "\"" + mask + Hard() + "/>\n" +
         (thing.faces ? Faces(thing) : "") + "    </body>\n";
}

// The robot's file as it is, or what is in it with motors added and gravity taken off its bodies.
std::string RobotText(bool motors) {
  const std::string path = AssetPath("robots/panda.xml");
  if (!motors) return "  <include file=\"" + path + "\"/>\n";
  std::string text = ReadTextFile(path).value();
  // What it includes lies beside it.
  const std::string shapes = "panda_shapes.xml";
  text.replace(text.find(shapes), shapes.size(), AssetPath("robots/" + shapes));
  const size_t open = text.find('>', text.find("<mujoco")) + 1;
  text = text.substr(open, text.rfind("</mujoco>") - open);
  const std::string body = "<body ";
  for (size_t at = text.find(body); at != std::string::npos; at = text.find(body, at + 1)) {
    text.replace(at, body.size(), "<body gravcomp=\"1\" ");
  }
  text += "  <actuator>\n";
  for (int joint = 1; joint <= 7; ++joint) {
    const std::string name = "joint" + std::to_string(joint);
    text += "    <motor name=\"" + name + "\" joint=\"" + name + "\"/>\n";
  }
  return text + "  </actuator>\n";
}

// The table, what lies on it, and whatever else `inside` says.
std::string SceneText(const Task& task, const SceneNeeds& needs, const std::string& inside,
                      const std::string& pairs) {
  // Robot geoms meet the world, never each other: primitives have bits 1 and 2, hulls 4 and 8.
  const bool primitives = needs.touch == Touch::kPrimitives;
  const std::string world =
      primitives ? R"( contype="2" conaffinity="1")" : R"( contype="8" conaffinity="4")";
  const std::string loose =
      primitives ? R"( contype="3" conaffinity="3")" : R"( contype="12" conaffinity="12")";
  std::string text = "<mujoco model=\"" + std::string(task.name) + "\">\n" + inside +
                     (primitives ? kTrueNormals : "") + "  <include file=\"" +
                     AssetPath("manipulation/tabletop.xml") + "\"/>\n  <worldbody>\n";
  // As a plane, what is far above it is told apart by its bounding sphere alone. Its third size is
  // the spacing of the grid it is drawn in.
  text += std::string("    <geom name=\"floor\" ") +
          (primitives ? R"(type="plane" size="3 3 1" pos="0 0 -0.4")"
                      : R"(type="box" size="3 3 0.01" pos="0 0 -0.41")") +
          " rgba=\"0.35 0.37 0.4 1\" friction=\"" + Text(kTableFriction) + " 0 0\"" + world +
          "/>\n";
  text += "    <geom name=\"table\" type=\"box\" size=\"" + Text(task.table_length / 2) +
          " 0.35 0.2\" pos=\"" + Text(task.table_x) +
          " 0 -0.2\" rgba=\"0.8 0.79 0.77 1\" friction=\"" + Text(kTableFriction) + " 0 0\"" +
          world + Hard() + "/>\n";
  for (const Thing& thing : task.things) text += Body(thing, loose, needs.free_friction);
  text += "  </worldbody>\n";
  if (!pairs.empty()) text += "  <contact>\n" + pairs + "  </contact>\n";
  return text + "</mujoco>\n";
}

// Unless some pairs take their coefficients from the geoms, all that may touch are listed.
bool AllListed(const SceneNeeds& needs) {
  return needs.touch != Touch::kSoftHulls && !needs.free_friction;
}

std::shared_ptr<const Scene> PandaScene(const Task& task, const Robot& panda,
                                        const SceneNeeds& needs) {
  const std::string pairs =
      needs.touch == Touch::kSoftHulls ? std::string() : PandaPairs(task, panda, needs);
  return Scene::FromString(SceneText(task, needs, RobotText(needs.motors), pairs),
                           [&](mjSpec* spec) {
                             if (AllListed(needs)) KeepListedPairsOnly(spec);
                             if (!needs.meshes.empty()) {
                               ReplaceSeenMeshes(spec, PandaMeshes(needs.meshes));
                             }
                             if (needs.touch == Touch::kHulls) {
                               AddServoRows(spec, panda.gripper_joints);
                             }
                           });
}

// The robot's joints come first in qpos: its model is what the rest is added to.
std::shared_ptr<const Scene> RobotScene(const Task& task, const Robot& robot,
                                        const SceneNeeds& needs) {
  const RobotMount mount = {.p_WR = robot.p_WR,
                            .yaw = robot.yaw,
                            .site = robot.end_effector_site,
                            .body = robot.end_effector_body,
                            .p_BE = robot.p_BE,
                            .gripper_joints = robot.gripper_joints,
                            .touching = robot.touching,
                            .motors = needs.motors};
  return Scene::FromFile(robot.model, [&](mjSpec* spec) {
    std::vector<Toucher> fingers, links;
    for (const RobotGeom& geom : MountRobot(spec, mount, "robot file " + robot.file, 1, 2)) {
      (geom.finger ? fingers : links)
          .push_back({geom.name, geom.finger ? kFingerFriction : kLinkFriction, geom.finger});
    }
    AddToWorld(spec, SceneText(task, needs, "", ""));
    for (const TouchingPair& pair : Pairs(task, needs.free_friction, fingers, links)) {
      ListPair(spec, pair, kHardness);
    }
    if (AllListed(needs)) KeepListedPairsOnly(spec);
  });
}

}  // namespace

std::shared_ptr<const Scene> TaskScene(const Task& task, const Robot& robot,
                                       const SceneNeeds& needs) {
  if (!robot.is_panda()) {
    const std::shared_ptr<const Scene> scene = RobotScene(task, robot, needs);
    CheckRobot(robot, *scene);
    return scene;
  }
  static std::mutex mutex;
  static std::map<std::pair<std::string, SceneNeeds>, std::shared_ptr<const Scene>> scenes;
  const std::lock_guard lock(mutex);
  std::shared_ptr<const Scene>& scene = scenes[{task.name, needs}];
  if (!scene) scene = PandaScene(task, robot, needs);
  return scene;
}

}  // namespace flyball
