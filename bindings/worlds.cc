#include "bindings/worlds.h"

#include <pybind11/stl.h>

#include <cstring>
#include <utility>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace py = pybind11;

namespace flyball {
namespace {

template <class E>
E FromName(const std::string& what, const std::string& name,
           const std::vector<std::string>& names) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) throw InputError(UnknownName(what, name, names));
  return static_cast<E>(found - names.begin());
}

// The parameter, and the kind of element that has it.
std::pair<Parameter, Element> ParameterFromName(const std::string& name) {
  const auto parameter = FromName<Parameter>(
      "parameter", name,
      {"body_mass", "body_inertia", "geom_friction", "geom_size", "actuator_gain", "joint_damping",
       "camera_position", "camera_fovy", "light_position", "light_diffuse", "camera_turn"});
  return {parameter, ElementFromName(name.substr(0, name.find('_')))};
}

bool IsScalar(Parameter parameter) {
  return parameter == Parameter::kBodyMass || parameter == Parameter::kActuatorGain ||
         parameter == Parameter::kJointDamping || parameter == Parameter::kCameraFovy;
}

// Numbers and switches of an engine's settings, by their names.
struct Settings {
  std::vector<std::pair<std::string, double*>> numbers;
  std::vector<std::pair<std::string, int*>> counts;
  std::vector<std::pair<std::string, bool*>> switches;
};

Settings SettingsOf(BulletSettings& settings) {
  return {.numbers = {{"contact_erp", &settings.contact_erp},
                      {"friction_erp", &settings.friction_erp},
                      {"linear_slop", &settings.linear_slop},
                      {"residual_threshold", &settings.residual_threshold},
                      {"collision_margin", &settings.collision_margin},
                      {"linear_damping", &settings.linear_damping},
                      {"angular_damping", &settings.angular_damping}},
          .counts = {{"iterations", &settings.iterations}},
          .switches = {{"friction_anchors", &settings.friction_anchors},
                       {"servo_feedforward", &settings.servo_feedforward},
                       {"stale_link_pose", &settings.stale_link_pose}}};
}

Settings SettingsOf(MujocoSettings& settings) {
  return {.numbers = {{"linear_damping", &settings.linear_damping},
                      {"angular_damping", &settings.angular_damping}},
          .counts = {{"servo_sweeps", &settings.servo_sweeps}},
          .switches = {{"servos_in_solver", &settings.servos_in_solver}}};
}

// Sets what is given of an engine's settings.
void Set(const char* engine, const Settings& settings, const py::dict& given) {
  std::vector<std::string> known;
  const auto list = [&](const auto& pairs) {
    for (const auto& [name, place] : pairs) known.push_back(name);
  };
  list(settings.counts);
  list(settings.numbers);
  list(settings.switches);
  for (const auto& [key, value] : given) {
    const std::string name = py::str(key);
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      throw InputError(UnknownName(std::string("setting of ") + engine, name, known));
    }
    // (Named anew: clang 14 does not capture a structured binding.)
    const auto set = [&, object = value](const auto& pairs) {
      for (const auto& [other, place] : pairs) {
        if (name == other) *place = object.template cast<std::decay_t<decltype(*place)>>();
      }
    };
    try {
      set(settings.counts);
      set(settings.numbers);
      set(settings.switches);
    } catch (const py::cast_error&) {
      throw InputError(std::string("setting of ") + engine + " '" + name + "' is " +
                       std::string(py::repr(value)) + "; a number, or true or false, is needed");
    }
  }
}

}  // namespace

Element ElementFromName(const std::string& name) {
  return FromName<Element>(
      "kind of element", name,
      {"body", "joint", "geom", "site", "actuator", "camera", "light", "keyframe"});
}

Worlds::Worlds(const std::string& model, const std::string& engine, int num_rows, int threads,
               double timestep, const std::string& friction_rule, const py::dict& mujoco,
               const py::dict& bullet)
    : pool_(std::clamp(threads, 1, std::max(num_rows, 1))) {
  if (num_rows < 1) throw InputError("num_rows is " + std::to_string(num_rows) + "; at least 1");
  // A text that starts as XML does is the model itself, anything else its path.
  scene_ = model.starts_with("<") ? Scene::FromString(model) : Scene::FromFile(model);
  WorldSettings settings;
  settings.engine = EngineFromName(engine);
  settings.timestep = timestep;
  settings.friction_rule =
      FromName<FrictionRule>("friction_rule", friction_rule, {"max", "product"});
  Set("mujoco", SettingsOf(settings.mujoco), mujoco);
  Set("bullet", SettingsOf(settings.bullet), bullet);
  for (int row = 0; row < num_rows; ++row) worlds_.push_back(World::Make(scene_, settings));
  failed_.resize(num_rows);
}

World& Worlds::world(int row) {
  if (row < 0 || row >= num_rows()) {
    throw InputError("row " + std::to_string(row) + " does not exist; 0 to " +
                     std::to_string(num_rows() - 1) + " do");
  }
  return *worlds_[row];
}

std::vector<int> Worlds::Select(const py::object& rows) {
  std::vector<int> selected;
  if (rows.is_none()) {
    for (int row = 0; row < num_rows(); ++row) selected.push_back(row);
  } else if (py::isinstance<py::int_>(rows)) {
    selected.push_back(rows.cast<int>());
  } else {
    selected = rows.cast<std::vector<int>>();
  }
  for (const int row : selected) world(row);
  return selected;
}

py::array_t<bool> Worlds::failed() const {
  py::array_t<bool> mask(failed_.size());
  std::copy(failed_.begin(), failed_.end(), mask.mutable_data());
  return mask;
}

void Worlds::Reset(const py::object& rows, const py::object& keyframe) {
  int key = -1;
  if (!keyframe.is_none()) key = scene_->Id(Element::kKeyframe, keyframe.cast<std::string>());
  for (const int row : Select(rows)) {
    world(row).Reset(key);
    failed_[row] = 0;
  }
}

void Worlds::Step(int substeps, const py::object& rows) {
  if (substeps < 0) throw InputError("substeps is " + std::to_string(substeps) + "; at least 0");
  struct Work {
    Worlds* self;
    std::vector<int> rows;
    int substeps;
  } work{this, Select(rows), substeps};
  const py::gil_scoped_release release;
  const auto run = [](void* data, int begin, int end) {
    const Work& job = *static_cast<Work*>(data);
    for (int i = begin; i < end; ++i) job.self->StepRow(job.rows[i], job.substeps);
  };
  if (pool_.num_workers() == 0) return run(&work, 0, static_cast<int>(work.rows.size()));
  pool_.Run({.run = run, .self = &work}, static_cast<int>(work.rows.size()), 1);
}

void Worlds::StepRow(int row, int substeps) {
  failed_[row] = 0;
  try {
    worlds_[row]->Step(substeps);
  } catch (const PhysicsError&) {
    worlds_[row]->Reset();
    failed_[row] = 1;
  }
}

void Worlds::SetState(const Doubles& qpos, const Doubles& qvel, const py::object& rows) {
  const size_t nq = first().qpos().size(), nv = first().qvel().size();
  // Velocities wait here for their positions.
  std::vector<std::vector<double>> velocities;
  Scatter(qvel, rows, nv, "qvel", [&](World&, std::span<const double> values) {
    velocities.emplace_back(values.begin(), values.end());
  });
  size_t i = 0;
  ScatterOrUndo(qpos, rows, nq, "qpos", [&](World& world, std::span<const double> values) {
    world.SetState(values, velocities[i++]);
  });
  for (const int row : Select(rows)) failed_[row] = 0;
}

void Worlds::SetControls(const Doubles& values, const py::object& rows) {
  Scatter(values, rows, first().ctrl().size(), "ctrl", [](World& world, std::span<const double> v) {
    std::copy(v.begin(), v.end(), world.ctrl().begin());
  });
}

void Worlds::SetServos(const std::vector<std::string>& joints, const Doubles& targets, double gain,
                       const Doubles& max_force, const py::object& rows) {
  std::vector<World::Servo> servos;
  for (const std::string& joint : joints) {
    servos.push_back({.joint = scene_->Id(Element::kJoint, joint), .gain = gain});
  }
  if (max_force.size() != 1 && max_force.size() != static_cast<py::ssize_t>(joints.size())) {
    throw InputError("max_force: one number, or one for each joint, is needed");
  }
  for (size_t i = 0; i < servos.size(); ++i) {
    servos[i].max_force = max_force.data()[max_force.size() == 1 ? 0 : i];
  }
  Scatter(targets, rows, joints.size(), "targets",
          [&](World& world, std::span<const double> values) {
            for (size_t i = 0; i < servos.size(); ++i) servos[i].target = values[i];
            world.SetServos(servos);
          });
}

void Worlds::ApplyWrench(const std::string& body, const Doubles& force, const Doubles& torque,
                         const py::object& point, const py::object& rows) {
  const int id = scene_->Id(Element::kBody, body);
  std::vector<Vec3> forces, torques;
  const auto take = [](std::vector<Vec3>& out) {
    return [&out](World&, std::span<const double> v) { out.push_back({v[0], v[1], v[2]}); };
  };
  Scatter(force, rows, 3, "force", take(forces));
  Scatter(torque, rows, 3, "torque", take(torques));
  size_t i = 0;
  if (point.is_none()) {  // at the body's origin
    for (const int row : Select(rows)) {
      worlds_[row]->ApplyWrench(id, forces[i], torques[i], worlds_[row]->BodyPose(id).p_W);
      ++i;
    }
    return;
  }
  Scatter(point.cast<Doubles>(), rows, 3, "point", [&](World& world, std::span<const double> p) {
    world.ApplyWrench(id, forces[i], torques[i], {p[0], p[1], p[2]});
    ++i;
  });
}

void Worlds::Override(const std::string& name, const std::string& element, const Doubles& values,
                      const py::object& rows) {
  const auto [parameter, kind] = ParameterFromName(name);
  const int id = scene_->Id(kind, element);
  const size_t per_row = values.ndim() == 0 ? 1 : values.shape(values.ndim() - 1);
  const size_t size =
      values.ndim() == 1 && Select(rows).size() == per_row && IsScalar(parameter) ? 1 : per_row;
  ScatterOrUndo(values, rows, size, name.c_str(),
                // (Named anew: clang 14 does not capture a structured binding.)
                [&, which = parameter](World& world, std::span<const double> v) {
                  world.Override(which, id, v);
                });
}

py::list Worlds::Contacts(int row) {
  const std::vector<std::string> names = scene_->Names(Element::kGeom);
  py::list list;
  for (const Contact& contact : world(row).Contacts()) {
    py::dict dict;
    dict["geom1"] = names[contact.geom1];
    dict["geom2"] = names[contact.geom2];
    dict["geom_ids"] = py::make_tuple(contact.geom1, contact.geom2);
    dict["position"] = py::array_t<double>(3, contact.p_WC.data());
    dict["normal"] = py::array_t<double>(3, contact.normal_W.data());
    dict["distance"] = contact.distance;
    dict["force"] = py::array_t<double>(3, contact.force_W.data());
    list.append(dict);
  }
  return list;
}

// What VisitState saves of a row.
std::string Worlds::StateOf(int row) {
  std::vector<std::byte> bytes;
  StateSaver saver(bytes);
  world(row).VisitState(saver);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

void Worlds::SetStateOf(int row, std::string_view state) {
  StateLoader loader({reinterpret_cast<const std::byte*>(state.data()), state.size()});
  world(row).VisitState(loader);
  if (loader.remaining()) throw DataError("snapshot is damaged: bytes are left over");
}

// The state, which begins with whose it is, and a checksum.
py::bytes Worlds::Save(int row) {
  std::string state = StateOf(row);
  const uint64_t checksum = XXH3_64bits(state.data(), state.size());
  state.append(reinterpret_cast<const char*>(&checksum), sizeof(checksum));
  return state;
}

void Worlds::Load(int row, const py::bytes& snapshot) {
  std::string_view state = snapshot;
  uint64_t checksum = 0;
  if (state.size() < sizeof(checksum)) throw DataError("not a snapshot of a world");
  state.remove_suffix(sizeof(checksum));
  std::memcpy(&checksum, state.data() + state.size(), sizeof(checksum));
  if (checksum != XXH3_64bits(state.data(), state.size())) {
    throw DataError("snapshot is damaged: its checksum does not match");
  }
  const std::string before = StateOf(row);
  try {
    SetStateOf(row, state);
  } catch (...) {
    SetStateOf(row, before);
    throw;
  }
  failed_[row] = 0;
}

}  // namespace flyball
