#include "physics/world/seen_meshes.h"

#include <mujoco/mujoco.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "physics/numeric/error.h"

namespace flyball {
namespace {

std::string NameOf(mjsElement* element) { return mjs_getString(mjs_getName(element)); }

std::string FileName(const std::string& mesh, size_t file) {
  return mesh + "_file" + std::to_string(file);
}

// Vertices and triangles of an OBJ file, of all its objects: MuJoCo's own reader keeps one.
void ReadObj(const std::string& path, mjsMesh* mesh) {
  std::ifstream file(path);
  std::vector<float> vertices;
  std::vector<int> triangles;
  std::string line, word;
  for (int number = 1; std::getline(file, line); ++number) {
    const auto fail = [&](const std::string& what) {
      throw DataError(path + ":" + std::to_string(number) + ": " + what);
    };
    std::istringstream words(line);
    words >> word;
    if (!words) continue;
    if (word == "v") {
      for (int i = 0; i < 3; ++i) {
        float x = 0;
        if (!(words >> x)) fail("a vertex needs three numbers");
        vertices.push_back(x);
      }
    } else if (word == "f") {
      // A polygon, as a fan. Of 7/1/3 the first is the vertex; a negative one counts from the last.
      const int count = static_cast<int>(vertices.size() / 3);
      std::vector<int> corners;
      while (words >> word) {
        const int index = std::atoi(word.c_str());
        corners.push_back(index < 0 ? count + index : index - 1);
        if (corners.back() < 0 || corners.back() >= count) fail("there is no vertex " + word);
      }
      for (size_t i = 2; i < corners.size(); ++i) {
        triangles.insert(triangles.end(), {corners[0], corners[i - 1], corners[i]});
      }
    }
  }
  if (triangles.empty()) throw DataError(path + ": there is no face in it");
  mjs_setFloat(mesh->uservert, vertices.data(), static_cast<int>(vertices.size()));
  mjs_setInt(mesh->userface, triangles.data(), static_cast<int>(triangles.size()));
}

void AddMeshes(mjSpec* spec, const SeenMesh& replacement) {
  for (size_t i = 0; i < replacement.files.size(); ++i) {
    mjsMesh* mesh = mjs_addMesh(spec, nullptr);
    mjs_setName(mesh->element, FileName(replacement.mesh, i).c_str());
    const std::string& file = replacement.files[i];
    if (file.ends_with(".obj")) {
      ReadObj(file, mesh);
    } else {
      mjs_setString(mesh->file, file.c_str());
    }
    mesh->inertia = mjMESH_INERTIA_SHELL;  // what is only seen need not be closed
  }
}

// A geom that shows another mesh at the same place.
void AddCopy(mjsBody* body, const mjsGeom& geom, const std::string& mesh) {
  mjsGeom* copy = mjs_addGeom(body, mjs_getDefault(geom.element));
  copy->type = mjGEOM_MESH;
  copy->contype = copy->conaffinity = 0;
  copy->group = geom.group;
  copy->alt = geom.alt;
  std::copy_n(geom.pos, 3, copy->pos);
  std::copy_n(geom.quat, 4, copy->quat);
  std::copy_n(geom.rgba, 4, copy->rgba);
  mjs_setString(copy->meshname, mesh.c_str());
}

}  // namespace

void ReplaceSeenMeshes(mjSpec* spec, std::span<const SeenMesh> replacements) {
  // All geoms first: what is added and deleted would disturb the walk over them.
  std::vector<mjsGeom*> seen;
  for (mjsElement* element = mjs_firstElement(spec, mjOBJ_GEOM); element;
       element = mjs_nextElement(spec, element)) {
    mjsGeom* geom = mjs_asGeom(element);
    if (!geom->contype && !geom->conaffinity && NameOf(element).empty()) seen.push_back(geom);
  }
  std::vector<mjsGeom*> gone;
  for (const SeenMesh& replacement : replacements) {
    AddMeshes(spec, replacement);
    for (mjsGeom* geom : seen) {
      if (geom->type != mjGEOM_MESH || mjs_getString(geom->meshname) != replacement.mesh) continue;
      mjsBody* body = mjs_getParent(geom->element);
      for (mjsGeom* other : seen) {
        const bool here = mjs_getParent(other->element) == body;
        if (here && std::find(gone.begin(), gone.end(), other) == gone.end()) gone.push_back(other);
      }
      for (size_t i = 0; i < replacement.files.size(); ++i) {
        AddCopy(body, *geom, FileName(replacement.mesh, i));
      }
    }
  }
  for (mjsGeom* geom : gone) mjs_delete(spec, geom->element);
}

}  // namespace flyball
