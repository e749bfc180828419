#include "envs/motor/detail.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "physics/drive/check.h"
#include "physics/numeric/error.h"

namespace flyball::motor {
namespace {

int NumChannels(const DriveSettings& settings) {
  return std::visit(
      [](const auto& m) {
        using M = std::decay_t<decltype(m)>;
        return M::kHasAngle ? M::kTerminals : M::kStates;
      },
      settings.machine);
}

}  // namespace

std::vector<std::string> ParameterNames(const Machine& machine) {
  std::vector<std::string> names;
  std::visit(
      [&](const auto& m) {
        for (const auto& parameter : std::decay_t<decltype(m)>::Parameters()) {
          names.push_back(parameter.name);
        }
      },
      machine);
  return names;
}

DetailLayout::DetailLayout(const DriveSettings& settings) {
  const DetailSettings& detail = *settings.detail;
  channels = NumChannels(settings);
  const auto take = [&](int& slot, int count) {
    slot = size;
    size += count;
  };
  take(drive, kDetailedStateSize);
  take(factors, static_cast<int>(detail.spread.size()));
  take(temperature, detail.thermal ? 2 : 0);
  take(faults, static_cast<int>(detail.faults.size()));
  take(gains, detail.sensors.on ? channels : 0);
  take(offsets, detail.sensors.on ? channels : 0);
  take(angle, detail.sensors.on ? 3 : 0);
  take(delayed, detail.sensors.delay * channels);
}

DetailedDrive MakeDetailedDrive(const DriveSetup& setup) {
  const DriveSettings& settings = setup.settings;
  const DetailSettings& detail = *settings.detail;
  DetailedDrive drive;
  drive.load = settings.load;
  drive.supply = settings.supply;
  drive.converter = settings.converter;
  drive.devices = detail.devices;
  drive.modulation = detail.modulation;
  drive.iron = detail.iron;
  drive.friction = detail.friction;
  drive.harmonics = detail.harmonics;
  drive.saturation = detail.saturation.map;
  drive.main_flux = detail.saturation.main_flux;
  drive.tau = settings.tau;
  drive.switched = settings.task.finite;
  drive.exact = detail.exact;
  drive.arc_voltage = 2 * settings.supply.most();
  // Inductances jump between a map's cells: steps over such a place are worse than they seem.
  if (detail.saturation.any()) drive.tolerance = {1e-12, 1e-14, 2000};
  if (settings.solver.kind == SolverSettings::Kind::kDormandPrince) {
    drive.tolerance = settings.solver.tolerance;
  }
  drive.scale = setup.scale;
  drive.u_scale = settings.supply.most();
  drive.i_scale = settings.limits.i;
  return drive;
}

Machine RowMachine(const DriveSettings& settings, const DetailLayout& layout, const double* own) {
  Machine machine = settings.machine;
  const DetailSettings& detail = *settings.detail;
  if (detail.randomises()) {
    std::visit(
        [&](auto& m) {
          int k = 0;
          for (const auto& parameter : std::decay_t<decltype(m)>::Parameters()) {
            m.*parameter.value *= own[layout.factors + k++];
          }
        },
        machine);
  }
  if (detail.thermal) machine = AtTemperature(machine, *detail.thermal, own + layout.temperature);
  return machine;
}

void ResetDetail(const DriveSetup& setup, const DetailLayout& layout, Rng& rng,
                 std::span<const double> temperature, std::span<double> state) {
  const DriveSettings& settings = setup.settings;
  const DetailSettings& detail = *settings.detail;
  double* own = state.data() + setup.detail;
  DetailedState fresh;
  fresh.u_sup = settings.supply.u_nominal;
  if (settings.supply.kind == Supply::Kind::kBattery) {
    fresh.charge = settings.supply.charge;
    fresh.u_sup = state[setup.supply] = settings.supply.RestVoltage(fresh.charge);
  }
  std::memcpy(own + layout.drive, &fresh, sizeof(fresh));
  const auto symmetric = [&] { return 2 * rng.Random() - 1; };
  for (size_t k = 0; k < detail.spread.size(); ++k) {
    own[layout.factors + k] = 1 + detail.spread[k] * symmetric();
  }
  for (size_t k = 0; k < detail.faults.size(); ++k) {
    const Fault& fault = detail.faults[k];
    const double comes = rng.Random(), when = rng.Random();
    own[layout.faults + k] = comes < fault.probability
                                 ? fault.time.low + (fault.time.high - fault.time.low) * when
                                 : 1e300;
  }
  if (detail.sensors.on) {
    for (int k = 0; k < layout.channels; ++k) {
      own[layout.gains + k] = 1 + detail.sensors.gain * symmetric();
      own[layout.offsets + k] = detail.sensors.offset * symmetric();
    }
    own[layout.angle] = detail.sensors.angle_offset * symmetric();
    own[layout.angle + 2] = state[0];
  }
  if (!detail.thermal) return;
  for (int k = 0; k < 2; ++k) own[layout.temperature + k] = detail.start_temperature;
  if (temperature.empty()) return;
  RequireBetween("reset temperature winding", temperature[0], -100, 500, "degC");
  RequireBetween("reset temperature housing", temperature[1], -100, 500, "degC");
  std::copy_n(temperature.begin(), 2, own + layout.temperature);
}

Field TemperatureField() {
  return VectorField("temperature", DType::kFloat64,
                     {{.name = "winding", .unit = "degC", .doc = "of the windings"},
                      {.name = "housing", .unit = "degC", .doc = "of iron, magnets and housing"}});
}

std::vector<Field> DetailInfo(const DriveSettings& settings) {
  const DetailSettings& detail = *settings.detail;
  std::vector<Field> info;
  if (detail.audit) {
    std::vector<Entry> entries;
    for (const EnergyTerm& term : kEnergyTerms) {
      entries.push_back({.name = term.name, .unit = "J", .doc = term.doc});
    }
    info.push_back(VectorField("energy", DType::kFloat64, entries,
                               "of the last step: source is the sum of the others"));
  }
  if (detail.thermal) info.push_back(TemperatureField());
  if (!detail.faults.empty()) {
    std::vector<Entry> entries;
    for (const Fault& fault : detail.faults) {
      entries.push_back({.name = fault.name, .unit = "1", .doc = "whether this fault is there"});
    }
    info.push_back(VectorField("fault", DType::kBool, entries));
  }
  if (detail.randomises()) {
    std::vector<Entry> entries;
    std::visit(
        [&](const auto& m) {
          for (const auto& parameter : std::decay_t<decltype(m)>::Parameters()) {
            entries.push_back(
                {.name = parameter.name, .unit = parameter.unit, .doc = parameter.doc});
          }
        },
        settings.machine);
    info.push_back(
        VectorField("parameters", DType::kFloat64, entries, "of this episode's machine, as drawn"));
  }
  return info;
}

}  // namespace flyball::motor
