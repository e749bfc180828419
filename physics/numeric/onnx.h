// Reads a perceptron from an ONNX file. The file is a protocol buffer, of which the few fields that
// a perceptron has are read here: linking libprotobuf into Python processes, where other packages
// bring their own, ends in clashes of its symbols.
#ifndef FLYBALL_PHYSICS_NUMERIC_ONNX_H_
#define FLYBALL_PHYSICS_NUMERIC_ONNX_H_

#include <cstddef>
#include <span>
#include <string>

#include "physics/numeric/perceptron.h"

namespace flyball {

// The graph from its one input to its first output must be a chain of Gemm, MatMul, Add, Sub, Mul,
// Div, Max, Min, Clip with constants, Relu, LeakyRelu, Elu, Tanh, Sigmoid, Softplus, Softsign,
// Identity, Dropout, Cast and Flatten. Weights are float32 or float64.
//
// Throws DataError that begins with `name` where the bytes are no such file or are damaged, and
// InputError naming the node where the graph is sound but no such chain.
Perceptron ReadOnnx(std::span<const std::byte> bytes, const std::string& name);
// The same of a file; DataError too where it cannot be read.
Perceptron ReadOnnxFile(const std::string& path);

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_NUMERIC_ONNX_H_
