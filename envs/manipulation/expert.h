// Scripted experts: what all of them share. An expert decides where the end effector is to be and how
// it is turned; this turns the wish into an action of whichever kind the environment takes.
#ifndef FLYBALL_ENVS_MANIPULATION_EXPERT_H_
#define FLYBALL_ENVS_MANIPULATION_EXPERT_H_

#include <array>
#include <memory>
#include <span>
#include <vector>

#include "envs/manipulation/options.h"

namespace flyball {

using Quaternion = std::array<double, 4>;  // w x y z

// What an expert sees of a row: the plant's state.
struct ExpertView {
  Vec3 p;                                             // end effector (m)
  Vec3 v;                                             // its velocity (m/s)
  double width;                                       // between the fingers (m)
  std::span<const double> joints;                     // arm joints, then fingers
  std::span<const double> goal;                       // (goal_size)
  std::array<std::span<const double>, 2> things;      // pose (7): position, quaternion w x y z
  std::array<std::span<const double>, 2> velocities;  // (6): linear in world axes, angular in own
  uint32_t step;

  Vec3 thing(size_t i) const { return {things[i][0], things[i][1], things[i][2]}; }
};

// What an expert remembers of a row; plain data, for snapshots.
struct ExpertMemory {
  int phase = 0;
  int count = 0;                        // steps in this phase
  std::array<double, 16> numbers = {};  // a task's own
  Vec3 told_p = {};                     // where the arm was last told to be
  Quaternion told_q = {};
  double told_width = 0.0;
  std::array<double, 16> told_joints = {};
};

// A speed (see Wish) at which no component of a displacement is less than it can be.
inline constexpr double kAsFastAsEachAxis = 0.0;

struct Wish {
  Vec3 p;                              // of the end effector (m)
  Quaternion q;                        // of the end effector
  double width = 0.0;                  // between the fingers (m)
  double speed = 1.0;                  // share of the fastest step, or kAsFastAsEachAxis
  bool by_joints = false;              // then these count instead of p and q
  std::array<double, 16> joints = {};  // of the arm (rad)
};

class Expert : public Policy {
 public:
  Expert(const EnvSpec& spec, const Task& task, Variant variant);
  void Resize(int num_rows) override { memories_.resize(static_cast<size_t>(num_rows)); }
  void VisitState(int row, StateVisitor& visitor) override;
  void Act(int row, const PolicyInput& input, std::span<double> action) override;

 protected:
  // `memory.phase` is the expert's to set; `memory.count` counts the steps it has been what it is.
  virtual Wish Decide(const ExpertView& view, ExpertMemory& memory) const = 0;

  const KinematicChain& chain() const { return chain_; }
  const Quaternion& home_orientation() const { return home_orientation_; }
  // The same turned about y (rad): the fingers point backwards where it is positive.
  Quaternion Pitched(double pitch) const;
  std::span<const double> home() const { return robot_.home; }
  // Actions are the joints': what they have in common is limited, not what the end effector does.
  bool by_joints() const;
  // How far ahead of where it is (m) the end effector is to be told to be, along a direction (unit), for
  // the largest of its speeds there within a step to be `speed` (m/s), or as near as the arm can come.
  // On the way it turns by `turn` (rotation vector, rad/m).
  double LeadFor(const ExpertView& view, const Vec3& direction, double speed,
                 const Vec3& turn = {}) const;

 private:
  Expert(const Task& task, const TabletopOptions& options);
  ExpertView ViewOf(const PolicyInput& input) const;
  void ActByEndEffector(const Wish& wish, ExpertMemory& memory, std::span<double> action) const;
  void ActByJoints(const Wish& wish, ExpertMemory& memory, std::span<double> action) const;

  const Task& task_;
  Robot robot_;
  ActionMode mode_;
  bool from_measured_;
  std::shared_ptr<const Scene> scene_;
  KinematicChain chain_;
  Quaternion home_orientation_;
  size_t num_drives_, num_positions_, num_velocities_;
  std::vector<ExpertMemory> memories_;
};

// An ExpertFactory of one class.
template <class T>
std::unique_ptr<Policy> MakeExpert(const EnvSpec& spec, const Task& task, Variant variant) {
  return std::make_unique<T>(spec, task, variant);
}

// Rotation vector (rad) from one orientation to another.
Vec3 RotationVector(const Quaternion& from, const Quaternion& to);
Quaternion Product(const Quaternion& a, const Quaternion& b);
Quaternion Conjugate(const Quaternion& q);
// A rotation vector (rad) as a quaternion.
Quaternion FromRotationVector(const Vec3& rotation);

}  // namespace flyball

#endif  // FLYBALL_ENVS_MANIPULATION_EXPERT_H_
