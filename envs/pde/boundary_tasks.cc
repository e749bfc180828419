// The environments with control at a boundary: equations and figures.
#include "envs/core/option_makers.h"
#include "envs/pde/boundary_configs.h"
#include "envs/pde/boundary_plants.h"
#include "envs/pde/boundary_setup.h"
#include "physics/field/backstepping.h"

namespace flyball {
namespace {

std::vector<int> OneField(const Options& options) { return {CellsOf(options) + 1}; }
std::vector<int> TwoFields(const Options& options) {
  return {CellsOf(options) + 1, CellsOf(options) + 1};
}
std::vector<int> TwoFieldsAndLoad(const Options& options) {
  return {CellsOf(options) + 1, CellsOf(options) + 1, 1};
}

std::vector<BoundaryTask> MakeTasks() {
  return {
      {.id = "PDE-transport-v1",
       .doc =
           "Put a transport line with recirculation to rest: what is put in at one end runs to "
           "the other, and from there acts on all of it, u_t = c u_x + beta(x) u(0, t), "
           "u(X, t) = U. Left alone it grows without bound. Along characteristics, second order.",
       .has_peer = true,
       .steps = 50,
       .action_limit = 20.0,
       .action_weight = 0.01,
       .sample_time = 0.1,
       .cells = 100,
       .length = 1.0,
       .unit = "1",
       .action_doc = "u at x = X, held over the step",
       .action_unit = "1",
       .constants = {NumberOption("speed", 1.0, 1e-6, 1e6, "m/s", "transport speed c"),
                     NumberOption("recirculation_gain", 5.0, -1e3, 1e3, "1/s",
                                  "beta = gain cos(degree acos(x / X))"),
                     NumberOption("recirculation_degree", 7.35, 0.0, 100.0, "1", "see the gain")},
       .parameters = {{"value", "1", "u(x, 0), the same everywhere", 1.0, 10.0}},
       .state = {{.name = "u", .unit = "1", .doc = "field on the nodes, from x = 0 to X"}},
       .configure = ConfigureTransport,
       .state_sizes = OneField,
       .backstep = [](const Options& o) { return BackstepTransport(TransportOf(o)); }},
      {.id = "PDE-reaction_diffusion-v1",
       .doc = "Put a reactor to rest in which what diffuses also breeds, from one end of it: "
              "u_t = d u_xx + lambda(x) u, u(0, t) = 0, and at X either u = U or u_x = U. Left "
              "alone it grows without bound. Central differences of second order, exact in time.",
       .has_peer = true,
       .steps = 1000,
       .action_limit = 20.0,
       .action_weight = 0.01,
       .sample_time = 0.001,
       .cells = 200,
       .length = 1.0,
       .unit = "1",
       .action_doc = "u, or u_x in 1/m, at x = X, held over the step",
       .action_unit = "1",
       .constants = {NumberOption("diffusivity", 1.0, 1e-9, 1e6, "m^2/s", "diffusivity d"),
                     NumberOption("reaction_gain", 50.0, -1e4, 1e4, "1/s",
                                  "lambda = gain cos(degree acos(x / X))"),
                     NumberOption("reaction_degree", 8.0, 0.0, 100.0, "1", "see the gain"),
                     NumberOption("decay", 5.0, 0.0, 1e4, "1/s",
                                  "of the target system that the backstepping baseline aims at"),
                     {.name = "actuation",
                      .kind = Option::Kind::kText,
                      .default_value = "dirichlet",
                      .choices = {"dirichlet", "neumann"},
                      .doc = "the action is u at x = X, or its slope"}},
       .parameters = {{"value", "1", "u(x, 0), the same everywhere", 1.0, 10.0}},
       .state = {{.name = "u", .unit = "1", .doc = "field on the nodes, from x = 0 to X"}},
       .configure = ConfigureReactionDiffusion,
       .state_sizes = OneField,
       .backstep =
           [](const Options& o) {
             return BackstepReactionDiffusion(ReactionDiffusionOf(o), NumberOf(o, "decay"));
           }},
      {.id = "PDE-hyperbolic_load-v1",
       .doc =
           "Still a drill string and its bit from the top: torsion waves run both ways, "
           "r_t = c r_x + a11 r + a12 s, s_t = -c s_x + a21 r + a22 s, and the bit, whose friction "
           "falls with speed, feeds them: s(0) = 2 z - r(0), z' = k (r(0) - z) + friction z. At "
           "the top the speed is given: r(X) = 2 U - s(X). r and s are speed plus and minus scaled "
           "torque, as deviations. Along characteristics, second order.",
       .steps = 400,
       .action_limit = 5.0,
       .action_weight = 0.1,
       .sample_time = 0.05,
       .cells = 100,
       .length = 1.0,
       .unit = "rad/s",
       .action_doc = "twice the speed at the top, held over the step",
       .action_unit = "rad/s",
       .constants = {NumberOption("speed", 1.0, 1e-6, 1e6, "m/s", "wave speed c"),
                     NumberOption("damping", 0.05, -10.0, 10.0, "1/s",
                                  "a11 = a12 = a21 = a22 = -damping"),
                     NumberOption("stiffness", 1.0, 1e-6, 1e6, "1/s", "k: impedance over inertia"),
                     NumberOption("friction", 1.2, -1e3, 1e3, "1/s",
                                  "how fast friction falls with speed, over inertia"),
                     NumberOption("load_decay", 1.0, 1e-6, 1e3, "1/s",
                                  "of the bit under the backstepping baseline")},
       .parameters = {{"speed", "rad/s", "of string and bit at the start", 0.5, 1.5}},
       .state = {{.name = "r", .unit = "rad/s", .doc = "wave towards x = 0, on the nodes"},
                 {.name = "s", .unit = "rad/s", .doc = "wave towards X, on the nodes"},
                 {.name = "z", .unit = "rad/s", .doc = "speed of the bit"}},
       .configure = ConfigureLoad,
       .state_sizes = TwoFieldsAndLoad,
       .backstep =
           [](const Options& o) {
             const Hyperbolic plant = LoadOf(o);
             return BackstepHyperbolic(plant,
                                       (-NumberOf(o, "load_decay") - plant.rate) / plant.drive);
           }},
      {.id = "PDE-anti_damped_wave-v1",
       .doc =
           "Still a string whose far end feeds it, by the force at the near one: u_tt = c^2 u_xx, "
           "c u_x(0) = -q u_t(0), c u_x(X) = U. The state is r = u_t + c u_x, s = u_t - c u_x, and "
           "the place u(0) of the far end. Exact along characteristics.",
       .steps = 1000,
       .action_limit = 20.0,
       .action_weight = 0.1,
       .sample_time = 0.01,
       .cells = 100,
       .length = 1.0,
       .unit = "m/s",
       .action_doc = "twice c u_x at x = X, held over the step",
       .action_unit = "m/s",
       .constants = {NumberOption("speed", 1.0, 1e-6, 1e6, "m/s", "wave speed c"),
                     NumberOption("anti_damping", 0.3, -0.999, 0.999, "1", "q"),
                     NumberOption("damping", 0.0, -10.0, 10.0, "1/s",
                                  "of the string, u_tt + 2 damping u_t"),
                     NumberOption("load_decay", 1.0, 1e-6, 1e3, "1/s",
                                  "of u(0) under the backstepping baseline")},
       .parameters = {{"height", "m", "of the first bulge", 0.5, 1.5},
                      {"place", "m", "u(0) at the start", -0.5, 0.5}},
       .state = {{.name = "r", .unit = "m/s", .doc = "wave towards x = 0, on the nodes"},
                 {.name = "s", .unit = "m/s", .doc = "wave towards X, on the nodes"},
                 {.name = "place", .unit = "m", .doc = "u at x = 0"}},
       .configure = ConfigureWave,
       .state_sizes = TwoFieldsAndLoad,
       .backstep =
           [](const Options& o) {
             const Hyperbolic plant = AntiDampedWaveOf(o);
             return BackstepHyperbolic(plant, -NumberOf(o, "load_decay") / plant.drive);
           }},
      {.id = "PDE-traffic_arz-v1",
       .doc = "Smooth stop-and-go traffic on a congested road by metering the flow at its ends, in "
              "the "
              "model of Aw, Rascle and Zhang: rho_t + (rho v)_x = 0, (v - V)_t + v (v - V)_x = "
              "(V - v) / tau, V = v_max (1 - rho / rho_max). Two-step Lax-Wendroff, second order.",
       .has_peer = true,
       .steps = 960,
       .action_limit = 0.0,
       .action_weight = 0.1,
       .sample_time = 0.25,
       .cells = 50,
       .length = 500.0,
       .unit = "1",
       .action_doc = "flow through a metered end, inlet first, held over the step",
       .action_unit = "vehicles/s",
       .constants = {NumberOption("rho_steady", 0.12, 1e-6, 10.0, "vehicles/m", "density to reach"),
                     NumberOption("rho_max", 0.16, 1e-6, 10.0, "vehicles/m", "density of a jam"),
                     NumberOption("v_max", 40.0, 1e-3, 1e3, "m/s", "speed on an empty road"),
                     NumberOption("tau", 60.0, 1e-3, 1e6, "s", "drivers' relaxation time"),
                     NumberOption("integration_time", 0.25, 1e-6, 1e3, "s", "integration step"),
                     {.name = "control",
                      .kind = Option::Kind::kText,
                      .default_value = "outlet",
                      .choices = {"inlet", "outlet", "both"},
                      .doc = "which ends are metered; the others let the steady flow through"}},
       .parameters = {{"wave", "1", "amplitude of the first wave of density, relative", 0.05,
                       0.15}},
       .state = {{.name = "rho", .unit = "vehicles/m", .doc = "density on the nodes"},
                 {.name = "v", .unit = "m/s", .doc = "speed on the nodes"}},
       .configure = ConfigureTraffic,
       .state_sizes = TwoFields,
       .backstep =
           [](const Options& o) {
             BoundaryConfig c;
             c.parameters.resize(1);
             ConfigureTraffic(o, c);
             return BackstepTraffic(c.road, NumberOf(o, "rho_steady"), c.meters_in, c.meters_out,
                                    c.copy_ends);
           }},
  };
}

}  // namespace

const std::vector<BoundaryTask>& BoundaryTasks() {
  static const std::vector<BoundaryTask> tasks = MakeTasks();
  return tasks;
}

}  // namespace flyball
