// One piece of time of a machine and its shaft under a constant converter voltage. At constant speed
// every machine is linear and the piece is exact: one matrix, computed once. With a shaft that moves
// it is integrated.
#ifndef FLYBALL_PHYSICS_DRIVE_DRIVE_STEP_H_
#define FLYBALL_PHYSICS_DRIVE_DRIVE_STEP_H_

#include <cmath>
#include <functional>
#include <limits>
#include <span>
#include <vector>

#include "physics/drive/load.h"
#include "physics/drive/machine.h"

namespace flyball {

// Where the voltage stands still during the piece.
enum class VoltageHold {
  kConverter,  // as it does: in another frame it turns
  kMachine,    // frozen in the frame of the machine's equations
};

// The shaft and the machine, in the order in which they are shown: omega (rad/s), the electrical
// states, and the electrical angle (rad, not wrapped) where there is one.
template <class M>
inline constexpr int kOdeSize = 1 + M::kStates + (M::kHasAngle ? 1 : 0);
// The inputs that turn are integrated along: no sine or cosine inside.
template <class M>
inline constexpr int kFlowSize = kOdeSize<M> + (M::kTurns.empty() ? 0 : M::kInputs);

// An explicit Runge-Kutta method.
struct ButcherTableau {
  int stages;
  double a[7][6];   // row s makes the state at which slope s is taken
  double b[7];      // the step
  double error[7];  // the step less that of the embedded method
};
inline constexpr ButcherTableau kEulerMethod = {1, {}, {1}, {}};
inline constexpr ButcherTableau kRungeKutta4 = {
    4, {{}, {0.5}, {0, 0.5}, {0, 0, 1}}, {1.0 / 6, 1.0 / 3, 1.0 / 3, 1.0 / 6}, {}};
// Dormand and Prince, order 5(4).
inline constexpr ButcherTableau kDormandPrince54 = {
    7,
    {{},
     {1.0 / 5},
     {3.0 / 40, 9.0 / 40},
     {44.0 / 45, -56.0 / 15, 32.0 / 9},
     {19372.0 / 6561, -25360.0 / 2187, 64448.0 / 6561, -212.0 / 729},
     {9017.0 / 3168, -355.0 / 33, 46732.0 / 5247, 49.0 / 176, -5103.0 / 18656},
     {35.0 / 384, 0, 500.0 / 1113, 125.0 / 192, -2187.0 / 6784, 11.0 / 84}},
    {35.0 / 384, 0, 500.0 / 1113, 125.0 / 192, -2187.0 / 6784, 11.0 / 84, 0},
    {71.0 / 57600, 0, -71.0 / 16695, 71.0 / 1920, -17253.0 / 339200, 22.0 / 525, -1.0 / 40}};

// What acts on machine and shaft during a piece.
template <class M, class T>
struct Piece {
  const M& machine;
  const MechanicalLoad& load;
  double turning;  // pole pairs if the voltage turns in the machine's frame, else 0
  T ramp;          // see MechanicalLoad::Acceleration
  const T* u;      // (kInputs) at the start, in the machine's frame
};

template <class M, class T>
FLYBALL_INLINE void DriveFlow(const Piece<M, T>& piece, const T* y, T* dy) {
  constexpr int kOde = kOdeSize<M>;
  const T omega = y[0];
  const T* u = M::kTurns.empty() ? piece.u : y + kOde;
  piece.machine.Derivative(y + 1, u, omega, dy + 1);
  dy[0] = piece.load.Acceleration(omega, piece.machine.Torque(y + 1), piece.machine.j_rotor,
                                  piece.ramp);
  if constexpr (M::kHasAngle) dy[1 + M::kStates] = piece.machine.p * omega;
  if constexpr (!M::kTurns.empty()) {
    for (int k = 0; k < M::kInputs; ++k) dy[kOde + k] = T(0.0);
    for (const Turn& turn : M::kTurns) {
      const T rate = (turn.sign * piece.turning) * omega;
      dy[kOde + turn.first] = -rate * u[turn.first + 1];
      dy[kOde + turn.first + 1] = rate * u[turn.first];
    }
  }
}

// One step of length h (s); `error` (kFlowSize), or null.
template <class M, class T>
__attribute__((noinline)) void RungeKuttaStep(const ButcherTableau& tableau,
                                              const Piece<M, T>& piece, const T& h, T* y,
                                              T* error) {
  constexpr int kN = kFlowSize<M>;
  T slope[7][kN];
  for (int s = 0; s < tableau.stages; ++s) {
    T probe[kN];
    for (int i = 0; i < kN; ++i) probe[i] = y[i];
    for (int j = 0; j < s; ++j) {
      if (tableau.a[s][j] == 0) continue;
      const T weight = tableau.a[s][j] * h;
      for (int i = 0; i < kN; ++i) probe[i] += weight * slope[j][i];
    }
    DriveFlow(piece, probe, slope[s]);
  }
  for (int i = 0; i < kN && error != nullptr; ++i) error[i] = T(0.0);
  for (int j = 0; j < tableau.stages; ++j) {
    const T weight = tableau.b[j] * h, doubt = tableau.error[j] * h;
    for (int i = 0; i < kN; ++i) y[i] += weight * slope[j][i];
    for (int i = 0; i < kN && error != nullptr; ++i) error[i] += doubt * slope[j][i];
  }
}

template <class M, class T>
FLYBALL_INLINE void LoadFlow(const Piece<M, T>& piece, const T* ode, T* y) {
  for (int k = 0; k < kOdeSize<M>; ++k) y[k] = ode[k];
  for (int k = kOdeSize<M>; k < kFlowSize<M>; ++k) y[k] = piece.u[k - kOdeSize<M>];
}

// The piece in `substeps` equal parts.
template <class M, class T>
void AdvanceFixed(const ButcherTableau& tableau, const Piece<M, T>& piece, double duration,
                  int substeps, T* ode) {
  T y[kFlowSize<M>];
  LoadFlow(piece, ode, y);
  const T h(duration / substeps);
  for (int k = 0; k < substeps; ++k) RungeKuttaStep(tableau, piece, h, y, static_cast<T*>(nullptr));
  for (int k = 0; k < kOdeSize<M>; ++k) ode[k] = y[k];
}

struct Tolerance {
  double relative = 1e-6, absolute = 1e-9;
  int max_steps = 500;
};

// Steps of Dormand and Prince whose sizes are each row's own; states are measured in `scale`
// (kOdeSize). Rows that need more than max_steps come out as not-a-number, which the core reports.
template <class M, class T>
void AdvanceAdaptive(const Tolerance& tolerance, const double* scale, const Piece<M, T>& piece,
                     double duration, T* ode) {
  constexpr int kN = kFlowSize<M>, kOde = kOdeSize<M>;
  T y[kN], trial[kN], error[kN];
  LoadFlow(piece, ode, y);
  T left(duration), h(duration);
  for (int k = 0; k < tolerance.max_steps && AnyOf(left > 0.0); ++k) {
    // A rest too short for a step of its own is taken along.
    h = Select(h > 0.99 * left, left, h);
    for (int i = 0; i < kN; ++i) trial[i] = y[i];
    RungeKuttaStep(kDormandPrince54, piece, h, trial, error);
    T sum(0.0);
    for (int i = 0; i < kOde; ++i) {
      const T allowed =
          tolerance.absolute * scale[i] + tolerance.relative * Max(Abs(y[i]), Abs(trial[i]));
      const T part = error[i] / allowed;
      sum += part * part;
    }
    const T norm = Sqrt(sum * (1.0 / kOde));
    const Mask<T> good = norm <= 1.0;
    for (int i = 0; i < kN; ++i) y[i] = Select(good, trial[i], y[i]);
    left = Select(good, left - h, left);
    // The error goes with the fifth power of the step; not-a-number shrinks it as much as may be.
    const T factor = 0.9 * Pow(Max(norm, 1e-10), -0.2);
    h *= Select(factor >= 0.2, Min(factor, 5.0), T(0.2));
  }
  const Mask<T> done = left <= 0.0;
  for (int i = 0; i < kOde; ++i) {
    ode[i] = Select(done, y[i], T(std::numeric_limits<double>::quiet_NaN()));
  }
}

// x(duration) = a x(0) + b u(0) + c at one constant speed, as rows of a, then of b, then c:
// kStates * (kStates + kInputs + 1) numbers.
template <class M, class T>
FLYBALL_INLINE void AdvanceExactly(const double* step, const T* u, T* x) {
  constexpr int kX = M::kStates, kU = M::kInputs;
  T end[kX];
  for (int i = 0; i < kX; ++i) {
    T sum = step[i * kX] * x[0];
    for (int j = 1; j < kX; ++j) sum += step[i * kX + j] * x[j];
    for (int j = 0; j < kU; ++j) sum += step[kX * kX + i * kU + j] * u[j];
    end[i] = sum + step[kX * (kX + kU) + i];
  }
  for (int i = 0; i < kX; ++i) x[i] = end[i];
}

// A linear system of size n with m inputs: f(x, u, dx).
using LinearFlow = std::function<void(const double* x, const double* u, double* dx)>;
std::vector<double> DiscretizeFlow(int n, int m, const LinearFlow& f, std::span<const Turn> turns,
                                   double turning_speed, double duration);

template <class M>
std::vector<double> MakeExactStep(const M& machine, double omega, double duration,
                                  VoltageHold hold) {
  double speed = 0;
  if constexpr (M::kHasAngle) speed = hold == VoltageHold::kConverter ? machine.p * omega : 0.0;
  return DiscretizeFlow(
      M::kStates, M::kInputs,
      [&](const double* x, const double* u, double* dx) { machine.Derivative(x, u, omega, dx); },
      M::kTurns, speed, duration);
}

// The rate (1/s) of the fastest motion of x' = f(x) near x: the largest modulus of the Jacobian's
// eigenvalues, within a few percent. `scale`: typical sizes of x.
double FastestRate(std::span<const double> x, std::span<const double> scale,
                   const std::function<void(const double* x, double* dx)>& f);
// Parts of Runge-Kutta's method of order four that leave a relative error of about `tolerance` per
// piece of a motion of `rate`.
int Rk4Substeps(double rate, double duration, double tolerance);

// The same for a machine and its shaft, at speed omega and a state x.
template <class M>
double FastestRate(const M& machine, const MechanicalLoad& load, std::span<const double> ode) {
  std::vector<double> start(ode.begin(), ode.end()), scale(ode.size());
  for (size_t k = 0; k < ode.size(); ++k) scale[k] = std::fmax(1e-3, std::fabs(ode[k]));
  const double u[8] = {};
  std::vector<double> y(kFlowSize<M>), dy(kFlowSize<M>);
  return FastestRate(start, scale, [&](const double* x, double* dx) {
    const Piece<M, double> piece{machine, load, 0.0, 0.0, u};
    LoadFlow(piece, x, y.data());
    DriveFlow(piece, y.data(), dy.data());
    for (int k = 0; k < kOdeSize<M>; ++k) dx[k] = dy[k];
  });
}

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_DRIVE_DRIVE_STEP_H_
