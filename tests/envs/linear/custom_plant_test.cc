#include "envs/linear/custom_plant.h"

#include <catch2/catch.hpp>
#include <vector>

#include "envs/core/registry.h"
#include "envs/core/vector_env.h"
#include "envs/linear/linear_model.h"
#include "physics/numeric/error.h"
#include "tests/envs/core/row_state.h"

namespace flyball {
namespace {

using Catch::Contains;

EnvSpec Spec(const Options& options) { return ResolveSpec("Linear-Custom-v1", options); }

// One step of an environment from a state under an action and a disturbance.
std::vector<double> StepOnce(const std::string& id, Options options, const std::vector<double>& x,
                             const std::vector<double>& action) {
  options["disturbance"] = "action";
  options["preset"] = "controlgym";
  const auto env = VectorEnv::Make(id, options);
  env->Reset(std::vector<uint64_t>{1}, {}, {{"x", x}});
  std::copy(action.begin(), action.end(), env->columns().action.as<double>());
  env->Step();
  std::vector<double> results = StateOf(*env);
  results.push_back(env->columns().reward.as<double>()[0]);
  results.push_back(env->columns().observation[0].as<float>()[0]);
  return results;
}

TEST_CASE("a plant given as options is the plant of the file", "[linear][custom]") {
  const LinearPlant& he1 = LoadPlant("he1");
  const Options matrices = {{"A", MatrixOption(he1.a)},     {"B1", MatrixOption(he1.b1)},
                            {"B2", MatrixOption(he1.b2)},   {"C", MatrixOption(he1.c)},
                            {"C1", MatrixOption(he1.c1)},   {"D11", MatrixOption(he1.d11)},
                            {"D12", MatrixOption(he1.d12)}, {"D21", MatrixOption(he1.d21)}};
  const std::vector<double> x = {0.3, -0.2, 0.1, 0.4}, action = {0.5, -1.5, 0.25, -0.75};
  CHECK(StepOnce("Linear-Custom-v1", matrices, x, action) ==
        StepOnce("Linear-he1-v1", {}, x, action));
}

TEST_CASE("a plant of discrete time is its own step", "[linear][custom]") {
  const Options options = {{"A", List{List{0.5, 1.0}, List{0.0, 0.25}}},
                           {"B2", List{List{1.0}, List{2.0}}},
                           {"discrete", true},
                           {"sample_time", 7.0}};
  // By default w enters as u does, y = x, and the cost is |x|^2 + |u|^2.
  const std::vector<double> results = StepOnce("Linear-Custom-v1", options, {4, 8}, {1, 10});
  CHECK(results ==
        std::vector<double>{0.5 * 4 + 8 + 1 + 10, 0.25 * 8 + 2 + 20, -(16.0 + 64 + 1), 4});
}

TEST_CASE("matrices that do not fit are refused by name", "[linear][custom]") {
  const Matrix one = Matrix::Ones(1, 1), two = Matrix::Identity(2, 2);
  const auto with = [](const char* name, const Matrix& matrix) {
    return Options{{name, MatrixOption(matrix)}};
  };
  CHECK_THROWS_WITH(Spec(with("A", Matrix::Ones(2, 3))), Contains("'A'") && Contains("square"));
  CHECK_THROWS_WITH(Spec(with("A", Matrix::Ones(3, 3))),
                    Contains("'B2'") && Contains("(2, 1)") && Contains("(3, any)"));
  CHECK_THROWS_WITH(Spec(with("B1", one)), Contains("'B1'") && Contains("A has 2 rows"));
  CHECK_THROWS_WITH(Spec(with("C", one)), Contains("'C'") && Contains("(any, 2)"));
  CHECK_THROWS_WITH(Spec(with("D21", one)), Contains("'D21'") && Contains("(2, 1)"));
  CHECK_THROWS_WITH(Spec(with("D11", one)), Contains("'D11'") && Contains("(3, 1)"));
  CHECK_THROWS_WITH(Spec(with("C1", two)), Contains("'D12'") && Contains("missing"));
  CHECK_THROWS_WITH(Spec({{"C1", MatrixOption(two)}, {"D12", MatrixOption(two)}}),
                    Contains("'D12'") && Contains("(2, 1)"));
  CHECK_THROWS_WITH(Spec({{"A", List{List{1.0, 2.0}, List{3.0}}}}), Contains("row 1 holds 1"));
  CHECK_THROWS_WITH(Spec({{"A", List{1.0, 2.0}}}), Contains("row 0 is 1.0"));
  CHECK_THROWS_WITH(Spec({{"A", List{}}}), Contains("empty"));
  CHECK_THROWS_WITH(Spec({{"A", List{List{"x"}}}}), Contains("entry (0, 0) is \"x\""));
  CHECK_THROWS_WITH(Spec(with("A", NAN * two)), Contains("NaN"));
  CHECK_THROWS_AS(Spec({{"A", 1.0}}), InputError);
  // A derivative that runs away within a step has no step.
  CHECK_THROWS_WITH(VectorEnv::Make("Linear-Custom-v1", with("A", 1e5 * two)),
                    Contains("overflows"));
}

}  // namespace
}  // namespace flyball
