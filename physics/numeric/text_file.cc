#include "physics/numeric/text_file.h"

#include <filesystem>
#include <fstream>
#include <iterator>

namespace flyball {

std::optional<std::string> ReadTextFile(const std::string& path) {
  std::error_code failed;
  if (!std::filesystem::is_regular_file(path, failed)) return std::nullopt;
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  return std::string{std::istreambuf_iterator<char>(file), {}};
}

}  // namespace flyball
