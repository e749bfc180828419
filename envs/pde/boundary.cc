// Registers the environments with control at a boundary; options and descriptions they share.
#include <cmath>
#include <memory>
#include <utility>

#include "envs/core/kernel.h"
#include "envs/core/option_makers.h"
#include "envs/core/registry.h"
#include "envs/pde/boundary_observer.h"
#include "envs/pde/boundary_setup.h"
#include "envs/pde/field_arrays.h"
#include "envs/pde/gradients.h"
#include "envs/policies/lqr.h"
#include "physics/numeric/error.h"

FLYBALL_DECLARE_KERNEL(boundary);

namespace flyball {

using Kind = Option::Kind;

OptionSchema BoundaryOptions(const BoundaryTask& d) {
  OptionSchema schema;
  if (d.has_peer) {
    schema.push_back({.name = "preset",
                      .kind = Kind::kText,
                      .default_value = "default",
                      .choices = {"default", "pde_control_gym"},
                      .doc = "pde_control_gym: rewards, ends and figures as that package poses the "
                             "task; default: a quadratic cost, integrated over field and time"});
  }
  schema.push_back({.name = "cells",
                    .kind = Kind::kInteger,
                    .default_value = d.cells,
                    .low = 16,
                    .high = 1000,
                    .unit = "1",
                    .doc = "cells of the grid; fields are on their ends, one more"});
  schema.push_back(NumberOption("length", d.length, 1e-6, 1e6, "m", "length of the domain"));
  schema.push_back(NumberOption("sample_time", d.sample_time, 1e-9, 1e3, "s",
                                "time between control steps, the action held"));
  schema.push_back({.name = "sensing",
                    .kind = Kind::kText,
                    .default_value = "full",
                    .choices = {"full", "collocated", "opposite"},
                    .doc =
                        "the whole field; or one number: what comes back at the controlled end, or "
                        "what arrives at the other"});
  schema.push_back(NumberOption("sensor_noise_cov", 0.0, 0.0, 1e9, "(" + d.unit + ")^2",
                                "variance of each measurement"));
  if (d.action_limit > 0.0) {
    schema.push_back(NumberOption("action_limit", d.action_limit, 1e-9, 1e9, d.action_unit,
                                  "bound on the action, which is clipped to it"));
  }
  schema.push_back(NumberOption("Q_weight", 1.0, 0.0, 1e12, "1", "weight of the squared error"));
  schema.push_back(
      NumberOption("R_weight", d.action_weight, 0.0, 1e12, "1", "of the squared action"));
  for (const BoundaryTask::Parameter& p : d.parameters) {
    schema.push_back(
        NumberOption("init_" + p.name + "_low", p.low, -1e6, 1e6, p.unit, "least " + p.doc));
    schema.push_back(
        NumberOption("init_" + p.name + "_high", p.high, -1e6, 1e6, p.unit, "greatest " + p.doc));
  }
  schema.insert(schema.end(), d.constants.begin(), d.constants.end());
  return schema;
}

BoundaryConfig MakeBoundaryConfig(const BoundaryTask& task, const Options& options) {
  BoundaryConfig c;
  for (const BoundaryTask::Parameter& p : task.parameters) {
    const double low = options.at("init_" + p.name + "_low").AsNumber();
    const double high = options.at("init_" + p.name + "_high").AsNumber();
    if (low > high) {
      throw InputError("option 'init_" + p.name + "_low' is " + Value(low).ToJson() +
                       "; it must not exceed init_" + p.name + "_high, " + Value(high).ToJson());
    }
    c.parameters.push_back({low, high, {}});
  }
  task.configure(options, c);
  if (c.target.empty()) c.target.assign(c.n, 0.0);
  if (c.base.empty()) c.base = c.target;
  if (c.num_sensors == 0) {
    c.num_sensors = c.n;
    std::vector<double> rows(static_cast<size_t>(c.n) * c.n, 0.0);
    for (int j = 0; j < c.n; ++j) rows[static_cast<size_t>(j) * c.n + j] = 1.0;
    c.sensors = SparseRows(rows, c.n, c.n);
  }
  const double sample_time = options.at("sample_time").AsNumber();
  for (double& w : c.weight) w *= options.at("Q_weight").AsNumber() * sample_time;
  c.action_weight = options.at("R_weight").AsNumber() * sample_time;
  c.sensor_deviation = std::sqrt(options.at("sensor_noise_cov").AsNumber());
  if (task.has_peer && options.at("preset").AsText() == "pde_control_gym") {
    c.horizon = task.steps;
    c.reward = c.traffic ? BoundaryConfig::Reward::kNorm : BoundaryConfig::Reward::kFall;
    // Its figures are per step of its own: a thousand of them are one control step of transport
    // (0.1 ms in 0.1 s), a hundred one of reaction-diffusion (10 us in 1 ms).
    const double fine = task.id == "PDE-transport-v1" ? 1000.0 : 100.0;
    c.prize = 300.0;
    c.prize_below = 20.0;
    c.cut_penalty = -1e3 * fine;
    c.effort_scale = 1e-3 * fine;
    c.near_enough = 2.3e-4;
    if (!c.traffic) c.state_limit = 1e10;
  }
  return c;
}

EnvSpec MakeBoundarySpec(const BoundaryTask& task, const BoundaryConfig& c,
                         const Options& options) {
  std::vector<Entry> state = task.state;
  const std::vector<int> sizes = task.state_sizes(options);
  for (size_t i = 0; i < state.size(); ++i) state[i].size = sizes[i];
  std::vector<Entry> seen = state;
  if (options.at("sensing").AsText() != "full") {
    seen = {{.name = "measurement",
             .unit = task.unit,
             .doc = "at the " + options.at("sensing").AsText() + " end"}};
  }
  const bool wide = ObservationDType(options) == DType::kFloat64;

  EnvSpec spec;
  spec.doc = task.doc;
  spec.observation = {VectorField("observation", ObservationDType(options), seen)};
  double low, high;
  if (c.traffic) {
    low = 0.8 * c.flow;
    high = 1.2 * c.flow;
  } else {
    high = options.at("action_limit").AsNumber();
    low = -high;
  }
  spec.action.field =
      VectorField("action", wide ? DType::kFloat64 : DType::kFloat32,
                  {{"control", c.num_actions, task.action_unit, low, high, task.action_doc}});
  spec.info = {
      ScalarField("state_cost", DType::kFloat64, "1", "what the error before the step costs", 0.0),
      ScalarField("action_cost", DType::kFloat64, "1", "what the action costs", 0.0),
      ScalarField("norm", DType::kFloat64, "1",
                  "Euclidean norm of the error on the nodes after the step", 0.0)};
  spec.state = {VectorField("field", DType::kFloat64, state)};
  spec.reset = spec.state;
  for (const BoundaryTask::Parameter& p : task.parameters) {
    spec.reset.push_back(ScalarField("init_" + p.name, DType::kFloat64, p.unit, p.doc));
  }
  spec.control_period = options.at("sample_time").AsNumber();
  spec.max_episode_steps = task.steps;
  if (c.reward != BoundaryConfig::Reward::kFall) spec.reward_high = 0.0;
  spec.smooth = true;
  spec.options = options;
  return spec;
}

namespace {

std::unique_ptr<Policy> MakeBackstepping(const BoundaryTask& task, const EnvSpec& spec) {
  const BoundaryConfig c = MakeBoundaryConfig(task, spec.options);
  std::vector<double> gain = task.backstep(spec.options), offset(c.num_actions, c.action_target);
  for (size_t i = 0; i < gain.size(); ++i) offset[i / c.n] -= gain[i] * c.target[i % c.n];
  return std::make_unique<StateFeedbackPolicy>(std::move(gain), std::move(offset), spec);
}

std::vector<Registration> All() {
  std::vector<Registration> all;
  for (const BoundaryTask& task : BoundaryTasks()) {
    Registration registration;
    registration.id = task.id;
    registration.family = "pde";
    registration.options = BoundaryOptions(task);
    registration.max_episode_steps = task.steps;
    registration.resolve = [&task](const Options& options) {
      return MakeBoundarySpec(task, MakeBoundaryConfig(task, options), options);
    };
    registration.make = [&task](const BatchContext& context) {
      const BoundaryConfig config = MakeBoundaryConfig(task, context.spec.options);
      return MakeKernelBatch(FLYBALL_KERNEL_BUILDS(boundary), context, &config);
    };
    registration.make_adjoint = [&task](const EnvSpec& spec) {
      return MakeBoundaryAdjoint(MakeBoundaryConfig(task, spec.options));
    };
    registration.plant = [&task](const EnvSpec& spec) {
      return BoundaryArrays(MakeBoundaryConfig(task, spec.options),
                            static_cast<int>(spec.options.at("cells").AsInteger()) + 1);
    };
    registration.policies = {
        {"backstepping",
         "boundary feedback of the whole field, designed on the equation by backstepping",
         [&task](const EnvSpec& spec) { return MakeBackstepping(task, spec); }},
        {"backstepping_output",
         "the same feedback of what the sensor sees, through an observer of the field",
         [&task](const EnvSpec& spec) {
           return MakeBoundaryObserver(MakeBoundaryConfig(task, spec.options),
                                       task.backstep(spec.options), spec);
         }}};
    all.push_back(std::move(registration));
  }
  return all;
}

FLYBALL_REGISTER(All());

}  // namespace
}  // namespace flyball
