// Model predictive control of a linear plant with bounded inputs, condensed: a quadratic program in
// the inputs alone, whose linear term follows from the state.
#ifndef FLYBALL_PHYSICS_LINEAR_PREDICTIVE_CONTROL_H_
#define FLYBALL_PHYSICS_LINEAR_PREDICTIVE_CONTROL_H_

#include <Eigen/Core>

#include "physics/linear/quadratic_program.h"
#include "physics/linear/riccati.h"

namespace flyball {

// Over `horizon` steps of x+ = a x + b u: the stage cost, then x'Px of the last state.
struct PredictiveSettings {
  Matrix a, b;
  QuadraticCost cost;
  Matrix terminal;  // (n, n) P, of the unbounded regulator
  int horizon = 20;
  Eigen::VectorXd low, high;  // (m) bounds of u
};

// The program of a state x: min 1/2 v'Hv + (by_state x + by_target t)'v with low + bounds_by_state x
// <= G v <= high + bounds_by_state x. The first m entries of v are the input to apply.
struct PredictiveProgram {
  QuadraticProgram program;
  Matrix by_state;            // (size of v, n)
  Matrix by_target;           // (size of v, 3 n), of a tracking controller; else empty
  Eigen::VectorXd low, high;  // (constraints)
  Matrix bounds_by_state;     // (constraints, n)
  Eigen::Index inputs;        // m

  // Throws what QuadraticProgram::Solve does.
  Eigen::VectorXd Solve(const Eigen::VectorXd& x, const Eigen::VectorXd& target = {}) const;
};

// To the origin. Throws InputError if the weights leave an input without a cost.
PredictiveProgram DesignPredictive(const PredictiveSettings& settings);

// To a target that is a constant and a wave, te + ts sin(w k) + tc cos(w k), of which nothing need be
// attainable: an artificial reference of the same form, which the plant can follow within its bounds,
// is chosen along with the inputs, close to the target (Krupa, Limon, Alamo: harmonic based model
// predictive control for tracking, 2022). `frequency`: w in rad a step, 0 < w < pi. `offset_weight`:
// of the squared distance of reference and target. The target vector is [te; ts; tc], its wave
// counted from the end of the horizon. The terminal cost is of the distance to the reference.
PredictiveProgram DesignTracking(const PredictiveSettings& settings, double frequency,
                                 double offset_weight);

// With noise of covariance `noise` (n, n) added to each next state: bounds are met with
// `probability` (each, at each step; 0.5 to 1) if the plan is followed with the feedback `gain`, so
// that what is planned keeps as many standard deviations of it away from them. `output` (p, n) x is
// to stay within +-`output_bound` likewise, at a steep cost where it cannot (p may be 0).
// Throws InputError naming the step at which nothing is left of a bound.
struct ChanceSettings {
  Matrix noise;
  Matrix gain;  // (m, n)
  double probability = 0.95;
  Matrix output;
  double output_bound = 0.0;
};
PredictiveProgram DesignStochastic(const PredictiveSettings& settings,
                                   const ChanceSettings& chance);

// The number of standard deviations that a normal number exceeds with probability 1 - `probability`.
double NormalQuantile(double probability);

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_LINEAR_PREDICTIVE_CONTROL_H_
