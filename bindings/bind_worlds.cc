#include <pybind11/stl.h>

#include <array>
#include <string>
#include <vector>

#include "bindings/bind.h"
#include "bindings/pictures.h"
#include "bindings/worlds.h"

namespace py = pybind11;

namespace flyball {
namespace {

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
                    const py::dict&, const py::dict&>())
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
      .def("set_ctrl", &Worlds::SetControls)
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
