#include "physics/numeric/describe.h"

#include <catch2/catch.hpp>
#include <limits>

namespace flyball {
namespace {

TEST_CASE("numbers are described in as few letters as read back the same") {
  CHECK(Describe(0.1) == "0.1");
  CHECK(Describe(0.1 + 0.2) == "0.30000000000000004");
  CHECK(Describe(-3.0) == "-3");
  CHECK(Describe(1e200) == "1e+200");
  CHECK(Describe(std::numeric_limits<double>::quiet_NaN()) == "nan");
  CHECK(Describe(std::numeric_limits<double>::infinity()) == "inf");
}

}  // namespace
}  // namespace flyball
