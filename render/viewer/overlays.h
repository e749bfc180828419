// Overlays: contacts, forces and frames of a world as markers of its picture.
#ifndef FLYBALL_RENDER_VIEWER_OVERLAYS_H_
#define FLYBALL_RENDER_VIEWER_OVERLAYS_H_

#include <string>
#include <vector>

#include "physics/world/world.h"
#include "render/picture.h"

namespace flyball {

struct OverlayOptions {
  bool contacts = false;  // a small sphere at each point
  bool forces = false;    // an arrow along the force of the first geom on the second
  bool frames = false;    // of the world and of every body that moves: x red, y green, z blue
  double size = 0.1;      // m, length of an axis and of the longest force arrow
  double force = 1.0;     // N, which an arrow of that length stands for
};

// The engine's own contacts and forces, of the last substep.
std::vector<Marker> Overlays(const World& world, const OverlayOptions& options);

// The largest contact force now (N); 0 without contacts.
double LargestForce(const World& world);

// A body that moves by joints of its own, by its name ("body 3" where it has none).
struct MovingBody {
  int id;
  std::string name;
};
std::vector<MovingBody> MovingBodies(const World& world);

}  // namespace flyball

#endif  // FLYBALL_RENDER_VIEWER_OVERLAYS_H_
