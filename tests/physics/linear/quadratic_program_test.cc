#include "physics/linear/quadratic_program.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <random>

#include "physics/numeric/decompositions.h"
#include "physics/numeric/error.h"

namespace flyball {
namespace {

using Eigen::VectorXd;

TEST_CASE("a program within its bounds is a linear equation", "[linear][qp]") {
  Matrix h(2, 2);
  h << 4, 1, 1, 3;
  const QuadraticProgram program(h, Matrix::Identity(2, 2));
  const VectorXd g = VectorXd::Constant(2, 1.0), wide = VectorXd::Constant(2, 10.0);
  const auto solution = program.Solve(g, -wide, wide);
  CHECK((h * solution.x + g).norm() < 1e-15);
  CHECK(solution.iterations == 0);
}

TEST_CASE("a program in a box is the best of all choices of bounds", "[linear][qp]") {
  std::mt19937 generator(21);
  std::normal_distribution<double> normal;
  constexpr int n = 4;
  for (int trial = 0; trial < 30; ++trial) {
    const Matrix root = Matrix::NullaryExpr(n, n, [&] { return normal(generator); });
    const Matrix h = root * root.transpose() + 0.01 * Matrix::Identity(n, n);
    const VectorXd g = VectorXd::NullaryExpr(n, [&] { return 3.0 * normal(generator); });
    const VectorXd bound = VectorXd::Constant(n, 0.5);
    // Each variable is free, low or high: 81 equations, the best that is feasible wins.
    double best = INFINITY;
    VectorXd expected;
    for (int choice = 0; choice < 81; ++choice) {
      VectorXd x(n);
      Matrix equation = h;
      VectorXd right = -g;
      for (int i = 0, rest = choice; i < n; ++i, rest /= 3) {
        if (rest % 3 == 0) continue;
        equation.row(i).setZero();
        equation(i, i) = 1.0;
        right[i] = rest % 3 == 1 ? -0.5 : 0.5;
      }
      x = equation.fullPivLu().solve(right);
      const double cost = 0.5 * x.dot(h * x) + g.dot(x);
      if ((x.array().abs() <= 0.5 + 1e-12).all() && cost < best) {
        best = cost;
        expected = x;
      }
    }
    const auto solution = QuadraticProgram(h, Matrix::Identity(n, n)).Solve(g, -bound, bound);
    CHECK((solution.x - expected).norm() < 1e-9);
    CHECK(solution.residual < 1e-9);
  }
}

TEST_CASE("general constraints meet the conditions of optimality", "[linear][qp]") {
  std::mt19937 generator(22);
  std::normal_distribution<double> normal;
  constexpr int n = 12, k = 20;
  for (int trial = 0; trial < 20; ++trial) {
    const auto random = [&](int rows, int cols) -> Matrix {
      return Matrix::NullaryExpr(rows, cols, [&] { return normal(generator); });
    };
    const Matrix root = random(n, n), rows = random(k, n);
    const Matrix h = root * root.transpose() + 0.1 * Matrix::Identity(n, n);
    const VectorXd g = 10.0 * random(n, 1), high = random(k, 1).cwiseAbs();
    VectorXd low = -2.0 * high;
    low[0] = -INFINITY;  // one-sided
    const auto solution = QuadraticProgram(h, rows).Solve(g, low, high);
    const VectorXd value = rows * solution.x;
    CHECK((h * solution.x + g + rows.transpose() * solution.multiplier).norm() < 1e-6 * g.norm());
    int binding = 0;
    for (int i = 0; i < k; ++i) {
      CHECK(value[i] < high[i] + 1e-6);
      CHECK(value[i] > low[i] - 1e-6);
      if (std::abs(solution.multiplier[i]) < 1e-6) continue;
      ++binding;
      CHECK(value[i] == Approx(solution.multiplier[i] > 0 ? high[i] : low[i]).margin(1e-6));
    }
    CHECK(binding > 0);
  }
}

TEST_CASE("a program without a solution says so", "[linear][qp]") {
  using Catch::Contains;
  const Matrix one = Matrix::Identity(1, 1);
  CHECK_THROWS_WITH(QuadraticProgram(0.0 * one, one), Contains("positive definite"));
  CHECK_THROWS_WITH(QuadraticProgram(one, Matrix::Ones(1, 2)), Contains("G has shape (1, 2)"));
  const VectorXd zero = VectorXd::Zero(1), high = VectorXd::Constant(1, 1.0);
  CHECK_THROWS_WITH(QuadraticProgram(one, one).Solve(zero, high, zero), Contains("above high"));
  // x <= -1 and x >= 1.
  VectorXd low(2), up(2);
  low << -INFINITY, 1.0;
  up << -1.0, INFINITY;
  CHECK_THROWS_AS(QuadraticProgram(one, Matrix::Ones(2, 1)).Solve(zero, low, up), PhysicsError);
}

}  // namespace
}  // namespace flyball
