// Controllers that are optimal for a generalized plant in the mean square (LQG, H2) or in the worst
// case (H-infinity), from its state or from its measurement.
#ifndef FLYBALL_PHYSICS_LINEAR_OPTIMAL_CONTROL_H_
#define FLYBALL_PHYSICS_LINEAR_OPTIMAL_CONTROL_H_

#include "physics/linear/generalized_plant.h"
#include "physics/linear/matrix.h"

namespace flyball {

// The output feedback that minimises the H2 norm from w to z; w drives x and y together, so that the
// covariance across is used. It is the LQG controller of white w, whatever the scale of w. The
// measurement of a step is used in the same step. Throws InputError if the plant cannot be
// stabilised or detected, naming the mode; PhysicsError if there is no stabilising solution.
ObserverController DesignH2(const GeneralizedPlant& plant);

// u = gain x against w = worst x: a saddle point of sum |z|^2 - gamma^2 |w|^2.
struct HinfStateFeedback {
  Matrix gain;             // (nu, nx)
  Matrix worst;            // (nw, nx) the disturbance that gains the most
  Matrix p;                // (nx, nx) the value of the game from x is x' p x
  double gamma;            // the level: from w to z energy grows by less than gamma^2
  double spectral_radius;  // of a + b2 gain, < 1
};
// u is chosen before w of the same step is known. It is checked that the value is not negative, that
// w has no reason to play without bound (gamma^2 I - D11'D11 - B1'P B1 > 0), and that the loop is
// stable with and without w. Throws InputError naming the attainable level if `gamma` is below it,
// and as DesignH2 does.
HinfStateFeedback DesignHinf(const GeneralizedPlant& plant, double gamma);
// The smallest gamma for which there is such a feedback, from above, to a relative `tolerance`.
double AttainableHinf(const GeneralizedPlant& plant, double tolerance = 1e-3);

// The central controller from the measurement, at a level `gamma`. Errors as above.
ObserverController DesignHinfOutput(const GeneralizedPlant& plant, double gamma);
double AttainableHinfOutput(const GeneralizedPlant& plant, double tolerance = 1e-3);

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_LINEAR_OPTIMAL_CONTROL_H_
