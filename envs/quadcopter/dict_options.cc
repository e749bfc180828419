#include "envs/quadcopter/dict_options.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "physics/numeric/error.h"
#include "physics/numeric/onnx.h"

namespace flyball::quadcopter {
namespace {

// A number of a dictionary option, by name.
struct Key {
  const char* name;
  double* to;
  double low, high;
};
void ReadDict(const Dict& dict, const std::string& option, std::vector<Key> keys) {
  for (const auto& [name, value] : dict) {
    const auto key =
        std::find_if(keys.begin(), keys.end(), [&name](const Key& k) { return name == k.name; });
    if (key == keys.end()) {
      std::vector<std::string> known;
      for (const Key& k : keys) known.emplace_back(k.name);
      throw InputError(option + ": " + UnknownName("key", name, known));
    }
    CheckOption({.name = name, .kind = Option::Kind::kNumber, .low = key->low, .high = key->high},
                value, option + "[" + name + "]");
    *key->to = value.AsNumber();
  }
}

// `count` finite numbers of a dictionary option.
std::vector<double> Numbers(const Dict& dict, const std::string& option, const char* name,
                            size_t count) {
  const auto at = dict.find(name);
  if (at == dict.end()) throw InputError(option + "[" + name + "] is missing");
  std::vector<double> numbers = at->second.AsNumbers();
  if (count > 0 && numbers.size() != count) {
    throw InputError(option + "[" + name + "] has " + std::to_string(numbers.size()) +
                     " numbers; it must have " + std::to_string(count));
  }
  for (const double x : numbers) {
    if (!std::isfinite(x)) {
      throw InputError(option + "[" + name + "] has a number that is not finite");
    }
  }
  return numbers;
}

void ExpectKeys(const Dict& dict, const std::string& option, std::vector<std::string> known) {
  for (const auto& [name, value] : dict) {
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      throw InputError(option + ": " + UnknownName("key", name, known));
    }
  }
}

void ReadGrid(const Dict& dict, Wind& wind) {
  ExpectKeys(dict, "wind_grid", {"origin", "spacing", "values"});
  const std::vector<double> origin = Numbers(dict, "wind_grid", "origin", 3),
                            spacing = Numbers(dict, "wind_grid", "spacing", 3);
  wind.grid = Numbers(dict, "wind_grid", "values", 0);
  // The shape is the lists': x in y in z in three components.
  const Value* level = &dict.at("values");
  for (int i = 0; i < 3; ++i) {
    if (!level->is_list() || level->AsList().empty()) {
      throw InputError("wind_grid[values] must have the shape (nx, ny, nz, 3)");
    }
    wind.count[i] = static_cast<int>(level->AsList().size());
    level = &level->AsList()[0];
    wind.origin[i] = origin[i], wind.spacing[i] = spacing[i];
    if (!(spacing[i] > 0.0)) {
      throw InputError("wind_grid[spacing] is " + std::to_string(spacing[i]) + "; it must be > 0");
    }
  }
  const size_t points = static_cast<size_t>(wind.count[0]) * wind.count[1] * wind.count[2];
  if (wind.grid.size() != 3 * points) {
    throw InputError("wind_grid[values] has " + std::to_string(wind.grid.size()) +
                     " numbers; the shape (nx, ny, nz, 3) has " + std::to_string(3 * points));
  }
}

// A network given as numbers: layers with tanh between them.
Perceptron ReadTable(const Dict& dict, int with_neighbours) {
  for (const char* name : {"weights", "biases"}) {
    if (!dict.contains(name)) throw InputError(std::string("residual[") + name + "] is missing");
    if (!dict.at(name).is_list()) {
      throw InputError(std::string("residual[") + name + "] must be a list, one entry a layer");
    }
  }
  const List& weights = dict.at("weights").AsList();
  const List& biases = dict.at("biases").AsList();
  if (weights.empty() || weights.size() != biases.size()) {
    throw InputError("residual has " + std::to_string(weights.size()) + " weights and " +
                     std::to_string(biases.size()) +
                     " biases; it must have as many, and one at least");
  }
  using Kind = PerceptronLayer::Kind;
  std::vector<PerceptronLayer> layers;
  int first_inputs = Residual::kInputs, inputs = first_inputs;
  for (size_t k = 0; k < weights.size(); ++k) {
    const std::string place = std::string("[") + std::to_string(k) + "]";
    const Dict parts = {{"weights" + place, weights[k]}, {"biases" + place, biases[k]}};
    PerceptronLayer layer = {.kind = Kind::kDense};
    layer.a = Numbers(parts, "residual", ("biases" + place).c_str(), 0);
    layer.outputs = static_cast<int>(layer.a.size());
    const bool last = k + 1 == weights.size();
    if (last ? layer.outputs != Residual::kOutputs : layer.outputs < 1) {
      throw InputError("residual[biases" + place + "] has " + std::to_string(layer.outputs) +
                       " numbers; the last layer has 6, others 1 at least");
    }
    layer.weights = Numbers(parts, "residual", ("weights" + place).c_str(), 0);
    const auto fits = [&](int in) {
      return layer.weights.size() == static_cast<size_t>(in) * layer.outputs;
    };
    if (k == 0 && !fits(inputs) && fits(with_neighbours)) first_inputs = inputs = with_neighbours;
    if (!fits(inputs)) {
      throw InputError("residual[weights" + place + "] has " +
                       std::to_string(layer.weights.size()) + " numbers; it must have " +
                       std::to_string(inputs * layer.outputs) + ", " +
                       std::to_string(layer.outputs) + " by " + std::to_string(inputs));
    }
    inputs = layer.outputs;
    layers.push_back(std::move(layer));
    if (!last) layers.push_back({.kind = Kind::kTanh});
  }
  return Perceptron(first_inputs, std::move(layers), false);
}

void ReadResidual(const Dict& dict, int neighbours, Residual& residual) {
  ExpectKeys(dict, "residual", {"biases", "function", "network", "weights"});
  const bool table = dict.contains("weights") || dict.contains("biases");
  if (table + dict.contains("network") + dict.contains("function") != 1) {
    throw InputError("residual is " + Value(dict).ToJson() +
                     "; it must have one of: weights and biases; network; function");
  }
  const auto text = [&dict](const char* name) {
    if (!dict.at(name).is_text()) {
      throw InputError(std::string("residual[") + name + "] is " + dict.at(name).ToJson() +
                       "; a text is needed");
    }
    return dict.at(name).AsText();
  };
  const int with_neighbours = Residual::kInputs + Residual::kOfNeighbour * neighbours;
  if (dict.contains("function")) {
    residual.function = FindResidual(text("function"));
    return;
  }
  if (table) {
    residual.network = std::make_shared<Perceptron>(ReadTable(dict, with_neighbours));
    return;
  }
  const std::string path = text("network");
  residual.network = std::make_shared<Perceptron>(ReadOnnxFile(path));
  const int inputs = residual.network->inputs(), outputs = residual.network->outputs();
  if (outputs != Residual::kOutputs || (inputs != Residual::kInputs && inputs != with_neighbours)) {
    throw InputError(
        "residual[network] '" + path + "' goes from " + std::to_string(inputs) + " numbers to " +
        std::to_string(outputs) + "; it must go from " + std::to_string(Residual::kInputs) +
        (neighbours > 0 ? std::string(" or ") + std::to_string(with_neighbours) : "") + " to 6");
  }
}

}  // namespace

Limits ReadLimits(const Task& task, const Options& resolved) {
  const bool bounded = std::isfinite(task.tilt);
  const bool paired = task.id == TaskId::kDocking || task.id == TaskId::kMeetup;
  Limits limits = {.tilt = bounded ? std::min(task.tilt, 1.0) : 1.0,
                   .rate = 10.0,
                   .floor = task.id == TaskId::kTakeoff || task.id == TaskId::kLanding ? 0.0 : 0.1,
                   .ceiling = bounded ? task.ceiling : 3.0,
                   .side = bounded ? task.side : 3.0,
                   .separation = paired ? 0.15 : 0.3,
                   .saturation = 0.99};
  ReadDict(resolved.at("limits").AsDict(), "limits",
           {{"tilt", &limits.tilt, 0, 4},
            {"rate", &limits.rate, 0, 1e3},
            {"floor", &limits.floor, -1e3, 1e3},
            {"ceiling", &limits.ceiling, -1e3, 1e3},
            {"side", &limits.side, 0, 1e6},
            {"separation", &limits.separation, 0, 1e3},
            {"saturation", &limits.saturation, 0, 1}});
  return limits;
}

void ReadSurroundings(const Options& resolved, Config& config) {
  const std::vector<double> wind = resolved.at("wind").AsNumbers();
  if (wind.size() != 3) {
    throw InputError("wind has " + std::to_string(wind.size()) +
                     " numbers; it must have 3: x, y, z");
  }
  for (const double w : wind) {
    constexpr double kMost = 100.0;  // m/s, more than any storm's
    if (!(std::abs(w) <= kMost)) {
      throw InputError("wind is " + resolved.at("wind").ToJson() +
                       "; finite numbers within [-100, 100] m/s are needed");
    }
  }
  std::copy_n(wind.begin(), 3, config.wind.mean);
  config.wind.shear = resolved.at("wind_shear").AsNumber();
  config.wind.gusts = resolved.at("gusts").AsNumber();
  config.wind.length = resolved.at("gust_length").AsNumber();
  if (!resolved.at("wind_grid").is_null()) {
    ReadGrid(resolved.at("wind_grid").AsDict(), config.wind);
  }
  if (!resolved.at("wind_field").is_null()) {
    config.wind.function = FindWindField(resolved.at("wind_field").AsText());
  }
  if (!resolved.at("residual").is_null()) {
    ReadResidual(resolved.at("residual").AsDict(), config.neighbours, config.residual);
  }
  if (!resolved.at("battery").is_null()) {
    Battery& battery = config.battery;
    battery.on = true;
    ReadDict(resolved.at("battery").AsDict(), "battery",
             {{"capacity", &battery.capacity, 1, 1e7},
              {"resistance", &battery.resistance, 0, 10},
              {"full", &battery.full, 0.1, 1e3},
              {"empty", &battery.empty, 0.1, 1e3},
              {"efficiency", &battery.efficiency, 0.01, 1},
              {"charge", &battery.charge, 0, 1}});
    if (battery.empty > battery.full) {
      throw InputError("battery[empty] is more than battery[full]; it must not be");
    }
  }
}

}  // namespace flyball::quadcopter
