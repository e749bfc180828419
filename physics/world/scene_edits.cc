#include "physics/world/scene_edits.h"

#include <mujoco/mujoco.h>

namespace flyball {

void KeepListedPairsOnly(mjSpec* spec) {
  for (mjsElement* element = mjs_firstElement(spec, mjOBJ_GEOM); element;
       element = mjs_nextElement(spec, element)) {
    mjsGeom* geom = mjs_asGeom(element);
    geom->contype = geom->conaffinity = 0;
  }
}

}  // namespace flyball
