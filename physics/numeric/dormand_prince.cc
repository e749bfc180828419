#include "physics/numeric/dormand_prince.h"

#include <cmath>
#include <sstream>

#include "physics/numeric/error.h"
#include "physics/numeric/lanes.h"

namespace flyball {
namespace {

// Row i makes the state at which stage i's slope is taken; the last row is the step of order five.
constexpr double kWeights[7][6] = {
    {},
    {1.0 / 5.0},
    {3.0 / 40.0, 9.0 / 40.0},
    {44.0 / 45.0, -56.0 / 15.0, 32.0 / 9.0},
    {19372.0 / 6561.0, -25360.0 / 2187.0, 64448.0 / 6561.0, -212.0 / 729.0},
    {9017.0 / 3168.0, -355.0 / 33.0, 46732.0 / 5247.0, 49.0 / 176.0, -5103.0 / 18656.0},
    {35.0 / 384.0, 0, 500.0 / 1113.0, 125.0 / 192.0, -2187.0 / 6784.0, 11.0 / 84.0}};
// Order five less order four.
constexpr double kErrors[7] = {
    71.0 / 57600.0, 0,          -71.0 / 16695.0, 71.0 / 1920.0, -17253.0 / 339200.0,
    22.0 / 525.0,   -1.0 / 40.0};

// Controller: DOPRI5's defaults as scipy passes them.
constexpr double kSafety = 0.9, kLeastFactor = 0.2, kMostFactor = 10.0, kBeta = 0.04;

double Scale(const DormandPrince::Options& options, double x) {
  return options.absolute + options.relative * Abs(x);
}

}  // namespace

DormandPrince::DormandPrince(int dimension) : dimension_(dimension) {
  if (dimension < 1) {
    throw InputError("DormandPrince: dimension " + std::to_string(dimension) +
                     " must be at least 1");
  }
  x_.resize(dimension);
  trial_.resize(dimension);
  for (std::vector<double>& slope : slope_) slope.resize(dimension);
}

void DormandPrince::Check(double t_begin, double t_end, std::span<const double> x,
                          const Options& options) const {
  if (x.size() != x_.size()) {
    throw InputError("DormandPrince: state has " + std::to_string(x.size()) + " numbers, " +
                     std::to_string(dimension_) + " wanted");
  }
  if (!(options.relative > 0) || !(options.absolute > 0)) {
    throw InputError("DormandPrince: tolerances relative " + std::to_string(options.relative) +
                     " and absolute " + std::to_string(options.absolute) + " must be positive");
  }
  if (!std::isfinite(t_begin) || !std::isfinite(t_end)) {
    throw InputError("DormandPrince: times must be finite");
  }
}

// A step after which an explicit Euler step would move x by a hundredth of its size.
double DormandPrince::FirstGuess(const Options& options, double interval) {
  double slope_square = 0, x_square = 0;
  for (int i = 0; i < dimension_; ++i) {
    const double scale = Scale(options, x_[i]);
    slope_square += (slope_[0][i] / scale) * (slope_[0][i] / scale);
    x_square += (x_[i] / scale) * (x_[i] / scale);
  }
  const bool tiny = slope_square <= 1e-10 || x_square <= 1e-10;
  const double h = Min(tiny ? 1e-6 : Sqrt(x_square / slope_square) * 0.01, Abs(interval));
  for (int i = 0; i < dimension_; ++i) {
    trial_[i] = x_[i] + CopySign(h, interval) * slope_[0][i];
  }
  return CopySign(h, interval);
}

// A step whose fifth power times the larger of the first two derivatives is a hundredth.
double DormandPrince::SecondGuess(const Options& options, double h, double interval) {
  double change_square = 0, slope_square = 0;
  for (int i = 0; i < dimension_; ++i) {
    const double scale = Scale(options, x_[i]);
    const double change = (slope_[1][i] - slope_[0][i]) / scale, slope = slope_[0][i] / scale;
    change_square += change * change;
    slope_square += slope * slope;
  }
  const double largest = Max(Sqrt(change_square) / Abs(h), Sqrt(slope_square));
  const double guess = largest <= 1e-15 ? Max(1e-6, Abs(h) * 1e-3) : Pow(0.01 / largest, 1.0 / 5.0);
  return CopySign(Min(Min(100 * Abs(h), guess), Abs(interval)), interval);
}

void DormandPrince::Combine(int stage, double h) {
  for (int i = 0; i < dimension_; ++i) {
    double sum = kWeights[stage][0] * slope_[0][i];
    for (int j = 1; j < stage; ++j) sum += kWeights[stage][j] * slope_[j][i];
    trial_[i] = x_[i] + h * sum;
  }
}

// Root mean square of the error estimate in units of what is tolerated: a step is good at 1.
double DormandPrince::ErrorNorm(const Options& options, double h) const {
  double sum = 0;
  for (int i = 0; i < dimension_; ++i) {
    double error = kErrors[0] * slope_[0][i];
    for (int j = 2; j < kStages; ++j) error += kErrors[j] * slope_[j][i];
    const double scaled = h * error / Scale(options, Max(Abs(x_[i]), Abs(trial_[i])));
    sum += scaled * scaled;
  }
  return Sqrt(sum / dimension_);
}

// First same as last: the slope at the end of a step is the next one's first.
void DormandPrince::Accept() {
  x_.swap(trial_);
  slope_[0].swap(slope_[kStages - 1]);
}

double DormandPrince::Controller::Next(double error, double h, double interval, bool& accepted) {
  accepted = error <= 1;
  // A trial step that left the numbers is retried at the least factor.
  if (!IsFinite(error)) {
    last_rejected = true;
    return h * kLeastFactor;
  }
  const double plain = Pow(error, 0.2 - 0.75 * kBeta);
  if (!accepted) {
    last_rejected = true;
    return h / Min(1 / kLeastFactor, plain / kSafety);
  }
  const double damped = plain / Pow(last_error, kBeta);
  double next = h / Clamp(damped / kSafety, 1 / kMostFactor, 1 / kLeastFactor);
  if (Abs(next) > Abs(interval)) next = interval;
  if (last_rejected) next = CopySign(Min(Abs(next), Abs(h)), interval);
  last_error = Max(error, 1e-4);
  last_rejected = false;
  return next;
}

void DormandPrince::Fail(const char* what, double t, double h) {
  std::ostringstream text;
  text << "DormandPrince: " << what << " at t = " << t << " s with step " << h << " s";
  throw PhysicsError(text.str());
}

}  // namespace flyball
