// Traffic by Aw, Rascle and Zhang: density rho and speed v on a road of length L,
//   rho_t + (rho v)_x = 0,   y_t + (y v)_x = -y / tau,   y = rho (v - V(rho)),
// V(rho) = v_max (1 - rho / rho_max): what drivers wish, and reach within tau. Two-step
// Lax-Wendroff (Richtmyer), second order, conservative.
#ifndef FLYBALL_PHYSICS_FIELD_TRAFFIC_H_
#define FLYBALL_PHYSICS_FIELD_TRAFFIC_H_

#include "physics/numeric/lanes.h"

namespace flyball {

struct TrafficData {
  int cells = 50;         // N; nodes 0 .. N
  double length = 500.0;  // L, m
  double step = 0.25;     // s
  double v_max = 40.0;    // m/s
  double rho_max = 0.16;  // vehicles per m
  double tau = 60.0;      // s
  double Wish(double rho) const { return v_max * (1.0 - rho / rho_max); }
};

// Ramps meter the flow at the two ends of the road, vehicles/s.
template <class T>
struct TrafficEnds {
  T inflow, outflow;
};

// One step of rho (N + 1), v (N + 1) in place; `work`: 4 (N + 1) T's. Traffic is congested: one
// wave leaves at each end and one enters, so that one number is given at each and one comes from
// within. `copy_ends`: the density at the ends is that of their neighbours before the step, as in
// PDEControlGym (first order, and it reflects a part of what should leave); else what leaves is
// extrapolated.
template <class T>
void StepTraffic(const TrafficData& d, const TrafficEnds<T>& ends, bool copy_ends, T* rho, T* v,
                 T* work) {
  const int last = d.cells;
  const double ratio = d.step / (d.length / last), slope = d.v_max / d.rho_max;
  const auto wish = [&](const T& density) { return d.v_max - slope * density; };
  T* y = work;
  T* half_rho = y + last + 1;
  T* half_y = half_rho + last + 1;
  T* next_v = half_y + last + 1;

  if (copy_ends) {
    rho[0] = rho[1];
    v[0] = ends.inflow / rho[0];
    rho[last] = rho[last - 1];
    v[last] = ends.outflow / rho[last];
  }
  for (int i = 0; i <= last; ++i) y[i] = rho[i] * (v[i] - wish(rho[i]));
  // To the middle of each cell, half a step on.
  for (int i = 0; i < last; ++i) {
    const T flux_rho = rho[i + 1] * v[i + 1] - rho[i] * v[i];
    const T flux_y = y[i + 1] * v[i + 1] - y[i] * v[i];
    const T sum_y = y[i] + y[i + 1];
    half_rho[i] = 0.5 * (rho[i] + rho[i + 1]) - 0.5 * ratio * flux_rho;
    half_y[i] = 0.5 * sum_y - 0.5 * ratio * flux_y - 0.25 * d.step / d.tau * sum_y;
    next_v[i] = half_y[i] / half_rho[i] + wish(half_rho[i]);
  }
  // And from there to the nodes, a whole step on.
  for (int i = 1; i < last; ++i) {
    const T flux_rho = half_rho[i] * next_v[i] - half_rho[i - 1] * next_v[i - 1];
    const T flux_y = half_y[i] * next_v[i] - half_y[i - 1] * next_v[i - 1];
    const T sum_y = half_y[i] + half_y[i - 1];
    rho[i] = rho[i] - ratio * flux_rho;
    y[i] = y[i] - ratio * flux_y - 0.5 * d.step / d.tau * sum_y;
    v[i] = y[i] / rho[i] + wish(rho[i]);
  }
  if (copy_ends) return;
  // Upstream the speed comes from within and the flow from outside.
  v[0] = 2.0 * v[1] - v[2];
  rho[0] = ends.inflow / v[0];
  // Downstream w = v - V(rho) comes from within, and density is the congested root of
  // rho (w + V(rho)) = outflow.
  const T w = 2.0 * (v[last - 1] - wish(rho[last - 1])) - (v[last - 2] - wish(rho[last - 2]));
  const T middle = w + d.v_max;
  const T root = Sqrt(Max(middle * middle - 4.0 * slope * ends.outflow, T(0.0)));
  rho[last] = (middle + root) * (0.5 / slope);
  v[last] = w + wish(rho[last]);
}

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_FIELD_TRAFFIC_H_
