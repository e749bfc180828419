#include "envs/core/chart/signs.h"

#include <algorithm>
#include <deque>
#include <mutex>

#include "envs/core/registry.h"

namespace flyball {
namespace {

constexpr char kLimit[] = "_limit";

PlantSigns FindSigns(const EnvSpec& spec) {
  PlantSigns signs;
  const std::vector<std::string> ids = ListEnvs();  // a task of Python's is none of them
  if (std::find(ids.begin(), ids.end(), spec.id) == ids.end()) return signs;
  const Registration& registration = FindRegistration(spec.id);
  if (!registration.plant) return signs;
  for (NamedArray& array : registration.plant(spec)) {
    if (array.name == "target") signs.target = std::move(array.values);
    if (array.name == "actuator_places") signs.actuators = std::move(array.values);
    if (array.name == "sensor_places") signs.sensors = std::move(array.values);
    if (array.name == "row_heights") signs.heights = std::move(array.values);
    if (array.name.ends_with(kLimit) && array.values.size() == 1) {
      signs.limits.emplace_back(array.name.substr(0, array.name.size() - sizeof(kLimit) + 1),
                                array.values[0]);
    }
  }
  return signs;
}

}  // namespace

double LimitOf(const Limits& limits, const std::string& name) {
  for (const auto& [known, limit] : limits) {
    if (known == name) return limit;
  }
  return kInfinity;
}

std::shared_ptr<const PlantSigns> SignsOf(const EnvSpec& spec) {
  constexpr size_t kMost = 8;
  static std::mutex mutex;
  static auto* kept = new std::deque<std::pair<std::string, std::shared_ptr<const PlantSigns>>>;
  const std::string key = spec.id + Value(spec.options).ToJson();
  const std::lock_guard lock(mutex);
  for (const auto& [known, signs] : *kept) {
    if (known == key) return signs;
  }
  kept->emplace_back(key, std::make_shared<PlantSigns>(FindSigns(spec)));
  if (kept->size() > kMost) kept->pop_front();
  return kept->back().second;
}

}  // namespace flyball
