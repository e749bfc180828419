// The transpose of a convection cell's step, for gradients, on plain numbers.
#ifndef FLYBALL_PHYSICS_FIELD_CONVECTION_ADJOINT_H_
#define FLYBALL_PHYSICS_FIELD_CONVECTION_ADJOINT_H_

#include <Eigen/Core>
#include <complex>
#include <span>
#include <vector>

#include "physics/field/convection.h"

namespace flyball {

class ConvectionAdjoint {
 public:
  // `data` is the caller's to keep. `substeps` integration steps are one step here.
  ConvectionAdjoint(const ConvectionData& data, int substeps);

  // Temperature and stream function (2, rows, nx) after a step under the lower wall's temperature
  // (kept modes); returns the Nusselt number.
  double Step(std::span<const double> fields, const std::vector<std::complex<double>>& wall,
              std::span<double> next) const;
  // From the derivatives by `next` and by the Nusselt number, adds those by the fields and by the
  // wall's modes.
  void Pull(std::span<const double> fields, const std::vector<std::complex<double>>& wall,
            std::span<const double> by_next, double by_nusselt, std::span<double> by_fields,
            std::vector<std::complex<double>>& by_wall) const;

 private:
  using Real = Eigen::MatrixXd;      // (rows, nx) on points, or an operator (rows, rows)
  using Complex = Eigen::MatrixXcd;  // (rows, kept) modes
  struct State {
    Complex psi, heat;
  };
  // The six fields whose products are the advection, as modes and on points.
  struct Lines {
    Real points[6];
  };

  Real ToPoints(const Complex& modes) const;
  Complex ToModes(const Real& points) const;
  Complex ToPointsTransposed(const Real& by_points) const;
  Real ToModesTransposed(const Complex& by_modes) const;
  State Load(std::span<const double> fields) const;
  Lines LinesOf(const State& y, const Eigen::VectorXcd& wall) const;
  State Explicit(const State& y, const Eigen::VectorXcd& wall) const;
  State ExplicitTransposed(const State& y, const Eigen::VectorXcd& wall, const State& by_out,
                           Eigen::VectorXcd& by_wall) const;
  void Stages(const State& y, const Eigen::VectorXcd& wall, State& middle, State& end) const;
  State PullSubstep(const State& y, const Eigen::VectorXcd& wall, const State& by_end,
                    Eigen::VectorXcd& by_wall) const;

  const ConvectionData& d_;
  int substeps_;
  RealFft<double> fft_;
  Real d1_, d2_, d3_, t1_;
  Eigen::VectorXd wall_slope_;  // of T at the rows inside, by the lower wall's temperature
  Eigen::VectorXcd ik_;         // (kept)
  struct Implicit {
    Real p, q, r;
    Eigen::VectorXd w1, w2;
  };
  std::vector<Implicit> stream_, heat_;
};

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_FIELD_CONVECTION_ADJOINT_H_
