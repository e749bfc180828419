// A linear plant, as data:
//   dx/dt = A x + B1 w + B2 u,   y = C x + D21 w,   z = C1 x + D11 w + D12 u,
// or with x(t + 1) in place of dx/dt where it is one of discrete time;
// with x the state, u the control, w the disturbance, y the measurement, and z the output whose
// square is the cost.
#ifndef FLYBALL_PHYSICS_LINEAR_PLANT_H_
#define FLYBALL_PHYSICS_LINEAR_PLANT_H_

#include <string>
#include <vector>

#include "physics/linear/matrix.h"
#include "physics/linear/riccati.h"

namespace flyball {

struct LinearPlant {
  std::string name;                           // "he1"
  std::string models;                         // what it is a model of
  std::string source;                         // where the numbers come from
  double action_limit = kDefaultActionLimit;  // suggested bound on |u|, in the plant's units
  bool discrete = false;                      // A, B1, B2 make the next state, not its derivative
  bool uniform_input_weight = false;  // R is the largest eigenvalue of D12'D12 times the identity
  Matrix a;                           // (nx, nx) 1/s; discrete: 1
  Matrix b1, b2;                      // (nx, nw), (nx, nu)
  Matrix c, c1;                       // (ny, nx), (nz, nx)
  Matrix d11, d12, d21;               // (nz, nw), (nz, nu), (ny, nw)

  static constexpr double kDefaultActionLimit = 1.0;

  Eigen::Index nx() const { return a.rows(); }
  Eigen::Index nu() const { return b2.cols(); }
  Eigen::Index nw() const { return b1.cols(); }
  Eigen::Index ny() const { return c.rows(); }
  Eigen::Index nz() const { return c1.rows(); }

  // |C1 x + D12 u|^2 written out, with R as `uniform_input_weight` says.
  QuadraticCost Cost() const;
  // Throws InputError naming the matrix whose shape does not fit, or that is not finite.
  void Check() const;
};

// Reads and writes the text form of assets/linear (ORIGIN.md there describes it); a file whose name
// ends in .zst is that text compressed by zstd. Reading throws DataError naming the file and line.
LinearPlant ReadLinearPlant(const std::string& path);
LinearPlant ParseLinearPlant(const std::string& text, const std::string& path);
std::string FormatLinearPlant(const LinearPlant& plant);

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_LINEAR_PLANT_H_
