#include "envs/core/value.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "physics/numeric/error.h"

namespace flyball {

TEST_CASE("a value survives the way through JSON", "[core]") {
  const Value value = Dict{{"b", List{1, 2.5, true, Value(), "te\"xt"}},
                           {"a", Dict{{"tiny", 5e-324}, {"third", 1.0 / 3.0}, {"whole", 3.0}}},
                           {"inf", List{std::numeric_limits<double>::infinity(),
                                        -std::numeric_limits<double>::infinity()}}};
  CHECK(Value::FromJson(value.ToJson()) == value);
  CHECK(Value(Dict{{"b", 1}, {"a", 2.0}}).ToJson() == R"({"a": 2.0, "b": 1})");
}

TEST_CASE("a value of the wrong kind says which", "[core]") {
  using Catch::Contains;
  CHECK_THROWS_WITH(Value("x").AsNumber(), Contains("a number expected") && Contains("text"));
  CHECK_THROWS_AS(Value(1.5).AsInteger(), InputError);
  CHECK_THROWS_WITH(Value::FromJson("{\"a\": }"), Contains("not JSON"));
  CHECK(Value(List{1, List{2.5, 3}}).AsNumbers() == std::vector<double>{1, 2.5, 3});
}

}  // namespace flyball
