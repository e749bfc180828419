#include "envs/core/field.h"

#include <functional>
#include <numeric>
#include <utility>

namespace flyball {
namespace {

// One bound of every number: the entries', repeated until the field is full.
std::vector<double> Bounds(const Field& field, double Entry::*bound, double missing) {
  std::vector<double> one;
  for (const Entry& entry : field.entries) one.insert(one.end(), entry.size, entry.*bound);
  std::vector<double> all(field.size(), missing);
  if (one.empty()) return all;
  for (size_t i = 0; i < all.size(); ++i) all[i] = one[i % one.size()];
  return all;
}

}  // namespace

size_t SizeOf(DType dtype) {
  switch (dtype) {
    case DType::kFloat32:
      return 4;
    case DType::kFloat64:
    case DType::kInt64:
      return 8;
    default:
      return 1;
  }
}

std::string_view NameOf(DType dtype) {
  constexpr std::string_view kNames[] = {"float32", "float64", "int64", "uint8", "bool"};
  return kNames[static_cast<int>(dtype)];
}

int Field::size() const {
  return std::accumulate(shape.begin(), shape.end(), 1, std::multiplies<>());
}

size_t Field::bytes() const { return SizeOf(dtype) * size(); }

std::vector<double> Field::low() const { return Bounds(*this, &Entry::low, -kInfinity); }

std::vector<double> Field::high() const { return Bounds(*this, &Entry::high, kInfinity); }

Field ScalarField(std::string name, DType dtype, std::string unit, std::string doc, double low,
                  double high) {
  Entry entry{
      .name = name, .size = 1, .unit = std::move(unit), .low = low, .high = high, .doc = doc};
  return {.name = std::move(name),
          .dtype = dtype,
          .shape = {},
          .entries = {std::move(entry)},
          .doc = std::move(doc)};
}

Field VectorField(std::string name, DType dtype, std::vector<Entry> entries, std::string doc) {
  int size = 0;
  for (const Entry& entry : entries) size += entry.size;
  return {.name = std::move(name),
          .dtype = dtype,
          .shape = {size},
          .entries = std::move(entries),
          .doc = std::move(doc)};
}

}  // namespace flyball
