// Worlds: N rows of one scene for Python, on either engine. Arrays have a row for each world; where
// `rows` is an argument, only those rows are meant.
#include <pybind11/numpy.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bindings/bind.h"
#include "bindings/pictures.h"
#include "envs/core/thread_pool.h"
#include "physics/numeric/error.h"
#include "physics/world/world.h"

namespace py = pybind11;

namespace flyball {
namespace {

using Doubles = py::array_t<double, py::array::c_style | py::array::forcecast>;
using Rows = std::vector<int>;

template <class E>
E FromName(const std::string& what, const std::string& name,
           const std::vector<std::string>& names) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) throw InputError(UnknownName(what, name, names));
  return static_cast<E>(found - names.begin());
}

Element ElementFromName(const std::string& name) {
  return FromName<Element>(
      "kind of element", name,
      {"body", "joint", "geom", "site", "actuator", "camera", "light", "keyframe"});
}

// The parameter, and the kind of element that has it.
std::pair<Parameter, Element> ParameterFromName(const std::string& name) {
  const auto parameter = FromName<Parameter>(
      "parameter", name,
      {"body_mass", "body_inertia", "geom_friction", "geom_size", "actuator_gain", "joint_damping",
       "camera_position", "camera_fovy", "light_position", "light_diffuse"});
  return {parameter, ElementFromName(name.substr(0, name.find('_')))};
}

class Worlds {
 public:
  Worlds(const std::string& model, const std::string& engine, int num_rows, int threads,
         double timestep, const std::string& friction_rule, const py::dict& bullet)
      : pool_(std::clamp(threads, 1, std::max(num_rows, 1))) {
    if (num_rows < 1) throw InputError("num_rows is " + std::to_string(num_rows) + "; at least 1");
    // A text that starts as XML does is the model itself, anything else its path.
    scene_ = model.starts_with("<") ? Scene::FromString(model) : Scene::FromFile(model);
    WorldSettings settings;
    settings.engine = EngineFromName(engine);
    settings.timestep = timestep;
    settings.friction_rule =
        FromName<FrictionRule>("friction_rule", friction_rule, {"max", "product"});
    SetBullet(settings.bullet, bullet);
    for (int row = 0; row < num_rows; ++row) worlds_.push_back(World::Make(scene_, settings));
    failed_.resize(num_rows);
  }

  int num_rows() const { return static_cast<int>(worlds_.size()); }
  const Scene& scene() const { return *scene_; }
  World& world(int row) {
    if (row < 0 || row >= num_rows()) {
      throw InputError("row " + std::to_string(row) + " does not exist; 0 to " +
                       std::to_string(num_rows() - 1) + " do");
    }
    return *worlds_[row];
  }
  World& first() { return *worlds_[0]; }

  // The rows that a `rows` argument means: all for None, else a number, a list or an array.
  Rows Select(const py::object& rows) {
    Rows selected;
    if (rows.is_none()) {
      for (int row = 0; row < num_rows(); ++row) selected.push_back(row);
    } else if (py::isinstance<py::int_>(rows)) {
      selected.push_back(rows.cast<int>());
    } else {
      selected = rows.cast<Rows>();
    }
    for (const int row : selected) world(row);
    return selected;
  }

  void Reset(const py::object& rows, const py::object& keyframe) {
    int key = -1;
    if (!keyframe.is_none()) key = scene_->Id(Element::kKeyframe, keyframe.cast<std::string>());
    for (const int row : Select(rows)) {
      world(row).Reset(key);
      failed_[row] = 0;
    }
  }

  // A row whose engine fails goes back to the reference configuration and is marked.
  void Step(int substeps, const py::object& rows) {
    if (substeps < 0) throw InputError("substeps is " + std::to_string(substeps) + "; at least 0");
    struct Work {
      Worlds* self;
      Rows rows;
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

  py::array_t<bool> failed() const {
    py::array_t<bool> mask(failed_.size());
    std::copy(failed_.begin(), failed_.end(), mask.mutable_data());
    return mask;
  }

  // (rows, size) of what `read(world, out)` writes.
  template <class Read>
  py::array_t<double> Gather(const py::object& rows, size_t size, const Read& read) {
    const Rows selected = Select(rows);
    py::array_t<double> out({selected.size(), size});
    for (size_t i = 0; i < selected.size(); ++i) {
      read(*worlds_[selected[i]], out.mutable_data() + i * size);
    }
    return out;
  }

  // Calls `write(world, values)` with each row's part: one row's worth of values goes to all.
  template <class Write>
  void Scatter(const Doubles& values, const py::object& rows, size_t size, const char* name,
               const Write& write) {
    const Rows selected = Select(rows);
    const size_t given = values.size();
    if (given != size && given != size * selected.size()) {
      throw InputError(std::string(name) + ": " + std::to_string(given) + " numbers given; " +
                       std::to_string(size) + ", or as many for each of " +
                       std::to_string(selected.size()) + " rows, are needed");
    }
    for (size_t i = 0; i < selected.size(); ++i) {
      const double* data = values.data() + (given == size ? 0 : i * size);
      write(*worlds_[selected[i]], std::span<const double>(data, size));
    }
  }

  void SetState(const Doubles& qpos, const Doubles& qvel, const py::object& rows) {
    const size_t nq = first().qpos().size(), nv = first().qvel().size();
    // Velocities wait here for their positions.
    std::vector<std::vector<double>> velocities;
    Scatter(qvel, rows, nv, "qvel", [&](World&, std::span<const double> values) {
      velocities.emplace_back(values.begin(), values.end());
    });
    size_t i = 0;
    Scatter(qpos, rows, nq, "qpos", [&](World& world, std::span<const double> values) {
      world.SetState(values, velocities[i++]);
    });
    for (const int row : Select(rows)) failed_[row] = 0;
  }

  void ApplyWrench(const std::string& body, const Doubles& force, const Doubles& torque,
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

  // Targets of position servos: (rows, joints).
  void SetServos(const std::vector<std::string>& joints, const Doubles& targets, double gain,
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

  void Override(const std::string& name, const std::string& element, const Doubles& values,
                const py::object& rows) {
    const auto [parameter, kind] = ParameterFromName(name);
    const int id = scene_->Id(kind, element);
    const size_t per_row = values.ndim() == 0 ? 1 : values.shape(values.ndim() - 1);
    const size_t size =
        values.ndim() == 1 && Select(rows).size() == per_row && IsScalar(parameter) ? 1 : per_row;
    Scatter(values, rows, size, name.c_str(),
            [&](World& world, std::span<const double> v) { world.Override(parameter, id, v); });
  }

  py::list Contacts(int row) {
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

  py::bytes Save(int row) {
    std::vector<std::byte> bytes;
    StateSaver saver(bytes);
    uint64_t hash = scene_->hash();
    int32_t engine = static_cast<int32_t>(first().engine());
    saver("scene", hash);
    saver("engine", engine);
    world(row).VisitState(saver);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }

  void Load(int row, const py::bytes& snapshot) {
    const std::string_view view = snapshot;
    StateLoader loader({reinterpret_cast<const std::byte*>(view.data()), view.size()});
    uint64_t hash = 0;
    int32_t engine = 0;
    loader("scene", hash);
    loader("engine", engine);
    if (hash != scene_->hash() || engine != static_cast<int32_t>(first().engine())) {
      throw DataError("snapshot of a world of another model or engine");
    }
    const std::string before = Save(row);
    try {
      world(row).VisitState(loader);
      if (loader.remaining()) throw DataError("snapshot is damaged: bytes are left over");
    } catch (...) {
      StateLoader back(
          {reinterpret_cast<const std::byte*>(before.data()) + sizeof(hash) + sizeof(engine),
           before.size() - sizeof(hash) - sizeof(engine)});
      world(row).VisitState(back);
      throw;
    }
    failed_[row] = 0;
  }

 private:
  static bool IsScalar(Parameter parameter) {
    return parameter == Parameter::kBodyMass || parameter == Parameter::kActuatorGain ||
           parameter == Parameter::kJointDamping || parameter == Parameter::kCameraFovy;
  }

  static void SetBullet(BulletSettings& settings, const py::dict& given) {
    const std::vector<std::pair<std::string, double*>> numbers = {
        {"contact_erp", &settings.contact_erp},
        {"friction_erp", &settings.friction_erp},
        {"warm_start_factor", &settings.warm_start_factor},
        {"linear_slop", &settings.linear_slop},
        {"residual_threshold", &settings.residual_threshold},
        {"collision_margin", &settings.collision_margin},
        {"linear_damping", &settings.linear_damping},
        {"angular_damping", &settings.angular_damping}};
    std::vector<std::string> known = {"iterations", "stale_link_pose"};
    for (const auto& [name, number] : numbers) known.push_back(name);
    for (const auto& [key, value] : given) {
      const std::string name = key.cast<std::string>();
      if (std::find(known.begin(), known.end(), name) == known.end()) {
        throw InputError(UnknownName("setting of Bullet", name, known));
      }
      if (name == "iterations") settings.iterations = value.cast<int>();
      if (name == "stale_link_pose") settings.stale_link_pose = value.cast<bool>();
      for (const auto& [other, number] : numbers) {
        if (name == other) *number = value.cast<double>();
      }
    }
  }

  void StepRow(int row, int substeps) {
    failed_[row] = 0;
    try {
      worlds_[row]->Step(substeps);
    } catch (const PhysicsError&) {
      worlds_[row]->Reset();
      failed_[row] = 1;
    }
  }

  std::shared_ptr<const Scene> scene_;
  std::vector<std::unique_ptr<World>> worlds_;
  std::vector<uint8_t> failed_;
  ThreadPool pool_;
};

template <size_t n>
void Copy(const std::array<double, n>& from, double* to) {
  std::copy(from.begin(), from.end(), to);
}

void BindQuantities(py::class_<Worlds>& type) {
  type.def("qpos",
           [](Worlds& self, const py::object& rows) {
             return self.Gather(rows, self.first().qpos().size(), [](World& w, double* out) {
               std::copy(w.qpos().begin(), w.qpos().end(), out);
             });
           })
      .def("qvel",
           [](Worlds& self, const py::object& rows) {
             return self.Gather(rows, self.first().qvel().size(), [](World& w, double* out) {
               std::copy(w.qvel().begin(), w.qvel().end(), out);
             });
           })
      .def("ctrl",
           [](Worlds& self, const py::object& rows) {
             return self.Gather(rows, self.first().ctrl().size(), [](World& w, double* out) {
               std::copy(w.ctrl().begin(), w.ctrl().end(), out);
             });
           })
      .def("accelerations",
           [](Worlds& self, const py::object& rows) {
             return self.Gather(rows, self.first().qvel().size(), [](World& w, double* out) {
               std::copy(w.Accelerations().begin(), w.Accelerations().end(), out);
             });
           })
      .def("times",
           [](Worlds& self, const py::object& rows) {
             return self.Gather(rows, 1, [](World& w, double* out) { *out = w.time(); });
           })
      // Poses: position x y z, then quaternion w x y z.
      .def("pose",
           [](Worlds& self, const std::string& kind, const std::string& name,
              const py::object& rows) {
             const Element element = ElementFromName(kind);
             const int id = self.scene().Id(element, name);
             return self.Gather(rows, 7, [&](World& w, double* out) {
               const Pose pose = element == Element::kSite ? w.SitePose(id) : w.BodyPose(id);
               Copy(pose.p_W, out);
               Copy(pose.q_W, out + 3);
             });
           })
      // Twists: velocity x y z, then angular velocity.
      .def("twist",
           [](Worlds& self, const std::string& kind, const std::string& name,
              const py::object& rows) {
             const Element element = ElementFromName(kind);
             const int id = self.scene().Id(element, name);
             return self.Gather(rows, 6, [&](World& w, double* out) {
               const Twist twist = element == Element::kSite ? w.SiteTwist(id) : w.BodyTwist(id);
               Copy(twist.v_W, out);
               Copy(twist.w_W, out + 3);
             });
           })
      // Rows 0-2 translation, 3-5 rotation, flattened.
      .def("site_jacobian",
           [](Worlds& self, const std::string& name, const py::object& rows) {
             const int id = self.scene().Id(Element::kSite, name);
             const size_t nv = self.first().qvel().size();
             return self.Gather(rows, 6 * nv, [&](World& w, double* out) {
               w.SiteJacobian(id, {out, 3 * nv}, {out + 3 * nv, 3 * nv});
             });
           })
      .def("contacts", &Worlds::Contacts);
}

}  // namespace

void BindWorlds(py::module_& module) {
  py::class_<Worlds> type(module, "Worlds");
  type.def(py::init<const std::string&, const std::string&, int, int, double, const std::string&,
                    const py::dict&>())
      .def_property_readonly("num_rows", &Worlds::num_rows)
      .def_property_readonly("timestep", [](Worlds& self) { return self.first().timestep(); })
      .def_property_readonly("failed", &Worlds::failed)
      .def("memory_bytes", [](Worlds& self, int row) { return self.world(row).memory_bytes(); })
      .def("names",
           [](Worlds& self, const std::string& kind) {
             return self.scene().Names(ElementFromName(kind));
           })
      .def("unsupported",
           [](Worlds& self) {
             py::list list;
             for (const UnsupportedFeature& item : self.first().Unsupported()) {
               const bool physics = item.severity == UnsupportedFeature::Severity::kChangesPhysics;
               list.append(py::make_tuple(physics ? "changes physics" : "solver detail",
                                          item.feature, item.treatment));
             }
             return list;
           })
      .def("reset", &Worlds::Reset)
      .def("step", &Worlds::Step)
      .def("set_state", &Worlds::SetState)
      .def("set_ctrl",
           [](Worlds& self, const Doubles& values, const py::object& rows) {
             self.Scatter(values, rows, self.first().ctrl().size(), "ctrl",
                          [](World& w, std::span<const double> v) {
                            std::copy(v.begin(), v.end(), w.ctrl().begin());
                          });
           })
      .def("set_servos", &Worlds::SetServos)
      .def("apply_wrench", &Worlds::ApplyWrench)
      .def("override", &Worlds::Override)
      .def("save", &Worlds::Save)
      .def("load", &Worlds::Load)
      .def("render",
           [](Worlds& self, int row, int width, int height, const std::string& camera,
              bool shadows) { return Picture(self.world(row), width, height, camera, shadows); });
  BindQuantities(type);
}

}  // namespace flyball
