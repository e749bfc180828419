// What a picture is of, and where its pixels go.
#ifndef FLYBALL_RENDER_PICTURE_H_
#define FLYBALL_RENDER_PICTURE_H_

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace flyball {

// Where a picture is taken from: a camera of the model by its name, or a free one.
struct CameraView {
  std::string camera;                   // a camera of the scene; empty: the free camera below
  std::array<double, 3> lookat_W = {};  // m, the point in the middle of the picture
  double distance = 2.0;                // m, from the eye to lookat, > 0
  double azimuth_deg = 90.0;            // about z; 0 looks along +x, 90 along +y
  double elevation_deg = -30.0;         // negative looks down
  double fovy_deg = 45.0;               // vertical field of view, (0, 180)
};

// A shape that exists in the picture only: a goal, a target, a path.
struct Marker {
  enum class Shape { kSphere, kBox, kCylinder, kCapsule, kEllipsoid, kArrow };
  Shape shape = Shape::kSphere;
  std::array<double, 3> p_W = {};            // m
  std::array<double, 4> q_W = {1, 0, 0, 0};  // w x y z
  // m, half sizes as MuJoCo counts them: radius; half edges; radius, half length; semi-axes; for an
  // arrow radius, radius, length along its z.
  std::array<double, 3> size = {0.02, 0.02, 0.02};
  std::array<float, 4> rgba = {0.1f, 0.9f, 0.1f, 0.3f};
};

struct PictureOptions {
  bool shadows = false;
  bool reflections = false;
  // Geom and site groups that are drawn: MuJoCo's own default is 0, 1 and 2 (3 holds collision shapes).
  std::array<bool, 6> groups = {true, true, true, false, false, false};
};

// Largest side of a picture (pixels), which every OpenGL we know can draw.
constexpr int kMaxPictureSide = 4096;

// The pixels to fill, row by row from the top; an empty span is not drawn. Sizes must fit.
struct PictureTarget {
  int width = 0, height = 0;             // pixels, 1 to kMaxPictureSide
  std::span<uint8_t> rgb = {};           // (height, width, 3)
  std::span<float> depth = {};           // (height, width) m along the view axis; nothing: infinity
  std::span<int32_t> segmentation = {};  // (height, width) geom id; -1 no geom; -2 - i marker i
};

struct Image {
  int width = 0, height = 0;
  std::vector<uint8_t> rgb;  // (height, width, 3)
};

}  // namespace flyball

#endif  // FLYBALL_RENDER_PICTURE_H_
