#include "physics/numeric/onnx_graph.h"

#include <bit>
#include <cstring>
#include <functional>
#include <string_view>

#include "physics/numeric/error.h"

namespace flyball {
namespace {

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

template <class T>
void AppendRaw(Bytes bytes, std::vector<double>& out) {
  if (bytes.size() % sizeof(T)) throw DataError("a tensor's bytes are no whole numbers");
  for (size_t at = 0; at < bytes.size(); at += sizeof(T)) {
    T value;
    std::memcpy(&value, bytes.data() + at, sizeof(T));
    out.push_back(static_cast<double>(value));
  }
}

OnnxTensor ReadTensor(Bytes bytes, std::string& name) {
  OnnxTensor tensor;
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

OnnxNode ReadNode(Bytes bytes) {
  OnnxNode node;
  ForEachField(bytes, [&](const WireField& field) {
    if (field.number == 1) node.inputs.emplace_back(field.text());
    if (field.number == 2) node.outputs.emplace_back(field.text());
    if (field.number == 4) node.type = field.text();
    if (field.number != 5) return;
    std::string name, tensor_name;
    OnnxTensor tensor;
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

// ValueInfoProto: the name, and the last extent of the shape if it is a number.
void ReadInput(Bytes bytes, OnnxGraph& graph) {
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

}  // namespace

OnnxGraph ReadOnnxGraph(Bytes model) {
  OnnxGraph graph;
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
      OnnxTensor tensor = ReadTensor(field.bytes, name);
      graph.constants[name] = std::move(tensor);
    });
  });
  if (!found) throw DataError("it holds no graph");
  for (const OnnxNode& node : graph.nodes) {
    if (node.type == "Constant" && node.outputs.size() == 1 && node.tensors.contains("value")) {
      graph.constants[node.outputs[0]] = node.tensors.at("value");
    }
  }
  std::erase_if(graph.inputs, [&](const std::string& n) { return graph.constants.contains(n); });
  return graph;
}

}  // namespace flyball
