// The maximum of a smooth function in a box, from its slope.
#ifndef FLYBALL_PHYSICS_NUMERIC_BOX_ASCENT_H_
#define FLYBALL_PHYSICS_NUMERIC_BOX_ASCENT_H_

#include <functional>
#include <span>

namespace flyball {

// The value at x, and its derivatives by the entries of x. A value that is not finite is a place where
// there is no function; the slope is not looked at then.
using ValueAndSlope = std::function<double(std::span<const double> x, std::span<double> slope)>;

// Climbs from x, brought into the box first, by spectral projected gradients (Birgin, Martinez and
// Raydan, 2000): steps as long as the last one's curvature says, which may go down for a while. Ends
// after `evaluations` (at least 1) of `f`, or where a whole step would move no entry by more than 1e-9
// of its range. x: the best place seen. Returns the value there; minus infinity if the first place has
// none. All of the same size; bounds may be infinite.
double MaximizeInBox(const ValueAndSlope& f, std::span<const double> low,
                     std::span<const double> high, int evaluations, std::span<double> x);

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_NUMERIC_BOX_ASCENT_H_
