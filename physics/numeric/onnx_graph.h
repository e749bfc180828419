// OnnxGraph: what an ONNX file holds, as far as perceptrons need it.
#ifndef FLYBALL_PHYSICS_NUMERIC_ONNX_GRAPH_H_
#define FLYBALL_PHYSICS_NUMERIC_ONNX_GRAPH_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace flyball {

struct OnnxTensor {
  std::vector<int64_t> shape;
  std::vector<double> values;  // none of whole numbers, which nothing here uses
  bool twice = false;          // float64
  int64_t columns() const { return shape.empty() ? 1 : shape.back(); }
};

struct OnnxNode {
  std::string type;
  std::vector<std::string> inputs, outputs;
  std::map<std::string, double> numbers;  // attributes
  std::map<std::string, OnnxTensor> tensors;
  double number(const char* name, double missing) const {
    const auto found = numbers.find(name);
    return found == numbers.end() ? missing : found->second;
  }
};

struct OnnxGraph {
  std::vector<OnnxNode> nodes;
  std::map<std::string, OnnxTensor> constants;
  std::vector<std::string> inputs, outputs;  // inputs: those that are no constants
  std::map<std::string, int64_t> widths;     // of inputs: the last extent; 0 where it is not known
};

// Throws DataError for what is no such file, InputError for tensors in other files.
OnnxGraph ReadOnnxGraph(std::span<const std::byte> model);

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_NUMERIC_ONNX_GRAPH_H_
