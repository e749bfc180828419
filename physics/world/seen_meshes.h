// Mesh files in place of the shapes that a model is seen in.
#ifndef FLYBALL_PHYSICS_WORLD_SEEN_MESHES_H_
#define FLYBALL_PHYSICS_WORLD_SEEN_MESHES_H_

#include <span>
#include <string>
#include <vector>

typedef struct mjSpec_ mjSpec;

namespace flyball {

struct SeenMesh {
  std::string mesh;  // of the model
  std::vector<std::string>
      files;  // OBJ or STL, in the frame of the body (m): all are shown, one at least
};

// Shows files in place of meshes. Bodies that show one of them lose what else is seen of them: nameless
// geoms that touch nothing. What touches, masses and inertias stay as they are. Throws DataError naming
// file and line of what is no OBJ.
void ReplaceSeenMeshes(mjSpec* spec, std::span<const SeenMesh> replacements);

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_WORLD_SEEN_MESHES_H_
