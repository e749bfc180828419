// Fields are stepped in pieces of one native vector: the arrays of a transform then stay in the nearest
// cache, and its butterflies in registers. The bits do not depend on it.
#ifndef FLYBALL_ENVS_PDE_LANE_PIECE_H_
#define FLYBALL_ENVS_PDE_LANE_PIECE_H_

#include "physics/numeric/lanes.h"

namespace flyball {

template <class T>
struct LanePiece {
  using Type = double;
};
template <int W>
struct LanePiece<Lanes<W>> {
  using Type = Lanes<sleef::kChunk>;
};

}  // namespace flyball

#endif  // FLYBALL_ENVS_PDE_LANE_PIECE_H_
