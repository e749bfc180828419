#include "physics/numeric/keyword_file.h"

#include <catch2/catch.hpp>

#include "physics/numeric/error.h"

namespace flyball {
namespace {

KeywordFile Of(std::string_view text) { return {text, "toy file", "a.txt", "toy 1"}; }

TEST_CASE("a keyword file's lines are read value by value", "[numeric]") {
  KeywordFile file = Of("toy 1\n\n# a remark\n  size 1.5 -2\t3e-1\r\nname a  b\nsize_of");
  REQUIRE(file.Next());
  CHECK(file.keyword() == "size");
  CHECK(file.Numbers() == std::vector<double>{1.5, -2.0, 0.3});
  CHECK(file.AtEnd());
  REQUIRE(file.Next());
  CHECK(file.Word() == "a");
  CHECK(file.Rest() == "b");
  REQUIRE(file.Next());
  CHECK(file.AtEnd());
  CHECK(file.Has("name"));
  CHECK_FALSE(file.Has("nam"));
  CHECK_FALSE(file.Next());
}

TEST_CASE("a keyword file's mistakes are told with their line", "[numeric]") {
  CHECK_THROWS_WITH(Of("toy 2\n"), "toy file a.txt:1: the first line must be 'toy 1'");
  CHECK_THROWS_AS(Of(""), DataError);
  const auto says = [](std::string_view line, auto read) {
    const std::string text = "toy 1\n" + std::string(line);
    KeywordFile file = Of(text);
    file.Next();
    try {
      read(file);
    } catch (const DataError& error) {
      return std::string(error.what());
    }
    return std::string("nothing");
  };
  const auto number = [](KeywordFile& file) { file.Number(KeywordFile::Range::kPositive); };
  CHECK(says("x 1y", number) == "toy file a.txt:2: x: expected a finite number, found '1y'");
  CHECK(says("x inf", number) == "toy file a.txt:2: x: expected a finite number, found 'inf'");
  CHECK(says("x", number) == "toy file a.txt:2: x: expected a finite number, found ''");
  CHECK(says("x 0", number) == "toy file a.txt:2: x is 0; it must be > 0");
  CHECK(says("x 0 1", [](KeywordFile& file) { file.Number(), file.End(); }) ==
        "toy file a.txt:2: x: unexpected '1'");
  CHECK(says("x", [](KeywordFile& file) { file.Words(); }) ==
        "toy file a.txt:2: x: a value is missing");
  CHECK(says("x 1\nx 2", [](KeywordFile& file) { file.Next(); }) ==
        "toy file a.txt:3: 'x' is given twice");
  CHECK(says("x 1\nx 2", [](KeywordFile& file) { file.Next("x"); }) == "nothing");
}

}  // namespace
}  // namespace flyball
