#include "physics/numeric/perceptron.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "physics/numeric/error.h"

namespace flyball {
namespace {

using Catch::Contains;
using Kind = PerceptronLayer::Kind;

std::vector<double> Evaluate(const Perceptron& network, std::vector<double> input) {
  std::vector<double> output(network.outputs());
  Perceptron::Workspace room = network.MakeWorkspace();
  network.Evaluate(input, output, room);
  return output;
}

// One operation on three numbers.
std::vector<double> Apply(PerceptronLayer layer, std::vector<double> input) {
  return Evaluate(Perceptron(static_cast<int>(input.size()), {std::move(layer)}, false), input);
}

}  // namespace

TEST_CASE("a perceptron by hand", "[perceptron]") {
  const std::vector<PerceptronLayer> layers = {
      {.kind = Kind::kDense, .outputs = 3, .weights = {1, 2, 3, 4, 5, 6}, .a = {0.5, -20, 1}},
      {.kind = Kind::kRelu},
      {.kind = Kind::kDense, .outputs = 2, .weights = {1, 1, 0, 0, 1, -1}, .a = {0, 2}}};
  for (bool single : {false, true}) {
    const Perceptron network(2, layers, single);
    CHECK(network.inputs() == 2);
    CHECK(network.outputs() == 2);
    // (1, 2): hidden 5.5, -9 -> 0, 18; outputs 5.5, 2 - 18.
    CHECK(Evaluate(network, {1, 2}) == std::vector<double>{5.5, -16.0});
  }
}

TEST_CASE("operations component by component", "[perceptron]") {
  const std::vector<double> x = {-2.0, 0.5, 3.0}, a = {1.0, 2.0, 4.0};
  CHECK(Apply({.kind = Kind::kAdd, .a = a}, x) == std::vector<double>{-1.0, 2.5, 7.0});
  CHECK(Apply({.kind = Kind::kSubtract, .a = a}, x) == std::vector<double>{-3.0, -1.5, -1.0});
  CHECK(Apply({.kind = Kind::kMultiply, .a = a}, x) == std::vector<double>{-2.0, 1.0, 12.0});
  CHECK(Apply({.kind = Kind::kDivide, .a = a}, x) == std::vector<double>{-2.0, 0.25, 0.75});
  CHECK(Apply({.kind = Kind::kMax, .a = a}, x) == std::vector<double>{1.0, 2.0, 4.0});
  CHECK(Apply({.kind = Kind::kMin, .a = a}, x) == std::vector<double>{-2.0, 0.5, 3.0});
  CHECK(Apply({.kind = Kind::kLeakyRelu, .alpha = 0.25}, x) == std::vector<double>{-0.5, 0.5, 3.0});
}

TEST_CASE("activations agree with the library's functions to rounding", "[perceptron]") {
  for (double value : {-700.0, -30.0, -1.5, -1e-9, 0.0, 1e-9, 0.3, 2.0, 40.0, 700.0}) {
    const auto activate = [&](Kind kind) { return Apply({.kind = kind}, {value})[0]; };
    // A few units in the last place of either side; absolute near zero, where terms cancel.
    const auto near = [](double wanted) { return Approx(wanted).epsilon(1e-15).margin(1e-300); };
    CHECK(activate(Kind::kTanh) == near(std::tanh(value)));
    CHECK(activate(Kind::kSigmoid) == near(1.0 / (1.0 + std::exp(-value))));
    CHECK(activate(Kind::kElu) == near(value < 0 ? std::expm1(value) : value));
    CHECK(activate(Kind::kSoftplus) ==
          near(std::max(value, 0.0) + std::log1p(std::exp(-std::abs(value)))));
    CHECK(activate(Kind::kSoftsign) == near(value / (1.0 + std::abs(value))));
    CHECK(activate(Kind::kRelu) == std::max(value, 0.0));
  }
}

TEST_CASE("sums are made in the order of the inputs, in the weights' type", "[perceptron]") {
  // In float32 the 1 is lost beside 2^24 unless the large terms cancel first.
  const double large = 16777216.0;
  const std::vector<PerceptronLayer> layers = {
      {.kind = Kind::kDense, .outputs = 2, .weights = {1, 1, 1, 1, 1, 1}, .a = {0, 0}}};
  const Perceptron single(3, layers, true), twice(3, layers, false);
  CHECK(Evaluate(single, {large, 1, -large}) == std::vector<double>{0, 0});
  CHECK(Evaluate(single, {large, -large, 1}) == std::vector<double>{1, 1});
  CHECK(Evaluate(twice, {large, 1, -large}) == std::vector<double>{1, 1});
}

TEST_CASE("sizes and numbers that do not fit are refused", "[perceptron]") {
  const auto make = [](PerceptronLayer layer) { return Perceptron(2, {std::move(layer)}, true); };
  CHECK_THROWS_WITH(make({.kind = Kind::kDense, .outputs = 1, .weights = {1}, .a = {0}}),
                    Contains("1 weights; 2 are needed"));
  CHECK_THROWS_WITH(make({.kind = Kind::kDense, .outputs = 1, .weights = {1, 2}}),
                    Contains("0 biases; 1 are needed"));
  CHECK_THROWS_WITH(make({.kind = Kind::kAdd, .a = {1}}), Contains("1 numbers; 2 are needed"));
  CHECK_THROWS_WITH(make({.kind = Kind::kMultiply, .a = {1, NAN}}), Contains("not finite"));
  // Finite as float64 alone.
  CHECK_THROWS_WITH(make({.kind = Kind::kMultiply, .a = {1, 1e200}}), Contains("not finite"));
  CHECK_NOTHROW(make({.kind = Kind::kMax, .a = {-INFINITY, 0}}));
  CHECK_THROWS_AS(Perceptron(0, {}, true), InputError);
}

}  // namespace flyball
