#include "envs/dataset/file.h"

#include <catch2/catch.hpp>
#include <cstddef>
#include <filesystem>

#include "tests/envs/dataset/temporary_folder.h"

namespace flyball::dataset {
namespace {

ByteVector Pattern(size_t size, unsigned seed) {
  ByteVector bytes(size);
  for (std::byte& byte : bytes) byte = static_cast<std::byte>((seed = seed * 1664525u + 1) >> 24);
  return bytes;
}

// Large files go past the system's cache, in aligned pieces; whatever is left over, goes through it.
TEST_CASE("files of all sizes hold what was written", "[dataset]") {
  const TemporaryFolder folder;
  std::filesystem::create_directories(folder.path);
  constexpr size_t kPiece = 4 << 20;
  for (const size_t size : {size_t{0}, size_t{1}, kPiece - 1, kPiece, kPiece + 1, kPiece + 4096,
                            2 * kPiece + 4095, 3 * kPiece}) {
    CAPTURE(size);
    for (const size_t head : {size_t{0}, size_t{100}, size_t{4096}}) {
      if (head > size) continue;
      const ByteVector bytes = Pattern(size, static_cast<unsigned>(size + head));
      const auto all = std::span<const std::byte>(bytes);
      WriteWhole(folder.path / "file", {all.first(head), all.subspan(head)});
      CHECK(ReadWhole(folder.path / "file") == bytes);
      CHECK_FALSE(std::filesystem::exists(folder.path / "file.tmp"));
    }
  }
}

}  // namespace
}  // namespace flyball::dataset
