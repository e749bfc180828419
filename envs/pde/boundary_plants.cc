#include "envs/pde/boundary_plants.h"

#include "physics/numeric/error.h"
#include "physics/numeric/lanes.h"

namespace flyball {
namespace {

double Get(const Options& options, const char* name) { return options.at(name).AsNumber(); }
int Cells(const Options& options) { return static_cast<int>(options.at("cells").AsInteger()); }

// gain cos(degree acos(x / X)) on the nodes: a Chebyshev polynomial where degree is whole.
std::vector<double> Chebyshev(int cells, double gain, double degree) {
  std::vector<double> values;
  for (int j = 0; j <= cells; ++j) {
    values.push_back(gain * Cos(degree * Acos(static_cast<double>(j) / cells)));
  }
  return values;
}

}  // namespace

Transport TransportOf(const Options& options) {
  return {.length = Get(options, "length"),
          .speed = Get(options, "speed"),
          .beta = Chebyshev(Cells(options), Get(options, "recirculation_gain"),
                            Get(options, "recirculation_degree"))};
}

ReactionDiffusion ReactionDiffusionOf(const Options& options) {
  return {.length = Get(options, "length"),
          .diffusivity = Get(options, "diffusivity"),
          .lambda = Chebyshev(Cells(options), Get(options, "reaction_gain"),
                              Get(options, "reaction_degree")),
          .neumann = options.at("actuation").AsText() == "neumann"};
}

Hyperbolic LoadOf(const Options& options) {
  const double damping = -Get(options, "damping"), k = Get(options, "stiffness");
  return {.cells = Cells(options),
          .length = Get(options, "length"),
          .speed = Get(options, "speed"),
          .a11 = damping,
          .a12 = damping,
          .a21 = damping,
          .a22 = damping,
          .q = -1.0,
          .g = -1.0,
          .coupling = 2.0,
          .rate = Get(options, "friction") - k,
          .drive = k};
}

Hyperbolic AntiDampedWaveOf(const Options& options) {
  const double q = Get(options, "anti_damping"), damping = -Get(options, "damping");
  const double reflected = (1 + q) / (1 - q);
  return {.cells = Cells(options),
          .length = Get(options, "length"),
          .speed = Get(options, "speed"),
          .a11 = damping,
          .a12 = damping,
          .a21 = damping,
          .a22 = damping,
          .q = reflected,
          .g = 1.0,
          .drive = 0.5 * (1 + reflected)};
}

TrafficData RoadOf(const Options& options) {
  const int cells = Cells(options);
  const double rho = Get(options, "rho_steady");
  const TrafficData road{.cells = cells,
                         .length = Get(options, "length"),
                         .step = Get(options, "integration_time"),
                         .v_max = Get(options, "v_max"),
                         .rho_max = Get(options, "rho_max"),
                         .tau = Get(options, "tau")};
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
