#include "envs/linear/custom_plant.h"

#include <cmath>
#include <string>
#include <utility>

#include "physics/numeric/error.h"

namespace flyball {
namespace {

std::string Shape(Eigen::Index rows, Eigen::Index cols) {
  return "(" + std::to_string(rows) + ", " + std::to_string(cols) + ")";
}

[[noreturn]] void Fail(const std::string& name, const std::string& what) {
  throw InputError("Linear-Custom-v1, option '" + name + "': " + what);
}

// A list of rows of numbers, all of one length.
Matrix ReadMatrix(const std::string& name, const Value& value) {
  const List& rows = value.AsList();
  if (rows.empty()) Fail(name, "it is empty; a list of rows is needed");
  Matrix matrix;
  for (size_t i = 0; i < rows.size(); ++i) {
    if (!rows[i].is_list()) {
      Fail(name, "row " + std::to_string(i) + " is " + rows[i].ToJson() +
                     "; a list of rows is needed, each a list of numbers");
    }
    const List& row = rows[i].AsList();
    if (i == 0) matrix.resize(static_cast<Eigen::Index>(rows.size()), row.size());
    if (row.empty() || static_cast<Eigen::Index>(row.size()) != matrix.cols()) {
      Fail(name, "row " + std::to_string(i) + " holds " + std::to_string(row.size()) +
                     " numbers; rows of one length, at least 1, are needed, and row 0 holds " +
                     std::to_string(matrix.cols()));
    }
    for (size_t j = 0; j < row.size(); ++j) {
      if (!row[j].is_number() || !std::isfinite(row[j].AsNumber())) {
        Fail(name, "entry (" + std::to_string(i) + ", " + std::to_string(j) + ") is " +
                       row[j].ToJson() + "; a finite number is needed");
      }
      matrix(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j)) = row[j].AsNumber();
    }
  }
  return matrix;
}

// The option's matrix, or `otherwise` where it was not given; checked against what it has to fit.
// A size of -1 fits any.
Matrix Take(const Options& options, const std::string& name, Eigen::Index rows, Eigen::Index cols,
            const std::string& because, const Matrix& otherwise) {
  const Value& value = options.at(name);
  const Matrix matrix = value.is_null() ? otherwise : ReadMatrix(name, value);
  const bool fits = (rows < 0 || matrix.rows() == rows) && (cols < 0 || matrix.cols() == cols);
  if (!fits) {
    const auto size = [](Eigen::Index n) { return n < 0 ? std::string("any") : std::to_string(n); };
    Fail(name, "its shape is " + Shape(matrix.rows(), matrix.cols()) + "; (" + size(rows) + ", " +
                   size(cols) + ") is needed, since " + because);
  }
  return matrix;
}

Option MatrixOf(const char* name, const char* doc) {
  return {.name = name, .kind = Option::Kind::kList, .doc = doc};
}

}  // namespace

OptionSchema CustomPlantOptions() {
  Option a =
      MatrixOf("A", "(nx, nx) rows of the state's matrix; by default two integrators in line");
  Option b2 = MatrixOf("B2", "(nx, nu) how the control enters; by default a force on the second");
  a.default_value = List{List{0.0, 1.0}, List{0.0, 0.0}};
  b2.default_value = List{List{0.0}, List{1.0}};
  return {
      a,
      b2,
      MatrixOf("B1", "(nx, nw) how the disturbance enters; by default as the control does"),
      MatrixOf("C", "(ny, nx) the measurement y = C x + D21 w; by default the state"),
      MatrixOf("C1",
               "(nz, nx) the output z = C1 x + D11 w + D12 u, whose square is the cost; "
               "by default z is the state above the control"),
      MatrixOf("D11", "(nz, nw); by default zero"),
      MatrixOf("D12", "(nz, nu); by default the control below zeros"),
      MatrixOf("D21", "(ny, nw); by default zero"),
      {.name = "discrete",
       .kind = Option::Kind::kBool,
       .default_value = false,
       .doc = "A, B1 and B2 make the next state, after sample_time, instead of its derivative"}};
}

LinearPlant CustomPlant(const Options& options) {
  LinearPlant plant;
  plant.name = "the plant";
  plant.models = "one given as matrices";
  plant.source = "the options";
  plant.discrete = options.at("discrete").AsBool();

  plant.a = Take(options, "A", -1, -1, "", {});
  const Eigen::Index n = plant.a.rows();
  const std::string states = "A has " + std::to_string(n) + " rows";
  if (plant.a.cols() != n)
    Fail("A", "its shape is " + Shape(n, plant.a.cols()) + "; it must be square");
  plant.b2 = Take(options, "B2", n, -1, states, {});
  const Eigen::Index m = plant.nu();
  plant.b1 = Take(options, "B1", n, -1, states, plant.b2);
  plant.c = Take(options, "C", -1, n, states, Matrix::Identity(n, n));

  // The output and its two parts have as many rows, whichever of them was given.
  Matrix weight_x = Matrix::Zero(n + m, n), weight_u = Matrix::Zero(n + m, m);
  weight_x.topRows(n).setIdentity();
  weight_u.bottomRows(m).setIdentity();
  const bool has_c1 = !options.at("C1").is_null(), has_d12 = !options.at("D12").is_null();
  if (has_c1 != has_d12) {
    Fail(has_c1 ? "D12" : "C1", "it is missing; C1 and D12 make the cost together");
  }
  plant.c1 = Take(options, "C1", -1, n, states, weight_x);
  const Eigen::Index z = plant.nz();
  const std::string outputs = "C1 has " + std::to_string(z) + " rows";
  plant.d12 =
      Take(options, "D12", z, m, outputs + " and B2 " + std::to_string(m) + " columns", weight_u);
  const Eigen::Index w = plant.nw();
  const std::string disturbances = " and B1 " + std::to_string(w) + " columns";
  plant.d11 = Take(options, "D11", z, w, outputs + disturbances, Matrix::Zero(z, w));
  plant.d21 = Take(options, "D21", plant.ny(), w,
                   "C has " + std::to_string(plant.ny()) + " rows" + disturbances,
                   Matrix::Zero(plant.ny(), w));
  plant.Check();
  return plant;
}

Value MatrixOption(const Matrix& matrix) {
  List rows;
  for (Eigen::Index i = 0; i < matrix.rows(); ++i) {
    List row;
    for (Eigen::Index j = 0; j < matrix.cols(); ++j) row.emplace_back(matrix(i, j));
    rows.emplace_back(std::move(row));
  }
  return rows;
}

}  // namespace flyball
