#include "physics/numeric/text_file.h"

#include <catch2/catch.hpp>
#include <fstream>

#include "tests/envs/dataset/temporary_folder.h"

namespace flyball {

TEST_CASE("a file is read as it is, and a folder is none", "[text_file]") {
  const dataset::TemporaryFolder folder;
  const std::string path = (folder.path / "file").string();
  const std::string bytes("a\r\n\0b", 5);
  std::ofstream(path, std::ios::binary) << bytes;
  CHECK(ReadTextFile(path) == bytes);
  CHECK_FALSE(ReadTextFile(folder.path.string()));
  CHECK_FALSE(ReadTextFile(path + "x"));
}

}  // namespace flyball
