// The parts of the options that the detailed kernel serves, each read from its own option.
#ifndef FLYBALL_ENVS_MOTOR_PARSE_DETAIL_H_
#define FLYBALL_ENVS_MOTOR_PARSE_DETAIL_H_

#include "envs/motor/detail.h"
#include "envs/motor/option_reader.h"
#include "physics/drive/check.h"

namespace flyball::motor {

// A number at `key`, or what `to` is, that must not be below zero, or must be above it.
inline void ReadNotNegative(OptionReader& reader, const char* key, const char* unit, double& to) {
  to = reader.Number(key, to);
  RequireNotNegative(reader.Where(key), to, unit);
}
inline void ReadPositive(OptionReader& reader, const char* key, const char* unit, double& to) {
  to = reader.Number(key, to);
  RequirePositive(reader.Where(key), to, unit);
}

// parse_losses.cc: what turns power into heat, and what the machine is beside sine waves.
void ReadLosses(const Value& value, const DriveSettings& settings, DetailSettings& detail);
void ReadThermal(const Value& value, const DriveSettings& settings, DetailSettings& detail);
void ReadHarmonics(const Value& value, DetailSettings& detail);

// parse_imperfections.cc: what is read wrong, breaks, or is not as the data sheet says.
void ReadSensors(const Value& value, const DriveSettings& settings, DetailSettings& detail);
void ReadFaults(const Value& value, const DriveSettings& settings, DetailSettings& detail);
void ReadSpread(const Value& value, const DriveSettings& settings, DetailSettings& detail);

}  // namespace flyball::motor

#endif  // FLYBALL_ENVS_MOTOR_PARSE_DETAIL_H_
