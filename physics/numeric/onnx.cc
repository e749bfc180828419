#include "physics/numeric/onnx.h"

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <limits>
#include <map>
#include <set>
#include <string_view>
#include <vector>

#include "physics/numeric/error.h"

namespace flyball {
namespace {

using Kind = PerceptronLayer::Kind;
using Bytes = std::span<const std::byte>;

// One field of a message of protocol buffers: a number, or the bytes of a text, message or list.
struct WireField {
  uint64_t number = 0;  // which field
  uint64_t value = 0;   // a varint, or the bits of a fixed32 or fixed64
  Bytes bytes = {};
  std::string_view text() const {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }
};

uint64_t TakeVarint(Bytes& bytes) {
  uint64_t value = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    if (bytes.empty()) throw DataError("it ends in the middle of a number");
    const auto byte = std::to_integer<uint64_t>(bytes[0]);
    bytes = bytes.subspan(1);
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
  throw DataError("a number has too many bytes");
}

Bytes Take(Bytes& bytes, uint64_t size) {
  if (size > bytes.size()) throw DataError("it ends in the middle of a field");
  const Bytes taken = bytes.first(size);
  bytes = bytes.subspan(size);
  return taken;
}

void ForEachField(Bytes bytes, const std::function<void(const WireField&)>& visit) {
  while (!bytes.empty()) {
    const uint64_t tag = TakeVarint(bytes);
    WireField field{.number = tag >> 3};
    switch (tag & 7) {
      case 0:
        field.value = TakeVarint(bytes);
        break;
      case 1:
        std::memcpy(&field.value, Take(bytes, 8).data(), 8);
        break;
      case 2:
        field.bytes = Take(bytes, TakeVarint(bytes));
        break;
      case 5:
        std::memcpy(&field.value, Take(bytes, 4).data(), 4);
        break;
      default:
        throw DataError("a field of a kind that is not used");
    }
    visit(field);
  }
}

struct Tensor {
  std::vector<int64_t> shape;
  std::vector<double> values;
  bool twice = false;  // float64
  int64_t columns() const { return shape.empty() ? 1 : shape.back(); }
};

template <class T>
void AppendRaw(Bytes bytes, std::vector<double>& out) {
  if (bytes.size() % sizeof(T)) throw DataError("a tensor's bytes are no whole numbers");
  for (size_t at = 0; at < bytes.size(); at += sizeof(T)) {
    T value;
    std::memcpy(&value, bytes.data() + at, sizeof(T));
    out.push_back(static_cast<double>(value));
  }
}

Tensor ReadTensor(Bytes bytes, std::string& name) {
  Tensor tensor;
  uint64_t type = 0;
  Bytes raw;
  bool external = false;
  ForEachField(bytes, [&](const WireField& field) {
    if (field.number == 1 && field.bytes.empty()) tensor.shape.push_back(field.value);
    for (Bytes packed = field.number == 1 ? field.bytes : Bytes(); !packed.empty();) {
      tensor.shape.push_back(static_cast<int64_t>(TakeVarint(packed)));
    }
    if (field.number == 2) type = field.value;
    if (field.number == 4 && field.bytes.empty()) {
      tensor.values.push_back(std::bit_cast<float>(static_cast<uint32_t>(field.value)));
    } else if (field.number == 4) {
      AppendRaw<float>(field.bytes, tensor.values);
    }
    if (field.number == 10 && field.bytes.empty()) {
      tensor.values.push_back(std::bit_cast<double>(field.value));
    } else if (field.number == 10) {
      AppendRaw<double>(field.bytes, tensor.values);
    }
    if (field.number == 8) name = field.text();
    if (field.number == 9) raw = field.bytes;
    if (field.number == 13) external = true;
  });
  if (external) throw InputError("tensor '" + name + "' lies in another file; save it inside");
  tensor.twice = type == 11;
  if (type == 1) AppendRaw<float>(raw, tensor.values);
  if (type == 11) AppendRaw<double>(raw, tensor.values);
  if (type != 1 && type != 11) return tensor;  // whole numbers: nothing here uses them
  uint64_t size = 1;
  for (int64_t extent : tensor.shape) {
    if (extent < 0 || extent > 1 << 24 || size > 1 << 28)
      throw DataError("a tensor's shape is wrong");
    size *= extent;
  }
  if (size != tensor.values.size()) {
    throw DataError("tensor '" + name + "' has " + std::to_string(tensor.values.size()) +
                    " numbers; its shape holds " + std::to_string(size));
  }
  return tensor;
}

struct Node {
  std::string type;
  std::vector<std::string> inputs, outputs;
  std::map<std::string, double> numbers;  // attributes
  std::map<std::string, Tensor> tensors;
  double number(const char* name, double missing) const {
    const auto found = numbers.find(name);
    return found == numbers.end() ? missing : found->second;
  }
};

Node ReadNode(Bytes bytes) {
  Node node;
  ForEachField(bytes, [&](const WireField& field) {
    if (field.number == 1) node.inputs.emplace_back(field.text());
    if (field.number == 2) node.outputs.emplace_back(field.text());
    if (field.number == 4) node.type = field.text();
    if (field.number != 5) return;
    std::string name, tensor_name;
    Tensor tensor;
    double number = 0.0;
    ForEachField(field.bytes, [&](const WireField& part) {
      if (part.number == 1) name = part.text();
      if (part.number == 2) number = std::bit_cast<float>(static_cast<uint32_t>(part.value));
      if (part.number == 3) number = static_cast<double>(static_cast<int64_t>(part.value));
      if (part.number == 5) tensor = ReadTensor(part.bytes, tensor_name);
    });
    node.numbers[name] = number;
    node.tensors[name] = std::move(tensor);
  });
  return node;
}

struct Graph {
  std::vector<Node> nodes;
  std::map<std::string, Tensor> constants;
  std::vector<std::string> inputs, outputs;
  std::map<std::string, int64_t> widths;  // of inputs whose last extent is known
};

// ValueInfoProto: the name, and the last extent of the shape if it is a number.
void ReadInput(Bytes bytes, Graph& graph) {
  std::string name;
  int64_t width = 0;
  const auto enter = [](Bytes message, uint64_t number, const auto& visit) {
    ForEachField(message, [&](const WireField& field) {
      if (field.number == number) visit(field.bytes);
    });
  };
  ForEachField(bytes, [&](const WireField& field) {
    if (field.number == 1) name = field.text();
    if (field.number != 2) return;
    enter(field.bytes, 1, [&](Bytes tensor) {
      enter(tensor, 2, [&](Bytes shape) {
        enter(shape, 1, [&](Bytes extent) {
          width = 0;  // of this extent, if it is a number
          ForEachField(extent, [&](const WireField& part) {
            if (part.number == 1) width = static_cast<int64_t>(part.value);
          });
        });
      });
    });
  });
  graph.inputs.push_back(name);
  graph.widths[name] = width;
}

Graph ReadGraph(Bytes model) {
  Graph graph;
  bool found = false;
  ForEachField(model, [&](const WireField& outer) {
    if (outer.number != 7) return;
    found = true;
    ForEachField(outer.bytes, [&](const WireField& field) {
      if (field.number == 1) graph.nodes.push_back(ReadNode(field.bytes));
      if (field.number == 11) ReadInput(field.bytes, graph);
      if (field.number == 12) {
        ForEachField(field.bytes, [&](const WireField& part) {
          if (part.number == 1) graph.outputs.emplace_back(part.text());
        });
      }
      if (field.number != 5) return;
      std::string name;
      Tensor tensor = ReadTensor(field.bytes, name);
      graph.constants[name] = std::move(tensor);
    });
  });
  if (!found) throw DataError("it holds no graph");
  for (const Node& node : graph.nodes) {
    if (node.type == "Constant" && node.outputs.size() == 1 && node.tensors.contains("value")) {
      graph.constants[node.outputs[0]] = node.tensors.at("value");
    }
  }
  std::erase_if(graph.inputs, [&](const std::string& n) { return graph.constants.contains(n); });
  return graph;
}

// Turns the chain of nodes into layers, from the input on.
class Builder {
 public:
  explicit Builder(const Graph& graph) : graph_(graph) {}

  Perceptron Build() {
    if (graph_.inputs.size() != 1) {
      throw InputError("the graph has " + std::to_string(graph_.inputs.size()) +
                       " inputs; one, the flat observation, is needed");
    }
    if (graph_.outputs.empty()) throw DataError("its graph has no output");
    const std::vector<const Node*> chain = Chain();
    inputs_ = graph_.widths.at(graph_.inputs[0]);
    if (inputs_ <= 0) inputs_ = WidthFrom(chain);
    width_ = inputs_;
    std::string at = graph_.inputs[0];
    for (const Node* node : chain) {
      Add(*node, at);
      at = node->outputs[0];
    }
    if (inputs_ > std::numeric_limits<int>::max()) throw DataError("it has too many inputs");
    return Perceptron(static_cast<int>(inputs_), std::move(layers_), !twice_);
  }

 private:
  [[noreturn]] static void Refuse(const Node& node, const std::string& why) {
    throw InputError("node " + node.type + " ('" +
                     (node.outputs.empty() ? std::string() : node.outputs[0]) + "') " + why);
  }

  // From the first output backwards, through the one input of each node that is no constant.
  std::vector<const Node*> Chain() const {
    std::map<std::string, const Node*> makers;
    for (const Node& node : graph_.nodes) {
      for (const std::string& output : node.outputs) makers[output] = &node;
    }
    std::vector<const Node*> chain;
    std::set<const Node*> seen;
    for (std::string at = graph_.outputs[0]; at != graph_.inputs[0];) {
      const auto maker = makers.find(at);
      if (maker == makers.end()) throw DataError("nothing makes '" + at + "'");
      const Node& node = *maker->second;
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
  int64_t WidthFrom(const std::vector<const Node*>& chain) const {
    for (const Node* node : chain) {
      for (size_t k = 0; k < node->inputs.size(); ++k) {
        const auto found = graph_.constants.find(node->inputs[k]);
        if (found == graph_.constants.end() || found->second.shape.empty()) continue;
        const Tensor& tensor = found->second;
        const bool matrix = node->type == "MatMul" || node->type == "Gemm";
        if (matrix && k == 1 && tensor.shape.size() == 2) {
          return tensor.shape[node->number("transB", 0) != 0 ? 1 : 0];
        }
        if (tensor.columns() > 1) return tensor.columns();
      }
    }
    throw InputError("the size of the graph's input is not known");
  }

  const Tensor& Constant(const Node& node, size_t input) const {
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
  std::vector<double> Spread(const Node& node, const Tensor& tensor) {
    twice_ = twice_ || tensor.twice;
    if (tensor.values.size() == 1) return std::vector<double>(width_, tensor.values[0]);
    if (static_cast<int64_t>(tensor.values.size()) != width_ || tensor.columns() != width_) {
      Refuse(node, "has " + std::to_string(tensor.values.size()) + " numbers for " +
                       std::to_string(width_) + " components");
    }
    return tensor.values;
  }

  void AddDense(const Node& node, bool gemm) {
    const Tensor& weights = Constant(node, 1);
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

  void AddClip(const Node& node) {
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
  void Add(const Node& node, const std::string& at) {
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

  const Graph& graph_;
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

Perceptron ReadOnnx(Bytes bytes, const std::string& name) {
  try {
    return Builder(ReadGraph(bytes)).Build();
  } catch (const InputError& error) {
    throw InputError("'" + name + "': " + Printable(error.what()));
  } catch (const DataError& error) {
    throw DataError("'" + name + "' is no ONNX file or is damaged: " + Printable(error.what()));
  }
}

Perceptron ReadOnnxFile(const std::string& path) {
  std::error_code failed;
  std::ifstream file;
  if (std::filesystem::is_regular_file(path, failed)) file.open(path, std::ios::binary);
  if (!file.is_open()) throw DataError("cannot read the network file '" + path + "'");
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  return ReadOnnx(std::as_bytes(std::span(text)), path);
}

}  // namespace flyball
