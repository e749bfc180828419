#include "render/scene_painter.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "physics/numeric/error.h"
#include "physics/world/mujoco/guard.h"

namespace flyball {
namespace {

constexpr int kMostMarkers = 10000;

int GeomType(Marker::Shape shape) {
  switch (shape) {
    case Marker::Shape::kSphere:
      return mjGEOM_SPHERE;
    case Marker::Shape::kBox:
      return mjGEOM_BOX;
    case Marker::Shape::kCylinder:
      return mjGEOM_CYLINDER;
    case Marker::Shape::kCapsule:
      return mjGEOM_CAPSULE;
    case Marker::Shape::kEllipsoid:
      return mjGEOM_ELLIPSOID;
    case Marker::Shape::kArrow:
      return mjGEOM_ARROW;
  }
  throw InputError("not a Marker::Shape: " + std::to_string(static_cast<int>(shape)));
}

// Shapes that an abstract scene may have: each element and its decoration, and the markers.
int Room(const mjModel& model, size_t markers) {
  return static_cast<int>(2 * model.ngeom + 2 * model.nsite + 4 * model.nbody + 8 * model.ntendon) +
         1000 + static_cast<int>(markers);
}

// Rows arrive from the bottom; a picture begins at the top.
template <class T>
void CopyUpsideDown(const T* from, int width, int height, int channels, T* to) {
  const size_t row = static_cast<size_t>(width) * static_cast<size_t>(channels);
  for (int y = 0; y < height; ++y) {
    std::memcpy(to + static_cast<size_t>(height - 1 - y) * row, from + static_cast<size_t>(y) * row,
                row * sizeof(T));
  }
}

// The mean of each (scale, scale) of pixels, upside down; `line` is the pixels in a line of `from`.
void CopyMeans(const unsigned char* from, int line, int width, int height, int scale, uint8_t* to) {
  const int area = scale * scale, row = 3 * line;
  for (int y = height - 1; y >= 0; --y) {
    const unsigned char* block = from + static_cast<ptrdiff_t>(scale) * y * row;
    if (scale == 1) {
      std::memcpy(to, block, 3 * static_cast<size_t>(width));
      to += 3 * width;
      continue;
    }
    for (int x = 0; x < width; ++x, block += 3 * scale) {
      for (int channel = 0; channel < 3; ++channel) {
        int sum = area / 2;  // rounds
        for (int i = 0; i < scale; ++i) {
          for (int j = 0; j < scale; ++j) sum += block[i * row + 3 * j + channel];
        }
        *to++ = static_cast<uint8_t>(sum / area);
      }
    }
  }
}

}  // namespace

PictureQuality QualityOf(const PictureTarget& target, const PictureOptions& options) {
  constexpr int kSmall = 160;  // pixels
  return {.fine = std::max(target.width, target.height) > kSmall, .shadows = options.shadows};
}

ScenePainter::ScenePainter(const mjModel& model, const PictureQuality& quality, int sheet)
    : view_model_(std::make_unique<mjModel>()), sheet_(sheet) {
  mjr_defaultContext(&context_);
  mjv_defaultScene(&scene_);
  try {
    Guarded("making an abstract scene", [&] { mjv_makeScene(&model, &scene_, Room(model, 0)); });
    Upload(model, quality);
  } catch (...) {
    mjr_freeContext(&context_);
    mjv_freeScene(&scene_);
    throw;
  }
}

void ScenePainter::Upload(const mjModel& model, const PictureQuality& quality) {
  // Buffers of the size that is needed: a shadow map alone takes 64 MiB at MuJoCo's default, and its
  // pixels are most of the work where OpenGL is software. Off-screen buffers grow with the pictures.
  *view_model_ = model;
  auto& settings = view_model_->vis.quality;
  settings.shadowsize =
      !quality.shadows ? 0 : std::min(settings.shadowsize, quality.fine ? 1024 : 256);
  if (!quality.fine) {
    settings.numslices = std::min(settings.numslices, 12);
    settings.numstacks = std::min(settings.numstacks, 6);
    settings.numquads = 1;
    // Edges are smoothed by drawing twice as finely: in software a quarter to two fifths more, where
    // OpenGL's own four samples took it twice the time.
    settings.offsamples = 0;
    scale_ = 2;
  }
  view_model_->vis.global.offwidth = view_model_->vis.global.offheight = 64;
  Guarded("uploading a scene to OpenGL", [&] {
    mjr_makeContext(view_model_.get(), &context_, mjFONTSCALE_100);
    mjr_setBuffer(mjFB_OFFSCREEN, &context_);
  });
  if (context_.currentBuffer != mjFB_OFFSCREEN) {
    throw Error("this OpenGL draws into no off-screen buffer");
  }
  // The same picture of depth on every card, as exact as it can be.
  context_.readDepthMap = mjDEPTH_ZEROFAR;
}

ScenePainter::~ScenePainter() {
  mjr_freeContext(&context_);
  mjv_freeScene(&scene_);
}

void ScenePainter::PlaceScene(const mjModel& model, const mjData& data, int camera,
                              const CameraView& view, const PictureOptions& options,
                              std::span<const Marker> markers) {
  // MuJoCo keeps the free camera's field of view in the model: a shallow copy carries ours.
  *view_model_ = model;
  view_model_->vis.global.fovy = static_cast<float>(view.fovy_deg);

  mjvCamera eye;
  mjv_defaultCamera(&eye);
  eye.type = camera < 0 ? mjCAMERA_FREE : mjCAMERA_FIXED;
  eye.fixedcamid = camera;
  std::copy(view.lookat_W.begin(), view.lookat_W.end(), eye.lookat);
  eye.distance = view.distance;
  eye.azimuth = view.azimuth_deg;
  eye.elevation = view.elevation_deg;

  mjvOption shown;
  mjv_defaultOption(&shown);
  for (size_t i = 0; i < options.groups.size(); ++i) {
    shown.geomgroup[i] = shown.sitegroup[i] = options.groups[i];
  }
  // The abstract scene uses mjData's stack and changes nothing that is state.
  mjv_updateScene(view_model_.get(), const_cast<mjData*>(&data), &shown, nullptr, &eye, mjCAT_ALL,
                  &scene_);
  scene_.flags[mjRND_SHADOW] = options.shadows;
  scene_.flags[mjRND_REFLECTION] = options.reflections;

  first_marker_ = scene_.ngeom;
  for (const Marker& marker : markers) {
    if (scene_.ngeom >= scene_.maxgeom) break;
    mjvGeom* geom = scene_.geoms + scene_.ngeom;
    double rotation[9];
    mju_quat2Mat(rotation, marker.q_W.data());
    mjv_initGeom(geom, GeomType(marker.shape), marker.size.data(), marker.p_W.data(), rotation,
                 marker.rgba.data());
    geom->category = mjCAT_DECOR;
    geom->castshadow = 0;
    geom->segid = scene_.ngeom++;
  }
}

void ScenePainter::Draw(const mjModel& model, const mjData& data, int camera,
                        const CameraView& view, const PictureOptions& options,
                        std::span<const Marker> markers, const PictureTarget& target) {
  // Markers beyond the room made at upload get more.
  if (markers.size() > kMostMarkers) {
    throw InputError("a picture has " + std::to_string(markers.size()) + " markers; at most " +
                     std::to_string(kMostMarkers));
  }
  const int room = Room(model, markers.size());
  if (room > scene_.maxgeom) {
    Guarded("making room for markers", [&] {
      mjv_freeScene(&scene_);
      mjv_defaultScene(&scene_);
      mjv_makeScene(&model, &scene_, room);
    });
  }
  const Tile tile = PlaceTile(target);
  depth_.resize(static_cast<size_t>(target.width) * static_cast<size_t>(target.height));

  Guarded("drawing", [&] {
    mjr_setBuffer(mjFB_OFFSCREEN, &context_);
    PlaceScene(model, data, camera, view, options, markers);
    if (!target.rgb.empty()) {
      mjr_render(tile.place, &scene_, &context_);
      tiles_.push_back(tile);
      if (sheet_ < 2 * std::max(tile.place.width, tile.place.height)) Finish();
    }
    // Depth is that of the segmentation, which has neither a sky nor edges between two things.
    if (!target.depth.empty() || !target.segmentation.empty()) {
      Finish();
      scene_.flags[mjRND_SHADOW] = scene_.flags[mjRND_REFLECTION] = 0;
      scene_.flags[mjRND_SEGMENT] = scene_.flags[mjRND_IDCOLOR] = 1;
      mjr_render({0, 0, target.width, target.height}, &scene_, &context_);
      scene_.flags[mjRND_SEGMENT] = scene_.flags[mjRND_IDCOLOR] = 0;
      if (!target.depth.empty()) ReadDepth(target);
      if (!target.segmentation.empty()) ReadSegmentation(target);
    }
  });
}

ScenePainter::Tile ScenePainter::PlaceTile(const PictureTarget& target) {
  const int width = scale_ * target.width, height = scale_ * target.height;
  Tile tile{{0, 0, width, height}, target.width, target.height, target.rgb};
  if (!tiles_.empty()) {
    // Behind the last one, or in a new line, if it is as high.
    mjrRect last = tiles_.back().place;
    last.left += last.width;
    if (last.left + width > context_.offWidth) last.left = 0, last.bottom += last.height;
    const bool fits = height == last.height && last.left + width <= context_.offWidth &&
                      last.bottom + height <= context_.offHeight;
    if (fits) {
      tile.place.left = last.left;
      tile.place.bottom = last.bottom;
      return tile;
    }
    Finish();
    // There is room for more next time, up to a whole sheet.
    const bool wide = context_.offWidth > context_.offHeight;
    Enlarge(std::min(wide ? context_.offWidth : 2 * context_.offWidth, sheet_),
            std::min(wide ? 2 * context_.offHeight : context_.offHeight, sheet_));
  }
  Enlarge(width, height);
  return tile;
}

void ScenePainter::Enlarge(int width, int height) {
  if (width <= context_.offWidth && height <= context_.offHeight) return;
  Guarded("enlarging the off-screen buffer", [&] {
    mjr_resizeOffscreen(std::max(width, context_.offWidth), std::max(height, context_.offHeight),
                        &context_);
  });
}

void ScenePainter::Finish() {
  if (tiles_.empty()) return;
  mjrRect all = {0, 0, 0, 0};
  for (const Tile& tile : tiles_) {
    all.width = std::max(all.width, tile.place.left + tile.place.width);
    all.height = std::max(all.height, tile.place.bottom + tile.place.height);
  }
  pixels_.resize(3 * static_cast<size_t>(all.width) * static_cast<size_t>(all.height));
  Guarded("reading pictures", [&] {
    mjr_setBuffer(mjFB_OFFSCREEN, &context_);
    mjr_readPixels(pixels_.data(), nullptr, all, &context_);
  });
  for (const Tile& tile : tiles_) {
    const unsigned char* from =
        pixels_.data() +
        3 * (static_cast<ptrdiff_t>(tile.place.bottom) * all.width + tile.place.left);
    CopyMeans(from, all.width, tile.width, tile.height, scale_, tile.rgb.data());
  }
  tiles_.clear();
}

void ScenePainter::ReadDepth(const PictureTarget& target) {
  mjr_readPixels(nullptr, depth_.data(), {0, 0, target.width, target.height}, &context_);
  // The map is reversed, 1 at the near plane and 0 at the far one: z = n f / (d (f - n) + n).
  const double near = scene_.camera[0].frustum_near, far = scene_.camera[0].frustum_far;
  for (float& value : depth_) {
    value = value > 0 ? static_cast<float>(near * far / (value * (far - near) + near))
                      : std::numeric_limits<float>::infinity();
  }
  CopyUpsideDown(depth_.data(), target.width, target.height, 1, target.depth.data());
}

void ScenePainter::ReadSegmentation(const PictureTarget& target) {
  pixels_.resize(3 * depth_.size());
  mjr_readPixels(pixels_.data(), nullptr, {0, 0, target.width, target.height}, &context_);
  // A colour is the segmentation id plus one. Ids count the drawn geoms; look up what they are.
  std::fill(meaning_.begin(), meaning_.end(), -1);
  for (int i = 0; i < scene_.ngeom; ++i) {
    const mjvGeom& geom = scene_.geoms[i];
    if (geom.segid < 0) continue;
    if (static_cast<size_t>(geom.segid) >= meaning_.size()) {
      meaning_.resize(static_cast<size_t>(geom.segid) + 1, -1);
    }
    meaning_[static_cast<size_t>(geom.segid)] = i >= first_marker_ ? -2 - (i - first_marker_)
                                                : geom.objtype == mjOBJ_GEOM ? geom.objid
                                                                             : -1;
  }
  for (int y = 0; y < target.height; ++y) {
    const unsigned char* from = pixels_.data() + 3 * static_cast<size_t>(y * target.width);
    int32_t* to =
        target.segmentation.data() + static_cast<size_t>((target.height - 1 - y) * target.width);
    for (int x = 0; x < target.width; ++x, from += 3) {
      const int id = from[0] + 256 * from[1] + 65536 * from[2] - 1;
      to[x] = id >= 0 && id < static_cast<int>(meaning_.size()) ? meaning_[static_cast<size_t>(id)]
                                                                : -1;
    }
  }
}

}  // namespace flyball
