// Linear equations on an interval [0, X] with one control at its end, as one map per control step.
// Hyperbolic ones go along their characteristics on a grid whose cells they cross in one time step,
// so that jumps travel without smearing; the parabolic one is exact in time.
#ifndef FLYBALL_PHYSICS_FIELD_BOUNDARY_PLANT_H_
#define FLYBALL_PHYSICS_FIELD_BOUNDARY_PLANT_H_

#include <functional>
#include <span>
#include <vector>

namespace flyball {

// x+ = a x + b u, u held.
struct HeldMap {
  int n = 0;
  std::vector<double> a;  // (n, n) row after row
  std::vector<double> b;  // (n)
};

// The map of `count` steps of a linear function step(x, u) that works in place.
HeldMap MapOf(int n, const std::function<void(std::span<double> x, double u)>& step, int count);

// u_t = c u_x + beta(x) u(0, t), u(X, t) = U: what is put in at X runs to 0, and from there acts on
// everything. Nodes 0 .. N; the last holds U. One time step is h / c, h = X / N; second order.
struct Transport {
  double length = 1.0;       // X, m
  double speed = 1.0;        // c, m/s
  std::vector<double> beta;  // (N + 1) 1/s, at the nodes
  int n() const { return static_cast<int>(beta.size()); }
  double step() const { return length / (n() - 1) / speed; }  // s
  void Step(std::span<double> u, double control) const;
};

// r_t = c r_x + a11 r + a12 s, s_t = -c s_x + a21 r + a22 s, with a load at x = 0:
//   s(0) = q r(0) + coupling z, z' = rate z + drive r(0),
// and the control at x = X: r(X) = g s(X) + U. State: r (N + 1), s (N + 1), z. Second order.
struct Hyperbolic {
  int cells = 100;                                    // N
  double length = 1.0;                                // X, m
  double speed = 1.0;                                 // c, m/s
  double a11 = 0.0, a12 = 0.0, a21 = 0.0, a22 = 0.0;  // 1/s
  double q = 0.0, g = 0.0;
  double coupling = 0.0;           // s per z
  double rate = 0.0, drive = 0.0;  // of the load, 1/s
  int n() const { return 2 * cells + 3; }
  double step() const { return length / cells / speed; }  // s
  void Step(std::span<double> x, double control) const;
};

// u_t = d u_xx + lambda(x) u, u(0) = 0, and at X either u = U or u_x = U. Nodes 0 .. N; central
// differences of second order, exact in time with U held over `time` s.
struct ReactionDiffusion {
  double length = 1.0;         // X, m
  double diffusivity = 1.0;    // d, m^2/s
  std::vector<double> lambda;  // (N + 1) 1/s, at the nodes
  bool neumann = false;
  int n() const { return static_cast<int>(lambda.size()); }
  HeldMap Map(double time) const;
};

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_FIELD_BOUNDARY_PLANT_H_
