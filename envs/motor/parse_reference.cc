#include <algorithm>
#include <cmath>

#include "envs/motor/option_reader.h"
#include "envs/motor/parse.h"
#include "physics/drive/check.h"
#include "physics/numeric/error.h"

namespace flyball::motor {
namespace {

// The rows of a table of references: (rows, states), or a plain list where one state or one row.
std::vector<double> ReadTable(const Value& value, int num_states, bool one_row) {
  const std::string where = "reference values";
  if (value.is_null()) throw InputError(where + ": needed by this type of reference");
  if (!value.is_list() && !value.is_number()) {
    throw InputError(where + ": numbers expected, got " + value.ToJson());
  }
  std::string shape = one_row ? "one number, or one per referenced state: " : "rows of numbers: ";
  shape += std::to_string(num_states);
  if (!one_row && value.is_list() && num_states > 1) {
    for (const Value& row : value.AsList()) {
      if (!row.is_list() || static_cast<int>(row.AsList().size()) != num_states) {
        throw InputError(where + ": " + shape + " expected, got a row " + row.ToJson());
      }
    }
  }
  std::vector<double> table = value.AsNumbers();
  if (one_row && table.size() == 1) table.resize(num_states, table[0]);
  if (table.empty() || table.size() % num_states != 0 ||
      (one_row && static_cast<int>(table.size()) != num_states)) {
    throw InputError(where + ": " + shape + " expected, got " + std::to_string(table.size()) +
                     " numbers");
  }
  for (const double x : table) RequireBetween(where, x, -1, 1, "of the limit");
  return table;
}

// Where a state's references keep to, unless a margin is given: the nominal values.
Range DefaultBounds(const DriveSettings& settings, int state) {
  const Quantity& quantity = settings.quantities[state];
  const Ratings &limits = settings.limits, &nominal = settings.nominal;
  double most = 0;
  switch (quantity.role) {
    case Role::kSpeed:
      most = nominal.omega / limits.omega;
      break;
    case Role::kTorque:
      most = nominal.torque / limits.torque;
      break;
    case Role::kExcitingCurrent:
      most = nominal.i_e / limits.i_e;
      break;
    default:
      most = nominal.i / limits.i;
  }
  Range bounds = {quantity.one_sided ? 0.0 : -most, most};
  const Task& task = settings.task;
  if (settings.gem()) {
    if (task.finite) return bounds;
    if (quantity.name == "i_e" && task.machine == MachineKind::kEesm) return {0, 1};
    if (task.machine == MachineKind::kShuntDc && task.control == Control::kTorque) return {0, 0.8};
    return bounds;
  }
  // Together the currents stay inside their circle, exciting currents keep a distance, and the flux
  // of a cage has no other side to go to.
  const int n = settings.reference.num_states();
  if (quantity.role == Role::kCurrent && n > 1 && !task.direct_current()) {
    const double share = 0.9 / std::sqrt(task.machine == MachineKind::kEesm ? n - 1.0 : n);
    bounds = {-std::min(most, share), std::min(most, share)};
    if (task.machine == MachineKind::kScim && quantity.name == "i_sd") bounds.low = 0.1;
  }
  if (quantity.name == "i_e") bounds = {0.1, std::min(most, 0.8)};
  // The flux of a shunt machine is what its supply makes it: below zero it is that of another.
  if (task.machine == MachineKind::kShuntDc && task.control != Control::kSpeed) {
    bounds = {0.05, most};
  }
  // It runs at r_e / l_e' without a torque, whatever the voltage, and keeps no speed above that.
  if (const auto* m = std::get_if<ShuntDc>(&settings.machine);
      m != nullptr && task.control == Control::kSpeed) {
    bounds = {0, std::min(most, 0.85 * m->r_e / (m->l_e_prime * limits.omega))};
  }
  return bounds;
}

constexpr const char* kSignals[] = {"wiener",   "laplace",  "constant", "sinus",
                                    "sawtooth", "triangle", "step"};
std::vector<std::string> ReferenceTypes() {
  std::vector<std::string> types(std::begin(kSignals), std::end(kSignals));
  types.insert(types.end(), {"zero", "recorded", "switched", "multiple"});
  return types;
}

void RequireInside(const std::string& where, const Range& range, double low, double high,
                   const char* unit) {
  RequireBetween(where, range.low, low, high, unit);
  RequireBetween(where, range.high, low, high, unit);
}

// One signal of state `state`; `type` one of kSignals, or zero.
Signal ReadSignal(OptionReader& reader, const std::string& type, const DriveSettings& settings,
                  int state) {
  Signal signal;
  const std::string name = type == "zero" ? "constant" : type;
  signal.kind = static_cast<Signal::Kind>(
      std::find(std::begin(kSignals), std::end(kSignals), name) - std::begin(kSignals));
  if (signal.kind == Signal::Kind::kConstant) {
    signal.bounds = {-1, 1};
    return signal;  // its value is read with those of the other states
  }
  const Value& margin = reader.Any("limit_margin");
  signal.bounds = reader.RangeOf("limit_margin", DefaultBounds(settings, state));
  if (margin.is_number()) signal.bounds = {-signal.bounds.high, signal.bounds.high};
  CheckRange(reader.Where("limit_margin"), signal.bounds);
  RequireInside(reader.Where("limit_margin"), signal.bounds, -1, 1, "of the limit");
  const double low = signal.bounds.low, high = signal.bounds.high;
  if (signal.walks()) {
    if (!settings.gem()) {
      // Steps of a walk grow with the square root of time. Currents move by up to a hundredth of
      // their limit in 0.1 ms, speeds by half of what nominal torque can do.
      const bool speed = settings.quantities[state].role == Role::kSpeed;
      const double pace = speed ? 0.5 * SpeedPace(settings) : 1e-2 * std::sqrt(settings.tau / 1e-4);
      signal.sigma = {0.1 * pace, pace};
    }
    signal.sigma = reader.RangeOf("sigma_range", signal.sigma);
    RequireNotNegative(reader.Where("sigma_range"), signal.sigma.low, "1");
    if (signal.sigma.low < signal.sigma.high) {
      RequirePositive(reader.Where("sigma_range"), signal.sigma.low, "1");
    }
    signal.start = reader.RangeOf("initial_range", signal.bounds);
    RequireInside(reader.Where("initial_range"), signal.start, low, high, "1");
    return signal;
  }
  const double half = 0.5 * (high - low), middle = 0.5 * (high + low);
  signal.amplitude = reader.RangeOf("amplitude", {0, half});
  signal.offset = reader.RangeOf("offset", {middle - half / 2, middle + half / 2});
  RequireInside(reader.Where("amplitude"), signal.amplitude, 0, half, "of the limit");
  RequireInside(reader.Where("offset"), signal.offset, low, high, "of the limit");
  signal.frequency = reader.RangeOf("frequency", signal.frequency);
  signal.phase = reader.RangeOf("phase", signal.phase);
  RequireNotNegative(reader.Where("frequency"), signal.frequency.low, "Hz");
  if (signal.kind == Signal::Kind::kStep || signal.kind == Signal::Kind::kTriangle) {
    signal.duty = reader.RangeOf("duty", signal.duty);
    RequireInside(reader.Where("duty"), signal.duty, 0, 1, "1");
  }
  return signal;
}

// A dictionary that describes one signal, for one state.
Signal ReadWholeSignal(const std::string& where, const Value& value, const DriveSettings& settings,
                       int state) {
  OptionReader reader(where, value);
  std::vector<std::string> types(std::begin(kSignals), std::end(kSignals));
  types.push_back("zero");
  const std::string type = reader.Text("type", "wiener", types);
  Signal signal = ReadSignal(reader, type, settings, state);
  if (type == "constant") {
    signal.constant = ReadTable(reader.Any("values"), 1, true)[0];
  }
  reader.Finish();
  return signal;
}

Range ReadLengths(OptionReader& reader, const char* key, const Range& fallback) {
  const Range range = reader.RangeOf(key, fallback);
  RequireInside(reader.Where(key), range, 0, 1e9, "steps");
  return range;
}

// {"type": "multiple", "references": {state: signal}}: which states, and what each follows.
void ReadMultiple(OptionReader& reader, DriveSettings& settings) {
  const Value& given = reader.Any("references");
  if (!given.is_dict() || given.AsDict().empty() ||
      static_cast<int>(given.AsDict().size()) > kMaxReferences) {
    throw InputError("reference references: a dictionary of 1 to " +
                     std::to_string(kMaxReferences) + " states expected, got " + given.ToJson());
  }
  settings.reference.guides.clear();
  for (const auto& [name, value] : given.AsDict()) {
    const int state = settings.Named(name, "reference references");
    settings.reference.guides.push_back({.state = state, .signals = {}, .weights = {1}});
  }
  for (Guide& guide : settings.reference.guides) {
    const std::string& name = settings.quantities[guide.state].name;
    guide.signals = {
        ReadWholeSignal("reference " + name, given.AsDict().at(name), settings, guide.state)};
  }
  const double count = settings.reference.num_states();
  settings.reward.weights.assign(settings.reference.guides.size(), 1 / count);
}

// {"type": "switched", "signals": [...], "weights": [...]}: one signal after the other.
void ReadSwitched(OptionReader& reader, DriveSettings& settings) {
  const Value& given = reader.Any("signals");
  if (!given.is_list() || given.AsList().empty()) {
    throw InputError("reference signals: a list of signals expected, got " + given.ToJson());
  }
  const size_t count = given.AsList().size();
  const Value& weights = reader.Any("weights");
  std::vector<double> chances(count, 1.0);
  if (!weights.is_null()) chances = weights.AsNumbers();
  if (chances.size() != count) {
    throw InputError("reference weights: one for each of " + std::to_string(count) +
                     " signals expected, got " + std::to_string(chances.size()));
  }
  for (const double chance : chances) RequirePositive("reference weights", chance, "1");
  for (Guide& guide : settings.reference.guides) {
    guide.signals.clear();
    guide.weights = chances;
    for (size_t k = 0; k < count; ++k) {
      guide.signals.push_back(ReadWholeSignal("reference signals [" + std::to_string(k) + "]",
                                              given.AsList()[k], settings, guide.state));
    }
  }
  settings.reference.super_lengths =
      ReadLengths(reader, "super_episode_length", settings.reference.super_lengths);
  RequirePositive("reference super_episode_length", settings.reference.super_lengths.low, "steps");
}

}  // namespace

void ReadReference(const Value& value, DriveSettings& settings) {
  ReferenceSettings& reference = settings.reference;
  OptionReader reader("reference", value);
  const std::string type = reader.Text("type", "wiener", ReferenceTypes());
  if (type == "multiple") {
    ReadMultiple(reader, settings);
  } else if (type == "switched") {
    ReadSwitched(reader, settings);
  } else if (type == "recorded") {
    reference.table = ReadTable(reader.Any("values"), reference.num_states(), false);
  } else {
    for (Guide& guide : reference.guides) {
      guide.signals = {ReadSignal(reader, type, settings, guide.state)};
    }
    if (type == "constant") {
      const std::vector<double> constants =
          ReadTable(reader.Any("values"), reference.num_states(), true);
      for (int j = 0; j < reference.num_states(); ++j) {
        reference.guides[j].signals[0].constant = constants[j];
      }
    }
  }
  if (type != "recorded" && type != "constant" && type != "zero") {
    reference.episode_lengths = ReadLengths(reader, "episode_lengths", reference.episode_lengths);
  } else {
    reference.episode_lengths = {0, 0};
  }
  reader.Finish();
}

}  // namespace flyball::motor
