// Fields: every number an environment takes or gives has a name, a shape, a unit, bounds and a line
// of text. Spaces, tables, keyword checks and `flyball info` are generated from them.
#ifndef FLYBALL_ENVS_CORE_FIELD_H_
#define FLYBALL_ENVS_CORE_FIELD_H_

#include <cstddef>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace flyball {

enum class DType { kFloat32, kFloat64, kInt64, kUInt8, kBool };
size_t SizeOf(DType dtype);
std::string_view NameOf(DType dtype);  // numpy's name: "float32", ...

inline constexpr double kInfinity = std::numeric_limits<double>::infinity();

// One named run of numbers inside a field, in order: "ee_position", 3 numbers, m.
struct Entry {
  std::string name = {};
  int size = 1;           // how many consecutive numbers of the flattened field
  std::string unit = {};  // SI symbol; "1" for dimensionless
  double low = -kInfinity;
  double high = kInfinity;
  std::string doc = {};  // one line, with the frame where there is one
};

// One array of a row: an observation leaf, the action, an info column, a state.
struct Field {
  std::string name = {};
  DType dtype = DType::kFloat64;
  std::vector<int> shape = {};  // of one row; empty: a scalar
  std::vector<Entry> entries =
      {};  // cover the flattened array; repeated if it holds several (agents)
  std::string doc = {};

  int size() const;                 // product of shape
  size_t bytes() const;             // of one row
  std::vector<double> low() const;  // (size()), entries repeated to the field's size
  std::vector<double> high() const;
};

// A scalar field with one entry of the same name, as info columns are.
Field ScalarField(std::string name, DType dtype, std::string unit, std::string doc,
                  double low = -kInfinity, double high = kInfinity);
// A one-dimensional field made of entries; its shape is their total size.
Field VectorField(std::string name, DType dtype, std::vector<Entry> entries, std::string doc = "");

}  // namespace flyball

#endif  // FLYBALL_ENVS_CORE_FIELD_H_
