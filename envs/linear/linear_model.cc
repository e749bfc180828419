#include "envs/linear/linear_model.h"

#include <cstddef>
#include <deque>
#include <filesystem>
#include <map>
#include <mutex>

#include "physics/linear/discretize.h"
#include "physics/numeric/assets.h"

namespace flyball {

LinearStep Discretize(const LinearPlant& plant, double sample_time) {
  if (plant.discrete) return {plant.a, plant.b1, plant.b2};
  Matrix inputs(plant.nx(), plant.nw() + plant.nu());
  inputs << plant.b1, plant.b2;
  const HeldInput step = DiscretizeHeldInput(plant.a, inputs, sample_time);
  return {step.a, step.b.leftCols(plant.nw()), step.b.rightCols(plant.nu())};
}

std::shared_ptr<const LinearPlant> SharedPlant(const std::string& name) {
  // The large ones are kept compressed.
  std::string path = AssetsFolder() + "/linear/" + name + ".txt";
  if (!std::filesystem::exists(path)) path += ".zst";

  static std::mutex mutex;
  static auto* plants = new std::map<std::string, std::shared_ptr<const LinearPlant>>;
  const std::lock_guard lock(mutex);
  std::shared_ptr<const LinearPlant>& plant = (*plants)[path];
  if (!plant) plant = std::make_shared<LinearPlant>(ReadLinearPlant(path));
  return plant;
}

const LinearPlant& LoadPlant(const std::string& name) { return *SharedPlant(name); }

std::shared_ptr<const LinearStep> SharedStep(const std::shared_ptr<const LinearPlant>& plant,
                                             double sample_time) {
  struct Entry {
    std::shared_ptr<const LinearPlant> plant;  // kept alive, so that its address stays its own
    double sample_time;
    std::shared_ptr<const LinearStep> step;
  };
  constexpr size_t kMost = 16;
  static std::mutex mutex;
  static auto* entries = new std::deque<Entry>;
  const std::lock_guard lock(mutex);
  for (const Entry& entry : *entries) {
    if (entry.plant == plant && entry.sample_time == sample_time) return entry.step;
  }
  const auto step = std::make_shared<LinearStep>(Discretize(*plant, sample_time));
  entries->push_back({plant, sample_time, step});
  if (entries->size() > kMost) entries->pop_front();
  return step;
}

}  // namespace flyball
