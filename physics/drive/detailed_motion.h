// The equations of a detailed drive between two events, and its integration to the next. Included by
// detailed_drive.cc only.
#ifndef FLYBALL_PHYSICS_DRIVE_DETAILED_MOTION_H_
#define FLYBALL_PHYSICS_DRIVE_DETAILED_MOTION_H_

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "physics/drive/detailed_machine.h"

namespace flyball {

// What an output's current does: flows with a sign that its law depends on, is held at zero, or
// follows a law that knows no sign.
enum class Flowing { kOut, kIn, kHeld, kFree };

template <class M>
class DetailedMotion {
 public:
  static constexpr int kX = M::kStates, kOde = kOdeSize<M>, kOut = M::kTerminals;
  // The ODE, capacitor, slow voltage and charge of the supply, flows of energy, integrals of the
  // outputs' voltages.
  static constexpr int kSupply = kOde, kFlows = kSupply + 3, kVoltages = kFlows + kNumFlows,
                       kSize = kVoltages + kOut;
  using Vector = std::array<double, kSize>;

  DetailedMotion(const DetailedDrive& drive, const M& machine, double ramp)
      : drive_(drive), machine_(drive, machine), ramp_(ramp) {}

  std::array<OutputLaw, 6> law;
  std::array<Flowing, 6> flowing;

  // Outputs of a full or half bridge stand alone; three of a B6 sum to zero.
  static constexpr bool InB6(int k) {
    if constexpr (!M::kHasAngle) return false;
    return k < 3 || kOut == 6;
  }
  double SupplyVoltage(const Vector& y) const { return y[kSupply]; }

  void Currents(const Vector& y, double* current) const {
    machine_.Currents(y.data(), DetailedMachine<M>::Rotor(y.data()), current);
  }
  double Torque(const Vector& y) const {
    return machine_.Torque(y.data(), DetailedMachine<M>::Rotor(y.data()));
  }
  double MagneticEnergy(const Vector& y) const { return machine_.MagneticEnergy(y.data()); }

  void Rates(const Vector& y, Vector& dy) const {
    const double omega = y[0], u_sup = SupplyVoltage(y);
    const double* x = y.data();
    const Frame<double> rotor = DetailedMachine<M>::Rotor(x);
    double current[kOut], voltage[kOut];
    machine_.Currents(x, rotor, current);
    FindVoltages(y, rotor, current, voltage);
    double u[M::kInputs];
    machine_.ElectricalRates(x, rotor, voltage, u, dy.data() + 1);

    // The shaft.
    const double iron =
        IronTorque(drive_.iron, machine_.pole_pairs(), omega, machine_.MainFluxSquared(x));
    const double friction = drive_.friction.Torque(omega);
    const double net = machine_.Torque(x, rotor) - iron - friction;
    dy[0] = drive_.load.Acceleration(omega, net, machine_.inertia(), ramp_);
    if constexpr (M::kHasAngle) dy[kOde - 1] = machine_.pole_pairs() * omega;
    const bool held = drive_.load.constant_speed() || drive_.load.imposed();
    const double shaft = held ? net - machine_.inertia() * dy[0]
                              : drive_.load.Brake(omega, machine_.inertia() + drive_.load.j_load);

    // What the converter draws, and loses.
    double drawn = 0, conduction = 0, switching = 0;
    for (int k = 0; k < kOut; ++k) {
      if (flowing[k] == Flowing::kHeld) continue;
      const int s = SignOf(k, current[k]);
      const double i = Abs(current[k]);
      drawn += law[k].fraction[s] * current[k];
      conduction += (law[k].offset[s] + law[k].resistance[s] * i) * i;
      switching += law[k].chopping * i;
    }
    const Devices& devices = drive_.devices;
    switching *= devices.frequency * (devices.e_on + devices.e_off) * Abs(u_sup) /
                 (devices.u_rated * devices.i_rated);
    const double pulses = machine_.PulseLoss(x, u, dy.data() + 1, u_sup);
    if (u_sup != 0) drawn += (switching + pulses) / u_sup;

    double* flow = dy.data() + kFlows;
    for (int k = 0; k < kNumFlows; ++k) flow[k] = 0;
    SupplyRates(y, drawn, dy.data() + kSupply, flow);
    flow[kConduction] = conduction;
    flow[kSwitching] = switching;
    flow[kCopper] = machine_.CopperLoss(x);
    flow[kIron] = iron * omega + pulses;
    flow[kFriction] = friction * omega;
    flow[kMechanical] = shaft * omega;
    for (int k = 0; k < kOut; ++k) dy[kVoltages + k] = voltage[k] - (InB6(k) ? 0.5 * u_sup : 0.0);
  }

  double KineticEnergy(const Vector& y) const {
    const bool held = drive_.load.constant_speed() || drive_.load.imposed();
    return 0.5 * (machine_.inertia() + (held ? 0.0 : drive_.load.j_load)) * y[0] * y[0];
  }
  double CapacitorEnergy(const Vector& y) const {
    if (!drive_.supply.has_capacitor()) return 0.0;
    double energy = 0.5 * drive_.supply.c * y[kSupply] * y[kSupply];
    if (drive_.supply.kind == Supply::Kind::kBattery) {
      energy += 0.5 * drive_.supply.c_slow * y[kSupply + 1] * y[kSupply + 1];
    }
    return energy;
  }

  // Decides what each current does now: called where a piece begins.
  void Decide(const Vector& y) {
    double current[kOut];
    Currents(y, current);
    bool zero[kOut];
    const double nothing = 1e-10 * drive_.i_scale;
    for (int k = 0; k < kOut; ++k) {
      const bool was_held = flowing[k] == Flowing::kHeld;
      zero[k] = law[k].holds() && (Abs(current[k]) <= nothing || was_held);
      if (!law[k].holds()) {
        flowing[k] = Flowing::kFree;
      } else {
        flowing[k] = current[k] >= 0 ? Flowing::kOut : Flowing::kIn;
      }
    }
    // Two phases without current are three.
    for (int first = 0; first < kOut; first += 3) {
      if (!InB6(first)) continue;
      if (zero[first] + zero[first + 1] + zero[first + 2] >= 2) {
        for (int k = first; k < first + 3; ++k) zero[k] = true;
      }
    }
    for (int k = 0; k < kOut; ++k) {
      if (zero[k]) flowing[k] = Flowing::kHeld;
    }
    // Lets go, one after the other, what is pushed harder than it is held.
    for (int round = 0; round < 2 * kOut; ++round) {
      int out = -1, in = -1;
      if (WorstMargin(y, out, in) >= 0) break;
      if (out >= 0) flowing[out] = Flowing::kOut;
      if (in >= 0) flowing[in] = Flowing::kIn;
    }
  }

  // How far the present modes are from their end, in typical currents or voltages: below zero, one
  // has ended.
  double Margin(const Vector& y) const {
    int out, in;
    double margin = WorstMargin(y, out, in);
    double current[kOut];
    Currents(y, current);
    for (int k = 0; k < kOut; ++k) {
      const double i = current[k] / drive_.i_scale;
      if (flowing[k] == Flowing::kOut) margin = std::min(margin, i + kSlack);
      if (flowing[k] == Flowing::kIn) margin = std::min(margin, kSlack - i);
    }
    return margin;
  }

 private:
  static constexpr double kSlack = 1e-11;

  int SignOf(int k, double current) const {
    if (flowing[k] == Flowing::kOut) return 0;
    if (flowing[k] == Flowing::kIn) return 1;
    return current >= 0 ? 0 : 1;
  }

  bool AllHeld(int first) const {
    return flowing[first] == Flowing::kHeld && flowing[first + 1] == Flowing::kHeld &&
           flowing[first + 2] == Flowing::kHeld;
  }

  // Voltages of outputs that conduct by their laws; of those held, what keeps their currents zero.
  // Three held phases are known but for what they have in common: the first is put at zero.
  void FindVoltages(const Vector& y, const Frame<double>& rotor, const double* current,
                    double* voltage) const {
    const double u_sup = SupplyVoltage(y);
    int unknown[kOut], n = 0;
    for (int k = 0; k < kOut; ++k) {
      if (flowing[k] != Flowing::kHeld) {
        voltage[k] = law[k].Voltage(u_sup, current[k], SignOf(k, current[k]));
        continue;
      }
      voltage[k] = 0;
      if (InB6(k) && k % 3 == 0 && AllHeld(k)) continue;
      unknown[n++] = k;
    }
    if (n == 0) return;
    double base[kOut], probe[kOut], a[kOut][kOut + 1];
    machine_.CurrentRates(y.data(), rotor, voltage, base);
    for (int j = 0; j < n; ++j) {
      voltage[unknown[j]] = 1;
      machine_.CurrentRates(y.data(), rotor, voltage, probe);
      voltage[unknown[j]] = 0;
      for (int i = 0; i < n; ++i) a[i][j] = probe[unknown[i]] - base[unknown[i]];
    }
    for (int i = 0; i < n; ++i) a[i][n] = -base[unknown[i]];
    Solve(a, n);
    for (int i = 0; i < n; ++i) voltage[unknown[i]] = a[i][n];
  }

  // Gauss' elimination with row pivots; the solution replaces the last column.
  static void Solve(double (&a)[kOut][kOut + 1], int n) {
    for (int k = 0; k < n; ++k) {
      int pivot = k;
      for (int i = k + 1; i < n; ++i) {
        if (Abs(a[i][k]) > Abs(a[pivot][k])) pivot = i;
      }
      for (int j = 0; j <= n; ++j) std::swap(a[k][j], a[pivot][j]);
      for (int i = 0; i < n; ++i) {
        if (i == k) continue;
        const double factor = a[i][k] / a[k][k];
        for (int j = k; j <= n; ++j) a[i][j] -= factor * a[k][j];
      }
    }
    for (int i = 0; i < n; ++i) a[i][n] /= a[i][i];
  }

  // Of what is held: the distance of the voltage it takes to the nearer end of what its law allows,
  // and which outputs would begin to conduct, out or in; -1: none.
  double WorstMargin(const Vector& y, int& out, int& in) const {
    out = in = -1;
    double worst = std::numeric_limits<double>::infinity();
    bool any = false;
    for (int k = 0; k < kOut; ++k) any |= flowing[k] == Flowing::kHeld;
    if (!any) return worst;
    double current[kOut], voltage[kOut];
    const Frame<double> rotor = DetailedMachine<M>::Rotor(y.data());
    machine_.Currents(y.data(), rotor, current);
    FindVoltages(y, rotor, current, voltage);
    const double u_sup = SupplyVoltage(y);
    const auto consider = [&](double room, int begins_out, int begins_in) {
      room = room / drive_.u_scale + kSlack;
      if (room >= worst) return;
      worst = room;
      out = begins_out;
      in = begins_in;
    };
    for (int k = 0; k < kOut; ++k) {
      if (flowing[k] != Flowing::kHeld) continue;
      if (InB6(k) && AllHeld(k - k % 3)) {
        if (k % 3 != 0) continue;
        // The common part may be anything: the phase that wants it highest beside the one that
        // wants it lowest.
        int low = k, high = k;
        double most = -std::numeric_limits<double>::infinity(), least = -most;
        for (int j = k; j < k + 3; ++j) {
          if (law[j].low(u_sup) - voltage[j] > most) most = law[low = j].low(u_sup) - voltage[j];
          if (law[j].high(u_sup) - voltage[j] < least) {
            least = law[high = j].high(u_sup) - voltage[j];
          }
        }
        consider(least - most, low, high);
        continue;
      }
      consider(voltage[k] - law[k].low(u_sup), k, -1);
      consider(law[k].high(u_sup) - voltage[k], -1, k);
    }
    return worst;
  }

  void SupplyRates(const Vector& y, double drawn, double* rate, double* flow) const {
    const Supply& supply = drive_.supply;
    rate[0] = rate[1] = rate[2] = 0;
    if (!supply.has_capacitor()) {
      flow[kSource] = y[kSupply] * drawn;
      return;
    }
    const bool battery = supply.kind == Supply::Kind::kBattery;
    const double rest = battery ? supply.RestVoltage(y[kSupply + 2]) : supply.u_nominal;
    const double slow = battery ? y[kSupply + 1] : 0.0;
    const double given = (rest - slow - y[kSupply]) / supply.r;
    rate[0] = (given - drawn) / supply.c;
    flow[kSource] = rest * given;
    flow[kSupplyLoss] = supply.r * given * given;
    if (!battery) return;
    rate[1] = (given - slow / supply.r_slow) / supply.c_slow;
    rate[2] = -given / supply.capacity;
    flow[kSupplyLoss] += slow * slow / supply.r_slow;
  }

  const DetailedDrive& drive_;
  DetailedMachine<M> machine_;
  double ramp_;
};

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_DRIVE_DETAILED_MOTION_H_
