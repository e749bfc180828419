#include "physics/numeric/describe.h"

#include <charconv>

namespace flyball {

std::string Describe(double value) {
  char text[32];
  return std::string(text, std::to_chars(text, text + sizeof(text), value).ptr);
}

}  // namespace flyball
