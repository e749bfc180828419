// Where the converter's power comes from.
#ifndef FLYBALL_PHYSICS_DRIVE_SUPPLY_H_
#define FLYBALL_PHYSICS_DRIVE_SUPPLY_H_

namespace flyball {

// A stiff direct voltage.
struct IdealSupply {
  double u_nominal = 300.0;  // V, > 0
};

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_DRIVE_SUPPLY_H_
