#include "physics/linear/predictive_control.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <complex>
#include <random>
#include <vector>

#include "physics/numeric/error.h"

namespace flyball {
namespace {

using Catch::Contains;
using Eigen::VectorXd;

// A mass pushed by hand, 0.1 s a step, not at rest by itself.
PredictiveSettings Mass(double limit) {
  PredictiveSettings s;
  s.a.resize(2, 2);
  s.a << 1, 0.1, 0, 1;
  s.b.resize(2, 1);
  s.b << 0.005, 0.1;
  s.cost = {Matrix::Identity(2, 2), 0.1 * Matrix::Identity(1, 1), Matrix::Constant(2, 1, 0.05)};
  s.terminal = SolveDiscreteRiccati(s.a, s.b, s.cost).p;
  s.low = VectorXd::Constant(1, -limit);
  s.high = VectorXd::Constant(1, limit);
  return s;
}

TEST_CASE("without bounds the plan is the regulator's", "[linear][mpc]") {
  const PredictiveSettings s = Mass(INFINITY);
  const Matrix gain = SolveDiscreteRiccati(s.a, s.b, s.cost).gain;
  const PredictiveProgram program = DesignPredictive(s);
  for (const double v : {-3.0, 0.5}) {
    const VectorXd x = Eigen::Vector2d(1.0, v);
    CHECK(program.Solve(x)[0] == Approx((gain * x)(0)).epsilon(1e-10));
  }
}

TEST_CASE("no plan within the bounds is cheaper", "[linear][mpc]") {
  PredictiveSettings s = Mass(0.5);
  s.horizon = 15;
  const PredictiveProgram program = DesignPredictive(s);
  const Eigen::Vector2d start(2.0, 0.0);
  const auto solution = program.program.Solve(program.by_state * start, program.low, program.high);
  const auto cost = [&](const VectorXd& plan) {
    Eigen::Vector2d x = start;
    double sum = 0.0;
    for (int k = 0; k < s.horizon; ++k) {
      const double u = plan[k];
      sum += x.squaredNorm() + 0.1 * u * u + 2 * 0.05 * (x[0] + x[1]) * u;
      x = (s.a * x + s.b * u).eval();
    }
    return sum + x.dot(s.terminal * x);
  };
  CHECK(solution.x[0] == Approx(-0.5).margin(1e-9));  // it has to be held back
  std::mt19937 generator(31);
  std::normal_distribution<double> normal;
  const double best = cost(solution.x);
  for (int i = 0; i < 200; ++i) {
    VectorXd other = solution.x;
    for (double& u : other) u = std::clamp(u + 0.02 * normal(generator), -0.5, 0.5);
    CHECK(cost(other) > best - 1e-9);
  }
}

// The states of a run under a tracking controller, after each step.
std::vector<Eigen::Vector2d> Track(const PredictiveSettings& s, double frequency,
                                   const VectorXd& target, int steps) {
  const PredictiveProgram program = DesignTracking(s, frequency, 1e4);
  Eigen::Vector2d x(0.0, 0.0);
  std::vector<Eigen::Vector2d> states;
  for (int k = 0; k < steps; ++k) {
    const double c = std::cos(frequency * (k + s.horizon)),
                 d = std::sin(frequency * (k + s.horizon));
    VectorXd now = target;
    now.segment(2, 2) = c * target.segment(2, 2) - d * target.segment(4, 2);
    now.segment(4, 2) = d * target.segment(2, 2) + c * target.segment(4, 2);
    const VectorXd u = program.Solve(x, now);
    CHECK(std::abs(u[0]) <= s.high[0] + 1e-9);
    x = (s.a * x + s.b * u[0]).eval();
    states.push_back(x);
  }
  return states;
}

TEST_CASE("a tracking controller reaches what can be reached", "[linear][mpc]") {
  PredictiveSettings s = Mass(1.0);
  s.horizon = 10;
  VectorXd target = VectorXd::Zero(6);
  target[0] = 3.0;
  CHECK((Track(s, 0.2, target, 300).back() - Eigen::Vector2d(3.0, 0.0)).norm() < 1e-6);

  // A wave that it can follow: position sin(w k), and the velocity that goes with it in steps.
  const double w = 0.05;
  target.setZero();
  // x = Im(X e^{iwk}) with (e^{iw} - 1) X_0 = 0.1 X_1 + 0.005 U, (e^{iw} - 1) X_1 = 0.1 U.
  const std::complex<double> step = std::polar(1.0, w) - 1.0;
  const std::complex<double> ratio = step / (0.1 + 0.05 * step);  // X_1 / X_0
  target[2] = 1.0;
  target[3] = ratio.real();
  target[5] = ratio.imag();
  const auto states = Track(s, w, target, 300);
  CHECK(states.back()[0] == Approx(std::sin(w * 300)).margin(1e-5));

  // One whose acceleration is beyond the bound by a factor of four: what is followed is the same
  // wave within the bound, so that it stays a wave of that frequency.
  target *= 4.0 / (std::abs(step * ratio) / 0.1);
  const auto bounded = Track(s, w, target, 800);
  double largest = 0.0;
  for (int k = 600; k < 800; ++k) largest = std::max(largest, std::abs(bounded[k][0]));
  const double amplitude = target[2] / 4.0;  // at which |u| is 1
  CHECK(largest < 1.02 * amplitude);
  CHECK(largest > 0.9 * amplitude);
}

TEST_CASE("noise keeps a stochastic plan off its bounds", "[linear][mpc]") {
  CHECK(NormalQuantile(0.95) == Approx(1.6448536269514722).epsilon(1e-12));
  CHECK(NormalQuantile(0.5) == 0.0);
  CHECK_THROWS_AS(NormalQuantile(1.0), InputError);
  CHECK_THROWS_AS(NormalQuantile(0.4), InputError);

  PredictiveSettings s = Mass(3.0);
  ChanceSettings chance;
  chance.noise = Eigen::Vector2d(1e-4, 1e-3).asDiagonal();
  chance.gain = SolveDiscreteRiccati(s.a, s.b, s.cost).gain;
  chance.output = Matrix::Zero(1, 2);
  chance.output(0, 1) = 1.0;
  chance.output_bound = 1.0;  // of the speed
  chance.probability = 0.9;

  // From afar the speed rises until it is kept at the bound: how often does it break it?
  const auto breaches = [&](double probability) {
    chance.probability = probability;
    const PredictiveProgram program = DesignStochastic(s, chance);
    std::mt19937 generator(33);
    std::normal_distribution<double> normal;
    int count = 0, steps = 0;
    for (int run = 0; run < 20; ++run) {
      Eigen::Vector2d x(-12.0, 0.0);
      for (int k = 0; k < 100; ++k) {
        x = (s.a * x + s.b * program.Solve(x)[0] +
             Eigen::Vector2d(1e-2 * normal(generator), std::sqrt(1e-3) * normal(generator)))
                .eval();
        if (k < 20) continue;
        count += std::abs(x[1]) > 1.0;
        ++steps;
      }
    }
    return static_cast<double>(count) / steps;
  };
  // One step ahead is what is promised: 10 %; the deviation of the count is about 1 %.
  CHECK(breaches(0.9) < 0.13);
  CHECK(breaches(0.9) > 0.02);
  CHECK(breaches(0.99) < 0.03);
  CHECK(breaches(0.5) > 0.3);

  chance.probability = 0.9;
  s.low.setConstant(-0.02);
  s.high.setConstant(0.02);
  CHECK_THROWS_WITH(DesignStochastic(s, chance), Contains("noise takes all of a bound in step"));
}

TEST_CASE("bad input to a predictive controller is refused", "[linear][mpc]") {
  PredictiveSettings s = Mass(1.0);
  s.horizon = 0;
  CHECK_THROWS_WITH(DesignPredictive(s), Contains("horizon is 0"));
  s = Mass(1.0);
  CHECK_THROWS_WITH(DesignTracking(s, 0.0, 1.0), Contains("between 0 and pi"));
  CHECK_THROWS_WITH(DesignTracking(s, 3.2, 1.0), Contains("between 0 and pi"));
  s.terminal.resize(3, 3);
  CHECK_THROWS_WITH(DesignPredictive(s), Contains("P has shape (3, 3)"));
  s = Mass(1.0);
  s.cost.q.setZero();
  s.cost.r.setZero();
  s.cost.s.setZero();
  s.terminal.setZero();
  CHECK_THROWS_WITH(DesignPredictive(s), Contains("without a cost"));
}

}  // namespace
}  // namespace flyball
