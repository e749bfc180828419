// A Scene is what never changes while worlds step: one compiled mjModel and its names. It is const
// and shared by every row that simulates it, on either engine.
#ifndef FLYBALL_PHYSICS_WORLD_SCENE_H_
#define FLYBALL_PHYSICS_WORLD_SCENE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

typedef struct mjModel_ mjModel;
typedef struct mjSpec_ mjSpec;

namespace flyball {

// Kinds of named elements a scene is asked about.
enum class Element { kBody, kJoint, kGeom, kSite, kActuator, kCamera, kLight, kKeyframe };

class Scene {
 public:
  // Compiles MJCF or URDF. `edit`, if given, changes the mjSpec before it is compiled (adds an
  // object, sets inertias, removes visuals). Throws DataError naming file, line and reason. Of a URDF
  // the fixed links stay bodies with their names, and visual shapes are dropped unless its
  // <mujoco><compiler discardvisual="false"/></mujoco> keeps them.
  using Edit = std::function<void(mjSpec*)>;
  static std::shared_ptr<const Scene> FromFile(const std::string& path, const Edit& edit = {});
  static std::shared_ptr<const Scene> FromString(const std::string& xml, const Edit& edit = {});
  ~Scene();
  Scene(const Scene&) = delete;
  Scene& operator=(const Scene&) = delete;

  const mjModel& model() const { return *model_; }
  // Content hash of the compiled model: a snapshot of another scene is refused by it.
  uint64_t hash() const { return hash_; }
  // Bytes of the compiled model, shared by all rows.
  size_t memory_bytes() const;

  // Id of a named element; throws InputError with the nearest name if there is none.
  int Id(Element kind, std::string_view name) const;
  // Where a hinge or slide joint stands in qpos and in qvel, and its limits (infinite without).
  int JointAddress(int joint) const;
  int JointDof(int joint) const;
  std::pair<double, double> JointRange(int joint) const;
  // All names of a kind, in id order ("" where an element has none).
  std::vector<std::string> Names(Element kind) const;

 private:
  explicit Scene(mjModel* model);
  mjModel* model_;
  uint64_t hash_;
};

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_WORLD_SCENE_H_
