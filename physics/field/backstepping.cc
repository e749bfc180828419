#include "physics/field/backstepping.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "physics/numeric/error.h"

namespace flyball {
namespace {

// What stands at `slot` after `count` steps from each unit state, and from a unit control in the
// first step. Information runs at a finite speed: controls of later steps have not arrived.
struct Arrival {
  std::vector<double> state;  // (n)
  double control = 0.0;
};

template <class Plant>
Arrival ArrivalAt(const Plant& plant, int slot, int count) {
  Arrival arrival;
  std::vector<double> x(plant.n());
  const auto run = [&](double first_control) {
    for (int i = 0; i < count; ++i) plant.Step(x, i == 0 ? first_control : 0.0);
    return x[slot];
  };
  for (int j = 0; j < plant.n(); ++j) {
    std::fill(x.begin(), x.end(), 0.0);
    x[j] = 1.0;
    arrival.state.push_back(run(0.0));
  }
  std::fill(x.begin(), x.end(), 0.0);
  arrival.control = run(1.0);
  return arrival;
}

}  // namespace

std::vector<double> BackstepTransport(const Transport& plant) {
  const Arrival inlet = ArrivalAt(plant, 0, plant.n() - 1);
  std::vector<double> gain;
  for (const double weight : inlet.state) gain.push_back(-weight / inlet.control);
  return gain;
}

std::vector<double> BackstepHyperbolic(const Hyperbolic& plant, double feedback) {
  if (!(plant.rate + plant.drive * feedback < 0.0)) {
    throw InputError(
        "the load's feedback is " + std::to_string(feedback) + "; with it the load moves at " +
        std::to_string(plant.rate + plant.drive * feedback) + " 1/s, which must be below 0");
  }
  const Arrival inlet = ArrivalAt(plant, 0, plant.cells);
  const Arrival load = ArrivalAt(plant, plant.n() - 1, plant.cells);
  // r(0) = feedback z at the time of arrival; the control has then just begun to move the load.
  const double control = inlet.control - feedback * load.control;
  std::vector<double> gain;
  for (int j = 0; j < plant.n(); ++j) {
    gain.push_back(-(inlet.state[j] - feedback * load.state[j]) / control);
  }
  return gain;
}

std::vector<double> ReactionDiffusionKernel(const ReactionDiffusion& plant, double decay) {
  const int n = plant.n(), last = n - 1;
  const double h = plant.length / last;
  // lambda at every half cell, y = half h / 2.
  const auto lambda = [&](int half) {
    const double at = plant.lambda[half / 2], next = plant.lambda[(half + 1) / 2];
    return (0.5 * (at + next) + decay) / plant.diffusivity;
  };

  // In xi = x + y, eta = x - y: G_xi_eta = lambda(y) G / 4, G = 0 on eta = xi and given on eta = 0.
  // Over one cell of the characteristics by the midpoint rule: second order. Rows are eta.
  const int width = 2 * last + 1;
  std::vector<double> g(static_cast<size_t>(width) * n, 0.0);
  const auto at = [&](int xi, int eta) -> double& {
    return g[static_cast<size_t>(eta) * width + xi];
  };
  for (int xi = 1; xi < width; ++xi) {
    at(xi, 0) = at(xi - 1, 0) - 0.5 * 0.25 * h * (lambda(xi - 1) + lambda(xi));
  }
  for (int eta = 1; eta < n; ++eta) {
    for (int xi = eta + 1; xi < width - eta; ++xi) {
      const double sum = at(xi, eta - 1) + at(xi - 1, eta);
      at(xi, eta) = sum - at(xi - 1, eta - 1) + 0.125 * h * h * lambda(xi - eta) * sum;
    }
  }

  std::vector<double> k(static_cast<size_t>(n) * n, 0.0);
  for (int i = 0; i < n; ++i) {
    for (int j = 0; j <= i; ++j) k[static_cast<size_t>(i) * n + j] = at(i + j, i - j);
  }
  return k;
}

// w(x) = u(x) - int_0^x k(x, y) u(y) dy is zero at X, or its slope is.
std::vector<double> BackstepReactionDiffusion(const ReactionDiffusion& plant, double decay) {
  const int n = plant.n(), last = n - 1;
  const double h = plant.length / last;
  const std::vector<double> k = ReactionDiffusionKernel(plant, decay);
  const auto at = [&](int i, int j) { return k[static_cast<size_t>(i) * n + j]; };
  std::vector<double> gain(n, 0.0);
  for (int j = 0; j <= last; ++j) {
    const double weight = j == 0 || j == last ? 0.5 * h : h;
    if (!plant.neumann) {
      // The end is the control itself, of the step before: its half cell is left out.
      gain[j] = j == last ? 0.0 : weight * at(last, j);
      continue;
    }
    // U = k(X, X) u(X) + int k_x(X, y) u(y) dy; k_x by one-sided differences of second order, near
    // the corner along the diagonal's neighbours.
    double slope;
    if (j <= last - 2) {
      slope = (3 * at(last, j) - 4 * at(last - 1, j) + at(last - 2, j)) / (2 * h);
    } else {
      // d/dx = d/d(diagonal) - d/dy: k(x, x)' and the one-sided slope in y along the last row.
      const double along = (at(last, last) - at(last - 1, last - 1)) / h;
      const double across = (at(last, last) - at(last, last - 1)) / h;
      slope = along - across;
    }
    gain[j] = weight * slope;
  }
  if (plant.neumann) gain[last] += at(last, last);
  return gain;
}

std::vector<double> BackstepTraffic(const TrafficData& road, double rho, bool meters_in,
                                    bool meters_out, bool copies_ends) {
  const int last = road.cells, n = 2 * (last + 1);
  const double slope = road.v_max / road.rho_max, v = road.Wish(rho), h = road.length / last;
  const double k = 1.0 / (road.tau * rho * slope);  // v + c = rho slope
  std::vector<double> gain;

  if (meters_in) {
    // w = 0: V(rho) at the speed that comes from within, or at the density that is copied.
    std::vector<double> row(n, 0.0);
    if (copies_ends) {
      row[1] = v - rho * slope;
    } else {
      row[last + 1] = rho - v / slope;
    }
    gain.insert(gain.end(), row.begin(), row.end());
  }
  if (meters_out) {
    // The speed that makes p(L) zero; v~ - w = -slope rho~.
    std::vector<double> row(n, 0.0);
    for (int j = 0; j <= last; ++j) {
      const double weight = (j == 0 || j == last ? 0.5 : 1.0) * h * k;
      if (meters_in) {
        const double left = weight * std::exp(-k * h * (last - j));
        row[j] = left * slope;
        row[last + 1 + j] = left;
      } else {
        row[j] = weight * slope;
      }
    }
    // The flow at that speed, with w from within, or with the density that is copied.
    for (double& x : row) x *= copies_ends ? rho : rho - v / slope;
    if (copies_ends) {
      row[last - 1] += v;
    } else {
      row[last] += v;
      row[n - 1] += v / slope;
    }
    gain.insert(gain.end(), row.begin(), row.end());
  }
  return gain;
}

}  // namespace flyball
