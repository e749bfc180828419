#include "physics/drive/check.h"

#include <cmath>
#include <string>

#include "physics/numeric/describe.h"
#include "physics/numeric/error.h"

namespace flyball {
namespace {

void Require(bool holds, std::string_view name, double value, std::string_view unit,
             const std::string& allowed) {
  if (holds && std::isfinite(value)) return;
  std::string text = std::string(name) + " = " + Describe(value);
  if (unit != "1") text.append(" ").append(unit);
  throw InputError(text + ": must be " + allowed);
}

}  // namespace

void RequireFinite(std::string_view name, double value, std::string_view unit) {
  Require(true, name, value, unit, "a finite number");
}
void RequirePositive(std::string_view name, double value, std::string_view unit) {
  Require(value > 0, name, value, unit, "a finite number above 0");
}
void RequireNotNegative(std::string_view name, double value, std::string_view unit) {
  Require(value >= 0, name, value, unit, "a finite number, 0 or above");
}
void RequireBetween(std::string_view name, double value, double low, double high,
                    std::string_view unit) {
  Require(value >= low && value <= high, name, value, unit,
          "between " + Describe(low) + " and " + Describe(high));
}
void RequireWhole(std::string_view name, double value, int low, int high) {
  Require(value >= low && value <= high && value == std::floor(value), name, value, "1",
          "a whole number from " + std::to_string(low) + " to " + std::to_string(high));
}

}  // namespace flyball
