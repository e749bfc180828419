#include "envs/core/pictures.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "physics/numeric/error.h"
#include "physics/world/world.h"
#include "render/renderer.h"
#include "render/segments.h"

namespace flyball {
namespace {

using Channel = PictureField::Channel;

constexpr std::pair<const char*, Channel> kChannels[] = {
    {"rgb", Channel::kRgb}, {"depth", Channel::kDepth}, {"segmentation", Channel::kSegmentation}};

// What one picture of a channel is, without an axis of agents.
Field FieldOf(Channel channel, const std::string& camera, const PictureRequest& request,
              size_t num_segments, double far) {
  const std::string from = " from camera '" + camera + "', row by row from the top";
  Field field{.shape = {request.height, request.width}};
  if (channel == Channel::kRgb) {
    field.name = "rgb";
    field.dtype = DType::kUInt8;
    field.shape.push_back(3);
    field.doc = "colours" + from;
    field.entries = {{"rgb", 3, "1", 0, 255, "red, green, blue"}};
  } else if (channel == Channel::kDepth) {
    field.name = "depth";
    field.dtype = DType::kFloat32;
    field.doc = "distance along the view axis" + from;
    field.entries = {{"depth", 1, "m", 0, far, "the far plane's where nothing is seen"}};
  } else {
    field.name = "segmentation";
    field.dtype = DType::kUInt8;
    field.doc = "what is seen" + from;
    field.entries = {{"segmentation", 1, "1", 0, static_cast<double>(num_segments) - 1,
                      "id; what it stands for: the spec's segments, counted from 0"}};
  }
  return field;
}

int Side(const Value& size, size_t i, const std::string& where) {
  const bool good = size.is_list() && size.AsList().size() == 2 && size.AsList()[i].is_integer();
  const int64_t side = good ? size.AsList()[i].AsInteger() : 0;
  if (side < 1 || side > kMaxPictureSide) {
    throw InputError(where + ", option 'picture_size': " + size.ToJson() +
                     "; width and height, each 1 to " + std::to_string(kMaxPictureSide) +
                     " pixels, are needed");
  }
  return static_cast<int>(side);
}

}  // namespace

std::vector<std::string> ChannelNames() {
  std::vector<std::string> names;
  for (const auto& [name, channel] : kChannels) names.emplace_back(name);
  return names;
}

OptionSchema PictureOptionsOf(const List& cameras, int width, int height) {
  OptionSchema options;
  if (!cameras.empty()) {
    options.push_back({.name = "cameras",
                       .kind = Option::Kind::kList,
                       .default_value = cameras,
                       .doc = "where observed pictures are taken from; several give a field each"});
  }
  options.push_back({.name = "picture_size",
                     .kind = Option::Kind::kList,
                     .default_value = List{width, height},
                     .unit = "pixels",
                     .doc = "width and height of observed pictures"});
  options.push_back(
      {.name = "picture_shadows",
       .kind = Option::Kind::kBool,
       .default_value = false,
       .doc = "whether observed pictures have shadows, which take several times as long"});
  options.push_back({.name = "picture_markers",
                     .kind = Option::Kind::kBool,
                     .default_value = false,
                     .doc = "whether goals are seen in observed pictures"});
  return options;
}

PictureRequest PictureRequestOf(const Options& resolved, const std::string& where,
                                std::vector<std::string>* others) {
  PictureRequest request;
  for (const std::string& name : resolved.at("observation").AsTexts()) {
    const auto* known = std::find_if(std::begin(kChannels), std::end(kChannels),
                                     [&](const auto& channel) { return name == channel.first; });
    if (known == std::end(kChannels)) {
      others->push_back(name);
      continue;
    }
    auto& channels = request.channels;
    if (std::find(channels.begin(), channels.end(), known->second) == channels.end()) {
      channels.push_back(known->second);
    }
  }
  const Value& size = resolved.at("picture_size");
  request.width = Side(size, 0, where);
  request.height = Side(size, 1, where);
  request.shadows = resolved.at("picture_shadows").AsBool();
  request.markers = resolved.at("picture_markers").AsBool();
  if (const auto cameras = resolved.find("cameras"); cameras != resolved.end()) {
    const Value& names = cameras->second;
    for (const Value& name : names.AsList()) {
      if (!name.is_text()) {
        throw InputError(where + ", option 'cameras': a list of names is needed, got " +
                         names.ToJson());
      }
      auto& all = request.cameras;
      if (std::find(all.begin(), all.end(), name.AsText()) != all.end()) {
        throw InputError(where + ", option 'cameras': '" + name.AsText() + "' is there twice");
      }
      all.push_back(name.AsText());
    }
    if (request.cameras.empty()) {
      throw InputError(where + ", option 'cameras': at least one is needed, got []");
    }
  }
  return request;
}

void AddPictures(const PictureRequest& request, const Scene& scene, bool per_agent, EnvSpec& spec) {
  if (request.channels.empty()) return;
  for (const std::string& camera : request.cameras) scene.Id(Element::kCamera, camera);
  const std::vector<std::string> segments = SegmentNames(scene);
  const double far = FarPlane(scene);
  for (const Channel channel : request.channels) {
    if (channel == Channel::kSegmentation) {
      if (segments.size() > 256) {
        throw InputError("observation 'segmentation' has ids for 255 things; this scene has " +
                         std::to_string(segments.size() - 1));
      }
      spec.segments = segments;
    }
    PictureField picture{.channel = channel,
                         .cameras = {},
                         .width = request.width,
                         .height = request.height,
                         .shadows = request.shadows,
                         .markers = request.markers};
    for (const std::string& camera : request.cameras) {
      Field field = FieldOf(channel, camera, request, segments.size(), far);
      picture.cameras = {camera};
      if (per_agent) {
        field.doc = FieldOf(channel, "of each agent", request, segments.size(), far).doc;
        field.shape.insert(field.shape.begin(), static_cast<int>(request.cameras.size()));
        picture.cameras = request.cameras;
      } else if (request.cameras.size() > 1) {
        field.name += "_" + camera;
      }
      spec.observation.push_back(std::move(field));
      spec.pictures.push_back(picture);
      if (per_agent) break;
    }
  }
}

PictureTaker::PictureTaker(const BatchContext& context, Batch& batch)
    : context_(context), batch_(batch) {
  // One shot for each camera, whatever the number of its channels.
  const std::vector<PictureField>& pictures = context.spec.pictures;
  Column* column = context.columns.observation.data() + context.spec.num_number_fields();
  for (const PictureField& picture : pictures) {
    for (size_t part = 0; part < picture.cameras.size(); ++part) {
      auto shot = std::find_if(shots_.begin(), shots_.end(),
                               [&](const Shot& s) { return s.camera == picture.cameras[part]; });
      if (shot == shots_.end()) {
        shots_.push_back({picture.cameras[part], picture.width, picture.height, nullptr, nullptr,
                          nullptr, part});
        shot = shots_.end() - 1;
      }
      (picture.channel == Channel::kRgb     ? shot->rgb
       : picture.channel == Channel::kDepth ? shot->depth
                                            : shot->segmentation) = column;
    }
    ++column;
  }
}

void PictureTaker::Prepare() const { Renderer::Shared().Description(); }

void PictureTaker::Aim(const World& world) {
  segments_ = SegmentOfGeoms(world.scene());
  far_ = static_cast<float>(FarPlane(world.scene()));
}

void PictureTaker::Take(int begin, int end, std::span<const uint8_t> mask) {
  const PictureField& common = context_.spec.pictures[0];
  const PictureOptions options = {.shadows = common.shadows};
  Renderer::Shared().Together([&](const Renderer::Pen& pen) {
    std::vector<Marker> markers;
    for (int row = begin; row < end; ++row) {
      if (!mask.empty() && !mask[row]) continue;
      const World* world = batch_.world(row);
      if (!world) throw Error(context_.spec.id + ": there is no world to take pictures of");
      if (segments_.empty()) Aim(*world);
      markers.clear();
      if (common.markers) batch_.AddMarkers(row, markers);
      for (const Shot& shot : shots_) {
        const size_t area = static_cast<size_t>(shot.width) * static_cast<size_t>(shot.height);
        const auto pixels = [&](Column* column, auto* type, size_t count) {
          using T = std::remove_pointer_t<decltype(type)>;
          if (!column) return std::span<T>();
          return std::span<T>(reinterpret_cast<T*>(column->row(row)) + shot.part * count, count);
        };
        PictureTarget target{.width = shot.width, .height = shot.height};
        target.rgb = pixels(shot.rgb, static_cast<uint8_t*>(nullptr), 3 * area);
        target.depth = pixels(shot.depth, static_cast<float*>(nullptr), area);
        if (shot.segmentation) {
          geoms_.resize(area);
          target.segmentation = geoms_;
        }
        pen(*world, {.camera = shot.camera}, target, options, markers);

        for (float& depth : target.depth) depth = std::min(depth, far_);
        const auto segments = pixels(shot.segmentation, static_cast<uint8_t*>(nullptr), area);
        for (size_t i = 0; i < segments.size(); ++i) {
          segments[i] = geoms_[i] < 0 ? 0 : segments_[static_cast<size_t>(geoms_[i])];
        }
      }
    }
  });
}

}  // namespace flyball
