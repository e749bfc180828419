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

namespace {

// What follows from a plant and a step time.
struct Consequences {
  std::shared_ptr<const LinearPlant> plant;  // kept alive, so that its address stays its own
  double sample_time;
  std::mutex mutex;  // of what is below
  std::shared_ptr<const LinearStep> step;
  std::shared_ptr<const RiccatiSolution> regulator;
};

// The last few that were asked for.
std::shared_ptr<Consequences> Find(const std::shared_ptr<const LinearPlant>& plant,
                                   double sample_time) {
  constexpr size_t kMost = 16;
  static std::mutex mutex;
  static auto* kept = new std::deque<std::shared_ptr<Consequences>>;
  const std::lock_guard lock(mutex);
  for (const std::shared_ptr<Consequences>& entry : *kept) {
    if (entry->plant == plant && entry->sample_time == sample_time) return entry;
  }
  const auto entry = std::make_shared<Consequences>();
  entry->plant = plant;
  entry->sample_time = sample_time;
  kept->push_back(entry);
  if (kept->size() > kMost) kept->pop_front();
  return entry;
}

}  // namespace

std::shared_ptr<const LinearStep> SharedStep(const std::shared_ptr<const LinearPlant>& plant,
                                             double sample_time) {
  const std::shared_ptr<Consequences> entry = Find(plant, sample_time);
  const std::lock_guard lock(entry->mutex);
  if (!entry->step) entry->step = std::make_shared<LinearStep>(Discretize(*plant, sample_time));
  return entry->step;
}

std::shared_ptr<const RiccatiSolution> SharedRegulator(
    const std::shared_ptr<const LinearPlant>& plant, double sample_time) {
  const std::shared_ptr<const LinearStep> step = SharedStep(plant, sample_time);
  const std::shared_ptr<Consequences> entry = Find(plant, sample_time);
  const std::lock_guard lock(entry->mutex);
  if (!entry->regulator) {
    entry->regulator =
        std::make_shared<RiccatiSolution>(SolveDiscreteRiccati(step->a, step->b2, plant->Cost()));
  }
  return entry->regulator;
}

}  // namespace flyball
