// The electromagnetic part of a detailed drive: a machine with what its drive says of saturation,
// harmonics and iron. Included by detailed_motion.h only.
#ifndef FLYBALL_PHYSICS_DRIVE_DETAILED_MACHINE_H_
#define FLYBALL_PHYSICS_DRIVE_DETAILED_MACHINE_H_

#include "physics/drive/detailed_drive.h"

namespace flyball {

// States `y` are those of an ODE (machine.h): omega, the machine's states, the electrical angle.
template <class M>
class DetailedMachine {
 public:
  static constexpr int kX = M::kStates, kOde = kOdeSize<M>, kOut = M::kTerminals;

  DetailedMachine(const DetailedDrive& drive, const M& machine)
      : drive_(drive), machine_(machine) {}

  double inertia() const { return machine_.j_rotor; }  // kg m^2
  double pole_pairs() const {                          // 1 without an angle
    if constexpr (M::kHasAngle) return machine_.p;
    return 1;
  }

  static Frame<double> Rotor(const double* y) {
    Frame<double> rotor{1.0, 0.0};
    if constexpr (M::kHasAngle) SinCos(y[kOde - 1], rotor.sine, rotor.cosine);
    return rotor;
  }
  void Currents(const double* y, const Frame<double>& rotor, double* current) const {
    machine_.Currents(y + 1, rotor, current);
  }

  // On the rotor, N m, with that of teeth and of what is not a sine wave.
  double Torque(const double* y, const Frame<double>& rotor) const {
    return MachineTorque(y) + ExtraTorque(y, rotor);
  }
  // Of the fields, J.
  double MagneticEnergy(const double* y) const {
    double energy = 0;
    if (FluxMap::Point psi; Saturates(y, psi)) {
      // psi i less the coenergy.
      energy = 1.5 * (psi.psi_d * y[1] + psi.psi_q * y[2] - psi.coenergy);
    } else if (HasCurve()) {
      energy = OnCurve(y, [](const auto& saturated) { return saturated.FieldEnergy(); });
    } else {
      energy = machine_.FieldEnergy(y + 1);
    }
    if constexpr (M::kHasAngle) {
      energy += drive_.harmonics.CoggingEnergy(y[kOde - 1] / machine_.p);
    }
    return energy;
  }
  // W.
  double CopperLoss(const double* y) const {
    if constexpr (std::is_same_v<M, Scim>) {
      if (HasCurve()) return OnCurve(y, [](const auto& cage) { return cage.CopperLoss(); });
    }
    return machine_.CopperLoss(y + 1);
  }
  // Power of the iron under a flux that changes as the rotor sees it; u the machine's inputs.
  double PulseLoss(const double* y, const double* u, const double* dx, double u_sup) const {
    if (drive_.iron.pulses == 0 || u_sup == 0) return 0.0;
    double speed = 0;
    if constexpr (M::kHasAngle) speed = machine_.p * y[0];
    double rate = 0;
    if (FluxMap::Point psi; Saturates(y, psi)) {
      const double d = psi.l_dd * dx[0] + psi.l_dq * dx[1];
      const double q = psi.l_dq * dx[0] + psi.l_qq * dx[1];
      rate = d * d + q * q;
    } else if (HasCurve()) {
      rate = OnCurve(y, [&](const auto& saturated) {
        if constexpr (std::is_same_v<M, Scim>) {
          return FluxRateSquared(saturated.StatorFlux(),
                                 {u[0] - machine_.r_s * y[1], u[1] - machine_.r_s * y[2]}, speed);
        } else {
          const double d = saturated.l_dd * dx[0] + saturated.l_de * dx[2];
          const double q = saturated.m.l_q * dx[1];
          return d * d + q * q;
        }
      });
    } else {
      rate = FluxRateSquared(machine_, y + 1, dx, speed);
    }
    return drive_.iron.pulses * rate;
  }
  // Wb^2, what the iron that turns against it sees.
  double MainFluxSquared(const double* y) const {
    if (FluxMap::Point psi; Saturates(y, psi)) {
      return psi.psi_d * psi.psi_d + psi.psi_q * psi.psi_q;
    }
    if (HasCurve()) {
      return OnCurve(y, [](const auto& saturated) {
        if constexpr (std::is_same_v<M, Scim>) {
          const AlphaBeta<double> psi = saturated.StatorFlux();
          return psi.alpha * psi.alpha + psi.beta * psi.beta;
        } else {
          return saturated.psi_d * saturated.psi_d + saturated.psi_q * saturated.psi_q;
        }
      });
    }
    return FluxSquared(machine_, y + 1);
  }

  // The machine's inputs `u` and the rates of its states under voltages of the outputs.
  void ElectricalRates(const double* y, const Frame<double>& rotor, const double* voltage,
                       double* u, double* dx) const {
    machine_.Inputs(voltage, rotor, u);
    if constexpr (std::is_same_v<M, Pmsm>) {
      if (drive_.harmonics.flat_top > 0) {
        const Dq<double> excess = drive_.harmonics.Excess(y[kOde - 1], rotor.cosine, rotor.sine);
        const double emf = machine_.p * y[0] * machine_.psi_p;
        u[0] -= emf * excess.d;
        u[1] -= emf * excess.q;
      }
    }
    if constexpr (std::is_same_v<M, Pmsm>) {
      if (FluxMap::Point psi; Saturates(y, psi)) {
        const double speed = machine_.p * y[0];
        const double v_d = u[0] - machine_.r_s * y[1] + speed * psi.psi_q;
        const double v_q = u[1] - machine_.r_s * y[2] - speed * psi.psi_d;
        const double det = psi.l_dd * psi.l_qq - psi.l_dq * psi.l_dq;
        dx[0] = (psi.l_qq * v_d - psi.l_dq * v_q) / det;
        dx[1] = (psi.l_dd * v_q - psi.l_dq * v_d) / det;
        return;
      }
    }
    if (HasCurve()) {
      OnCurve(y, [&](const auto& saturated) {
        saturated.Derivative(u, y[0], dx);
        return 0.0;
      });
      return;
    }
    machine_.Derivative(y + 1, u, y[0], dx);
  }

  // d current / dt of all outputs under these voltages.
  void CurrentRates(const double* y, const Frame<double>& rotor, const double* voltage,
                    double* rate) const {
    double u[M::kInputs], dx[kX];
    ElectricalRates(y, rotor, voltage, u, dx);
    machine_.Currents(dx, rotor, rate);
    if constexpr (M::kHasAngle) {
      // Currents are linear in the frame, but for parts that do not turn.
      double turning[kOut], still[kOut];
      machine_.Currents(y + 1, Frame<double>{-rotor.sine, rotor.cosine}, turning);
      machine_.Currents(y + 1, Frame<double>{0.0, 0.0}, still);
      for (int k = 0; k < kOut; ++k) rate[k] += machine_.p * y[0] * (turning[k] - still[k]);
    }
  }

 private:
  // The fluxes of a machine with a map.
  bool Saturates(const double* y, FluxMap::Point& psi) const {
    if constexpr (std::is_same_v<M, Pmsm>) {
      if (drive_.saturation == nullptr) return false;
      psi = drive_.saturation->At(y[1], y[2]);
      const double shift = machine_.psi_p - drive_.saturation->At(0, 0).psi_d;
      psi.psi_d += shift;
      psi.coenergy += shift * y[1];
      return true;
    }
    return false;
  }
  // Machines whose main flux may have a curve.
  static constexpr bool kMayCurve = std::is_same_v<M, Scim> || std::is_same_v<M, Eesm>;
  bool HasCurve() const { return kMayCurve && drive_.main_flux != nullptr; }
  // f of the saturated machine at y; only where there is a curve.
  template <class F>
  double OnCurve(const double* y, const F& f) const {
    if constexpr (std::is_same_v<M, Scim>) {
      return f(SaturatedCage(*drive_.main_flux, machine_, y + 1));
    } else if constexpr (std::is_same_v<M, Eesm>) {
      return f(SaturatedEesm(*drive_.main_flux, machine_, y + 1));
    } else {
      return 0.0;
    }
  }
  double MachineTorque(const double* y) const {
    if (HasCurve()) return OnCurve(y, [](const auto& saturated) { return saturated.Torque(); });
    if constexpr (std::is_same_v<M, Pmsm>) {
      if (FluxMap::Point psi; Saturates(y, psi)) {
        return 1.5 * machine_.p * (psi.psi_d * y[2] - psi.psi_q * y[1]);
      }
    }
    return machine_.Torque(y + 1);
  }
  double ExtraTorque(const double* y, const Frame<double>& rotor) const {
    if constexpr (std::is_same_v<M, Pmsm>) {
      const Harmonics& harmonics = drive_.harmonics;
      if (!harmonics.any()) return 0.0;
      const Dq<double> excess = harmonics.Excess(y[kOde - 1], rotor.cosine, rotor.sine);
      return 1.5 * machine_.p * machine_.psi_p * (excess.d * y[1] + excess.q * y[2]) +
             harmonics.CoggingTorque(y[kOde - 1] / machine_.p);
    } else {
      return 0.0;
    }
  }

  const DetailedDrive& drive_;
  const M& machine_;
};

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_DRIVE_DETAILED_MACHINE_H_
