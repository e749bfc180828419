// Where to look from when nobody says.
#ifndef FLYBALL_RENDER_DEFAULT_VIEW_H_
#define FLYBALL_RENDER_DEFAULT_VIEW_H_

#include <string>

#include "physics/world/world.h"
#include "render/picture.h"

namespace flyball {

// A named camera of the world's scene; for an empty name a free one that shows the whole scene,
// from the side that the model's <visual><global azimuth= elevation=> asks for. Throws InputError
// with the nearest name.
CameraView ViewOf(const World& world, const std::string& camera = "");

}  // namespace flyball

#endif  // FLYBALL_RENDER_DEFAULT_VIEW_H_
