// The types of wrappers, one function each; chain.cc lists them.
#ifndef FLYBALL_ENVS_CORE_WRAPPERS_TYPES_H_
#define FLYBALL_ENVS_CORE_WRAPPERS_TYPES_H_

#include "envs/core/wrappers/wrapper.h"

namespace flyball {

// delays.cc
WrapperType ActionDelayType();
WrapperType ObservationDelayType();
// sensors.cc
WrapperType SensorNoiseType();
WrapperType SensorBiasType();
WrapperType SensorDropoutType();
// actuators.cc
WrapperType ActuatorSpreadType();
// disturbances.cc
WrapperType ActionNoiseType();
WrapperType DisturbanceType();
// drift.cc
WrapperType DriftType();
// faults.cc
WrapperType FaultType();
// limits.cc
WrapperType LimitType();
// masks.cc
WrapperType MaskType();
// views.cc
WrapperType HideType();
WrapperType HistoryType();

// An option `of`, shared by many: the names of the numbers a wrapper works on.
Option OfOption(std::string doc);

}  // namespace flyball

#endif  // FLYBALL_ENVS_CORE_WRAPPERS_TYPES_H_
