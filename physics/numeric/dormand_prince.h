// The embedded Runge-Kutta pair of Dormand and Prince, order 5(4), with the step-size control of
// Hairer, Norsett and Wanner (Solving Ordinary Differential Equations I, II.4): the same initial
// step, error norm and controller as the DOPRI5 that scipy.integrate.ode wraps, so that a peer that
// integrates with it can be followed step by step.
#ifndef FLYBALL_PHYSICS_NUMERIC_DORMAND_PRINCE_H_
#define FLYBALL_PHYSICS_NUMERIC_DORMAND_PRINCE_H_

#include <span>
#include <vector>

#include "physics/numeric/lanes.h"

namespace flyball {

class DormandPrince {
 public:
  struct Options {
    double relative = 1e-6;   // tolerated error of a step per |x|, > 0 (scipy's default)
    double absolute = 1e-12;  // tolerated error of a step, unit of x, > 0 (scipy's default)
    int max_steps = 500;      // accepted and rejected ones of one call (scipy's default)
  };
  struct Result {
    int accepted = 0, rejected = 0, evaluations = 0;
  };

  // For states of `dimension` numbers. Calls allocate nothing.
  explicit DormandPrince(int dimension);

  // Replaces x = x(t_begin) by x(t_end); t_end may be before t_begin. f(t, x, dx) writes the
  // derivative at x (const span) to dx. Nothing is carried from one call to the next. Throws
  // PhysicsError, x unchanged, if the tolerance cannot be met within max_steps.
  template <class Derivative>
  Result Integrate(Derivative&& f, double t_begin, double t_end, std::span<double> x,
                   const Options& options);
  template <class Derivative>
  Result Integrate(Derivative&& f, double t_begin, double t_end, std::span<double> x) {
    return Integrate(f, t_begin, t_end, x, Options());
  }

 private:
  // The arithmetic between the calls of f does not depend on its type and stays out of the header.
  static constexpr int kStages = 7;
  void Check(double t_begin, double t_end, std::span<const double> x, const Options& options) const;
  // Step sizes h carry the sign of `interval` = t_end - t_begin and are not longer.
  double FirstGuess(const Options& options, double interval);             // fills trial_
  double SecondGuess(const Options& options, double h, double interval);  // from slope at trial_
  void Combine(int stage, double h);                                      // fills trial_
  double ErrorNorm(const Options& options, double h) const;
  void Accept();
  [[noreturn]] static void Fail(const char* what, double t, double h);

  struct Controller {  // of one call
    double last_error = 1e-4;
    bool last_rejected = false;
    // The next step size after one of size h with the given error; sets accepted.
    double Next(double error, double h, double interval, bool& accepted);
  };

  int dimension_;
  std::vector<double> x_, trial_;       // (dimension)
  std::vector<double> slope_[kStages];  // (dimension) each
};

template <class Derivative>
DormandPrince::Result DormandPrince::Integrate(Derivative&& f, double t_begin, double t_end,
                                               std::span<double> x, const Options& options) {
  Check(t_begin, t_end, x, options);
  constexpr double kNodes[kStages] = {0, 0.2, 0.3, 0.8, 8.0 / 9.0, 1, 1};
  const double interval = t_end - t_begin;
  Result result;
  if (interval == 0) return result;
  x_.assign(x.begin(), x.end());

  const auto slope = [&](int stage, double t, const std::vector<double>& at) {
    f(t, std::span<const double>(at), std::span<double>(slope_[stage]));
    ++result.evaluations;
  };
  double t = t_begin;
  slope(0, t, x_);
  double h = FirstGuess(options, interval);
  slope(1, t + h, trial_);
  h = SecondGuess(options, h, interval);

  Controller controller;
  bool last = false;
  for (;;) {
    if (result.accepted + result.rejected >= options.max_steps) Fail("max_steps reached", t, h);
    if (!(0.1 * Abs(h) > 0x1p-52 * Abs(t))) Fail("step size underflow", t, h);
    if ((t + 1.01 * h - t_end) * interval > 0) {
      h = t_end - t;
      last = true;
    }
    for (int stage = 1; stage < kStages; ++stage) {
      Combine(stage, h);
      slope(stage, t + kNodes[stage] * h, trial_);
    }
    bool accepted;
    const double next = controller.Next(ErrorNorm(options, h), h, interval, accepted);
    if (accepted) {
      ++result.accepted;
      Accept();
      t += h;
      if (last) break;
    } else {
      last = false;
      ++result.rejected;
    }
    h = next;
  }
  for (int i = 0; i < dimension_; ++i) x[i] = x_[i];
  return result;
}

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_NUMERIC_DORMAND_PRINCE_H_
