#include "physics/world/bullet/islands.h"

#include <algorithm>

namespace flyball::bullet {
namespace {

// Sorts items into one array by island: sizes first, then places. `root_of` gives an item's island,
// `get` what is stored; an item of island -1 is left out.
template <class Item, class T, class RootOf, class Get, class RangeOf>
void Bucket(std::span<const Item> items, std::vector<T>& sorted, int num_islands, RootOf root_of,
            Get get, RangeOf range_of) {
  for (int i = 0; i < num_islands; ++i) range_of(i) = {};
  for (const Item& item : items) {
    if (const int root = root_of(item); root >= 0) ++range_of(root).end;
  }
  int begin = 0;
  for (int i = 0; i < num_islands; ++i) {
    const int count = range_of(i).end;
    range_of(i) = {begin, begin};
    begin += count;
  }
  sorted.resize(static_cast<size_t>(begin));
  for (const Item& item : items) {
    if (const int root = root_of(item); root >= 0) {
      sorted[static_cast<size_t>(range_of(root).end++)] = get(item);
    }
  }
}

}  // namespace

void Solver::Reserve(int contacts, int joint_rows, int row_size, int bodies) {
  m_multiBodyNonContactConstraints.reserve(joint_rows);
  m_multiBodyNormalContactConstraints.reserve(contacts);
  m_multiBodyFrictionContactConstraints.reserve(2 * contacts);
  const int rows = 3 * contacts + joint_rows;
  m_data.m_jacobians.reserve(rows * row_size);
  m_data.m_deltaVelocitiesUnitImpulse.reserve(rows * row_size);
  m_data.m_deltaVelocities.reserve(bodies * row_size);
  m_tmpSolverBodyPool.reserve(bodies + 1);
}

size_t Solver::memory_bytes() const {
  const int rows = m_multiBodyNonContactConstraints.capacity() +
                   m_multiBodyNormalContactConstraints.capacity() +
                   m_multiBodyFrictionContactConstraints.capacity() +
                   m_multiBodySpinningFrictionContactConstraints.capacity() +
                   m_multiBodyTorsionalFrictionContactConstraints.capacity();
  const int numbers = m_data.m_jacobians.capacity() +
                      m_data.m_deltaVelocitiesUnitImpulse.capacity() +
                      m_data.m_deltaVelocities.capacity();
  return static_cast<size_t>(rows) * sizeof(btMultiBodySolverConstraint) +
         static_cast<size_t>(numbers) * sizeof(double) +
         static_cast<size_t>(m_tmpSolverBodyPool.capacity()) * sizeof(btSolverBody);
}

Islands::Islands(Bodies& bodies, size_t num_pairs, size_t max_contacts, size_t num_rows,
                 const BulletSettings& settings) {
  // The two largest trees bound what one row can couple.
  int largest = 0, second = 0;
  for (int tree = 0; tree < bodies.num_trees(); ++tree) {
    const int size = bodies.tree(tree).getNumDofs() + 6;
    second = std::max(second, std::min(largest, size));
    largest = std::max(largest, size);
  }
  solver_.Reserve(static_cast<int>(max_contacts), static_cast<int>(num_rows), largest + second,
                  bodies.num_trees());

  const size_t num_trees = static_cast<size_t>(bodies.num_trees());
  for (int tree = 0; tree < bodies.num_trees(); ++tree) {
    anchors_.push_back(std::make_unique<btMultiBodyLinkCollider>(&bodies.tree(tree), -1));
  }
  parent_.resize(num_trees);
  islands_.resize(num_trees);
  rows_.reserve(num_rows);
  island_bodies_.reserve(num_trees);
  island_manifolds_.reserve(num_pairs);
  island_rows_.reserve(num_rows);

  // Everything that PyBullet's server sets, or leaves at the library's value, set here.
  info_.m_numIterations = settings.iterations;
  info_.m_erp = kLimitErp;
  info_.m_erp2 = settings.contact_erp;
  info_.m_frictionERP = settings.friction_erp;
  info_.m_globalCfm = 0;
  info_.m_frictionCFM = 0;
  info_.m_sor = 1;
  info_.m_linearSlop = settings.linear_slop;
  info_.m_leastSquaresResidualThreshold = settings.residual_threshold;
  info_.m_splitImpulse = true;
  info_.m_splitImpulsePenetrationThreshold = -0.04;
  info_.m_restitutionVelocityThreshold = 0.2;
  info_.m_numNonContactInnerIterations = 1;
  info_.m_minimumSolverBatchSize = 0;
  info_.m_solverMode = SOLVER_USE_WARMSTARTING | SOLVER_SIMD | SOLVER_USE_2_FRICTION_DIRECTIONS;
}

size_t Islands::memory_bytes() const {
  return sizeof(*this) + solver_.memory_bytes() +
         anchors_.size() * (sizeof(anchors_[0]) + sizeof(btMultiBodyLinkCollider)) +
         rows_.capacity() * sizeof(Row) + islands_.capacity() * sizeof(Island) +
         (island_bodies_.capacity() + island_manifolds_.capacity() + island_rows_.capacity()) *
             sizeof(void*);
}

int Islands::Root(int tree) {
  while (parent_[static_cast<size_t>(tree)] != tree) tree = parent_[static_cast<size_t>(tree)];
  return tree;
}

void Islands::Unite(int tree1, int tree2) {
  if (tree1 < 0 || tree2 < 0) return;
  const int root1 = Root(tree1), root2 = Root(tree2);
  parent_[static_cast<size_t>(std::max(root1, root2))] = std::min(root1, root2);
}

void Islands::Solve(std::span<const Narrowphase::Touch> touches, double timestep) {
  const int num_trees = static_cast<int>(parent_.size());
  for (int i = 0; i < num_trees; ++i) parent_[static_cast<size_t>(i)] = i;
  for (const Narrowphase::Touch& touch : touches) Unite(touch.tree1, touch.tree2);
  for (const Row& row : rows_) Unite(row.tree1, row.tree2);
  for (int i = 0; i < num_trees; ++i) parent_[static_cast<size_t>(i)] = Root(i);

  const auto root = [&](int tree) { return parent_[static_cast<size_t>(tree)]; };
  const auto island = [&](int i) -> Island& { return islands_[static_cast<size_t>(i)]; };
  Bucket(
      std::span<const Narrowphase::Touch>(touches), island_manifolds_, num_trees,
      [&](const Narrowphase::Touch& touch) {
        if (!touch.manifold->getNumContacts()) return -1;
        return root(touch.tree1 >= 0 ? touch.tree1 : touch.tree2);
      },
      [](const Narrowphase::Touch& touch) { return touch.manifold; },
      [&](int i) -> Range& { return island(i).manifolds; });
  Bucket(
      std::span<const Row>(rows_), island_rows_, num_trees,
      [&](const Row& row) { return root(row.tree1); },
      [](const Row& row) { return row.constraint; },
      [&](int i) -> Range& { return island(i).rows; });
  using Anchor = std::unique_ptr<btMultiBodyLinkCollider>;
  Bucket(
      std::span<const Anchor>(anchors_), island_bodies_, num_trees,
      [&](const Anchor& anchor) { return root(static_cast<int>(&anchor - anchors_.data())); },
      [](const Anchor& anchor) -> btCollisionObject* { return anchor.get(); },
      [&](int i) -> Range& { return island(i).bodies; });

  info_.m_timeStep = timestep;
  for (const Island& one : islands_) {
    const int num_manifolds = one.manifolds.end - one.manifolds.begin;
    const int num_rows = one.rows.end - one.rows.begin;
    if (num_manifolds == 0 && num_rows == 0) continue;
    solver_.reset();
    solver_.solveMultiBodyGroup(
        island_bodies_.data() + one.bodies.begin, one.bodies.end - one.bodies.begin,
        island_manifolds_.data() + one.manifolds.begin, num_manifolds, nullptr, 0,
        island_rows_.data() + one.rows.begin, num_rows, info_, nullptr, nullptr);
  }
}

}  // namespace flyball::bullet
