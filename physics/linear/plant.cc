#include "physics/linear/plant.h"

#include <zstd.h>

#include <charconv>
#include <cmath>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>
#include <string_view>

#include "physics/numeric/decompositions.h"
#include "physics/numeric/error.h"

namespace flyball {
namespace {

constexpr std::string_view kMagic = "flyball-linear-plant 1";
constexpr Eigen::Index kMaxSize = 100000;  // more is a damaged file, not a plant

// Lines and words of a plant's text, with the place for errors.
class Reader {
 public:
  Reader(std::string_view text, const std::string& path) : rest_(text), path_(path) {}

  // The next line that is neither empty nor a comment; false at the end.
  bool NextLine() {
    while (!rest_.empty()) {
      const size_t end = std::min(rest_.find('\n'), rest_.size());
      line_ = rest_.substr(0, end);
      rest_.remove_prefix(std::min(end + 1, rest_.size()));
      ++number_;
      const size_t first = line_.find_first_not_of(" \t\r");
      if (first == std::string_view::npos || line_[first] == '#') continue;
      line_.remove_prefix(first);
      line_ = line_.substr(0, line_.find_last_not_of(" \t\r") + 1);
      return true;
    }
    return false;
  }
  std::string_view line() const { return line_; }
  std::string_view Word() {
    const size_t end = std::min(line_.find_first_of(" \t"), line_.size());
    const std::string_view word = line_.substr(0, end);
    line_.remove_prefix(end);
    line_.remove_prefix(std::min(line_.find_first_not_of(" \t"), line_.size()));
    return word;
  }
  double Number() {
    const std::string_view word = Word();
    double value = 0.0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
    if (error != std::errc() || end != word.data() + word.size() || !std::isfinite(value)) {
      Fail("expected a finite number, found '" + std::string(word) + "'");
    }
    return value;
  }
  Eigen::Index Integer(Eigen::Index low, Eigen::Index high) {
    const double value = Number();
    if (value != std::floor(value) || value < static_cast<double>(low) ||
        value > static_cast<double>(high)) {
      Fail("expected an integer from " + std::to_string(low) + " to " + std::to_string(high));
    }
    return static_cast<Eigen::Index>(value);
  }
  void EndOfLine() {
    if (!line_.empty()) Fail("unexpected '" + std::string(line_) + "'");
  }
  [[noreturn]] void Fail(const std::string& what) const {
    throw DataError(path_ + ":" + std::to_string(number_) + ": " + what);
  }

 private:
  std::string_view rest_, line_;
  const std::string& path_;
  int number_ = 0;
};

// "NAME rows cols dense" and its rows, or "NAME rows cols sparse count" and lines "i j value".
Matrix ReadMatrix(Reader& reader) {
  const Eigen::Index rows = reader.Integer(1, kMaxSize), cols = reader.Integer(1, kMaxSize);
  const std::string_view form = reader.Word();
  Matrix matrix = Matrix::Zero(rows, cols);
  const auto next_line = [&reader] {
    if (!reader.NextLine()) reader.Fail("the file ends inside a matrix");
  };
  if (form == "dense") {
    reader.EndOfLine();
    for (Eigen::Index i = 0; i < rows; ++i) {
      next_line();
      for (Eigen::Index j = 0; j < cols; ++j) matrix(i, j) = reader.Number();
      reader.EndOfLine();
    }
  } else if (form == "sparse") {
    const Eigen::Index count = reader.Integer(0, rows * cols);
    reader.EndOfLine();
    for (Eigen::Index k = 0; k < count; ++k) {
      next_line();
      const Eigen::Index i = reader.Integer(0, rows - 1), j = reader.Integer(0, cols - 1);
      matrix(i, j) = reader.Number();
      reader.EndOfLine();
    }
  } else {
    reader.Fail("a matrix is 'dense' or 'sparse', not '" + std::string(form) + "'");
  }
  return matrix;
}

// The shortest text that reads back as the same number.
std::string Text(double value) {
  char text[32];
  return std::string(text, std::to_chars(text, text + sizeof(text), value).ptr);
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
      out << Text(matrix(i, j));
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
  Reader reader(text, path);
  if (!reader.NextLine() || reader.line() != kMagic) {
    reader.Fail("not a linear plant: the first line must be '" + std::string(kMagic) + "'");
  }
  LinearPlant plant;
  std::map<std::string, Matrix*, std::less<>> missing = {
      {"A", &plant.a},   {"B1", &plant.b1},   {"B2", &plant.b2},   {"C", &plant.c},
      {"C1", &plant.c1}, {"D11", &plant.d11}, {"D12", &plant.d12}, {"D21", &plant.d21}};
  while (reader.NextLine()) {
    const std::string_view key = reader.Word();
    if (key == "name") {
      plant.name = reader.line();
    } else if (key == "models") {
      plant.models = reader.line();
    } else if (key == "source") {
      plant.source = reader.line();
    } else if (key == "action_limit") {
      plant.action_limit = reader.Number();
      if (!(plant.action_limit > 0.0)) reader.Fail("action_limit must be positive");
    } else if (key == "discrete") {
      plant.discrete = reader.Integer(0, 1) == 1;
    } else if (key == "uniform_input_weight") {
      plant.uniform_input_weight = reader.Integer(0, 1) == 1;
    } else if (key == "matrix") {
      const std::string_view name = reader.Word();
      const auto entry = missing.find(name);
      if (entry == missing.end()) {
        reader.Fail("matrix '" + std::string(name) + "' is unknown or given twice");
      }
      *entry->second = ReadMatrix(reader);
      missing.erase(entry);
    } else {
      reader.Fail("unknown key '" + std::string(key) + "'");
    }
  }
  if (!missing.empty()) reader.Fail("matrix " + missing.begin()->first + " is missing");
  if (plant.name.empty()) reader.Fail("the plant has no name");
  try {
    plant.Check();
  } catch (const InputError& error) {
    throw DataError(path + ": " + error.what());
  }
  return plant;
}

LinearPlant ReadLinearPlant(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw DataError("cannot read linear plant " + path);
  std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (path.ends_with(".zst")) text = Decompress(text, path);
  return ParseLinearPlant(text, path);
}

std::string FormatLinearPlant(const LinearPlant& plant) {
  plant.Check();
  std::ostringstream out;
  out << kMagic << "\nname " << plant.name << "\nmodels " << plant.models << "\nsource "
      << plant.source << "\naction_limit " << Text(plant.action_limit) << "\nuniform_input_weight "
      << plant.uniform_input_weight << '\n';
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
