// What the pixels of a scene's pictures may stand for.
#ifndef FLYBALL_RENDER_SEGMENTS_H_
#define FLYBALL_RENDER_SEGMENTS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "physics/world/scene.h"

namespace flyball {

// Names by id: "nothing", then the named bodies, then the named shapes that belong to no body.
std::vector<std::string> SegmentNames(const Scene& scene);
// The id of each geom: its body's or the nearest named one's that carries it; else its own; else 0.
// Ids beyond 255 are 0.
std::vector<uint8_t> SegmentOfGeoms(const Scene& scene);
// How far pictures of a scene see (m).
double FarPlane(const Scene& scene);

}  // namespace flyball

#endif  // FLYBALL_RENDER_SEGMENTS_H_
