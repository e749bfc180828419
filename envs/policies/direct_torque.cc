// Direct torque control: no currents are controlled. Torque and the length of the stator's flux are
// kept in bands, and a table says which switching vector moves them as wanted from where the flux is
// (Takahashi and Noguchi, doi 10.1109/TIA.1986.4504799).
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "envs/policies/drive_control.h"
#include "envs/policies/drive_loops.h"

namespace flyball {
namespace {

// Actions of a B6 whose voltage lies at 0, 60, ... 300 degrees from phase a.
constexpr std::array<int, 6> kVectors = {4, 6, 2, 3, 1, 5};

template <class M>
class DirectTorque final : public Policy {
  struct Kept {
    LoopMemory loops;
    double torque, flux;  // what the comparators said last: 1, 0, -1; 1, -1
    double action;
  };

 public:
  explicit DirectTorque(const DriveControlSettings& settings)
      : settings_(settings), outer_(settings) {}

  void Resize(int num_rows) override { kept_.assign(num_rows, Kept{}); }
  void VisitState(int row, StateVisitor& visitor) override { visitor("kept", kept_[row]); }

  void Act(int row, const PolicyInput& input, std::span<double> action) override {
    Kept& kept = kept_[row];
    if (input.step == 0) kept = Kept{{}, 0, 1, 0};
    const Axes now = outer_.Read(input);
    double target[kMaxAxes] = {};
    outer_.Targets(input, now, kept.loops, target);

    KeepFlux(target);

    // Torque and flux of the currents that would be asked for, and of those there are.
    const Dq<double> wanted = StatorFlux(now, target[0], target[1]);
    const Dq<double> flux = StatorFlux(now, now.i[0], now.i[1]);
    const double torque_error = Torque(wanted, target) - Torque(flux, now.i);
    const double flux_error = std::hypot(wanted.d, wanted.q) - std::hypot(flux.d, flux.q);

    // Bands of what the voltage can do in a step, or they would be left at once.
    const double volts = 2.0 / 3 * settings_.u_sup * settings_.tau;
    const double flux_band = 0.5 * volts;
    const double torque_band =
        0.5 * 1.5 * outer_.machine().p * std::hypot(flux.d, flux.q) * volts / now.inductance[1];
    // Once told, a direction is kept until the other edge: torque's until its middle.
    if (torque_error > torque_band) kept.torque = 1;
    if (torque_error < -torque_band) kept.torque = -1;
    if (kept.torque * torque_error < 0) kept.torque = 0;
    if (flux_error > flux_band) kept.flux = 1;
    if (flux_error < -flux_band) kept.flux = -1;

    // Where the flux is in the stator: sixths of a turn about the vectors.
    const AlphaBeta<double> place = ToAlphaBeta(flux, now.frame.cosine, now.frame.sine);
    const double sixths = std::atan2(place.beta, place.alpha) * 3 / std::numbers::pi;
    const int sector = (static_cast<int>(std::floor(sixths + 0.5)) + 6) % 6;
    const double length = std::hypot(now.i[0], now.i[1]);
    if (length > 0.9 * settings_.i_limit) {
      kept.action = Away(now);
    } else if (kept.torque == 0) {
      // The zero vector that fewer legs have to switch to.
      const int before = static_cast<int>(kept.action);
      kept.action = __builtin_popcount(before) >= 2 ? 7 : 0;
    } else {
      const int ahead = kept.flux > 0 ? 1 : 2;
      kept.action = kVectors[(sector + (kept.torque > 0 ? ahead : 6 - ahead)) % 6];
    }
    action[0] = kept.action;
  }

 private:
  // Of currents along the axes, Wb.
  Dq<double> StatorFlux(const Axes& now, double d, double q) const {
    return {now.flux + now.inductance[0] * d, now.inductance[1] * q};
  }
  // Without a magnet the least heat of no torque is no flux, and a table needs one to turn: a third
  // of the current is kept for it.
  void KeepFlux(double* target) const {
    if constexpr (std::is_same_v<M, Pmsm>) {
      const double least = 0.3 * settings_.i_nominal;
      if (outer_.machine().psi_p > 0 || std::fabs(target[0]) >= least) return;
      target[1] *= std::fabs(target[0]) / least;
      target[0] = std::copysign(least, outer_.machine().l_d - outer_.machine().l_q);
    }
  }

  // The vector that shortens the current most.
  double Away(const Axes& now) const {
    double best = 0, least = std::numeric_limits<double>::infinity();
    for (int k = -1; k < 6; ++k) {
      double sine, cosine;
      SinCos(k * std::numbers::pi / 3, sine, cosine);
      const double volts = k < 0 ? 0.0 : 2.0 / 3 * settings_.u_sup;
      const Dq<double> u =
          ToDq(AlphaBeta<double>{volts * cosine, volts * sine}, now.frame.cosine, now.frame.sine);
      const double wanted[2] = {u.d, u.q};
      double then = 0;
      for (int j = 0; j < 2; ++j) {
        const double rate =
            (wanted[j] - now.resistance[j] * now.i[j] - now.motion[j]) / now.inductance[j];
        const double i = now.i[j] + settings_.tau * rate;
        then += i * i;
      }
      if (then >= least) continue;
      least = then;
      best = k < 0 ? 0 : kVectors[k];
    }
    return best;
  }

  double Torque(const Dq<double>& flux, const double* i) const {
    return 1.5 * outer_.machine().p * (flux.d * i[1] - flux.q * i[0]);
  }

  DriveControlSettings settings_;
  OuterLoops<M> outer_;
  std::vector<Kept> kept_;
};

}  // namespace

std::unique_ptr<Policy> MakeDirectTorqueControl(const DriveControlSettings& settings) {
  if (std::holds_alternative<Scim>(settings.machine)) {
    return std::make_unique<DirectTorque<Scim>>(settings);
  }
  return std::make_unique<DirectTorque<Pmsm>>(settings);
}

}  // namespace flyball
