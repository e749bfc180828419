#include "physics/linear/plant.h"

#include <zstd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "physics/numeric/error.h"

namespace flyball {
namespace {

LinearPlant Small() {
  LinearPlant plant;
  plant.name = "small";
  plant.models = "a mass pushed by hand";
  plant.source = "made up";
  plant.action_limit = 2.5;
  plant.a = Matrix::Zero(2, 2);
  plant.a << 0, 1, -1.0 / 3.0, 1e-17;
  plant.b1 = plant.b2 = Matrix::Ones(2, 1);
  plant.c = Matrix::Identity(1, 2);
  plant.c1 = Matrix::Identity(2, 2);
  plant.d11 = Matrix::Zero(2, 1);
  plant.d12 = Matrix::Ones(2, 1);
  plant.d21 = Matrix::Zero(1, 1);
  return plant;
}

TEST_CASE("a plant written and read is the same plant", "[linear][plant]") {
  LinearPlant plant = Small();
  plant.d11 = Matrix::Zero(20, 1);
  plant.d12 = Matrix::Zero(20, 1);
  plant.a = Matrix::Zero(12, 12);  // large and empty: sparse
  plant.a(3, 4) = 0.1;
  plant.a(11, 0) = -7e-300;
  plant.b1 = plant.b2 = Matrix::Ones(12, 1);
  plant.c = Matrix::Random(1, 12);
  plant.c1 = Matrix::Random(20, 12);
  const std::string text = FormatLinearPlant(plant);
  CHECK(text.find("matrix A 12 12 sparse 2\n") != std::string::npos);
  const LinearPlant back = ParseLinearPlant(text, "memory");
  CHECK(back.name == plant.name);
  CHECK(back.models == plant.models);
  CHECK(back.source == plant.source);
  CHECK(back.action_limit == plant.action_limit);
  CHECK(back.a == plant.a);
  CHECK(back.c1 == plant.c1);
  CHECK(back.d12 == plant.d12);
  CHECK(FormatLinearPlant(back) == text);
}

TEST_CASE("the cost is the square of the output", "[linear][plant]") {
  LinearPlant plant = Small();
  QuadraticCost cost = plant.Cost();
  CHECK(cost.q == Matrix::Identity(2, 2));
  CHECK(cost.r(0, 0) == 2.0);
  CHECK(cost.s == Matrix::Ones(2, 1));
  // Two inputs that act alike: D12'D12 has rank one and largest eigenvalue 4.
  plant.b2 = plant.d12 = Matrix::Ones(2, 2);
  plant.uniform_input_weight = true;
  CHECK((plant.Cost().r - 4.0 * Matrix::Identity(2, 2)).norm() < 1e-14);
}

TEST_CASE("a compressed plant is the plant", "[linear][plant]") {
  LinearPlant plant = Small();
  plant.discrete = true;
  const std::string text = FormatLinearPlant(plant);
  std::string packed(ZSTD_compressBound(text.size()), '\0');
  packed.resize(ZSTD_compress(packed.data(), packed.size(), text.data(), text.size(), 3));
  const std::string path = std::filesystem::temp_directory_path() / "flyball_plant_test.txt.zst";
  const auto write = [&path](const std::string& bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
  };
  write(packed);
  const LinearPlant back = ReadLinearPlant(path);
  CHECK(back.discrete);
  CHECK(FormatLinearPlant(back) == text);
  write(packed.substr(0, packed.size() / 2));
  CHECK_THROWS_WITH(ReadLinearPlant(path), Catch::Contains("damaged"));
  write(text);
  CHECK_THROWS_WITH(ReadLinearPlant(path), Catch::Contains("not a zstd frame"));
  std::filesystem::remove(path);
}

TEST_CASE("a damaged plant file is refused with its line", "[linear][plant]") {
  const std::string good = FormatLinearPlant(Small());
  const auto with = [&good](const std::string& from, const std::string& to) {
    std::string text = good;
    return text.replace(text.find(from), from.size(), to);
  };
  using Catch::Contains;
  CHECK_NOTHROW(ParseLinearPlant("# a comment\n\n" + good, "p"));
  CHECK_THROWS_WITH(ParseLinearPlant("", "p"), Contains("plant p: the first line must be"));
  CHECK_THROWS_WITH(ParseLinearPlant(with("plant 1", "plant 2"), "p"), Contains("p:1:"));
  CHECK_THROWS_WITH(ParseLinearPlant(with("models", "model"), "p"),
                    Contains("p:3: unknown keyword 'model'"));
  CHECK_THROWS_WITH(ParseLinearPlant(with("2.5", "-1"), "p"), Contains("p:5: action_limit"));
  CHECK_THROWS_WITH(ParseLinearPlant(with("2.5", "inf"), "p"), Contains("expected a finite"));
  CHECK_THROWS_WITH(ParseLinearPlant(with("0 1\n", "0 one\n"), "p"),
                    Contains("p:8: matrix: expected a"));
  CHECK_THROWS_WITH(ParseLinearPlant(with("0 1\n", "0 1 2\n"), "p"), Contains("unexpected '2'"));
  CHECK_THROWS_WITH(ParseLinearPlant(with("matrix B1", "matrix B3"), "p"), Contains("'B3'"));
  CHECK_THROWS_WITH(ParseLinearPlant(with("A 2 2 dense", "A 2 2 full"), "p"), Contains("'full'"));
  CHECK_THROWS_WITH(ParseLinearPlant(with("A 2 2 dense", "A 2 1e9 dense"), "p"), Contains("p:7:"));
  CHECK_THROWS_WITH(ParseLinearPlant(good.substr(0, good.find("matrix D21")), "p"),
                    Contains("matrix D21 is missing"));
  CHECK_THROWS_WITH(ParseLinearPlant(good.substr(0, good.rfind("0\n")), "p"),
                    Contains("ends inside a matrix"));
  LinearPlant misfit = Small();
  misfit.d12 = Matrix::Ones(3, 1);
  CHECK_THROWS_WITH(misfit.Check(), Contains("D12 has shape (3, 1); expected (2, 1)"));
  CHECK_THROWS_AS(ReadLinearPlant("/nowhere/at/all"), DataError);
}

}  // namespace
}  // namespace flyball
