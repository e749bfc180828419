#include "envs/pde/boundary_configs.h"

#include <cmath>
#include <initializer_list>
#include <numbers>
#include <utility>

#include "envs/pde/boundary_plants.h"
#include "physics/numeric/error.h"

namespace flyball {
namespace {

constexpr double kPi = std::numbers::pi;

bool IsPeer(const Options& options) {
  return options.count("preset") && options.at("preset").AsText() == "pde_control_gym";
}

// How many time steps of a plant are one control step.
int StepsPerControl(const Options& options, double step) {
  const double ratio = NumberOf(options, "sample_time") / step;
  const int count = static_cast<int>(std::round(ratio));
  if (count < 1 || std::abs(ratio - count) > 1e-9 * ratio) {
    throw InputError("option 'sample_time' is " + Value(NumberOf(options, "sample_time")).ToJson() +
                     " s; it must be a whole number of times that a wave takes for a cell, " +
                     Value(step).ToJson() + " s");
  }
  return count;
}

void SetMap(const HeldMap& map, BoundaryConfig::Map& out) {
  out.a = SparseRows(map.a, map.n, map.n);
  out.b = map.b;
}

// Rows of one sensor: weights at places of the state.
void Sense(BoundaryConfig& c, std::initializer_list<std::pair<int, double>> weights) {
  std::vector<double> row(c.n, 0.0);
  for (const auto& [place, weight] : weights) row[place] += weight;
  c.num_sensors = 1;
  c.sensors = SparseRows(row, 1, c.n);
}

// A uniform field, and integrals over the nodes for its cost.
void SetUniform(const Options& options, BoundaryConfig& c) {
  c.parameters[0].shape.assign(c.n, 1.0);
  const double dx = NumberOf(options, "length") / CellsOf(options);
  c.weight.assign(c.n, dx);
  c.weight.front() = c.weight.back() = 0.5 * dx;
}

void ConfigureHyperbolic(const Hyperbolic& plant, const Options& options, BoundaryConfig& c) {
  c.n = plant.n();
  const int count = StepsPerControl(options, plant.step()), nodes = plant.cells + 1;
  SetMap(MapOf(
             c.n, [&](std::span<double> x, double u) { plant.Step(x, u); }, count),
         c.last);
  const double dx = plant.length / plant.cells;
  c.weight.assign(c.n, 0.5 * dx);
  for (const int end : {0, nodes - 1, nodes, 2 * nodes - 1}) c.weight[end] = 0.25 * dx;
  c.weight.back() = 1.0;
  if (options.at("sensing").AsText() == "opposite") Sense(c, {{0, 1.0}});
  if (options.at("sensing").AsText() == "collocated") Sense(c, {{2 * nodes - 1, 1.0}});
  for (BoundaryConfig::Parameter& p : c.parameters) p.shape.assign(c.n, 0.0);
}

}  // namespace

void ConfigureTransport(const Options& options, BoundaryConfig& c) {
  const Transport plant = TransportOf(options);
  c.n = plant.n();
  const int count = StepsPerControl(options, plant.step());
  const auto step = [&](std::span<double> x, double u) { plant.Step(x, u); };
  // PDEControlGym's reward looks at the last hundred of its steps of 0.1 ms: one of ours.
  const int last = IsPeer(options) ? 1 : count;
  if (count > last) SetMap(MapOf(c.n, step, count - last), c.first);
  SetMap(MapOf(c.n, step, last), c.last);
  SetUniform(options, c);
  if (options.at("sensing").AsText() != "full") {
    Sense(c, {{options.at("sensing").AsText() == "opposite" ? 0 : c.n - 1, 1.0}});
  }
}

void ConfigureReactionDiffusion(const Options& options, BoundaryConfig& c) {
  const ReactionDiffusion plant = ReactionDiffusionOf(options);
  c.n = plant.n();
  SetMap(plant.Map(NumberOf(options, "sample_time")), c.last);
  SetUniform(options, c);
  c.parameters[0].shape.front() = 0.0;  // the wall at x = 0
  const int last = c.n - 1;
  const double slope = 0.5 * last / plant.length;  // of one-sided differences of second order
  const std::string& sensing = options.at("sensing").AsText();
  if (sensing == "opposite") {
    Sense(c, {{0, -3 * slope}, {1, 4 * slope}, {2, -slope}});
  } else if (sensing == "collocated" && plant.neumann) {
    Sense(c, {{last, 1.0}});
  } else if (sensing == "collocated") {
    Sense(c, {{last, 3 * slope}, {last - 1, -4 * slope}, {last - 2, slope}});
  }
}

void ConfigureLoad(const Options& options, BoundaryConfig& c) {
  ConfigureHyperbolic(LoadOf(options), options, c);
  // The string and its load turn alike: r = s = z.
  c.parameters[0].shape.assign(c.n, 1.0);
}

void ConfigureWave(const Options& options, BoundaryConfig& c) {
  ConfigureHyperbolic(AntiDampedWaveOf(options), options, c);
  // u(x, 0) = a sin(pi x / X)^2: at rest, so that r = u_x and s = -u_x.
  const int cells = CellsOf(options);
  for (int j = 0; j <= cells; ++j) {
    const double slope = kPi / NumberOf(options, "length") * Sin(2 * kPi * j / cells);
    c.parameters[0].shape[j] = slope;
    c.parameters[0].shape[cells + 1 + j] = -slope;
  }
  c.parameters[1].shape.back() = 1.0;
}

void ConfigureTraffic(const Options& options, BoundaryConfig& c) {
  c.traffic = true;
  c.copy_ends = IsPeer(options);
  c.road = RoadOf(options);
  const int cells = c.road.cells;
  const double rho = NumberOf(options, "rho_steady");
  c.substeps = StepsPerControl(options, c.road.step);
  const double v = c.road.Wish(rho), width = c.road.length / cells;
  c.n = 2 * (cells + 1);
  c.flow = rho * v;
  const std::string& where = options.at("control").AsText();
  c.meters_in = where != "outlet";
  c.meters_out = where != "inlet";
  c.num_actions = where == "both" ? 2 : 1;
  c.action_target = c.flow;
  c.target.assign(c.n, rho);
  c.weight.assign(c.n, width / (rho * rho * c.road.length));
  for (int j = 0; j <= cells; ++j) {
    c.target[cells + 1 + j] = v;
    c.weight[cells + 1 + j] = width / (v * v * c.road.length);
  }
  c.state_limit = 10.0 * c.road.v_max;
  if (options.at("sensing").AsText() == "collocated") Sense(c, {{2 * cells + 1, 1.0}});
  if (options.at("sensing").AsText() == "opposite") Sense(c, {{cells + 1, 1.0}});
  c.parameters[0].shape.assign(c.n, 0.0);
  for (int j = 0; j <= cells; ++j) c.parameters[0].shape[j] = rho * Sin(3 * kPi * j / cells);
}

}  // namespace flyball
