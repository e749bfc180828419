// The transpose of a plane flow's step, for gradients, on plain numbers.
#ifndef FLYBALL_PHYSICS_FIELD_PLANE_ADJOINT_H_
#define FLYBALL_PHYSICS_FIELD_PLANE_ADJOINT_H_

#include <span>
#include <vector>

#include "physics/field/etdrk4_adjoint.h"
#include "physics/field/plane_flow.h"

namespace flyball {

// Keeps working memory: not for two threads at once.
class PlaneAdjoint {
 public:
  // `data` is the caller's to keep. `substeps` integration steps are one step here.
  PlaneAdjoint(const PlaneFlowData& data, int substeps);

  // The modes of all fields, those that are not kept dropped, and the transpose of that.
  Modes ToModes(std::span<const double> fields) const;
  void PullToModes(const Modes& by_modes, std::span<double> by_fields) const;  // adds
  // The fields after a step under a force with these modes.
  void Step(std::span<const double> fields, const Modes& force, std::span<double> next) const;
  // From the derivatives by `next`, adds those by the fields and by the force's modes.
  void Pull(std::span<const double> fields, const Modes& force, std::span<const double> by_next,
            std::span<double> by_fields, Modes& by_force) const;

 private:
  using Points = std::vector<double>;
  // Numbers that a field's modes are multiplied by on the way to points: real, or imaginary.
  struct Multiplier {
    std::vector<double> of_mode;
    bool imaginary;
  };
  // The points of a field of `u` times a multiplier, and the transpose of that, added to `by_u`.
  void ToPoints(const Modes& u, int field, const Multiplier& multiplier, Points& x) const;
  void PullToPoints(const Points& by_x, const Multiplier& multiplier, int field, Modes& by_u) const;
  Points Inverse(std::span<const std::complex<double>> modes) const;
  Modes InverseTransposed(std::span<const double> by_x) const;
  Modes Forward(std::span<const double> x) const;
  Points ForwardTransposed(std::span<const std::complex<double>> by_modes) const;
  int VelocityField(int direction) const { return d_.burgers ? direction : 0; }
  Modes Nonlinear(const Modes& u, const Modes& force) const;
  Modes NonlinearTransposed(const Modes& u, const Modes& by_out) const;

  const PlaneFlowData& d_;
  int substeps_;
  PlaneFft<double> fft_;
  Multiplier velocity_[2], slope_[2];  // by direction
  // Working memory: an object serves one rollout at a time.
  mutable Points re_, im_, work_, first_, second_, sum_;
};

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_FIELD_PLANE_ADJOINT_H_
