#include "envs/manipulation/panda_meshes.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <string_view>

#include "physics/numeric/error.h"

namespace flyball {
namespace {

constexpr const char* kParts[] = {"link0", "link1", "link2", "link3", "link4",
                                  "link5", "link6", "link7", "hand",  "finger"};

// Whether a file's name says that it is this part, or a piece of it.
bool Shows(const std::filesystem::path& file, std::string_view part) {
  if (file.extension() != ".obj" && file.extension() != ".stl") return false;
  const std::string name = file.stem().string();
  if (!name.starts_with(part)) return false;
  const std::string_view rest = std::string_view(name).substr(part.size());
  if (rest.empty()) return true;
  return rest.size() > 1 && rest[0] == '_' &&
         std::all_of(rest.begin() + 1, rest.end(),
                     [](unsigned char c) { return std::isdigit(c) != 0; });
}

}  // namespace

std::vector<SeenMesh> PandaMeshes(const std::string& folder) {
  std::error_code error;
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    files.push_back(entry.path());
  }
  if (error) throw InputError("option meshes='" + folder + "': there is no such folder");
  std::sort(files.begin(), files.end());

  std::vector<SeenMesh> meshes;
  for (const std::string part : kParts) {
    SeenMesh mesh{.mesh = part + "_seen", .files = {}};
    for (const std::filesystem::path& file : files) {
      if (Shows(file, part)) mesh.files.push_back(std::filesystem::absolute(file).string());
    }
    if (!mesh.files.empty()) meshes.push_back(std::move(mesh));
  }
  if (meshes.empty()) {
    throw InputError("option meshes='" + folder +
                     "': the folder has none of link0 to link7, hand, finger as .obj or .stl");
  }
  return meshes;
}

}  // namespace flyball
