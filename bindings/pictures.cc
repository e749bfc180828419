#include "bindings/pictures.h"

#include "physics/numeric/error.h"
#include "render/default_view.h"
#include "render/renderer.h"

namespace py = pybind11;

namespace flyball {

namespace {

py::array_t<uint8_t> MakePixels(int width, int height) {
  if (width < 1 || height < 1 || width > kMaxPictureSide || height > kMaxPictureSide) {
    throw InputError("width and height are " + std::to_string(width) + " and " +
                     std::to_string(height) + "; 1 to " + std::to_string(kMaxPictureSide) +
                     " pixels are allowed");
  }
  return py::array_t<uint8_t>({height, width, 3});
}

PictureTarget TargetOf(py::array_t<uint8_t>& pixels) {
  PictureTarget target{.width = static_cast<int>(pixels.shape(1)),
                       .height = static_cast<int>(pixels.shape(0))};
  target.rgb = {pixels.mutable_data(), static_cast<size_t>(pixels.size())};
  return target;
}

}  // namespace

py::array_t<uint8_t> Picture(const World& world, int width, int height, const std::string& camera,
                             bool shadows, std::span<const Marker> markers) {
  py::array_t<uint8_t> pixels = MakePixels(width, height);
  const PictureTarget target = TargetOf(pixels);
  const py::gil_scoped_release release;
  Renderer::Shared().Draw(world, ViewOf(world, camera), target, {.shadows = shadows}, markers);
  return pixels;
}

py::array_t<uint8_t> ChartPicture(const Figure& figure, int width, int height) {
  py::array_t<uint8_t> pixels = MakePixels(width, height);
  const PictureTarget target = TargetOf(pixels);
  const py::gil_scoped_release release;
  DrawFigure(figure, target);
  return pixels;
}

}  // namespace flyball
