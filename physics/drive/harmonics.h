// What a permanent-magnet machine's rotor does besides a sinusoidal flux: the flat-topped voltages of
// brushless DC machines, and teeth that hold it in places.
#ifndef FLYBALL_PHYSICS_DRIVE_HARMONICS_H_
#define FLYBALL_PHYSICS_DRIVE_HARMONICS_H_

#include <array>

#include "physics/drive/three_phase.h"

namespace flyball {

struct Cogging {
  int order = 0;         // periods per turn of the rotor, >= 1; 0: none
  double amplitude = 0;  // N m
  double phase = 0;      // rad: torque = -amplitude sin(order theta + phase)
};

struct Harmonics {
  // Width of the back-EMF's flat tops, electrical degrees, in (0, 180); 0: sinusoidal. The tops are
  // at p omega psi_p.
  double flat_top = 0;
  std::array<Cogging, 4> cogging = {};

  bool any() const { return flat_top > 0 || cogging[0].order > 0; }
  // With the phase of a sine, flat on top.
  double Trapezoid(double angle) const {
    constexpr double kPi = std::numbers::pi;
    const double slope = 0.5 * (kPi - flat_top * (kPi / 180));
    const double turned = angle - 2 * kPi * Floor(angle * (0.5 / kPi) + 0.5);  // in [-pi, pi)
    const double mirrored = Abs(turned) > 0.5 * kPi ? Sign(turned) * kPi - turned : turned;
    return Clamp(mirrored / slope, -1.0, 1.0);
  }
  // The back-EMF per p omega psi, in rotor coordinates, less that of a sinusoidal flux, (0, 1).
  Dq<double> Excess(double epsilon, double cosine, double sine) const {
    if (flat_top == 0) return {0, 0};
    constexpr double kThird = 2 * std::numbers::pi / 3;
    const Phases<double> phases{-Trapezoid(epsilon), -Trapezoid(epsilon - kThird),
                                -Trapezoid(epsilon + kThird)};
    const Dq<double> whole = ToDq(ToAlphaBeta(phases), cosine, sine);
    return {whole.d, whole.q - 1.0};
  }
  double CoggingTorque(double theta) const {  // N m on the rotor; theta mechanical, rad
    double torque = 0;
    for (const Cogging& c : cogging) {
      if (c.order > 0) torque -= c.amplitude * Sin(c.order * theta + c.phase);
    }
    return torque;
  }
  double CoggingEnergy(double theta) const {  // J: CoggingTorque = -d CoggingEnergy / d theta
    double energy = 0;
    for (const Cogging& c : cogging) {
      if (c.order > 0) energy -= c.amplitude / c.order * Cos(c.order * theta + c.phase);
    }
    return energy;
  }
};

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_DRIVE_HARMONICS_H_
