// A plant over one step as designers of controllers see it, and controllers with an observer in it.
#ifndef FLYBALL_PHYSICS_LINEAR_GENERALIZED_PLANT_H_
#define FLYBALL_PHYSICS_LINEAR_GENERALIZED_PLANT_H_

#include "physics/linear/matrix.h"
#include "physics/linear/plant.h"

namespace flyball {

// x+ = a x + b1 w + b2 u,   z = c1 x + d11 w + d12 u,   y = c x + d21 w.
struct GeneralizedPlant {
  Matrix a, b1, b2;
  Matrix c1, d11, d12;
  Matrix c, d21;

  QuadraticCost Cost() const {
    return {c1.transpose() * c1, d12.transpose() * d12, c1.transpose() * d12};
  }
};

// Of a plant and its step's matrices. Where the plant's R is more than D12'D12, z has rows for the
// rest below its own, so that the cost is |z|^2 in any case.
GeneralizedPlant Generalize(const LinearPlant& plant, const Matrix& a, const Matrix& b1,
                            const Matrix& b2);

// The same plant with further noise on each measurement, of `variance` in units of that of w: entries
// of w below its own.
GeneralizedPlant WithMeasurementNoise(const GeneralizedPlant& plant, double variance);

// The same plant with a faint weight on every state and input, `share` of their mean weight, and faint
// noise on every state: rows of z and entries of w below its own. What the cost does not see or noise
// does not drive is then seen and driven, so that a controller that is optimal but for a trifle exists
// wherever the plant can be stabilised and detected.
GeneralizedPlant WithFaintWeights(const GeneralizedPlant& plant, double share);

// The same plant, whose measurement is shown one step late: the state holds y of the step before
// below x.
GeneralizedPlant WithLateMeasurement(const GeneralizedPlant& plant);

// u = k x̂ + f e,   x̂+ = a x̂ + b u + l e,   with e = y - c x̂ and x̂ = 0 at the start: the estimate x̂
// is made from the measurements before, and y enters through e.
struct ObserverController {
  Matrix a, b, c;
  Matrix l, k, f;
};

// The closed loop from w to z: state [x; x̂].
struct ClosedLoop {
  Matrix a, b, c, d;
};
ClosedLoop Close(const GeneralizedPlant& plant, const ObserverController& controller);
ClosedLoop Close(const GeneralizedPlant& plant, const Matrix& state_gain);  // u = state_gain x

// The root of the mean of |z|^2 under white w of unit covariance. Throws PhysicsError if unstable.
double H2Norm(const ClosedLoop& loop);
// The largest gain in energy from w to z, to a relative `tolerance`. Throws PhysicsError if unstable.
double HinfNorm(const ClosedLoop& loop, double tolerance = 1e-6);

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_LINEAR_GENERALIZED_PLANT_H_
