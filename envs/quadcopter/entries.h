// Names, units, bounds and text of every number that a quadcopter environment shows or takes.
#ifndef FLYBALL_ENVS_QUADCOPTER_ENTRIES_H_
#define FLYBALL_ENVS_QUADCOPTER_ENTRIES_H_

#include <vector>

#include "envs/core/field.h"
#include "envs/quadcopter/config.h"

namespace flyball::quadcopter {

// Of one drone.
std::vector<Entry> KinematicsEntries(const Config& config);
std::vector<Entry> ActionEntries(const Config& config);
std::vector<Entry> ObservationEntries(const Config& config);

}  // namespace flyball::quadcopter

#endif  // FLYBALL_ENVS_QUADCOPTER_ENTRIES_H_
