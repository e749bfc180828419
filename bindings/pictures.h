// Pictures of worlds and figures as numpy arrays.
#ifndef FLYBALL_BINDINGS_PICTURES_H_
#define FLYBALL_BINDINGS_PICTURES_H_

#include <pybind11/numpy.h>

#include <span>
#include <string>

#include "physics/world/world.h"
#include "render/figure.h"

namespace flyball {

// (height, width, 3) uint8. Call with the GIL; it is released while drawing.
pybind11::array_t<uint8_t> Picture(const World& world, int width, int height,
                                   const std::string& camera, bool shadows,
                                   std::span<const Marker> markers = {});
pybind11::array_t<uint8_t> ChartPicture(const Figure& figure, int width, int height);

}  // namespace flyball

#endif  // FLYBALL_BINDINGS_PICTURES_H_
