#include "physics/linear/plant.h"

#include <zstd.h>

#include <cmath>
#include <map>
#include <sstream>
#include <string_view>

#include "physics/numeric/decompositions.h"
#include "physics/numeric/describe.h"
#include "physics/numeric/error.h"
#include "physics/numeric/keyword_file.h"
#include "physics/numeric/text_file.h"

namespace flyball {
namespace {

constexpr std::string_view kMagic = "flyball-linear-plant 1";
constexpr int64_t kMaxSize = 100000;  // more is a damaged file, not a plant

// "NAME rows cols dense" and its rows, or "NAME rows cols sparse count" and lines "i j value".
Matrix ReadMatrix(KeywordFile& file) {
  const Eigen::Index rows = file.Integer(1, kMaxSize), cols = file.Integer(1, kMaxSize);
  const std::string form(file.Word());
  const auto next_row = [&file] {
    if (!file.NextRow()) file.Fail("the file ends inside a matrix");
  };
  Matrix matrix = Matrix::Zero(rows, cols);
  if (form == "dense") {
    file.End();
    for (Eigen::Index i = 0; i < rows; ++i) {
      next_row();
      for (Eigen::Index j = 0; j < cols; ++j) matrix(i, j) = file.Number();
      file.End();
    }
  } else if (form == "sparse") {
    const int64_t count = file.Integer(0, rows * cols);
    file.End();
    for (int64_t k = 0; k < count; ++k) {
      next_row();
      const Eigen::Index i = file.Integer(0, rows - 1), j = file.Integer(0, cols - 1);
      matrix(i, j) = file.Number();
      file.End();
    }
  } else {
    file.Fail("a matrix is 'dense' or 'sparse', not '" + form + "'");
  }
  return matrix;
}

void WriteMatrix(std::ostream& out, const char* name, const Matrix& matrix) {
  const Eigen::Index nonzero = (matrix.array() != 0.0).count();
  const bool sparse = matrix.size() > 100 && nonzero * 3 < matrix.size();
  out << "matrix " << name << ' ' << matrix.rows() << ' ' << matrix.cols()
      << (sparse ? " sparse " + std::to_string(nonzero) : std::string(" dense")) << '\n';
  for (Eigen::Index i = 0; i < matrix.rows(); ++i) {
    for (Eigen::Index j = 0; j < matrix.cols(); ++j) {
      if (sparse && matrix(i, j) == 0.0) continue;
      if (sparse) {
        out << i << ' ' << j << ' ';
      } else if (j > 0) {
        out << ' ';
      }
      out << Describe(matrix(i, j));
      if (sparse) out << '\n';
    }
    if (!sparse) out << '\n';
  }
}

// What zstd packed, as one frame that tells its size.
std::string Decompress(const std::string& packed, const std::string& path) {
  constexpr unsigned long long kMostBytes = 1ull << 28;  // more is a damaged file
  const unsigned long long size = ZSTD_getFrameContentSize(packed.data(), packed.size());
  if (size > kMostBytes) throw DataError(path + ": not a zstd frame that tells its size");
  std::string text(size, '\0');
  const size_t got = ZSTD_decompress(text.data(), text.size(), packed.data(), packed.size());
  if (ZSTD_isError(got) || got != text.size()) {
    throw DataError(path + ": zstd cannot decompress it; the file is damaged");
  }
  return text;
}

}  // namespace

QuadraticCost LinearPlant::Cost() const {
  FixProductBlocking();
  QuadraticCost cost{c1.transpose() * c1, d12.transpose() * d12, c1.transpose() * d12};
  if (uniform_input_weight) {
    const Eigen::SelfAdjointEigenSolver<Matrix> solver(cost.r, Eigen::EigenvaluesOnly);
    cost.r = solver.eigenvalues().maxCoeff() * Matrix::Identity(nu(), nu());
  }
  return cost;
}

void LinearPlant::Check() const {
  CheckShape(a, nx(), nx(), "A");
  CheckShape(b1, nx(), nw(), "B1");
  CheckShape(b2, nx(), nu(), "B2");
  CheckShape(c, ny(), nx(), "C");
  CheckShape(c1, nz(), nx(), "C1");
  CheckShape(d11, nz(), nw(), "D11");
  CheckShape(d12, nz(), nu(), "D12");
  CheckShape(d21, ny(), nw(), "D21");
}

LinearPlant ParseLinearPlant(const std::string& text, const std::string& path) {
  KeywordFile file(text, "linear plant", path, kMagic);
  LinearPlant plant;
  std::map<std::string, Matrix*, std::less<>> missing = {
      {"A", &plant.a},   {"B1", &plant.b1},   {"B2", &plant.b2},   {"C", &plant.c},
      {"C1", &plant.c1}, {"D11", &plant.d11}, {"D12", &plant.d12}, {"D21", &plant.d21}};
  while (file.Next("matrix")) {
    const std::string& key = file.keyword();
    if (key == "name") {
      plant.name = file.Rest();
    } else if (key == "models") {
      plant.models = file.Rest();
    } else if (key == "source") {
      plant.source = file.Rest();
    } else if (key == "action_limit") {
      plant.action_limit = file.Number(KeywordFile::Range::kPositive);
    } else if (key == "discrete") {
      plant.discrete = file.Integer(0, 1) == 1;
    } else if (key == "uniform_input_weight") {
      plant.uniform_input_weight = file.Integer(0, 1) == 1;
    } else if (key == "matrix") {
      const std::string name(file.Word());
      const auto entry = missing.find(name);
      if (entry == missing.end()) file.Fail("matrix '" + name + "' is unknown or given twice");
      *entry->second = ReadMatrix(file);
      missing.erase(entry);
    } else {
      file.Fail("unknown keyword '" + key + "'");
    }
    file.End();
  }
  file.ForgetLine();
  if (!missing.empty()) file.Fail("matrix " + missing.begin()->first + " is missing");
  if (plant.name.empty()) file.Fail("the plant has no name");
  try {
    plant.Check();
  } catch (const InputError& error) {
    file.Fail(error.what());
  }
  return plant;
}

LinearPlant ReadLinearPlant(const std::string& path) {
  const std::optional<std::string> text = ReadTextFile(path);
  if (!text) throw DataError("cannot read linear plant " + path);
  return ParseLinearPlant(path.ends_with(".zst") ? Decompress(*text, path) : *text, path);
}

std::string FormatLinearPlant(const LinearPlant& plant) {
  plant.Check();
  std::ostringstream out;
  out << kMagic << "\nname " << plant.name << "\nmodels " << plant.models << "\nsource "
      << plant.source << "\naction_limit " << Describe(plant.action_limit)
      << "\nuniform_input_weight " << plant.uniform_input_weight << '\n';
  if (plant.discrete) out << "discrete 1\n";
  WriteMatrix(out, "A", plant.a);
  WriteMatrix(out, "B1", plant.b1);
  WriteMatrix(out, "B2", plant.b2);
  WriteMatrix(out, "C", plant.c);
  WriteMatrix(out, "C1", plant.c1);
  WriteMatrix(out, "D11", plant.d11);
  WriteMatrix(out, "D12", plant.d12);
  WriteMatrix(out, "D21", plant.d21);
  return out.str();
}

}  // namespace flyball
