#include "physics/numeric/onnx.h"

#include <cstdint>
#include <limits>
#include <map>
#include <set>
#include <vector>

#include "physics/numeric/error.h"
#include "physics/numeric/onnx_graph.h"
#include "physics/numeric/text_file.h"

namespace flyball {
namespace {

using Kind = PerceptronLayer::Kind;

// Turns the chain of nodes into layers, from the input on.
class Builder {
 public:
  explicit Builder(const OnnxGraph& graph) : graph_(graph) {}

  Perceptron Build() {
    if (graph_.inputs.size() != 1) {
      throw InputError("the graph has " + std::to_string(graph_.inputs.size()) +
                       " inputs; one, the flat observation, is needed");
    }
    if (graph_.outputs.empty()) throw DataError("its graph has no output");
    const std::vector<const OnnxNode*> chain = Chain();
    inputs_ = graph_.widths.at(graph_.inputs[0]);
    if (inputs_ <= 0) inputs_ = WidthFrom(chain);
    width_ = inputs_;
    std::string at = graph_.inputs[0];
    for (const OnnxNode* node : chain) {
      Add(*node, at);
      at = node->outputs[0];
    }
    if (inputs_ > std::numeric_limits<int>::max()) throw DataError("it has too many inputs");
    return Perceptron(static_cast<int>(inputs_), std::move(layers_), !twice_);
  }

 private:
  [[noreturn]] static void Refuse(const OnnxNode& node, const std::string& why) {
    throw InputError("node " + node.type + " ('" +
                     (node.outputs.empty() ? std::string() : node.outputs[0]) + "') " + why);
  }

  // From the first output backwards, through the one input of each node that is no constant.
  std::vector<const OnnxNode*> Chain() const {
    std::map<std::string, const OnnxNode*> makers;
    for (const OnnxNode& node : graph_.nodes) {
      for (const std::string& output : node.outputs) makers[output] = &node;
    }
    std::vector<const OnnxNode*> chain;
    std::set<const OnnxNode*> seen;
    for (std::string at = graph_.outputs[0]; at != graph_.inputs[0];) {
      const auto maker = makers.find(at);
      if (maker == makers.end()) throw DataError("nothing makes '" + at + "'");
      const OnnxNode& node = *maker->second;
      if (!seen.insert(&node).second) throw DataError("its graph has a circle");
      if (node.outputs[0] != at) Refuse(node, "has several outputs");
      chain.insert(chain.begin(), &node);
      std::string next;
      for (const std::string& input : node.inputs) {
        if (input.empty() || graph_.constants.contains(input)) continue;
        if (!next.empty()) Refuse(node, "joins two branches; the network is no plain chain");
        next = input;
      }
      if (next.empty()) Refuse(node, "does not depend on the graph's input");
      at = next;
    }
    return chain;
  }

  // The width of an input that the file leaves open, from the first weights that know it.
  int64_t WidthFrom(const std::vector<const OnnxNode*>& chain) const {
    for (const OnnxNode* node : chain) {
      for (size_t k = 0; k < node->inputs.size(); ++k) {
        const auto found = graph_.constants.find(node->inputs[k]);
        if (found == graph_.constants.end() || found->second.shape.empty()) continue;
        const OnnxTensor& tensor = found->second;
        const bool matrix = node->type == "MatMul" || node->type == "Gemm";
        if (matrix && k == 1 && tensor.shape.size() == 2) {
          return tensor.shape[node->number("transB", 0) != 0 ? 1 : 0];
        }
        if (tensor.columns() > 1) return tensor.columns();
      }
    }
    throw InputError("the size of the graph's input is not known");
  }

  const OnnxTensor& Constant(const OnnxNode& node, size_t input) const {
    const auto found = input < node.inputs.size() ? graph_.constants.find(node.inputs[input])
                                                  : graph_.constants.end();
    if (found == graph_.constants.end()) {
      Refuse(node, "needs a constant as its input " + std::to_string(input));
    }
    if (found->second.values.empty()) {
      Refuse(node, "has a constant that is neither float32 nor float64, or is empty");
    }
    return found->second;
  }

  // A constant for each component.
  std::vector<double> Spread(const OnnxNode& node, const OnnxTensor& tensor) {
    twice_ = twice_ || tensor.twice;
    if (tensor.values.size() == 1) return std::vector<double>(width_, tensor.values[0]);
    if (static_cast<int64_t>(tensor.values.size()) != width_ || tensor.columns() != width_) {
      Refuse(node, "has " + std::to_string(tensor.values.size()) + " numbers for " +
                       std::to_string(width_) + " components");
    }
    return tensor.values;
  }

  void AddDense(const OnnxNode& node, bool gemm) {
    const OnnxTensor& weights = Constant(node, 1);
    const bool transposed = gemm && node.number("transB", 0) != 0;
    if (weights.shape.size() != 2 || (gemm && node.number("transA", 0) != 0)) {
      Refuse(node, "is no product of the input with a matrix");
    }
    const int64_t inputs = weights.shape[transposed ? 1 : 0];
    const int64_t outputs = weights.shape[transposed ? 0 : 1];
    if (inputs != width_) {
      Refuse(node,
             "takes " + std::to_string(inputs) + " numbers and is given " + std::to_string(width_));
    }
    const double alpha = gemm ? node.number("alpha", 1.0) : 1.0;
    PerceptronLayer layer{.kind = Kind::kDense, .outputs = static_cast<int>(outputs)};
    for (int64_t o = 0; o < outputs; ++o) {
      for (int64_t i = 0; i < inputs; ++i) {
        layer.weights.push_back(alpha *
                                weights.values[transposed ? o * inputs + i : i * outputs + o]);
      }
    }
    width_ = outputs;
    twice_ = twice_ || weights.twice;
    layer.a.assign(outputs, 0.0);
    if (gemm && node.inputs.size() > 2 && !node.inputs[2].empty()) {
      layer.a = Spread(node, Constant(node, 2));
      for (double& bias : layer.a) bias *= node.number("beta", 1.0);
    }
    layers_.push_back(std::move(layer));
  }

  void AddClip(const OnnxNode& node) {
    const auto bound = [&](size_t input, const char* attribute, double missing) {
      if (input < node.inputs.size() && !node.inputs[input].empty()) {
        return Spread(node, Constant(node, input));
      }
      return std::vector<double>(width_, node.number(attribute, missing));
    };
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    layers_.push_back({.kind = Kind::kMax, .a = bound(1, "min", -kInfinity)});
    layers_.push_back({.kind = Kind::kMin, .a = bound(2, "max", kInfinity)});
  }

  // `at`: the tensor that flows in.
  void Add(const OnnxNode& node, const std::string& at) {
    static const std::map<std::string, Kind> kActivations = {
        {"Relu", Kind::kRelu},        {"LeakyRelu", Kind::kLeakyRelu},
        {"Elu", Kind::kElu},          {"Tanh", Kind::kTanh},
        {"Sigmoid", Kind::kSigmoid},  {"Softplus", Kind::kSoftplus},
        {"Softsign", Kind::kSoftsign}};
    static const std::map<std::string, Kind> kOperators = {
        {"Add", Kind::kAdd},    {"Sub", Kind::kSubtract}, {"Mul", Kind::kMultiply},
        {"Div", Kind::kDivide}, {"Max", Kind::kMax},      {"Min", Kind::kMin}};
    static const std::set<std::string> kNothing = {"Identity", "Dropout", "Cast", "Flatten"};
    const bool first = !node.inputs.empty() && node.inputs[0] == at;
    if (node.type == "Gemm" || node.type == "MatMul") {
      if (!first) Refuse(node, "has the matrix in front");
      AddDense(node, node.type == "Gemm");
    } else if (const auto activation = kActivations.find(node.type);
               activation != kActivations.end()) {
      const double alpha = node.type == "LeakyRelu" ? 0.01 : 1.0;
      layers_.push_back({.kind = activation->second, .alpha = node.number("alpha", alpha)});
    } else if (const auto op = kOperators.find(node.type); op != kOperators.end()) {
      const bool ordered = node.type == "Sub" || node.type == "Div";
      if (node.inputs.size() != 2 || (ordered && !first)) {
        Refuse(node, "is not of the form x " + node.type + " constant");
      }
      layers_.push_back({.kind = op->second, .a = Spread(node, Constant(node, first ? 1 : 0))});
    } else if (node.type == "Clip") {
      AddClip(node);
    } else if (!kNothing.contains(node.type)) {
      Refuse(node, "is not of a perceptron");
    }
  }

  const OnnxGraph& graph_;
  std::vector<PerceptronLayer> layers_;
  int64_t inputs_ = 0, width_ = 0;
  bool twice_ = false;
};

// Names in a damaged file are any bytes; errors are text.
std::string Printable(std::string text) {
  for (char& c : text) {
    if (c < ' ' || c > '~') c = '?';
  }
  return text;
}

}  // namespace

Perceptron ReadOnnx(std::span<const std::byte> bytes, const std::string& name) {
  try {
    return Builder(ReadOnnxGraph(bytes)).Build();
  } catch (const InputError& error) {
    throw InputError("'" + name + "': " + Printable(error.what()));
  } catch (const DataError& error) {
    throw DataError("'" + name + "' is no ONNX file or is damaged: " + Printable(error.what()));
  }
}

Perceptron ReadOnnxFile(const std::string& path) {
  const std::optional<std::string> text = ReadTextFile(path);
  if (!text) throw DataError("cannot read the network file '" + path + "'");
  return ReadOnnx(std::as_bytes(std::span(*text)), path);
}

}  // namespace flyball
