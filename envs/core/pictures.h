// Pictures among the observations: fields of pixels that the core draws of a row's world once all
// rows have been stepped. They are no state: a restored row is drawn again.
#ifndef FLYBALL_ENVS_CORE_PICTURES_H_
#define FLYBALL_ENVS_CORE_PICTURES_H_

#include <span>
#include <string>
#include <vector>

#include "envs/core/batch.h"
#include "envs/core/options.h"
#include "physics/world/scene.h"
#include "render/picture.h"

namespace flyball {

// What a user asks for.
struct PictureRequest {
  std::vector<PictureField::Channel> channels;  // empty: no pictures
  std::vector<std::string> cameras;
  int width = 0, height = 0;
  bool shadows = false;
  bool markers = false;
};

// Names of the channels, which the option "observation" has among its choices: "rgb", ...
std::vector<std::string> ChannelNames();
// The options besides: cameras, picture_size, picture_shadows, picture_markers. `cameras` empty: the
// option is left out, for who has a camera of its own for each agent.
OptionSchema PictureOptionsOf(const List& cameras, int width, int height);
// From the option "observation" (a list) and those above. What is no channel is put into `others`, in
// order. Throws InputError naming option, value and what is allowed. `where` begins the error.
PictureRequest PictureRequestOf(const Options& resolved, const std::string& where,
                                std::vector<std::string>* others);

// Adds the fields that are asked for to a spec, behind its numbers. Several cameras give fields of
// their own ("rgb_front"), or, for agents, one field with an axis of agents in front. Throws InputError
// with the nearest name for a camera that the scene does not have.
void AddPictures(const PictureRequest& request, const Scene& scene, bool per_agent, EnvSpec& spec);

// Draws the pictures of a batch's rows into its columns, by the shared renderer.
class PictureTaker {
 public:
  PictureTaker(const BatchContext& context, Batch& batch);

  // Starts OpenGL if need be. Throws Error if there is none.
  void Prepare() const;
  // Rows [begin, end) that `mask` (N, or empty: all) names. The rows must stand still meanwhile.
  void Take(int begin, int end, std::span<const uint8_t> mask = {});

 private:
  // A camera's pictures of one row: which columns, and which part of each.
  struct Shot {
    std::string camera;
    int width, height;
    Column* rgb = nullptr;
    Column* depth = nullptr;
    Column* segmentation = nullptr;
    size_t part;  // along the axis of agents
  };
  void Aim(const World& world);

  BatchContext context_;
  Batch& batch_;
  std::vector<Shot> shots_;
  std::vector<int32_t> geoms_;     // scratch: segmentation as the renderer gives it
  std::vector<uint8_t> segments_;  // of each geom
  float far_ = 0;                  // m, of what is not there
};

}  // namespace flyball

#endif  // FLYBALL_ENVS_CORE_PICTURES_H_
