#include "envs/pde/resolution.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <mutex>
#include <string>

#include "physics/field/field_solver.h"
#include "physics/numeric/error.h"

namespace flyball {
namespace {

std::string Text(double x) { return Value(x).ToJson(); }

// The trial is an episode, or as much of it as this many integration steps do; the push changes its
// sign every so many control steps.
constexpr int kMostWork = 4000, kFewestSteps = 8, kTurn = 25;
constexpr int kMostHalvings = 14;

// The modes of the force that pushes with every second actuator and pulls with the others.
void PushAndPull(const FieldConfig& c, double size, std::vector<double>& re,
                 std::vector<double>& im) {
  re.assign(c.modes(), 0.0);
  im.assign(c.modes(), 0.0);
  for (int k = 0; k < c.modes(); ++k) {
    for (int i = 0; i < c.num_actions; ++i) {
      const double push = i % 2 ? -size : size;
      re[k] += c.force_re[static_cast<size_t>(k) * c.num_actions + i] * push;
      im[k] += c.force_im[static_cast<size_t>(k) * c.num_actions + i] * push;
    }
  }
}

double Largest(std::span<const double> field) {
  double largest = 0.0;
  for (const double u : field)
    largest = std::isfinite(u) ? std::max(largest, std::abs(u)) : INFINITY;
  return largest;
}

struct Trial {
  double step_error = 0.0;  // the worst control step's, relative to the field
  double tail = 0.0;        // share of the highest third of the modes in the largest
};

// Runs control steps with `substeps` and with twice as many, each from the same field.
Trial Try(const FieldTask& task, const Options& options, int points, int substeps) {
  const double sample_time = options.at("sample_time").AsNumber();
  const double limit = NumberOf(options, "action_limit", task.action_limit);
  const FieldConfig coarse =
      MakeFieldConfig(task, options, points, sample_time / substeps, substeps);
  const FieldConfig fine =
      MakeFieldConfig(task, options, points, sample_time / substeps / 2, 2 * substeps);
  FieldSolver solver(coarse.etd, coarse.term), better(fine.etd, fine.term);

  std::vector<double> mean, field(points), re, im;
  for (const FieldConfig::Parameter& p : coarse.parameters) {
    mean.push_back(p.mean + 0.5 * p.width * (p.mean < 0.0 ? -1.0 : 1.0));
  }
  coarse.initial(coarse, mean, field);
  Trial trial;
  const int steps =
      std::clamp(kMostWork / substeps, std::min(kFewestSteps, task.steps), task.steps);
  for (int t = 0; t < steps; ++t) {
    PushAndPull(coarse, std::isfinite(limit) ? (t / kTurn % 2 ? -limit : limit) : 0.0, re, im);
    std::vector<double> rough = field;
    solver.Run(rough, coarse.substeps, re, im);
    better.Run(field, fine.substeps, re, im);
    const double size = Largest(field);
    for (int j = 0; j < points; ++j) rough[j] -= field[j];
    const double error = Largest(rough) / size * (16.0 / 15.0);
    trial.step_error = std::isfinite(error) ? std::max(trial.step_error, error) : INFINITY;
    if (!std::isfinite(size)) break;
  }

  const RealFft<double> fft(points);
  std::vector<double> modes_re(coarse.modes()), modes_im(coarse.modes()), work(fft.work_size());
  fft.Forward(std::span<const double>(field), std::span(modes_re), std::span(modes_im),
              std::span(work));
  double most = 0.0, high = 0.0;
  for (int k = 0; k < coarse.modes(); ++k) {
    const double size = std::hypot(modes_re[k], modes_im[k]);
    most = std::max(most, size);
    if (3 * k > 2 * coarse.modes()) high = std::max(high, size);
  }
  trial.tail = high / most;
  return trial;
}

// Without memory.
int FindSubsteps(const FieldTask& task, const Options& options) {
  const double sample_time = options.at("sample_time").AsNumber();
  const bool given = !options.at("integration_time").is_null();
  const double step = NumberOf(options, "integration_time", task.integration_time);
  if (given && step > sample_time) {
    throw InputError("option 'integration_time' is " + Text(step) +
                     " s; it must not exceed the sample_time, " + Text(sample_time) + " s");
  }
  const double count = std::max(1.0, std::ceil(sample_time / step * (1 - 1e-12)));
  if (count > 1e7) {
    throw InputError("option 'integration_time' is " + Text(step) +
                     " s: more than 1e7 steps in a sample_time of " + Text(sample_time) + " s");
  }

  // The trial runs on as few points as hold the field: at most n, at first 256.
  const int n = static_cast<int>(options.at("n").AsInteger());
  int points = n;
  const double width = options.at("control_sup_width").AsNumber();
  while (points > 256 && points % 8 == 0 && width * points / 2 >= 5.0) points /= 2;
  int substeps = static_cast<int>(count);
  Trial trial = Try(task, options, points, substeps);
  while (!(trial.tail < kStepTolerance) && points < n && std::isfinite(trial.step_error)) {
    points *= 2;
    trial = Try(task, options, points, substeps);
  }

  const double wanted = given ? kWorstStep : kStepTolerance;
  int halvings = 0;
  while (!(trial.step_error < wanted) && halvings < kMostHalvings) {
    substeps *= 2;
    ++halvings;
    trial = Try(task, options, points, substeps);
  }
  if (!(trial.step_error < wanted)) {
    throw InputError("no step down to " + Text(sample_time / substeps) +
                     " s resolves this field: it blows up, or the options 'n', "
                     "'action_limit' and the equation's constants do not fit each other");
  }
  if (given && halvings > 0) {
    throw InputError("option 'integration_time' is " + Text(step) +
                     " s, too long to resolve the field; at most " + Text(sample_time / substeps) +
                     " s");
  }
  if (!(trial.tail < kWorstTail)) {
    throw InputError("option 'n' is " + std::to_string(n) +
                     ", too small for this field, whose highest modes hold " + Text(trial.tail) +
                     " of the largest; try " + std::to_string(2 * n));
  }
  return substeps;
}

}  // namespace

int ResolvedSubsteps(const FieldTask& task, const Options& options) {
  // An environment asks several times over for the same options, and the answer is a function of
  // them alone: the last ones are kept.
  static std::mutex mutex;
  static std::map<std::string, int> known;
  constexpr size_t kMostKnown = 64;
  const std::string key = task.equation + Value(options).ToJson();
  {
    const std::lock_guard lock(mutex);
    if (const auto found = known.find(key); found != known.end()) return found->second;
  }
  const int substeps = FindSubsteps(task, options);
  const std::lock_guard lock(mutex);
  if (known.size() >= kMostKnown) known.clear();
  known[key] = substeps;
  return substeps;
}

}  // namespace flyball
