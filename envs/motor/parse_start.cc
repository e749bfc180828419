#include <cmath>

#include "envs/motor/option_reader.h"
#include "envs/motor/parse.h"
#include "physics/drive/check.h"
#include "physics/numeric/describe.h"
#include "physics/numeric/error.h"

namespace flyball::motor {
namespace {

// Where a state is drawn from unless an interval is given: what it may be at nominal values.
Range UsualInterval(const DriveSettings& settings, const std::string& name, double nominal) {
  bool one_sided = name == "i_e";
  for (const Quantity& quantity : settings.quantities) {
    if (quantity.name == name) one_sided |= quantity.one_sided;
  }
  return {one_sided ? 0.0 : -nominal, nominal};
}

// A number, [low, high], or {type, interval, mean, std}.
StateDraw ReadState(OptionReader& start, const std::string& name, const Range& usual) {
  const Value& given = start.Any(name);
  StateDraw draw;
  if (!given.is_dict()) {
    draw.interval = start.RangeOf(name, usual);
    return draw;
  }
  const std::string where = start.Where(name);
  OptionReader reader(where, given);
  const std::string type = reader.Text("type", "uniform", {"uniform", "normal"});
  draw.interval = reader.RangeOf("interval", usual);
  if (type == "normal") {
    const auto [low, high] = draw.interval;
    const double mean = reader.Number("mean", 0.5 * (low + high));
    const double deviation = reader.Number("std", 0.25 * (high - low));
    RequireFinite(where + " mean", mean, "1");
    RequirePositive(where + " std", deviation, "1");
    try {
      draw.normal.emplace(mean, deviation, low, high);
    } catch (const InputError& error) {
      throw InputError(where + " interval = [" + Describe(low) + ", " + Describe(high) +
                       "]: " + error.what());
    }
  }
  reader.Finish();
  return draw;
}

void ReadStates(OptionReader& reader, DriveSettings& settings) {
  StartSettings& start = settings.start;
  const std::vector<Entry> entries = OdeEntries(settings.task);
  const std::vector<double> nominal = OdeAt(settings.machine, settings.nominal);
  const std::vector<double> limit = OdeAt(settings.machine, settings.limits);
  // The corner farthest out must be allowed, together with what the other states may be.
  std::vector<double> corner(entries.size(), 0.0);
  if (!settings.task.induction() && start.current > 0) {
    for (size_t k = 1; k < entries.size(); ++k) corner[k] = start.current * limit[k];
  }
  for (size_t k = 0; k < entries.size(); ++k) {
    const Entry& entry = entries[k];
    if (reader.Any(entry.name).is_null()) continue;
    StateDraw draw = ReadState(reader, entry.name, UsualInterval(settings, entry.name, nominal[k]));
    draw.slot = static_cast<int>(k);
    const auto [low, high] = draw.interval;
    for (const double end : {low, high}) {
      if (entry.name == "epsilon") break;
      RequireBetween(reader.Where(entry.name), end, -limit[k], limit[k], entry.unit);
    }
    corner[k] = std::fmax(std::fabs(low), std::fabs(high));
    start.states.push_back(draw);
  }
  if (start.states.empty()) return;
  CheckStart(settings, "start", corner);
  if (start.states[0].slot == 0 && settings.load.kind == MechanicalLoad::Kind::kExternalSpeed) {
    throw InputError("start omega: an external_speed load says how fast the shaft begins");
  }
}

}  // namespace

void ReadStart(const Value& value, DriveSettings& settings) {
  OptionReader reader("start", value);
  StartSettings& start = settings.start;
  const auto part = [&](const char* key, double& to) {
    to = reader.Number(key, to);
    RequireBetween(reader.Where(key), to, 0, 1, "1");
  };
  part("current", start.current);
  if (settings.limits.i_e > 0) part("exciting", start.exciting);
  if (settings.task.induction()) part("flux", start.flux);
  if (!settings.task.direct_current()) start.any_angle = reader.Truth("any_angle", start.any_angle);
  if (settings.task.control == Control::kSpeed) {
    // What nominal torque makes of 20 ms.
    if (!settings.gem()) {
      start.speed = SpeedPace(settings) / settings.tau * 0.02 * settings.limits.omega;
    }
    start.speed = reader.Number("speed", start.speed);
    RequireBetween("start speed", start.speed, 0, settings.limits.omega, "rad/s");
  }
  ReadStates(reader, settings);
  reader.Finish();
}

}  // namespace flyball::motor
