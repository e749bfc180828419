#include "envs/pde/boundary_plants.h"

#include "physics/numeric/error.h"
#include "physics/numeric/lanes.h"

namespace flyball {
namespace {

// gain cos(degree acos(x / X)) on the nodes: a Chebyshev polynomial where degree is whole.
std::vector<double> Chebyshev(int cells, double gain, double degree) {
  std::vector<double> values;
  for (int j = 0; j <= cells; ++j) {
    values.push_back(gain * Cos(degree * Acos(static_cast<double>(j) / cells)));
  }
  return values;
}

// Waves both ways that damping takes from alike; what they do at the ends is the caller's.
Hyperbolic DampedWave(const Options& options) {
  const double damping = -NumberOf(options, "damping");
  return {.cells = CellsOf(options),
          .length = NumberOf(options, "length"),
          .speed = NumberOf(options, "speed"),
          .a11 = damping,
          .a12 = damping,
          .a21 = damping,
          .a22 = damping};
}

}  // namespace

double NumberOf(const Options& options, const char* name) { return options.at(name).AsNumber(); }
int CellsOf(const Options& options) { return static_cast<int>(options.at("cells").AsInteger()); }

Transport TransportOf(const Options& options) {
  return {.length = NumberOf(options, "length"),
          .speed = NumberOf(options, "speed"),
          .beta = Chebyshev(CellsOf(options), NumberOf(options, "recirculation_gain"),
                            NumberOf(options, "recirculation_degree"))};
}

ReactionDiffusion ReactionDiffusionOf(const Options& options) {
  return {.length = NumberOf(options, "length"),
          .diffusivity = NumberOf(options, "diffusivity"),
          .lambda = Chebyshev(CellsOf(options), NumberOf(options, "reaction_gain"),
                              NumberOf(options, "reaction_degree")),
          .neumann = options.at("actuation").AsText() == "neumann"};
}

Hyperbolic LoadOf(const Options& options) {
  const double k = NumberOf(options, "stiffness");
  Hyperbolic load = DampedWave(options);
  load.q = -1.0;
  load.g = -1.0;
  load.coupling = 2.0;
  load.rate = NumberOf(options, "friction") - k;
  load.drive = k;
  return load;
}

Hyperbolic AntiDampedWaveOf(const Options& options) {
  const double q = NumberOf(options, "anti_damping"), reflected = (1 + q) / (1 - q);
  Hyperbolic wave = DampedWave(options);
  wave.q = reflected;
  wave.g = 1.0;
  wave.drive = 0.5 * (1 + reflected);
  return wave;
}

TrafficData RoadOf(const Options& options) {
  const int cells = CellsOf(options);
  const double rho = NumberOf(options, "rho_steady");
  const TrafficData road{.cells = cells,
                         .length = NumberOf(options, "length"),
                         .step = NumberOf(options, "integration_time"),
                         .v_max = NumberOf(options, "v_max"),
                         .rho_max = NumberOf(options, "rho_max"),
                         .tau = NumberOf(options, "tau")};
  if (!(rho < road.rho_max) || !(rho > 0.5 * road.rho_max)) {
    throw InputError("option 'rho_steady' is " + Value(rho).ToJson() +
                     " vehicles/m; the road is congested, as the control needs it to be, above " +
                     "half of rho_max and below it, " + Value(road.rho_max).ToJson());
  }
  // The fastest wave must not cross more than a cell in a step.
  const double fastest = road.v_max, cell = road.length / cells;
  if (fastest * road.step > cell * (1 + 1e-12)) {
    throw InputError("option 'integration_time' is " + Value(road.step).ToJson() +
                     " s: a wave of " + Value(fastest).ToJson() +
                     " m/s crosses more than a cell; " + "at most " +
                     Value(cell / fastest).ToJson() + " s");
  }
  return road;
}

}  // namespace flyball
