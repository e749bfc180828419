// What an output of a converter does to its current, devices included: the voltage for either sign of
// the current. Where the two differ at no current, diodes and drops hold the current at zero until
// the machine wants more than that difference.
#ifndef FLYBALL_PHYSICS_DRIVE_OUTPUT_LAW_H_
#define FLYBALL_PHYSICS_DRIVE_OUTPUT_LAW_H_

#include <limits>

#include "physics/drive/converter.h"

namespace flyball {

// The transistors and diodes of all legs.
struct Devices {
  double u_transistor = 0, r_transistor = 0;  // drop at no current, V, and its slope, Ohm; >= 0
  double u_diode = 0, r_diode = 0;            // the same of a diode
  double e_on = 0, e_off = 0;       // J lost in switching i_rated on and off at u_rated, >= 0
  double u_rated = 1, i_rated = 1;  // V, A, > 0: losses go with voltage and current
  double frequency = 0;             // 1/s, >= 0: how often averaged legs switch on, and off
};

// Sign of a current: out of the converter (0) or into it (1).
struct OutputLaw {
  // v = u_sup * fraction - s (offset + resistance |i|), s = 1 or -1.
  double fraction[2] = {0, 0};
  double offset[2] = {0, 0};
  double resistance[2] = {0, 0};
  double chopping = 0;  // legs of this output that switch all the time (averaged bridges)
  bool broken = false;  // the wire is cut: once the current is gone it stays away

  // The voltage a current that comes from zero meets: at zero, anything in between is possible.
  double low(double u_sup) const {
    return broken ? -std::numeric_limits<double>::infinity() : u_sup * fraction[0] - offset[0];
  }
  double high(double u_sup) const {
    return broken ? std::numeric_limits<double>::infinity() : u_sup * fraction[1] + offset[1];
  }
  bool holds() const {
    return broken || fraction[0] != fraction[1] || offset[0] > 0 || offset[1] > 0;
  }
  double Voltage(double u_sup, double current, int sign) const {
    const double drop = offset[sign] + resistance[sign] * Abs(current);
    return u_sup * fraction[sign] - (sign == 0 ? drop : -drop);
  }
};

// A leg whose transistors do what `gate` says (kLegOpen, kLegHigh, kLegLow).
inline OutputLaw HeldLeg(const Devices& d, double gate) {
  OutputLaw leg;
  // Out of the leg: through the upper transistor or the lower diode; into it: the other two.
  const bool upper[2] = {gate == kLegHigh, gate != kLegLow};
  for (int s = 0; s < 2; ++s) {
    const bool transistor = upper[s] == (s == 0);
    leg.fraction[s] = upper[s] ? 1.0 : 0.0;
    leg.offset[s] = transistor ? d.u_transistor : d.u_diode;
    leg.resistance[s] = transistor ? d.r_transistor : d.r_diode;
  }
  return leg;
}

// A leg that is high for `duty` of the time, less or more the part of it that is `lost` with both
// transistors off. `single`: there is no lower transistor, and no use for the upper diode's duty.
inline OutputLaw AveragedLegLaw(const Devices& d, double duty, double lost, bool single) {
  OutputLaw leg;
  for (int s = 0; s < 2; ++s) {
    double up = Clamp(duty + (s == 0 ? -lost : lost), 0.0, 1.0);
    if (single && s == 1) up = 1.0;
    const double transistor = s == 0 ? up : 1 - up;
    leg.fraction[s] = up;
    leg.offset[s] = transistor * d.u_transistor + (1 - transistor) * d.u_diode;
    leg.resistance[s] = transistor * d.r_transistor + (1 - transistor) * d.r_diode;
  }
  leg.chopping = duty > 0 && duty < 1 ? 1.0 : 0.0;
  return leg;
}

// The output between two legs of a full bridge: the second carries the current back.
inline OutputLaw Between(const OutputLaw& first, const OutputLaw& second) {
  OutputLaw law;
  for (int s = 0; s < 2; ++s) {
    law.fraction[s] = first.fraction[s] - second.fraction[1 - s];
    law.offset[s] = first.offset[s] + second.offset[1 - s];
    law.resistance[s] = first.resistance[s] + second.resistance[1 - s];
  }
  law.chopping = first.chopping + second.chopping;
  return law;
}

// The laws of all outputs (num_outputs) from those of the legs (num_legs). B6: against the lower
// rail; what its phases have in common does nothing to a machine.
inline void OutputLaws(const Converter& converter, const OutputLaw* leg, OutputLaw* output) {
  for (int k = 0; k < converter.num_bridges; ++k) {
    const Bridge bridge = converter.bridges[k];
    if (bridge == Bridge::k4Q) {
      *output++ = Between(leg[0], leg[1]);
    } else {
      for (int j = 0; j < Converter::Outputs(bridge); ++j) *output++ = leg[j];
    }
    leg += Converter::Legs(bridge);
  }
}

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_DRIVE_OUTPUT_LAW_H_
