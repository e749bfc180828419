// The transpose of a plane flow's step, for gradients, on plain numbers.
#ifndef FLYBALL_PHYSICS_FIELD_PLANE_ADJOINT_H_
#define FLYBALL_PHYSICS_FIELD_PLANE_ADJOINT_H_

#include <span>
#include <vector>

#include "physics/field/etdrk4_adjoint.h"
#include "physics/field/plane_flow.h"

namespace flyball {

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
  Points Inverse(const Modes& modes) const;
  Modes InverseTransposed(const Points& by_x) const;
  Modes Forward(std::span<const double> x) const;
  Points ForwardTransposed(const Modes& by_modes) const;
  // Multipliers of a mode: of a component of the velocity, and of a slope.
  std::complex<double> ToVelocity(int direction, size_t k) const;
  std::complex<double> ToSlope(int direction, size_t k) const;
  int VelocityField(int direction) const { return d_.burgers ? direction : 0; }
  Modes Part(const Modes& all, int field) const;
  Modes Nonlinear(const Modes& u, const Modes& force) const;
  Modes NonlinearTransposed(const Modes& u, const Modes& by_out) const;

  const PlaneFlowData& d_;
  int substeps_;
  PlaneFft<double> fft_;
};

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_FIELD_PLANE_ADJOINT_H_
