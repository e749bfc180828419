#include "physics/world/robot_mount.h"

#include <mujoco/mujoco.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "physics/numeric/error.h"

namespace flyball {
namespace {

template <class Visit>
void ForEach(mjSpec* spec, mjtObj kind, const Visit& visit) {
  for (mjsElement* element = mjs_firstElement(spec, kind); element;) {
    mjsElement* next = mjs_nextElement(spec, element);
    visit(element);
    element = next;
  }
}

std::string NameOf(mjsElement* element) { return mjs_getString(mjs_getName(element)); }

mjsElement* Find(mjSpec* spec, mjtObj kind, const char* what, const std::string& name,
                 const std::string& origin) {
  mjsElement* element = mjs_findElement(spec, kind, name.c_str());
  if (element != nullptr) return element;
  std::vector<std::string> known;
  ForEach(spec, kind, [&](mjsElement* one) {
    if (!NameOf(one).empty()) known.push_back(NameOf(one));
  });
  throw DataError(origin + ": " + UnknownName(what, name, known));
}

// A URDF's visual shapes go unless it keeps them; here rather than by the compiler, which would take
// shapes that touch nothing for visual ones.
void DropVisuals(mjSpec* spec) {
  if (!spec->compiler.discardvisual) return;
  spec->compiler.discardvisual = 0;
  std::vector<std::string> meshes;
  ForEach(spec, mjOBJ_GEOM, [&](mjsElement* element) {
    const mjsGeom* geom = mjs_asGeom(element);
    if (geom->contype == 0 && geom->conaffinity == 0) {
      mjs_delete(spec, element);
    } else {
      meshes.push_back(mjs_getString(geom->meshname));
    }
  });
  ForEach(spec, mjOBJ_MESH, [&](mjsElement* mesh) {
    if (std::count(meshes.begin(), meshes.end(), NameOf(mesh)) == 0) mjs_delete(spec, mesh);
  });
}

// Everything that stands in the model's world moves to its place in ours.
void Place(mjSpec* spec, const RobotMount& mount) {
  mjsBody* world = mjs_findBody(spec, "world");
  std::vector<mjsElement*> top;
  for (mjtObj kind : {mjOBJ_BODY, mjOBJ_GEOM, mjOBJ_SITE, mjOBJ_CAMERA, mjOBJ_LIGHT, mjOBJ_FRAME}) {
    for (mjsElement* element = mjs_firstChild(world, kind, 0); element;
         element = mjs_nextChild(world, element, 0)) {
      if (mjs_getFrame(element) == nullptr) top.push_back(element);
    }
  }
  mjsFrame* base = mjs_addFrame(world, nullptr);
  std::copy(mount.p_WR.begin(), mount.p_WR.end(), base->pos);
  base->quat[0] = std::cos(mount.yaw / 2);
  base->quat[1] = base->quat[2] = 0.0;
  base->quat[3] = std::sin(mount.yaw / 2);
  for (mjsElement* element : top) mjs_setFrame(element, base);
}

// How a body moves: by how many joints, and whether one of the gripper's is among them.
struct Mover {
  int joints = 0;
  bool gripper = false;
};
Mover MoverOf(mjsBody* body, const RobotMount& mount) {
  Mover mover;
  for (; body != nullptr; body = mjs_getParent(body->element)) {
    for (mjsElement* joint = mjs_firstChild(body, mjOBJ_JOINT, 0); joint;
         joint = mjs_nextChild(body, joint, 0)) {
      ++mover.joints;
      mover.gripper |=
          std::count(mount.gripper_joints.begin(), mount.gripper_joints.end(), NameOf(joint)) > 0;
    }
  }
  return mover;
}

void AddMotors(mjSpec* spec, const RobotMount& mount) {
  ForEach(spec, mjOBJ_BODY, [](mjsElement* body) { mjs_asBody(body)->gravcomp = 1.0; });
  ForEach(spec, mjOBJ_JOINT, [&](mjsElement* joint) {
    const std::string name = NameOf(joint);
    if (std::count(mount.gripper_joints.begin(), mount.gripper_joints.end(), name) > 0) return;
    mjsActuator* motor = mjs_addActuator(spec, nullptr);
    mjs_setName(motor->element, name.c_str());
    motor->trntype = mjTRN_JOINT;
    mjs_setString(motor->target, name.c_str());
  });
}

}  // namespace

std::vector<RobotGeom> MountRobot(mjSpec* spec, const RobotMount& mount, const std::string& origin,
                                  int contype, int conaffinity) {
  for (mjtObj kind : {mjOBJ_ACTUATOR, mjOBJ_SENSOR, mjOBJ_KEY, mjOBJ_PAIR, mjOBJ_EXCLUDE}) {
    ForEach(spec, kind, [&](mjsElement* element) { mjs_delete(spec, element); });
  }
  for (const std::string& joint : mount.gripper_joints) {
    Find(spec, mjOBJ_JOINT, "joint", joint, origin);
  }
  for (const std::string& body : mount.touching) Find(spec, mjOBJ_BODY, "body", body, origin);
  if (mount.body.empty()) {
    Find(spec, mjOBJ_SITE, "site", mount.site, origin);
  } else {
    mjsBody* body = mjs_asBody(Find(spec, mjOBJ_BODY, "body", mount.body, origin));
    mjsSite* site = mjs_addSite(body, nullptr);
    mjs_setName(site->element, mount.site.c_str());
    std::copy(mount.p_BE.begin(), mount.p_BE.end(), site->pos);
    site->group = 4;  // not drawn
  }
  Place(spec, mount);
  DropVisuals(spec);

  std::vector<RobotGeom> geoms;
  int number = 0;
  ForEach(spec, mjOBJ_GEOM, [&](mjsElement* element) {
    mjsGeom* geom = mjs_asGeom(element);
    const bool solid = geom->contype != 0 || geom->conaffinity != 0;
    geom->contype = geom->conaffinity = 0;
    mjsBody* body = mjs_getParent(element);
    const Mover mover = MoverOf(body, mount);
    const std::string of = NameOf(body->element);
    const bool touches =
        mover.gripper ||
        (mount.touching.empty() ? mover.joints >= 3
                                : std::count(mount.touching.begin(), mount.touching.end(), of) > 0);
    if (!solid || !touches) return;
    geom->contype = contype;
    geom->conaffinity = conaffinity;
    if (NameOf(element).empty()) {
      mjs_setName(element, (of + "_shape" + std::to_string(number++)).c_str());
    }
    geoms.push_back({NameOf(element), mover.gripper});
  });
  if (mount.motors) AddMotors(spec, mount);
  return geoms;
}

void AddToWorld(mjSpec* spec, const std::string& xml) {
  char error[1024] = "";
  const std::unique_ptr<mjSpec, void (*)(mjSpec*)> child(
      mj_parseXMLString(xml.c_str(), nullptr, error, sizeof(error)), &mj_deleteSpec);
  if (!child) throw DataError(std::string("scene around the robot: ") + error);
  spec->option = child->option;
  spec->visual = child->visual;
  mjs_setDeepCopy(spec, 1);
  mjsFrame* frame = mjs_addFrame(mjs_findBody(spec, "world"), nullptr);
  if (mjs_attach(frame->element, child->element, "", "") == nullptr) {
    throw DataError(std::string("scene around the robot: ") + mjs_getError(spec));
  }
}

void ListPair(mjSpec* spec, const TouchingPair& pair, const ContactHardness& hardness) {
  mjsPair* listed = mjs_addPair(spec, nullptr);
  mjs_setString(listed->geomname1, pair.geom1.c_str());
  mjs_setString(listed->geomname2, pair.geom2.c_str());
  listed->condim = pair.spin > 0.0 ? 4 : 3;
  const double friction[5] = {pair.slide, pair.slide, pair.spin, 0.0, 0.0};
  std::copy(friction, friction + 5, listed->friction);
  listed->solref[0] = hardness.time_constant;
  listed->solref[1] = hardness.damping_ratio;
  std::copy(hardness.impedance, hardness.impedance + 3, listed->solimp);
}

}  // namespace flyball
