// Files that users hand over: models, airframes, plants, networks.
#ifndef FLYBALL_PHYSICS_NUMERIC_TEXT_FILE_H_
#define FLYBALL_PHYSICS_NUMERIC_TEXT_FILE_H_

#include <optional>
#include <string>

namespace flyball {

// The bytes of a file as they are; nothing if there is no such file, if it may not be read, or if it
// is a folder, which opens like a file and is never at its end.
std::optional<std::string> ReadTextFile(const std::string& path);

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_NUMERIC_TEXT_FILE_H_
