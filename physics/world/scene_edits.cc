#include "physics/world/scene_edits.h"

#include <mujoco/mujoco.h>

#include "physics/numeric/error.h"

namespace flyball {

void KeepListedPairsOnly(mjSpec* spec) {
  for (mjsElement* element = mjs_firstElement(spec, mjOBJ_GEOM); element;
       element = mjs_nextElement(spec, element)) {
    mjsGeom* geom = mjs_asGeom(element);
    geom->contype = geom->conaffinity = 0;
  }
}

void AddServoRows(mjSpec* spec, std::span<const std::string> joints) {
  for (const std::string& name : joints) {
    mjsElement* element = mjs_findElement(spec, mjOBJ_JOINT, name.c_str());
    if (!element) throw InputError("AddServoRows: the model has no joint " + name);
    mjsJoint* joint = mjs_asJoint(element);
    joint->frictionloss = 1e-6;        // what a servo asks for replaces it
    joint->solref_friction[0] = 1e-6;  // s: as short as the timestep lets it be
    joint->solref_friction[1] = 1.0;
    joint->solimp_friction[0] = joint->solimp_friction[1] = 0.9999;
  }
}

}  // namespace flyball
