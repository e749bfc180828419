// All machines, and the checks that need more than one parameter.
#ifndef FLYBALL_PHYSICS_DRIVE_MACHINES_H_
#define FLYBALL_PHYSICS_DRIVE_MACHINES_H_

#include <variant>

#include "physics/drive/dc_external.h"
#include "physics/drive/dc_permanent.h"
#include "physics/drive/dc_series.h"
#include "physics/drive/eesm.h"
#include "physics/drive/induction.h"
#include "physics/drive/pmsm.h"
#include "physics/drive/six_phase_pmsm.h"

namespace flyball {

using Machine =
    std::variant<PermExDc, ExtExDc, SeriesDc, ShuntDc, Pmsm, Eesm, Scim, Dfim, SixPhasePmsm>;

// Throws InputError naming the parameter that no machine can have. `unphysical` lets pass an EESM
// whose windings are coupled more than wholly, as the peer's default is.
void CheckMachine(const Machine& machine, bool unphysical = false);

double RotorInertia(const Machine& machine);
double PolePairs(const Machine& machine);  // 0 without an angle

// The most torque that currents up to `i` (A, in the stator or armature) and `i_e` (A, exciting) can
// make in steady state.
double MaxTorque(const Machine& machine, double i, double i_e);

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_DRIVE_MACHINES_H_
