// The parts of ParseSettings: each applies one option, a dictionary or nothing, to the settings of a
// preset. All throw InputError naming the option, its value and what is allowed.
#ifndef FLYBALL_ENVS_MOTOR_PARSE_H_
#define FLYBALL_ENVS_MOTOR_PARSE_H_

#include <string>
#include <vector>

#include "envs/motor/settings.h"

namespace flyball::motor {

// parse_plant.cc
void ReadMotor(const Value& value, DriveSettings& settings);
void ReadLoad(const Value& value, DriveSettings& settings);
void ReadSupply(const Value& value, DriveSettings& settings);
void ReadConverter(const Value& value, DriveSettings& settings);
void ReadSolver(const Value& value, DriveSettings& settings);

// parse_reference.cc
void ReadReference(const Value& value, DriveSettings& settings);

// parse_noise.cc
void ReadNoise(const Value& value, DriveSettings& settings);

// parse_start.cc; after the constraints.
void ReadStart(const Value& value, DriveSettings& settings);

// parse_task.cc
void ReadDeadTime(const Value& value, DriveSettings& settings);
void ReadReward(const Value& value, DriveSettings& settings);
void ReadConstraints(const Value& value, DriveSettings& settings);

// The quantities of a list of names, none of them twice.
std::vector<int> QuantitiesNamed(const DriveSettings& settings, const Value& value,
                                 const std::string& where);

}  // namespace flyball::motor

#endif  // FLYBALL_ENVS_MOTOR_PARSE_H_
