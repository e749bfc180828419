#include "envs/linear/linear_policies.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

#include "envs/core/option_makers.h"
#include "envs/linear/linear_model.h"
#include "envs/linear/linear_setup.h"
#include "envs/policies/lqr.h"
#include "envs/policies/observer.h"
#include "envs/policies/predictive.h"
#include "physics/linear/optimal_control.h"
#include "physics/linear/predictive_control.h"
#include "physics/numeric/decompositions.h"
#include "physics/numeric/error.h"

namespace flyball {
namespace {

using Kind = Option::Kind;

constexpr double kDefaultMeasurementNoise = 1e-3;  // variance, in units of that of w
constexpr double kLevelTolerance = 1e-2;           // relative, of a level that is not asked for

// The plant of a spec and what designs start from.
struct Design {
  Design(const PlantSource& source, const EnvSpec& spec)
      : plant(source(spec.options)), sample_time(spec.control_period),
        late(spec.options.at("preset").AsText() == "controlgym") {}

  std::shared_ptr<const LinearStep> step() const { return SharedStep(plant, sample_time); }
  std::shared_ptr<const LinearRegulator> regulator() const {
    return SharedRegulator(plant, sample_time);
  }
  std::shared_ptr<const DesignModel> model() const { return SharedDesignModel(plant, sample_time); }

  std::shared_ptr<const LinearPlant> plant;
  double sample_time;
  bool late;  // observations are of the state before the step
};

std::unique_ptr<Policy> Feedback(const Matrix& gain, const EnvSpec& spec) {
  return std::make_unique<StateFeedbackPolicy>(
      Flatten(gain), std::vector<double>(static_cast<size_t>(gain.rows()), 0.0), spec);
}

// What `design` makes of a plant, or of the plant with faint weights where it finds nothing else: a
// mode on the unit circle that the cost does not see or noise does not drive, an input for nothing.
template <class Designer>
auto DesignSomehow(const GeneralizedPlant& plant, const Designer& design) {
  try {
    return design(plant);
  } catch (const PhysicsError&) {
    return design(WithFaintWeights(plant, kFaintShare));
  }
}

// An observer sees what the environment shows: a measurement that is late is part of the plant.
template <class Designer>
std::unique_ptr<Policy> Observer(const Design& design, const GeneralizedPlant& plant,
                                 const EnvSpec& spec, const Designer& designer) {
  const ObserverController controller =
      DesignSomehow(design.late ? WithLateMeasurement(plant) : plant, designer);
  return std::make_unique<ObserverPolicy>(controller, design.late, spec);
}

// ---- lqr, lqg, h2 ----

// u = K x of the true state, so that late observations are nothing to it.
std::unique_ptr<Policy> MakeLqr(const PlantSource& source, const EnvSpec& spec) {
  return Feedback(Design(source, spec).regulator()->solution.gain, spec);
}

double MeasurementNoise(const GeneralizedPlant& plant, const Options& options) {
  const Value& given = options.at("measurement_noise");
  if (!given.is_null()) return given.AsNumber();
  const Matrix own = plant.d21 * plant.d21.transpose();
  const Matrix margin = 1e-9 * own.norm() * Matrix::Identity(own.rows(), own.cols());
  const bool shows = own.norm() > 0.0 && Eigen::LLT<Matrix>(own - margin).info() == Eigen::Success;
  return shows ? 0.0 : kDefaultMeasurementNoise;
}

std::unique_ptr<Policy> MakeLqg(const PlantSource& source, const EnvSpec& spec,
                                const Options& options, bool pays_for_w) {
  const Design design(source, spec);
  GeneralizedPlant plant = design.model()->plant;
  if (!pays_for_w) plant.d11.setZero();  // the reward does not, either
  return Observer(design, WithMeasurementNoise(plant, MeasurementNoise(plant, options)), spec,
                  DesignH2);
}

// ---- hinf, hinf_output ----

// Somewhat above the best level, where gains are not yet steep.
constexpr double kAboveAttainable = 1.1;

std::unique_ptr<Policy> MakeHinf(const PlantSource& source, const EnvSpec& spec,
                                 const Options& options) {
  const Design design(source, spec);
  const std::shared_ptr<const DesignModel> model = design.model();
  const Value& given = options.at("gamma");
  const Matrix gain = DesignSomehow(model->plant, [&](const GeneralizedPlant& plant) {
    const double gamma = given.is_null() ? kAboveAttainable * AttainableHinf(plant, kLevelTolerance)
                                         : given.AsNumber();
    return DesignHinf(plant, gamma).gain;
  });
  return Feedback(model->states.size() ? Matrix(gain * model->states) : gain, spec);
}

std::unique_ptr<Policy> MakeHinfOutput(const PlantSource& source, const EnvSpec& spec,
                                       const Options& options) {
  const Design design(source, spec);
  const GeneralizedPlant plant = design.model()->plant;
  const GeneralizedPlant noisy = WithMeasurementNoise(plant, MeasurementNoise(plant, options));
  return Observer(design, noisy, spec, [&](const GeneralizedPlant& seen) {
    const Value& given = options.at("gamma");
    const double gamma = given.is_null()
                             ? kAboveAttainable * AttainableHinfOutput(seen, kLevelTolerance)
                             : given.AsNumber();
    return DesignHinfOutput(seen, gamma);
  });
}

// ---- mpc, tracking_mpc, stochastic_mpc ----

PredictiveSettings Settings(const Design& design, const EnvSpec& spec, const Options& options) {
  const std::shared_ptr<const LinearRegulator> regulator = design.regulator();
  PredictiveSettings settings;
  settings.a = design.step()->a;
  settings.b = design.step()->b2;
  settings.cost = regulator->cost;
  settings.terminal = regulator->solution.p;
  settings.horizon = static_cast<int>(options.at("horizon").AsInteger());
  const double limit =
      spec.action.clip ? LinearActionLimit(*design.plant, spec.options) : kInfinity;
  settings.low = Eigen::VectorXd::Constant(design.plant->nu(), -limit);
  settings.high = Eigen::VectorXd::Constant(design.plant->nu(), limit);
  return settings;
}

std::unique_ptr<Policy> MakeMpc(const PlantSource& source, const EnvSpec& spec,
                                const Options& options) {
  const Design design(source, spec);
  const PredictiveSettings settings = Settings(design, spec, options);
  return std::make_unique<PredictivePolicy>(DesignPredictive(settings), HarmonicTarget{},
                                            settings.horizon);
}

std::vector<double> StateOption(const Options& options, const char* name, const EnvSpec& spec) {
  std::vector<double> values = options.at(name).AsNumbers();
  const size_t size = static_cast<size_t>(spec.state_size());
  if (values.empty()) values.assign(size, 0.0);
  const bool finite =
      std::all_of(values.begin(), values.end(), [](double x) { return std::isfinite(x); });
  if (values.size() == size && finite) return values;
  throw InputError(spec.id + ", policy 'tracking_mpc', option '" + name + "': " +
                   std::to_string(size) + " finite numbers are needed, one of each state; got " +
                   std::to_string(values.size()) + (finite ? "" : ", not all finite"));
}

std::unique_ptr<Policy> MakeTracking(const PlantSource& source, const EnvSpec& spec,
                                     const Options& options) {
  const Design design(source, spec);
  const PredictiveSettings settings = Settings(design, spec, options);
  HarmonicTarget target;
  target.constant = StateOption(options, "target", spec);
  target.sine = StateOption(options, "target_sin", spec);
  target.cosine = StateOption(options, "target_cos", spec);
  const Value& frequency = options.at("frequency");
  target.frequency = frequency.is_null() ? 2.0 * std::numbers::pi / (4.0 * settings.horizon)
                                         : frequency.AsNumber() * spec.control_period;
  const double unit = settings.cost.q.trace() / static_cast<double>(settings.a.rows());
  const double weight = options.at("offset_weight").AsNumber() * (unit > 0.0 ? unit : 1.0);
  return std::make_unique<PredictivePolicy>(DesignTracking(settings, target.frequency, weight),
                                            target, settings.horizon);
}

std::unique_ptr<Policy> MakeStochastic(const PlantSource& source, const EnvSpec& spec,
                                       const Options& options) {
  const Design design(source, spec);
  const PredictiveSettings settings = Settings(design, spec, options);
  const double deviation = LinearNoiseDeviation(spec.options);
  ChanceSettings chance;
  chance.noise = deviation * deviation * design.step()->b1 * design.step()->b1.transpose();
  chance.gain = design.regulator()->solution.gain;
  chance.probability = options.at("probability").AsNumber();
  const Value& bound = options.at("output_bound");
  chance.output = bound.is_null() ? Matrix(0, design.plant->nx()) : design.plant->c;
  chance.output_bound = bound.is_null() ? 0.0 : bound.AsNumber();
  return std::make_unique<PredictivePolicy>(DesignStochastic(settings, chance), HarmonicTarget{},
                                            settings.horizon);
}

// ---- Their options, and which plant has which ----

Option StateList(const char* name, const char* doc) {
  return {.name = name, .kind = Kind::kList, .default_value = List{}, .doc = doc};
}

Option Horizon() { return CountOption("horizon", 20, 1, 200, "steps that are planned"); }

Option Noise() {
  return NumberOption(
      "measurement_noise", {}, 0.0, 1e12, "1",
      "variance of further noise on each measurement, in units of that of w; by default "
      "0 where w shows in every measurement, else 0.001");
}

Option Gamma() {
  return NumberOption(
      "gamma", {}, 1e-12, 1e12, "1",
      "level: from w to z energy grows by less than its square; by default 1.1 times the "
      "smallest that can be attained");
}

}  // namespace

std::vector<PolicyRegistration> LinearPolicies(const std::string& name, const PlantSource& source) {
  const auto with = [&source](auto make) {
    return [source, make](const EnvSpec& spec, const Options& options) {
      return make(source, spec, options);
    };
  };
  std::vector<PolicyRegistration> all = {
      {"lqr", "the optimal regulator of the plant, from its full state",
       [source](const EnvSpec& spec) { return MakeLqr(source, spec); }},
      {"lqg",
       "the optimal regulator from the measurement: a Kalman filter, which uses that w drives "
       "state and measurement together, and the gain of lqr",
       nullptr,
       {Noise()},
       with([](const PlantSource& s, const EnvSpec& spec, const Options& o) {
         return MakeLqg(s, spec, o, false);
       })},
      {"h2",
       "the output feedback of least mean |z|^2 under white w: lqg that also answers for D11 w",
       nullptr,
       {Noise()},
       with([](const PlantSource& s, const EnvSpec& spec, const Options& o) {
         return MakeLqg(s, spec, o, true);
       })},
      {"hinf",
       "state feedback against the worst w, at a level gamma",
       nullptr,
       {Gamma()},
       with(MakeHinf)},
      {"hinf_output",
       "output feedback against the worst w, at a level gamma",
       nullptr,
       {Gamma(), Noise()},
       with(MakeHinfOutput)},
      {"mpc",
       "plans ahead from the full state within the bounds of u, at the cost of lqr after that",
       nullptr,
       {Horizon()},
       with(MakeMpc)},
      {"tracking_mpc",
       "mpc to a target that is a constant and a wave, by an artificial reference of that form",
       nullptr,
       {Horizon(), StateList("target", "the target's constant, of each state; by default zero"),
        StateList("target_sin", "what goes with sin(frequency t); by default zero"),
        StateList("target_cos", "what goes with cos(frequency t); by default zero"),
        NumberOption("frequency", {}, 1e-9, 1e9, "rad/s",
                     "of the wave, below pi / sample_time; by default one period in four horizons"),
        NumberOption(
            "offset_weight", 100.0, 1e-6, 1e12, "1",
            "weight of the reference's distance to the target, in units of the mean of Q")},
       with(MakeTracking)},
      {"stochastic_mpc",
       "mpc that keeps so far from bounds that noise breaks them rarely",
       nullptr,
       {Horizon(),
        NumberOption(
            "probability", 0.95, 0.5, 0.999999, "1",
            "with which each bound is met, if the plan is followed with the feedback of lqr"),
        NumberOption("output_bound", {}, 1e-12, 1e12, "1",
                     "bound on each |C x| after a step, at a steep cost; by default none")},
       with(MakeStochastic)}};
  if (name == "rea") {
    for (PolicyRegistration& policy : all) {
      policy = {policy.name,
                "the plant cannot be stabilised: no input reaches its mode that grows as "
                "exp(0.606 t / s)",
                nullptr};
    }
  }
  return all;
}

}  // namespace flyball
