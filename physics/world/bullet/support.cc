#include "physics/world/bullet/support.h"

#include <mujoco/mujoco.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "physics/numeric/describe.h"
#include "physics/numeric/error.h"

namespace flyball::bullet {
namespace {

using Severity = UnsupportedFeature::Severity;

std::string Label(const mjModel& m, mjtObj type, int id) {
  const char* name = mj_id2name(&m, type, id);
  return name && *name ? name : "#" + std::to_string(id);
}

// "hip, knee, elbow and 3 more"
std::string List(const std::vector<std::string>& names) {
  std::string list;
  for (size_t i = 0; i < names.size() && i < 6; ++i) list += (i ? ", " : "") + names[i];
  if (names.size() > 6) list += " and " + std::to_string(names.size() - 6) + " more";
  return list;
}

// Names of the elements for which `test` holds.
template <class Test>
std::string Where(const mjModel& m, mjtObj type, mjtSize count, Test test) {
  std::vector<std::string> names;
  for (int i = 0; i < count; ++i) {
    if (test(i)) names.push_back(Label(m, type, i));
  }
  return List(names);
}

[[noreturn]] void Refuse(const std::string& feature) {
  throw InputError("engine 'bullet' cannot simulate " + feature +
                   "; use engine 'mujoco' or leave it out of the model");
}

bool Collides(const mjModel& m, int geom) {
  return m.geom_contype[geom] || m.geom_conaffinity[geom];
}

}  // namespace

void RequireSupported(const mjModel& m) {
  if (m.nflex) Refuse("flex '" + Label(m, mjOBJ_FLEX, 0) + "'");
  if (m.nplugin) Refuse("plugin '" + Label(m, mjOBJ_PLUGIN, 0) + "'");
  for (int i = 1; i < m.nbody; ++i) {
    if (m.body_treeid[i] < 0 || m.body_treeid[m.body_parentid[i]] >= 0) continue;
    const int root = m.body_weldid[m.body_parentid[i]];
    if (m.body_mocapid[root] >= 0) {
      Refuse("joints on a mocap body (body '" + Label(m, mjOBJ_BODY, i) + "')");
    }
  }
  for (int i = 0; i < m.ngeom; ++i) {
    if (!Collides(m, i)) continue;
    if (m.geom_type[i] == mjGEOM_SDF)
      Refuse("signed distance field of geom '" + Label(m, mjOBJ_GEOM, i) + "'");
    if (m.geom_type[i] == mjGEOM_HFIELD)
      Refuse("height field of geom '" + Label(m, mjOBJ_GEOM, i) + "'");
    if (m.geom_type[i] == mjGEOM_PLANE && m.body_treeid[m.geom_bodyid[i]] >= 0) {
      Refuse("plane on a moving body (geom '" + Label(m, mjOBJ_GEOM, i) + "')");
    }
  }
  for (int i = 0; i < m.neq; ++i) {
    if (m.eq_active0[i]) Refuse("equality constraint '" + Label(m, mjOBJ_EQUALITY, i) + "'");
  }
  for (int i = 0; i < m.nactuator; ++i) {
    if (m.actuator_trntype[i] == mjTRN_BODY) {
      Refuse("adhesion actuator '" + Label(m, mjOBJ_ACTUATOR, i) + "'");
    }
    if (m.actuator_delay[i] > 0) Refuse("delay of actuator '" + Label(m, mjOBJ_ACTUATOR, i) + "'");
  }
}

void CheckSettings(const BulletSettings& s) {
  const auto require = [](bool fine, const char* field, double value, const char* allowed) {
    if (!fine) {
      throw InputError(std::string("BulletSettings.") + field + " is " + Describe(value) +
                       "; allowed is " + allowed);
    }
  };
  const auto fraction = [](double value) { return value >= 0 && value <= 1; };
  const auto positive = [](double value) { return value >= 0 && std::isfinite(value); };
  require(s.iterations >= 1, "iterations", s.iterations, "1 or more");
  require(fraction(s.contact_erp), "contact_erp", s.contact_erp, "[0, 1]");
  require(fraction(s.friction_erp), "friction_erp", s.friction_erp, "[0, 1]");
  require(positive(s.linear_slop), "linear_slop", s.linear_slop, "0 m or more");
  require(positive(s.residual_threshold), "residual_threshold", s.residual_threshold, "0 or more");
  require(positive(s.collision_margin), "collision_margin", s.collision_margin, "0 m or more");
  require(positive(s.linear_damping), "linear_damping", s.linear_damping, "0 or more");
  require(positive(s.angular_damping), "angular_damping", s.angular_damping, "0 or more");
  if (s.servo_feedforward) {
    // Inverse dynamics knows nothing of drag.
    constexpr const char* kAllowed = "0 with servo_feedforward";
    require(s.linear_damping == 0, "linear_damping", s.linear_damping, kAllowed);
    require(s.angular_damping == 0, "angular_damping", s.angular_damping, kAllowed);
  }
}

std::vector<UnsupportedFeature> UnsupportedFeatures(const mjModel& m) {
  std::vector<UnsupportedFeature> features;
  const auto physics = [&](const std::string& feature, const std::string& where,
                           const char* treatment) {
    if (!where.empty()) {
      features.push_back({Severity::kChangesPhysics, feature + " (" + where + ")", treatment});
    }
  };
  const auto detail = [&](bool present, const char* feature, const char* treatment) {
    if (present) features.push_back({Severity::kSolverDetail, feature, treatment});
  };

  // Options.
  detail(true, "option solver, integrator and tolerances",
         "Bullet's sequential impulses and semi-implicit steps");
  detail(m.opt.impratio != 1, "option impratio", "ignored");
  detail(m.opt.noslip_iterations > 0, "option noslip_iterations", "ignored");
  detail(m.opt.cone == mjCONE_PYRAMIDAL, "option cone='pyramidal'", "the cone is circular");
  detail(m.opt.enableflags & mjENBL_SLEEP, "flag sleep", "nothing sleeps");

  // Joints.
  physics("joint range of ball",
          Where(m, mjOBJ_JOINT, m.njnt,
                [&](int i) { return m.jnt_type[i] == mjJNT_BALL && m.jnt_limited[i]; }),
          "ignored");
  physics("joint armature",
          Where(m, mjOBJ_JOINT, m.njnt,
                [&](int i) {
                  const int actuator = m.jnt_actuatorid[i];
                  return m.dof_armature[m.jnt_dofadr[i]] != 0 ||
                         (actuator >= 0 && m.actuator_armature[actuator] != 0);
                }),
          "added to the inertia of the body that the joint moves; its ancestors feel it too");
  physics("joint frictionloss of ball or free",
          Where(m, mjOBJ_JOINT, m.njnt,
                [&](int i) {
                  return m.jnt_type[i] != mjJNT_HINGE && m.jnt_type[i] != mjJNT_SLIDE &&
                         m.dof_frictionloss[m.jnt_dofadr[i]] != 0;
                }),
          "ignored");
  physics("joint springyield",
          Where(m, mjOBJ_JOINT, m.njnt, [&](int i) { return m.jnt_plasticadr[i] >= 0; }),
          "springs stay elastic");
  detail(std::any_of(m.jnt_limited, m.jnt_limited + m.njnt, [](mjtBool on) { return on; }),
         "joint solreflimit, solimplimit and margin", "limits are hard");

  // Geoms and pairs.
  physics(
      "geom margin or gap",
      Where(m, mjOBJ_GEOM, m.ngeom,
            [&](int i) { return Collides(m, i) && (m.geom_margin[i] != 0 || m.geom_gap[i] != 0); }),
      "ignored: geoms touch at their surfaces");
  physics("geom surfacevel",
          Where(m, mjOBJ_GEOM, m.ngeom,
                [&](int i) {
                  return std::any_of(m.geom_surfacevel + 6 * i, m.geom_surfacevel + 6 * i + 6,
                                     [](double v) { return v != 0; });
                }),
          "ignored");
  physics("geom adhesion",
          Where(m, mjOBJ_GEOM, m.ngeom, [&](int i) { return m.geom_adhesion[i] != 0; }), "ignored");
  physics("pair friction that differs by direction",
          Where(m, mjOBJ_PAIR, m.npair,
                [&](int i) {
                  const double* f = m.pair_friction + 5 * i;
                  return f[0] != f[1] || f[3] != f[4];
                }),
          "the first coefficient serves both directions");
  physics("pair margin, gap or adhesion",
          Where(m, mjOBJ_PAIR, m.npair,
                [&](int i) {
                  return m.pair_margin[i] != 0 || m.pair_gap[i] != 0 || m.pair_adhesion[i] != 0;
                }),
          "ignored");
  detail(
      m.ngeom > 0, "geom solref (unless negative), solimp and solmix",
      "contacts are hard, corrected by contact_erp; a negative solref gives stiffness and damping");

  // Tendons.
  const auto tendons = [&](auto test) { return Where(m, mjOBJ_TENDON, m.ntendon, test); };
  physics("tendon range", tendons([&](int i) { return m.tendon_limited[i]; }), "ignored");
  physics("tendon frictionloss", tendons([&](int i) { return m.tendon_frictionloss[i] != 0; }),
          "ignored");
  physics("tendon armature", tendons([&](int i) { return m.tendon_armature[i] != 0; }), "ignored");
  physics("tendon springyield", tendons([&](int i) { return m.tendon_plasticadr[i] >= 0; }),
          "springs stay elastic");

  // Sensors.
  detail(m.nsensor > 0, "sensors",
         "not evaluated; ask the world for poses, twists, contacts and accelerations");
  return features;
}

}  // namespace flyball::bullet
