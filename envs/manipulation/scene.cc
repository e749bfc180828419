#include "envs/manipulation/scene.h"

#include <fstream>
#include <iterator>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "envs/core/value.h"
#include "physics/numeric/assets.h"
#include "physics/world/scene_edits.h"

namespace flyball {
namespace {

// Coefficients of friction before they are multiplied.
constexpr double kTableFriction = 0.5, kLinkFriction = 0.5, kFingerFriction = 1.0;
constexpr double kFingerSpin = 0.001;  // m

// Contacts nearly as hard as Bullet's, and overdamped, so that nothing rebounds: MuJoCo's own would let
// a kilogram sink in by 0.3 mm and give back a seventh of the speed of a knock.
constexpr char kHard[] = R"( solref="0.005 3" solimp="0.98 0.99 0.001")";

std::string Text(double x) { return Value(x).ToJson(); }
std::string Text(const Vec3& v) { return Text(v[0]) + " " + Text(v[1]) + " " + Text(v[2]); }

// A geom as far as pairs are concerned.
struct Toucher {
  std::string name;
  double friction;
  bool finger;
};

std::string Pair(const Toucher& a, const Toucher& b) {
  const double mu = a.friction * b.friction;
  const bool spins = a.finger || b.finger;
  // Bullet: the spinning coefficient of one counts times the sliding coefficient of the other.
  const double spin =
      (a.finger ? kFingerSpin * b.friction : 0.0) + (b.finger ? kFingerSpin * a.friction : 0.0);
  return "    <pair geom1=\"" + a.name + "\" geom2=\"" + b.name + "\" condim=\"" +
         (spins ? "4" : "3") + "\" friction=\"" + Text(mu) + " " + Text(mu) + " " + Text(spin) +
         " 0 0\"" + kHard + "/>\n";
}

std::string Pairs(const Task& task, const SceneNeeds& needs) {
  const std::string hull = needs.touch == Touch::kHulls ? "_hull" : "";
  const Toucher fingers[] = {{"finger1" + hull, kFingerFriction, true},
                             {"finger2" + hull, kFingerFriction, true}};
  std::vector<Toucher> links;
  for (const char* name : {"hand", "link7", "link6", "link5"}) {
    links.push_back({name, kLinkFriction, false});
  }
  const Toucher table = {"table", kTableFriction, false}, floor = {"floor", kTableFriction, false};
  std::string pairs;
  for (const Toucher& ground : {table, floor}) {
    for (const Toucher& finger : fingers) pairs += Pair(ground, finger);
    for (const Toucher& link : links) pairs += Pair(ground, link);
  }
  for (size_t i = 0; i < task.things.size(); ++i) {
    const Toucher thing = {task.things[i].name, task.things[i].friction, false};
    for (const Toucher& finger : fingers) pairs += Pair(finger, thing);
    if (needs.free_friction) continue;
    pairs += Pair(table, thing) + Pair(floor, thing);
    for (const Toucher& link : links) pairs += Pair(link, thing);
    for (size_t k = 0; k < i; ++k) {
      pairs += Pair({task.things[k].name, task.things[k].friction, false}, thing);
    }
  }
  return pairs;
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
         "\" rgba=\"" + thing.rgba + "\"" + mask + kHard + "/>\n" +
         (thing.faces ? Faces(thing) : "") + "    </body>\n";
}

// The robot's file as it is, or what is in it with motors added and gravity taken off its bodies.
std::string RobotText(bool motors) {
  const std::string path = AssetPath("robots/panda.xml");
  if (!motors) return "  <include file=\"" + path + "\"/>\n";
  std::ifstream file(path);
  std::string text{std::istreambuf_iterator<char>(file), {}};
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

std::string SceneText(const Task& task, const SceneNeeds& needs) {
  // Robot geoms meet the world, never each other: primitives have bits 1 and 2, hulls 4 and 8.
  const bool primitives = needs.touch == Touch::kPrimitives;
  const std::string world =
      primitives ? R"( contype="2" conaffinity="1")" : R"( contype="8" conaffinity="4")";
  const std::string loose =
      primitives ? R"( contype="3" conaffinity="3")" : R"( contype="12" conaffinity="12")";
  std::string text = "<mujoco model=\"" + std::string(task.name) + "\">\n" +
                     RobotText(needs.motors) + "  <include file=\"" +
                     AssetPath("manipulation/tabletop.xml") + "\"/>\n  <worldbody>\n";
  // As a plane, what is far above it is told apart by its bounding sphere alone.
  text += std::string("    <geom name=\"floor\" ") +
          (primitives ? R"(type="plane" size="3 3 0.1" pos="0 0 -0.4")"
                      : R"(type="box" size="3 3 0.01" pos="0 0 -0.41")") +
          " rgba=\"0.35 0.37 0.4 1\" friction=\"" + Text(kTableFriction) + " 0 0\"" + world +
          "/>\n";
  text += "    <geom name=\"table\" type=\"box\" size=\"" + Text(task.table_length / 2) +
          " 0.35 0.2\" pos=\"" + Text(task.table_x) +
          " 0 -0.2\" rgba=\"0.95 0.94 0.92 1\" friction=\"" + Text(kTableFriction) + " 0 0\"" +
          world + kHard + "/>\n";
  for (const Thing& thing : task.things) text += Body(thing, loose, needs.free_friction);
  text += "  </worldbody>\n";
  if (needs.touch != Touch::kSoftHulls) {
    text += "  <contact>\n" + Pairs(task, needs) + "  </contact>\n";
  }
  return text + "</mujoco>\n";
}

}  // namespace

std::shared_ptr<const Scene> TaskScene(const Task& task, const SceneNeeds& needs) {
  static std::mutex mutex;
  static std::map<std::pair<std::string, SceneNeeds>, std::shared_ptr<const Scene>> scenes;
  const std::lock_guard lock(mutex);
  std::shared_ptr<const Scene>& scene = scenes[{task.name, needs}];
  if (!scene) {
    // Unless some pairs take their coefficients from the geoms, all that may touch are listed.
    const bool all_listed = needs.touch != Touch::kSoftHulls && !needs.free_friction;
    scene = Scene::FromString(SceneText(task, needs),
                              all_listed ? Scene::Edit(KeepListedPairsOnly) : Scene::Edit());
  }
  return scene;
}

}  // namespace flyball
