// Meshes that the Panda is seen in, from what somebody has installed.
#ifndef FLYBALL_ENVS_MANIPULATION_PANDA_MESHES_H_
#define FLYBALL_ENVS_MANIPULATION_PANDA_MESHES_H_

#include <string>
#include <vector>

#include "physics/world/seen_meshes.h"

namespace flyball {

// Of a folder: link0 to link7, hand and finger, each one file (link1.obj) or several (link1_0.obj, ...),
// OBJ or STL, in the link's frame of the manufacturer's description (m). Parts that it lacks keep the
// shapes that come with us. Throws InputError if there is no such folder, or none of the parts in it.
std::vector<SeenMesh> PandaMeshes(const std::string& folder);

}  // namespace flyball

#endif  // FLYBALL_ENVS_MANIPULATION_PANDA_MESHES_H_
