#include "physics/world/bullet/pairs.h"

#include <mujoco/mujoco.h>

#include <algorithm>
#include <set>
#include <utility>

namespace flyball::bullet {
namespace {

// Bullet's own defaults for a geom that has no stiffness of its own beside one that has.
constexpr double kRigid = 1e18;        // N/m
constexpr double kRigidDamping = 0.1;  // N s/m
constexpr double kMaxFriction = 10.0;  // Bullet's cap on combined coefficients

bool IsSurface(const mjModel& m, int geom) {
  return m.geom_type[geom] == mjGEOM_PLANE || m.geom_type[geom] == mjGEOM_HFIELD;
}

bool CanMove(const mjModel& m, int geom) { return m.body_treeid[m.geom_bodyid[geom]] >= 0; }

// Body-level rules: same weld group, parent and child weld groups, excluded by signature.
bool BodiesMayTouch(const mjModel& m, const std::set<int>& excluded, int body1, int body2) {
  const int weld1 = m.body_weldid[body1], weld2 = m.body_weldid[body2];
  if (weld1 == weld2) return false;
  if (!(m.opt.disableflags & mjDSBL_FILTERPARENT) && weld1 != 0 && weld2 != 0) {
    const int parent1 = m.body_weldid[m.body_parentid[weld1]];
    const int parent2 = m.body_weldid[m.body_parentid[weld2]];
    if (weld1 == parent2 || weld2 == parent1) return false;
  }
  const auto signature = std::minmax(body1, body2);
  return !excluded.contains((signature.first << 16) + signature.second);
}

void SetFriction(GeomPair& pair, int condim, double sliding, double spinning, double rolling) {
  pair.sliding = condim >= 3 ? std::min(sliding, kMaxFriction) : 0.0;
  pair.spinning = condim >= 4 ? std::min(spinning, kMaxFriction) : 0.0;
  pair.rolling = condim >= 6 ? std::min(rolling, kMaxFriction) : 0.0;
}

GeomPair Combine(const mjModel& m, FrictionRule rule, int geom1, int geom2) {
  GeomPair pair{geom1, geom2, 0, 0, 0, false, 0, 0};
  const double* f1 = m.geom_friction + 3 * geom1;
  const double* f2 = m.geom_friction + 3 * geom2;
  if (m.geom_priority[geom1] != m.geom_priority[geom2]) {
    // The geom of higher priority decides alone, under either rule.
    const int geom = m.geom_priority[geom1] > m.geom_priority[geom2] ? geom1 : geom2;
    const double* f = m.geom_friction + 3 * geom;
    SetFriction(pair, m.geom_condim[geom], f[0], f[1], f[2]);
  } else {
    const int condim = std::max(m.geom_condim[geom1], m.geom_condim[geom2]);
    if (rule == FrictionRule::kMax) {
      SetFriction(pair, condim, std::max(f1[0], f2[0]), std::max(f1[1], f2[1]),
                  std::max(f1[2], f2[2]));
    } else {
      // Bullet: a geom's torsional coefficient counts times the other one's sliding coefficient. A
      // geom whose condim does not ask for torsion has none.
      const double spin1 = m.geom_condim[geom1] >= 4 ? f1[1] : 0.0;
      const double spin2 = m.geom_condim[geom2] >= 4 ? f2[1] : 0.0;
      const double roll1 = m.geom_condim[geom1] >= 6 ? f1[2] : 0.0;
      const double roll2 = m.geom_condim[geom2] >= 6 ? f2[2] : 0.0;
      SetFriction(pair, condim, f1[0] * f2[0], spin1 * f2[0] + spin2 * f1[0],
                  roll1 * f2[0] + roll2 * f1[0]);
    }
  }

  // Direct solref: springs in series, dampers added.
  double compliance = 0.0, damping = 0.0;
  for (int geom : {geom1, geom2}) {
    const double* solref = m.geom_solref + mjNREF * geom;
    const bool direct = solref[0] < 0;
    pair.soft |= direct;
    compliance += direct ? -1.0 / solref[0] : 1.0 / kRigid;
    damping += direct ? -solref[1] : kRigidDamping;
  }
  pair.stiffness = 1.0 / compliance;
  pair.damping = damping;
  return pair;
}

}  // namespace

std::vector<GeomPair> CollidingPairs(const mjModel& m, FrictionRule rule) {
  std::vector<GeomPair> pairs;
  if (m.opt.disableflags & mjDSBL_CONTACT) return pairs;
  const auto possible = [&](int geom1, int geom2) {
    return (CanMove(m, geom1) || CanMove(m, geom2)) &&
           !(IsSurface(m, geom1) && IsSurface(m, geom2));
  };

  // Explicit pairs win over every filter.
  std::set<std::pair<int, int>> explicit_pairs;
  for (int i = 0; i < m.npair; ++i) {
    const auto [geom1, geom2] = std::minmax(m.pair_geom1[i], m.pair_geom2[i]);
    if (!possible(geom1, geom2) || !explicit_pairs.insert({geom1, geom2}).second) continue;
    GeomPair pair{geom1, geom2, 0, 0, 0, false, 0, 0};
    const double* friction = m.pair_friction + 5 * i;
    SetFriction(pair, m.pair_dim[i], friction[0], friction[2], friction[3]);
    const double* solref = m.pair_solref + mjNREF * i;
    pair.soft = solref[0] < 0;
    pair.stiffness = -solref[0];
    pair.damping = -solref[1];
    pairs.push_back(pair);
  }

  std::set<int> excluded(m.exclude_signature, m.exclude_signature + m.nexclude);
  for (int geom1 = 0; geom1 < m.ngeom; ++geom1) {
    for (int geom2 = geom1 + 1; geom2 < m.ngeom; ++geom2) {
      const bool wanted = (m.geom_contype[geom1] & m.geom_conaffinity[geom2]) ||
                          (m.geom_contype[geom2] & m.geom_conaffinity[geom1]);
      if (!wanted || !possible(geom1, geom2) || explicit_pairs.contains({geom1, geom2})) continue;
      if (!BodiesMayTouch(m, excluded, m.geom_bodyid[geom1], m.geom_bodyid[geom2])) continue;
      pairs.push_back(Combine(m, rule, geom1, geom2));
    }
  }
  std::sort(pairs.begin(), pairs.end(), [](const GeomPair& a, const GeomPair& b) {
    return std::pair(a.geom1, a.geom2) < std::pair(b.geom1, b.geom2);
  });
  return pairs;
}

}  // namespace flyball::bullet
