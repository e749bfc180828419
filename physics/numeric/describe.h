// Numbers in messages and files.
#ifndef FLYBALL_PHYSICS_NUMERIC_DESCRIBE_H_
#define FLYBALL_PHYSICS_NUMERIC_DESCRIBE_H_

#include <string>

namespace flyball {

// The shortest text that reads back as the same number.
std::string Describe(double value);

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_NUMERIC_DESCRIBE_H_
