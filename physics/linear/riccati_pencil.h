// The discrete Riccati equation by the ordered generalised Schur form: where doubling fails.
#ifndef FLYBALL_PHYSICS_LINEAR_RICCATI_PENCIL_H_
#define FLYBALL_PHYSICS_LINEAR_RICCATI_PENCIL_H_

#include <optional>

#include "physics/linear/riccati.h"

namespace flyball {

// The stabilising solution P as the stable subspace [x; P x] of the extended pencil (Van Dooren, 1981),
// in which R is not inverted: it may be singular, and a game's. No start is needed. Ten times slower
// than doubling and less accurate: to be polished. Empty if as many modes as there are states are not
// inside the unit circle, or if some input neither does nor costs anything.
std::optional<Matrix> SolveRiccatiPencil(const Matrix& a, const Matrix& b,
                                         const QuadraticCost& cost);

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_LINEAR_RICCATI_PENCIL_H_
