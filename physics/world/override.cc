// World::Override: a row's own model numbers. The row's model is always rebuilt from the scene's, so
// that it depends on the overrides in force and not on the order or history of setting them.
#include <mujoco/mujoco.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "physics/numeric/describe.h"
#include "physics/numeric/error.h"
#include "physics/world/mujoco/guard.h"
#include "physics/world/world.h"

namespace flyball {
namespace {

// Which numbers a parameter is, and what is allowed of them.
struct ParameterFacts {
  const char* name;  // in messages
  const char* element;
  mjtSize count;  // elements of that kind
  int size;       // numbers per element
  double lowest;
  bool lowest_allowed;
};

ParameterFacts Facts(const mjModel& model, Parameter parameter) {
  switch (parameter) {
    case Parameter::kBodyMass:
      return {"body mass", "body", model.nbody, 1, 0, false};
    case Parameter::kBodyInertia:
      return {"body inertia", "body", model.nbody, 3, 0, false};
    case Parameter::kGeomFriction:
      return {"geom friction", "geom", model.ngeom, 3, 0, true};
    case Parameter::kGeomSize:
      return {"geom size", "geom", model.ngeom, 3, 0, true};
    case Parameter::kActuatorGain:
      return {"actuator gain", "actuator", model.nactuator, 1, 0, true};
    case Parameter::kJointDamping:
      return {"joint damping", "joint", model.njnt, 1, 0, true};
    case Parameter::kCameraPosition:
      return {"camera position", "camera", model.ncam, 3, -mjMAXVAL, true};
    case Parameter::kCameraFovy:
      return {"camera fovy", "camera", model.ncam, 1, 0, false};
    case Parameter::kLightPosition:
      return {"light position", "light", model.nlight, 3, -mjMAXVAL, true};
    case Parameter::kLightDiffuse:
      return {"light diffuse", "light", model.nlight, 3, 0, true};
    case Parameter::kCameraTurn:
      return {"camera turn", "camera", model.ncam, 3, -mjMAXVAL, true};
  }
  throw InputError("not a Parameter: " + std::to_string(static_cast<int>(parameter)));
}

// "body 3 ('hand')"
std::string Label(const mjModel& model, const ParameterFacts& facts, int id) {
  const char* name = mj_id2name(&model, mju_str2Type(facts.element), id);
  const std::string label = std::string(facts.element) + " " + std::to_string(id);
  return name && *name ? label + " ('" + name + "')" : label;
}

// What the scene has for it; a factor is 1, a turn 0.
void SceneValues(const mjModel& model, Parameter parameter, int id, double* values) {
  switch (parameter) {
    case Parameter::kBodyMass:
      values[0] = model.body_mass[id];
      return;
    case Parameter::kBodyInertia:
      std::copy_n(model.body_inertia + 3 * id, 3, values);
      return;
    case Parameter::kGeomFriction:
      std::copy_n(model.geom_friction + 3 * id, 3, values);
      return;
    case Parameter::kGeomSize:
      std::copy_n(model.geom_size + 3 * id, 3, values);
      return;
    case Parameter::kActuatorGain:
      values[0] = 1;
      return;
    case Parameter::kJointDamping:
      values[0] = model.dof_damping[model.jnt_dofadr[id]];
      return;
    case Parameter::kCameraPosition:
      std::copy_n(model.cam_pos + 3 * id, 3, values);
      return;
    case Parameter::kCameraFovy:
      values[0] = model.cam_fovy[id];
      return;
    case Parameter::kLightPosition:
      std::copy_n(model.light_pos + 3 * id, 3, values);
      return;
    case Parameter::kLightDiffuse:
      for (int i = 0; i < 3; ++i) values[i] = model.light_diffuse[3 * id + i];
      return;
    case Parameter::kCameraTurn:
      std::fill_n(values, 3, 0.0);
      return;
  }
}

void ApplyTo(mjModel& model, Parameter parameter, int id, const double* values) {
  switch (parameter) {
    case Parameter::kBodyMass: {
      const double ratio = values[0] / model.body_mass[id];
      model.body_mass[id] = values[0];
      for (int i = 0; i < 3; ++i) model.body_inertia[3 * id + i] *= ratio;
      return;
    }
    case Parameter::kBodyInertia:
      std::copy_n(values, 3, model.body_inertia + 3 * id);
      return;
    case Parameter::kGeomFriction:
      std::copy_n(values, 3, model.geom_friction + 3 * id);
      return;
    case Parameter::kGeomSize:
      std::copy_n(values, 3, model.geom_size + 3 * id);
      return;
    case Parameter::kActuatorGain:
      for (int i = 0; i < 3; ++i) {
        model.actuator_gainprm[mjNGAIN * id + i] *= values[0];
        model.actuator_biasprm[mjNBIAS * id + i] *= values[0];
      }
      return;
    case Parameter::kJointDamping: {
      const int type = model.jnt_type[id];
      const int dofs = type == mjJNT_FREE ? 6 : type == mjJNT_BALL ? 3 : 1;
      std::fill_n(model.dof_damping + model.jnt_dofadr[id], dofs, values[0]);
      return;
    }
    case Parameter::kCameraPosition:
      std::copy_n(values, 3, model.cam_pos + 3 * id);
      return;
    case Parameter::kCameraFovy:
      model.cam_fovy[id] = values[0];
      return;
    case Parameter::kLightPosition:
      std::copy_n(values, 3, model.light_pos + 3 * id);
      return;
    case Parameter::kLightDiffuse:
      for (int i = 0; i < 3; ++i) model.light_diffuse[3 * id + i] = static_cast<float>(values[i]);
      return;
    case Parameter::kCameraTurn:
      mju_quatIntegrate(model.cam_quat + 4 * id, values, 1.0);
      return;
  }
}

}  // namespace

void World::Override(Parameter parameter, int id, std::span<const double> values) {
  const mjModel& scene_model = scene_->model();
  const ParameterFacts facts = Facts(scene_model, parameter);
  CheckedId(id, static_cast<int>(facts.count), facts.element);
  const std::string place =
      "World::Override: " + std::string(facts.name) + " of " + Label(scene_model, facts, id);
  if (values.size() != static_cast<size_t>(facts.size)) {
    throw InputError(place + ": " + std::to_string(values.size()) + " values are given, " +
                     std::to_string(facts.size) + " are wanted");
  }
  OverrideRecord record{parameter, id, facts.size, 0, {0, 0, 0}};
  for (int i = 0; i < facts.size; ++i) {
    const double value = values[static_cast<size_t>(i)];
    const bool allowed = std::abs(value) <= mjMAXVAL &&
                         (facts.lowest_allowed ? value >= facts.lowest : value > facts.lowest);
    if (!allowed) {
      throw InputError(place + ": [" + std::to_string(i) + "] is " + Describe(value) +
                       "; allowed is a finite number " + (facts.lowest_allowed ? ">= " : "> ") +
                       Describe(facts.lowest));
    }
    record.values[i] = value;
  }
  if (parameter == Parameter::kBodyMass && !(scene_model.body_mass[id] > 0)) {
    throw InputError(place + ": the body has no mass in the scene to scale its inertia from");
  }
  if (parameter == Parameter::kBodyInertia) {
    // What every distribution of mass keeps to; MuJoCo's compiler refuses others too.
    const double* I = record.values;
    const double largest = std::max({I[0], I[1], I[2]});
    if (I[0] + I[1] + I[2] < 2 * largest * (1 - 1e-12)) {
      throw InputError(place + ": " + Describe(largest) +
                       " is more than the two others together, which no body has");
    }
  }
  if (parameter == Parameter::kGeomSize) {
    const int type = scene_model.geom_type[id];
    if (type == mjGEOM_MESH || type == mjGEOM_HFIELD || type == mjGEOM_SDF) {
      throw InputError(place + ": the size of a mesh, height field or SDF cannot be overridden");
    }
  }
  if (parameter == Parameter::kActuatorGain) {
    const int gain = scene_model.actuator_gaintype[id];
    const int bias = scene_model.actuator_biastype[id];
    if ((gain != mjGAIN_FIXED && gain != mjGAIN_AFFINE) ||
        (bias != mjBIAS_NONE && bias != mjBIAS_AFFINE)) {
      throw InputError(place + ": only actuators of fixed or affine gain and bias have a factor");
    }
  }

  // Kept sorted, and without what the scene has anyway: back at the scene's value is no override.
  const auto before = [](const OverrideRecord& a, const OverrideRecord& b) {
    return a.parameter != b.parameter ? a.parameter < b.parameter : a.id < b.id;
  };
  auto place_of = std::lower_bound(overrides_.begin(), overrides_.end(), record, before);
  const bool known = place_of != overrides_.end() && !before(record, *place_of);
  double scene_values[3] = {0, 0, 0};
  SceneValues(scene_model, parameter, id, scene_values);
  if (parameter == Parameter::kLightDiffuse) {
    for (double& value : record.values) value = static_cast<float>(value);
  }
  if (std::equal(scene_values, scene_values + facts.size, record.values)) {
    if (!known) return;
    overrides_.erase(place_of);
  } else if (known) {
    if (std::memcmp(&*place_of, &record, sizeof(record)) == 0) return;
    *place_of = record;
  } else {
    overrides_.insert(place_of, record);
  }
  RebuildModel();
}

void World::RebuildModel() {
  (void)Contacts();  // an engine that reads them late reads them before its data is used as scratch
  const mjModel* shared = timed_ ? &timed_->model() : &scene_->model();
  if (overrides_.empty()) {
    if (model_ == shared) return;
    model_ = shared;
  } else {
    if (patched_)
      patched_->Restore();
    else
      patched_ = std::make_unique<ModelCopy>(*shared, ModelCopy::Depth::kNumbers);
    mjModel& model = patched_->model();
    for (const OverrideRecord& record : overrides_) {
      const ParameterFacts facts = Facts(model, record.parameter);
      if (record.id < 0 || record.id >= facts.count || record.size != facts.size) {
        throw DataError("snapshot is damaged: an override of " + std::string(facts.name) + " of " +
                        facts.element + " " + std::to_string(record.id));
      }
      ApplyTo(model, record.parameter, record.id, record.values);
    }
    model_ = &model;
    // Derived constants: subtree masses, inverse weights, bounding volumes. It uses the data as
    // scratch, so the state is put aside.
    Guarded("recomputing model constants", [&] {
      mj_getState(model_, data_, state_.data(), mjSTATE_INTEGRATION);
      mj_setConst(&model, data_);
      mj_setState(model_, data_, state_.data(), mjSTATE_INTEGRATION);
    });
  }
  UpdateKinematics();
  ModelChanged();
}

}  // namespace flyball
