#include "physics/linear/kernel_matrix.h"

#include <catch2/catch.hpp>
#include <random>
#include <vector>

namespace flyball {
namespace {

TEST_CASE("a kernel's matrix multiplies as written out, in either form", "[linear]") {
  std::mt19937 generator(6);
  std::normal_distribution<double> normal;
  for (const int rows : {1, 7, 8, 17}) {
    for (const double density : {0.1, 0.9}) {
      constexpr int kCols = 13;
      std::vector<double> dense(rows * kCols), x(kCols), out(rows), expected(rows);
      std::bernoulli_distribution present(density);
      for (double& entry : dense) entry = present(generator) ? normal(generator) : 0.0;
      for (double& entry : x) entry = normal(generator);
      for (double& entry : out) entry = normal(generator);
      for (int i = 0; i < rows; ++i) {
        expected[i] = out[i];
        for (int j = 0; j < kCols; ++j) expected[i] += dense[i * kCols + j] * x[j];
      }
      const KernelMatrix matrix(dense, rows, kCols);
      CHECK(matrix.is_dense() == (rows >= 8 && density > 0.5));
      CHECK(matrix.rows() == rows);
      matrix.MultiplyAdd(x.data(), out.data());
      CHECK(out == expected);  // sums in the same order: the same bits
    }
  }
  CHECK(KernelMatrix(std::vector<double>(20, 0.0), 10, 2).empty());
}

}  // namespace
}  // namespace flyball
