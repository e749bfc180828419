#include "envs/linear/linear_model.h"

#include <cstddef>
#include <deque>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

#include "physics/linear/balanced.h"
#include "physics/linear/discretize.h"
#include "physics/numeric/assets.h"
#include "physics/numeric/decompositions.h"
#include "physics/numeric/error.h"

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
  std::shared_ptr<const LinearRegulator> regulator;
  std::shared_ptr<const DesignModel> model;
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

namespace {

// Whether every direction of the inputs costs something, now or later.
bool IsUnique(const QuadraticCost& cost, const Matrix& b, const RiccatiSolution& solution) {
  Matrix weight = cost.r + b.transpose() * solution.p * b;
  weight.diagonal().array() -= 1e-12 * weight.norm();
  return Eigen::LLT<Matrix>(weight).info() == Eigen::Success;
}

LinearRegulator Regulate(const LinearPlant& plant, const LinearStep& step) {
  const QuadraticCost own = plant.Cost();
  try {
    RiccatiSolution solution = SolveDiscreteRiccati(step.a, step.b2, own);
    if (IsUnique(own, step.b2, solution)) return {own, std::move(solution)};
  } catch (const PhysicsError&) {
    // It can be stabilised, but not at the least cost.
  }
  const QuadraticCost faint =
      WithFaintWeights(Generalize(plant, step.a, step.b1, step.b2), kFaintShare).Cost();
  return {faint, SolveDiscreteRiccati(step.a, step.b2, faint)};
}

DesignModel ModelFor(const LinearPlant& plant, const LinearStep& step) {
  constexpr Eigen::Index kOrder = 40;
  const GeneralizedPlant full = Generalize(plant, step.a, step.b1, step.b2);
  if (plant.nx() <= kLargePlant) return {full, {}};
  Matrix in(plant.nx(), plant.nw() + plant.nu()), out(full.c1.rows() + plant.ny(), plant.nx());
  in << full.b1, full.b2;
  out << full.c1, full.c;
  const std::optional<BalancedStates> states = Balance(full.a, in, out, kOrder);
  if (!states) return {full, {}};
  const Matrix to = states->left.transpose();
  const Matrix& from = states->right;
  return {{to * full.a * from, to * full.b1, to * full.b2, full.c1 * from, full.d11, full.d12,
           full.c * from, full.d21},
          to};
}

}  // namespace

std::shared_ptr<const LinearRegulator> SharedRegulator(
    const std::shared_ptr<const LinearPlant>& plant, double sample_time) {
  const std::shared_ptr<const LinearStep> step = SharedStep(plant, sample_time);
  const std::shared_ptr<Consequences> entry = Find(plant, sample_time);
  const std::lock_guard lock(entry->mutex);
  if (!entry->regulator) {
    entry->regulator = std::make_shared<LinearRegulator>(Regulate(*plant, *step));
  }
  return entry->regulator;
}

std::shared_ptr<const DesignModel> SharedDesignModel(
    const std::shared_ptr<const LinearPlant>& plant, double sample_time) {
  const std::shared_ptr<const LinearStep> step = SharedStep(plant, sample_time);
  const std::shared_ptr<Consequences> entry = Find(plant, sample_time);
  const std::lock_guard lock(entry->mutex);
  if (!entry->model) entry->model = std::make_shared<DesignModel>(ModelFor(*plant, *step));
  return entry->model;
}

}  // namespace flyball
