#include "bindings/pictures.h"

#include "physics/numeric/error.h"
#include "render/default_view.h"
#include "render/renderer.h"

namespace py = pybind11;

namespace flyball {

py::array_t<uint8_t> Picture(const World& world, int width, int height, const std::string& camera,
                             bool shadows) {
  if (width < 1 || height < 1 || width > kMaxPictureSide || height > kMaxPictureSide) {
    throw InputError("width and height are " + std::to_string(width) + " and " +
                     std::to_string(height) + "; 1 to " + std::to_string(kMaxPictureSide) +
                     " pixels are allowed");
  }
  py::array_t<uint8_t> pixels({height, width, 3});
  PictureTarget target{.width = width, .height = height};
  target.rgb = {pixels.mutable_data(), static_cast<size_t>(pixels.size())};
  const py::gil_scoped_release release;
  Renderer::Shared().Draw(world, ViewOf(world, camera), target, {.shadows = shadows});
  return pixels;
}

}  // namespace flyball
