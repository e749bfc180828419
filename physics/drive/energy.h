// Where the energy of a control step comes from and where it goes, J. No term is what the others
// leave: each has its own formula, and Source = the sum of all others but for the integrator's error.
#ifndef FLYBALL_PHYSICS_DRIVE_ENERGY_H_
#define FLYBALL_PHYSICS_DRIVE_ENERGY_H_

#include <array>

namespace flyball {

enum Energy : int {
  kSource,                 // given by the supply's stiff voltage (grid, cells)
  kSupplyLoss,             // heat of the supply's resistors
  kConduction,             // heat of transistors and diodes that conduct
  kSwitching,              // heat of transistors that switch
  kCopper,                 // heat of the windings
  kIron,                   // heat of the iron
  kFriction,               // heat of the machine's own friction
  kMechanical,             // given to what is driven: the load's braking, or what holds the speed
  kNumFlows,               // the above are integrals of powers, the rest changes of what is stored
  kCapacitor = kNumFlows,  // in the supply's capacitors
  kMagnetic,               // in the machine's fields
  kKinetic,                // in what turns
  kNumEnergies
};

struct EnergyTerm {
  const char* name;
  const char* doc;
};
inline constexpr std::array<EnergyTerm, kNumEnergies> kEnergyTerms = {
    {{"source", "given by the supply's stiff voltage"},
     {"supply_loss", "heat of the supply's resistors"},
     {"conduction", "heat of conducting transistors and diodes"},
     {"switching", "heat of switching transistors"},
     {"copper", "heat of the windings"},
     {"iron", "heat of the iron"},
     {"friction", "heat of the machine's friction"},
     {"mechanical", "given to the load, or to what holds the speed"},
     {"capacitor", "more in the supply's capacitors"},
     {"magnetic", "more in the machine's fields"},
     {"kinetic", "more in what turns"}}};

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_DRIVE_ENERGY_H_
