// The options of the manipulation ids, and what they come to.
#ifndef FLYBALL_ENVS_MANIPULATION_OPTIONS_H_
#define FLYBALL_ENVS_MANIPULATION_OPTIONS_H_

#include <string>
#include <vector>

#include "envs/core/options.h"
#include "envs/core/pictures.h"
#include "envs/core/registry.h"
#include "envs/manipulation/action.h"
#include "envs/manipulation/randomisation.h"
#include "envs/manipulation/setup.h"
#include "envs/manipulation/task.h"

namespace flyball {

struct TabletopOptions {
  ManipulationSetup setup;
  Variant variant;
  ActionMode action;
  bool full;    // observation
  bool single;  // observations are float32
  bool ends_on_success;
  PictureRequest pictures;
  Randomisation randomise;
  std::string meshes;  // see SceneNeeds
};

std::string IdOf(const Task& task, Variant variant);
OptionSchema ManipulationOptions();
// Throws InputError for options that exclude each other.
TabletopOptions Resolved(const Task& task, Variant variant, const Options& options);
std::shared_ptr<const Scene> SceneOf(const Task& task, const TabletopOptions& options);
EnvSpec SpecOf(const Task& task, Variant variant, const Options& options);

// Makes the experts of a task.
using ExpertFactory = std::unique_ptr<Policy> (*)(const EnvSpec& spec, const Task& task,
                                                  Variant variant);
// The four ids of a task.
std::vector<Registration> RegistrationsOf(const Task& task, const char* expert_doc,
                                          ExpertFactory make_expert);

}  // namespace flyball

#endif  // FLYBALL_ENVS_MANIPULATION_OPTIONS_H_
