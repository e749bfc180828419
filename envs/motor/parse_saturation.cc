// Flux maps and curves of the main flux, as options.
#include <algorithm>

#include "envs/motor/parse_detail.h"
#include "physics/numeric/describe.h"
#include "physics/numeric/error.h"

namespace flyball::motor {
namespace {

std::vector<double> Numbers(OptionReader& reader, const char* key) {
  const Value& value = reader.Any(key);
  if (value.is_null()) throw InputError(std::string("saturation ") + key + ": needed");
  return value.AsNumbers();
}

std::shared_ptr<const MainFlux> ReadMainFlux(OptionReader& reader, DriveSettings& settings) {
  const std::vector<double> i_m = Numbers(reader, "i_m"), psi_m = Numbers(reader, "psi_m");
  reader.Finish();
  const auto curve = std::make_shared<MainFlux>(i_m, psi_m);
  if (auto* cage = std::get_if<Scim>(&settings.machine)) {
    cage->l_m = curve->unsaturated();
    CheckMachine(settings.machine);
  } else {
    CheckMainFlux(*curve, std::get<Eesm>(settings.machine));
  }
  return curve;
}

}  // namespace

Saturation ReadSaturation(const Options& options, DriveSettings& settings) {
  const auto found = options.find("saturation");
  if (found == options.end() || found->second.is_null()) return {};
  OptionReader reader("saturation", found->second);
  if (!std::holds_alternative<Pmsm>(settings.machine)) {
    return {.map = nullptr, .main_flux = ReadMainFlux(reader, settings)};
  }
  const auto numbers = [&](const char* key) { return Numbers(reader, key); };
  const std::vector<double> i_d = numbers("i_d"), i_q = numbers("i_q");
  const std::vector<double> psi_d = numbers("psi_d"), psi_q = numbers("psi_q");
  reader.Finish();
  const auto map = std::make_shared<FluxMap>(i_d, i_q, psi_d, psi_q);
  const double i = settings.limits.i;
  if (map->least_d() > -i || map->most_d() < i || map->least_q() > -i || map->most_q() < i) {
    throw InputError("saturation i_d, i_q: must reach the limit of the currents, " + Describe(i) +
                     " A, on both sides");
  }
  const FluxMap::Point rest = map->At(0, 0);
  Pmsm& m = std::get<Pmsm>(settings.machine);
  m.psi_p = std::max(0.0, rest.psi_d);
  m.l_d = rest.l_dd;
  m.l_q = rest.l_qq;
  CheckMachine(settings.machine);
  return {.map = map, .main_flux = nullptr};
}

}  // namespace flyball::motor
