// The exceptions of flyball. Every message names the field, the value and what is allowed; a name
// that is not known is answered with the nearest one that is.
#ifndef FLYBALL_PHYSICS_NUMERIC_ERROR_H_
#define FLYBALL_PHYSICS_NUMERIC_ERROR_H_

#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace flyball {

// Base of all of them, so that an agent can catch one type.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// The caller's input is wrong: an option, an action, a forced state, a name (ValueError in Python).
class InputError : public Error {
 public:
  using Error::Error;
};

// A file or a byte string is broken, of another version, or cannot be read or written (OSError).
class DataError : public Error {
 public:
  using Error::Error;
};

// An engine could not go on (mju_error, a failed solve). Inside Step it ends a row, not the process.
class PhysicsError : public Error {
 public:
  using Error::Error;
};

// The known name with the smallest edit distance to `name`; empty if `known` is empty.
std::string NearestName(std::string_view name, std::span<const std::string> known);

// "unknown <what> 'nmae'; did you mean 'name'? known: a, b, c"
std::string UnknownName(std::string_view what, std::string_view name,
                        std::span<const std::string> known);

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_NUMERIC_ERROR_H_
