#include "envs/pde/field_arrays.h"

#include <algorithm>
#include <cmath>
#include <complex>
#include <numbers>
#include <utility>

namespace flyball {
namespace {

std::vector<NamedArray> Arrays(std::vector<int> target_shape, std::vector<double> target,
                               int dimensions, std::vector<double> actuators,
                               std::vector<double> sensors) {
  const auto places = [dimensions](const char* name, std::vector<double> values, const char* doc) {
    const int count = static_cast<int>(values.size()) / dimensions;
    return NamedArray{name, {count, dimensions}, std::move(values), doc};
  };
  return {{"target", std::move(target_shape), std::move(target), "what the state is measured from"},
          places("actuator_places", std::move(actuators),
                 "middles of the actuators, fractions of the domain, x first"),
          places("sensor_places", std::move(sensors),
                 "middles of the sensors, fractions of the domain, x first")};
}

// The middle of weights on a circle of n points, as a fraction of it.
class CircleMean {
 public:
  explicit CircleMean(int n) : n_(n) {}
  void Add(int place, double weight) {
    sum_ += std::polar(weight, 2 * std::numbers::pi * place / n_);
  }
  double Middle() const {
    const double turn = std::arg(sum_) / (2 * std::numbers::pi);
    return turn < -1e-12 ? turn + 1.0 : std::max(turn, 0.0);
  }

 private:
  int n_;
  std::complex<double> sum_;
};

}  // namespace

std::vector<NamedArray> FieldArrays(const FieldConfig& config, const std::vector<double>& shapes) {
  std::vector<double> actuators, sensors;
  for (int i = 0; i < config.num_actions; ++i) {
    CircleMean mean(config.points);
    for (int j = 0; j < config.points; ++j) {
      mean.Add(j, shapes[static_cast<size_t>(j) * config.num_actions + i]);
    }
    actuators.push_back(mean.Middle());
  }
  for (int i = 0; i < config.num_sensors; ++i) {
    CircleMean mean(config.points);
    for (int k = config.sensors.begin[i]; k < config.sensors.begin[i + 1]; ++k) {
      const double weight = config.sensors.value[k];
      mean.Add(config.sensors.column[k] % config.points, weight * weight);
    }
    sensors.push_back(mean.Middle());
  }
  return Arrays({config.n}, config.target, 1, std::move(actuators), std::move(sensors));
}

std::vector<NamedArray> BoundaryArrays(const BoundaryConfig& config, int nodes) {
  std::vector<double> actuators = {1.0}, sensors;
  if (config.meters_in) actuators.insert(actuators.begin(), 0.0);
  if (config.meters_in && !config.meters_out) actuators.pop_back();
  for (int i = 0; i < config.num_sensors; ++i) {
    const int column = config.sensors.column[config.sensors.begin[i]];
    sensors.push_back(static_cast<double>(column % nodes) / (nodes - 1));
  }
  return Arrays({config.n}, config.target, 1, std::move(actuators), std::move(sensors));
}

std::vector<NamedArray> PlaneArrays(const PlaneConfig& config, int actuators_a_side) {
  const PlaneFft<double> fft(config.flow.n);
  const int n = config.flow.n, fields = config.flow.fields(), modes = config.flow.modes();
  std::vector<double> target(static_cast<size_t>(fields) * fft.points()), work(fft.work_size());
  for (int f = 0; f < fields; ++f) {
    const auto part = [&](const std::vector<double>& all) {
      return std::vector<double>(all.begin() + static_cast<std::ptrdiff_t>(f) * modes,
                                 all.begin() + static_cast<std::ptrdiff_t>(f + 1) * modes);
    };
    std::vector<double> re = part(config.target_re), im = part(config.target_im);
    fft.Inverse(re.data(), im.data(), target.data() + static_cast<size_t>(f) * fft.points(),
                work.data());
  }
  std::vector<double> actuators, sensors;
  for (int i = 0; i < config.num_actions; ++i) {
    const int place = i % (actuators_a_side * actuators_a_side);
    actuators.push_back((place % actuators_a_side + 0.5) / actuators_a_side);
    actuators.push_back((place / actuators_a_side + 0.5) / actuators_a_side);
  }
  for (const int column : config.sensors.column) {
    sensors.push_back(static_cast<double>(column % n) / n);
    sensors.push_back(static_cast<double>(column / n % n) / n);
  }
  return Arrays({fields, n, n}, std::move(target), 2, std::move(actuators), std::move(sensors));
}

std::vector<NamedArray> ConvectionArrays(const ConvectionConfig& config) {
  // Conduction, and no flow.
  const ConvectionData& cell = config.cell;
  std::vector<double> target(2 * cell.row_size(), 0.0), actuators, sensors;
  for (int i = 0; i < cell.rows(); ++i) {
    for (int j = 0; j < cell.nx; ++j) {
      target[static_cast<size_t>(i) * cell.nx + j] = 1.0 - cell.height[i];
    }
  }
  for (int i = 0; i < config.num_actions; ++i) {
    actuators.push_back((i + 0.5) / config.num_actions);
    actuators.push_back(0.0);
  }
  for (const int column : config.sensors.column) {
    sensors.push_back(static_cast<double>(column % cell.nx) / cell.nx);
    sensors.push_back(cell.height[column / cell.nx]);
  }
  std::vector<NamedArray> arrays = Arrays({2, cell.rows(), cell.nx}, std::move(target), 2,
                                          std::move(actuators), std::move(sensors));
  arrays.push_back({"row_heights", {cell.rows()}, cell.height, "of the field's rows, 0 to 1"});
  return arrays;
}

}  // namespace flyball
