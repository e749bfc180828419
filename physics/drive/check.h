// Checks of parameters that end in errors naming the parameter, its value and what is allowed.
#ifndef FLYBALL_PHYSICS_DRIVE_CHECK_H_
#define FLYBALL_PHYSICS_DRIVE_CHECK_H_

#include <string_view>

namespace flyball {

// Each throws InputError; all refuse what is not finite.
void RequireFinite(std::string_view name, double value, std::string_view unit);
void RequirePositive(std::string_view name, double value, std::string_view unit);
void RequireNotNegative(std::string_view name, double value, std::string_view unit);
void RequireBetween(std::string_view name, double value, double low, double high,
                    std::string_view unit);  // both ends allowed

void RequireWhole(std::string_view name, double value, int low, int high);  // a whole number

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_DRIVE_CHECK_H_
