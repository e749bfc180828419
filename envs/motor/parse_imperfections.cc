// Sensors, faults and parameters that are off, as options.
#include <algorithm>

#include "envs/motor/parse_detail.h"
#include "physics/numeric/error.h"

namespace flyball::motor {

void ReadSensors(const Value& value, const DriveSettings& settings, DetailSettings& detail) {
  OptionReader reader("sensors", value);
  SensorSettings& sensors = detail.sensors;
  sensors.on = true;
  OptionReader current("sensors current", reader.Any("current"));
  ReadNotNegative(current, "gain", "1", sensors.gain);
  ReadNotNegative(current, "offset", "A", sensors.offset);
  ReadNotNegative(current, "noise", "A", sensors.noise);
  ReadNotNegative(current, "resolution", "A", sensors.resolution);
  const int64_t delay = current.Integer("delay", 0);
  RequireWhole("sensors current delay", static_cast<double>(delay), 0, 16);
  sensors.delay = static_cast<int>(delay);
  current.Finish();
  RequireBetween("sensors current gain", sensors.gain, 0, 1, "1");
  if (!settings.task.direct_current()) {
    OptionReader encoder("sensors encoder", reader.Any("encoder"));
    const int64_t lines = encoder.Integer("lines", 0);
    RequireWhole("sensors encoder lines", static_cast<double>(lines), 0, 1 << 24);
    sensors.lines = static_cast<int>(lines);
    ReadNotNegative(encoder, "offset", "rad", sensors.angle_offset);
    encoder.Finish();
    sensors.hall = reader.Truth("hall", false);
    if (sensors.hall && sensors.lines > 0) {
      throw InputError("sensors hall: either Hall switches or an encoder, not both");
    }
    ReadPositive(reader, "speed_filter", "s", sensors.speed_filter);
  }
  reader.Finish();
}

void ReadFaults(const Value& value, const DriveSettings& settings, DetailSettings& detail) {
  const List& list = value.AsList();
  if (list.size() > kMaxFaults) {
    throw InputError("faults: at most " + std::to_string(kMaxFaults) + ", got " +
                     std::to_string(list.size()));
  }
  const std::vector<std::string> outputs = OutputNames(settings, false);
  const bool angle = !settings.task.direct_current();
  for (const Value& item : list) {
    OptionReader reader("faults", item);
    std::vector<std::string> kinds = {"open_phase", "current_sensor"};
    if (angle) kinds.push_back("encoder");
    const std::string kind = reader.Text("type", "open_phase", kinds);
    Fault fault;
    fault.kind =
        static_cast<Fault::Kind>(std::find(kinds.begin(), kinds.end(), kind) - kinds.begin());
    fault.name = kind;
    if (fault.kind != Fault::Kind::kEncoder) {
      const std::string output = reader.Text("output", outputs[0], outputs);
      fault.output =
          static_cast<int>(std::find(outputs.begin(), outputs.end(), output) - outputs.begin());
      fault.name += "_" + output;
    }
    fault.time = reader.RangeOf("time", {0, 0});
    RequireNotNegative("faults time", fault.time.low, "s");
    fault.probability = reader.Number("probability", 1);
    RequireBetween("faults probability", fault.probability, 0, 1, "1");
    reader.Finish();
    for (const Fault& other : detail.faults) {
      if (other.name == fault.name) throw InputError("faults: " + fault.name + " given twice");
    }
    if (fault.kind != Fault::Kind::kOpenPhase) detail.sensors.on = true;
    detail.faults.push_back(fault);
  }
}

void ReadSpread(const Value& value, const DriveSettings& settings, DetailSettings& detail) {
  OptionReader reader("randomise", value);
  const double all = reader.Number("all", 0);
  RequireBetween("randomise all", all, 0, 0.9, "1");
  Machine worst = settings.machine;
  // Inductances that a curve of the main flux says are its own.
  const bool curve = detail.saturation.main_flux != nullptr;
  const bool excited = settings.task.machine == MachineKind::kEesm;
  for (const std::string& name : ParameterNames(settings.machine)) {
    double spread = 0;
    const bool said = curve && (name == "l_m" || (excited && (name == "l_d" || name == "l_e")));
    if (name != "p" && !said) {  // pole pairs are whole
      spread = reader.Number(name, all);
      RequireBetween("randomise " + name, spread, 0, 0.9, "1");
    }
    detail.spread.push_back(spread);
  }
  reader.Finish();
  // The corner at which windings are coupled most must be a machine too.
  if (auto* m = std::get_if<Eesm>(&worst)) {
    int k = 0;
    for (const auto& parameter : Eesm::Parameters()) {
      const double spread = detail.spread[k++];
      const bool mutual = std::string_view(parameter.name) == "l_m";
      m->*parameter.value *= mutual ? 1 + spread : 1 - spread;
    }
  }
  try {
    CheckMachine(worst);
  } catch (const InputError& error) {
    throw InputError(std::string("randomise: at the corner of its ranges no machine: ") +
                     error.what());
  }
}

}  // namespace flyball::motor
