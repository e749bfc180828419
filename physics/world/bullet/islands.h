// Solves contacts and joint rows island by island with Bullet's multibody sequential-impulse
// solver. An island is a set of trees whose bounds meet; islands are solved in the order of their
// first tree, and within one manifolds come in pair order and rows in joint order.
#ifndef FLYBALL_PHYSICS_WORLD_BULLET_ISLANDS_H_
#define FLYBALL_PHYSICS_WORLD_BULLET_ISLANDS_H_

#include <memory>
#include <span>
#include <vector>

#include "physics/world/bullet/bodies.h"
#include "physics/world/bullet/joint_rows.h"
#include "physics/world/bullet/narrowphase.h"

namespace flyball::bullet {

// Bullet's solver with room for so many contacts at once that its arrays need not grow in a step.
class Solver final : public btMultiBodyConstraintSolver {
 public:
  // `row_size`: doubles of one row's Jacobian, both bodies.
  void Reserve(int contacts, int joint_rows, int row_size, int bodies);
  size_t memory_bytes() const;
};

class Islands {
 public:
  // `max_contacts`: contact points to have room for; more cost an allocation.
  Islands(Bodies& bodies, size_t num_pairs, size_t max_contacts, size_t num_rows,
          const BulletSettings& settings);

  // Rows of the coming Solve. A row of two trees joins their islands.
  void ClearRows() { rows_.clear(); }
  void AddRow(btMultiBodyConstraint* row, int tree1, int tree2 = -1) {
    rows_.push_back({row, tree1, tree2});
  }
  void Solve(std::span<const Narrowphase::Touch> touches, double timestep);
  size_t memory_bytes() const;

 private:
  struct Row {
    btMultiBodyConstraint* constraint;
    int tree1, tree2;
  };
  int Root(int tree);
  void Unite(int tree1, int tree2);

  Solver solver_;
  btContactSolverInfo info_;
  std::vector<std::unique_ptr<btMultiBodyLinkCollider>> anchors_;  // stand for trees in the solver
  std::vector<Row> rows_;
  std::vector<int> parent_;
  // Per island, as ranges of arrays sorted by island.
  struct Range {
    int begin = 0, end = 0;
  };
  struct Island {
    Range bodies, manifolds, rows;
  };
  std::vector<Island> islands_;  // (num_trees), by root
  std::vector<btCollisionObject*> island_bodies_;
  std::vector<btPersistentManifold*> island_manifolds_;
  std::vector<btMultiBodyConstraint*> island_rows_;
};

}  // namespace flyball::bullet

#endif  // FLYBALL_PHYSICS_WORLD_BULLET_ISLANDS_H_
