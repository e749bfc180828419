#include "envs/motor/quantity.h"

#include "physics/numeric/error.h"

namespace flyball::motor {

Quantity QuantityNamed(std::string_view name, std::string_view where) {
  std::vector<std::string> known;
  for (int k = 0; k < kNumQuantities; ++k) {
    if (kQuantities[k].name == name) return static_cast<Quantity>(k);
    known.emplace_back(kQuantities[k].name);
  }
  throw InputError(std::string(where) + ": " + UnknownName("state", name, known));
}

}  // namespace flyball::motor
