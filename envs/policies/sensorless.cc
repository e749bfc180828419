// Flux-vector control of a permanent-magnet machine without a sensor on its shaft. It reads the
// currents of the phases and knows the voltages it gave; where the rotor is and how fast it turns are
// told at the start of an episode, as a starting procedure would find them, and observed from then on.
//
// Observer: the stator's flux is the integral of u - r_s i; in the estimated rotor frame it should be
// psi_p + l_d i_d along d and l_q i_q along q. An angle that is wrong by x adds (k, -1) psi_a x to what
// is amiss, with the active flux psi_a = psi_p + (l_d - l_q) i_d and k = (l_q - l_d) i_q / psi_a. The
// part along (1, k), which knows nothing of the angle, corrects the flux along (1, k); with the gain
// 2 zeta |w| / (1 + k^2) the errors of the flux move as s^2 + 2 zeta |w| s + w^2 = 0. The part along q
// over psi_a turns a phase-locked loop.
//
// Controller: torque and length of the flux are made to follow with one rate each, by the voltage
// that moves the flux where both gradients ask (Awan, Hinkkanen, Saarakkala and others on
// observer-based flux-vector control).
#include <algorithm>
#include <array>
#include <cmath>

#include "envs/policies/drive_control.h"
#include "envs/policies/drive_loops.h"

namespace flyball {
namespace {

class Sensorless final : public Policy {
  struct Kept {
    LoopMemory loops;
    AlphaBeta<double> flux, current;  // of the stator at the last step, Wb, A
    double angle, speed;              // electrical rad, rad/s
    Dq<double> pull;                  // Wb, what corrects the flux, in the estimated frame
    double error;                     // rad, of the angle, as seen at the last step
    std::array<AlphaBeta<double>, 17> voltages;  // V, on their way; the first acts now
  };

 public:
  explicit Sensorless(const DriveControlSettings& settings)
      : settings_(settings), outer_(settings), m_(std::get<Pmsm>(settings.machine)) {}

  void Resize(int num_rows) override { kept_.assign(num_rows, Kept{}); }
  void VisitState(int row, StateVisitor& visitor) override { visitor("kept", kept_[row]); }

  void Act(int row, const PolicyInput& input, std::span<double> action) override {
    Kept& kept = kept_[row];
    const AlphaBeta<double> current = MeasuredCurrent(input.state);
    if (input.step == 0) {
      Begin(input.state, current, kept);
    } else {
      Observe(current, kept);
    }

    // What the loops take for the machine's state is what was observed.
    const Frame<double> frame = FrameAt(kept.angle);
    const Dq<double> i = ToDq(current, frame.cosine, frame.sine);
    const std::array<double, 4> seen = {kept.speed / m_.p, i.d, i.q, kept.angle};
    PolicyInput believed = input;
    believed.state = seen;
    const Axes now = outer_.Read(believed);
    double target[kMaxAxes] = {};
    outer_.Targets(believed, now, kept.loops, target);

    const Dq<double> u = Voltage(kept, i, {target[0], target[1]});
    // Held in the stator during the step, it acts on average half a step further on.
    const double lead = (0.5 + settings_.dead_time_steps) * kept.speed * settings_.tau;
    const Frame<double> then = Turned(frame, lead);
    Give(ToAlphaBeta(u, then.cosine, then.sine), current, kept, action);
    kept.current = current;
  }

 private:
  // Gentle, for machines that are not as they should be: a stiffer observer follows the flux that
  // wrong inductances and magnets make up.
  static constexpr double kLoop = 250;      // rad/s, of the phase-locked loop
  static constexpr double kDamping = 0.25;  // of the flux observer
  static constexpr double kRipple = 0.02;   // of the limit: currents that pulses turn round

  // What current sensors in the phases read: no angle is known to them.
  static AlphaBeta<double> MeasuredCurrent(std::span<const double> state) {
    const Frame<double> rotor = FrameAt(state[3]);
    return ToAlphaBeta(Dq<double>{state[1], state[2]}, rotor.cosine, rotor.sine);
  }

  void Begin(std::span<const double> state, const AlphaBeta<double>& current, Kept& kept) const {
    kept = Kept{};
    kept.angle = state[3];
    kept.speed = m_.p * state[0];
    const Frame<double> frame = FrameAt(kept.angle);
    const Dq<double> i = ToDq(current, frame.cosine, frame.sine);
    kept.flux =
        ToAlphaBeta(Dq<double>{m_.psi_p + m_.l_d * i.d, m_.l_q * i.q}, frame.cosine, frame.sine);
  }

  // From the last step to this one.
  void Observe(const AlphaBeta<double>& current, Kept& kept) const {
    const double tau = settings_.tau;
    const AlphaBeta<double> given = kept.voltages[0];
    const AlphaBeta<double> lost = Lost(
        {0.5 * (current.alpha + kept.current.alpha), 0.5 * (current.beta + kept.current.beta)});
    std::copy(kept.voltages.begin() + 1, kept.voltages.end(), kept.voltages.begin());
    const Frame<double> before = FrameAt(kept.angle);
    const AlphaBeta<double> pull = ToAlphaBeta(kept.pull, before.cosine, before.sine);
    const double gain = 2 * kDamping * std::fabs(kept.speed);
    const double r = 0.5 * m_.r_s;
    kept.flux.alpha += tau * (given.alpha - lost.alpha - r * (current.alpha + kept.current.alpha) +
                              gain * pull.alpha);
    kept.flux.beta +=
        tau * (given.beta - lost.beta - r * (current.beta + kept.current.beta) + gain * pull.beta);

    kept.angle += tau * (kept.speed + 2 * kLoop * kept.error);
    kept.speed += tau * kLoop * kLoop * kept.error;
    if (settings_.goal == DriveControlSettings::Goal::kSpeed) {
      // A shaft that is free goes the way its torque pushes it.
      const Dq<double> i = ToDq(kept.current, before.cosine, before.sine);
      const Dq<double> flux = {m_.psi_p + m_.l_d * i.d, m_.l_q * i.q};
      const double net = Torque(flux, i) - settings_.friction * kept.speed / m_.p;
      kept.speed += tau * m_.p * net / settings_.inertia;
    }

    const Frame<double> frame = FrameAt(kept.angle);
    const Dq<double> i = ToDq(current, frame.cosine, frame.sine);
    const Dq<double> flux = ToDq(kept.flux, frame.cosine, frame.sine);
    const double active = std::max(m_.psi_p + (m_.l_d - m_.l_q) * i.d, 0.2 * m_.psi_p);
    const double amiss_d = m_.psi_p + m_.l_d * i.d - flux.d, amiss_q = m_.l_q * i.q - flux.q;
    const double k = (m_.l_q - m_.l_d) * i.q / active,
                 along = (amiss_d + k * amiss_q) / (1 + k * k);
    kept.pull = {along, k * along};
    kept.error = -amiss_q / active;
  }

  double Torque(const Dq<double>& flux, const Dq<double>& i) const {
    return 1.5 * m_.p * (flux.d * i.q - flux.q * i.d);
  }

  // In the estimated frame, V.
  Dq<double> Voltage(const Kept& kept, const Dq<double>& i, const Dq<double>& target) const {
    const Frame<double> frame = FrameAt(kept.angle);
    const Dq<double> flux = ToDq(kept.flux, frame.cosine, frame.sine);
    const Dq<double> wanted = {m_.psi_p + m_.l_d * target.d, m_.l_q * target.q};
    const double length = std::max(std::hypot(flux.d, flux.q), 1e-6);
    const double rate = 0.2 / settings_.tau;
    const double grow = rate * (std::hypot(wanted.d, wanted.q) - length);
    const double twist = rate * (Torque(wanted, target) - Torque(flux, i));
    // Gradients of length and torque over the flux; what moves both as wanted.
    const Dq<double> along = {flux.d / length, flux.q / length};
    const Dq<double> across = {1.5 * m_.p * (i.q - flux.q / m_.l_d),
                               1.5 * m_.p * (flux.d / m_.l_q - i.d)};
    double det = along.d * across.q - along.q * across.d;
    // Where both are parallel (the most torque of this flux) torque cannot grow.
    det = std::max(det, 0.1 * 1.5 * m_.p * m_.psi_p / m_.l_q);
    Dq<double> move = {(grow * across.q - twist * along.q) / det,
                       (twist * along.d - grow * across.d) / det};
    // A current that all but cancels the active flux turns torque round: straight back from there.
    if (m_.psi_p + (m_.l_d - m_.l_q) * i.d < 0.5 * m_.psi_p) {
      move = {rate * (wanted.d - flux.d), rate * (wanted.q - flux.q)};
    }
    Dq<double> u = {m_.r_s * i.d - kept.speed * flux.q + move.d,
                    m_.r_s * i.q + kept.speed * flux.d + move.q};
    const double most = settings_.u_sup * std::numbers::inv_sqrt3, size = std::hypot(u.d, u.q);
    if (size > most) u = {u.d * most / size, u.q * most / size};
    return u;
  }

  // What the converter takes from the voltages of the phases that carry `current`, V. Small currents
  // turn round within a pulse, and lose in proportion.
  AlphaBeta<double> Lost(const AlphaBeta<double>& current) const {
    const double small = kRipple * settings_.i_limit;
    const auto of = [&](double i) { return settings_.dropout * Clamp(i / small, -1.0, 1.0); };
    const Phases<double> phase = ToPhases(current);
    return ToAlphaBeta(Phases<double>{of(phase.a), of(phase.b), of(phase.c)});
  }

  void Give(const AlphaBeta<double>& wanted, const AlphaBeta<double>& current, Kept& kept,
            std::span<double> action) const {
    const AlphaBeta<double> lost = Lost(current);
    const Phases<double> phase =
        ToPhases(AlphaBeta<double>{wanted.alpha + lost.alpha, wanted.beta + lost.beta});
    const double terminal[3] = {phase.a, phase.b, phase.c};
    const auto [low, high] = std::minmax({phase.a, phase.b, phase.c});
    double duty[3];
    for (int k = 0; k < 3; ++k) {
      duty[k] = Clamp((terminal[k] - 0.5 * (low + high)) * 2 / settings_.u_sup, -1.0, 1.0);
      action[k] = duty[k];
    }
    const double half = 0.5 * settings_.u_sup;
    kept.voltages[settings_.dead_time_steps] =
        ToAlphaBeta(Phases<double>{half * duty[0], half * duty[1], half * duty[2]});
  }

  DriveControlSettings settings_;
  OuterLoops<Pmsm> outer_;
  Pmsm m_;
  std::vector<Kept> kept_;
};

}  // namespace

std::unique_ptr<Policy> MakeSensorlessControl(const DriveControlSettings& settings) {
  return std::make_unique<Sensorless>(settings);
}

}  // namespace flyball
