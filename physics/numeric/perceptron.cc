#include "physics/numeric/perceptron.h"

#include <algorithm>
#include <cmath>

#include "physics/numeric/error.h"
#include "physics/numeric/lanes.h"

namespace flyball {
namespace {

using Kind = PerceptronLayer::Kind;

bool TakesNumbers(Kind kind) { return kind >= Kind::kAdd && kind <= Kind::kMin; }

void CheckFinite(const std::vector<double>& values, bool single, const std::string& where) {
  for (double value : values) {
    if (!std::isfinite(single ? static_cast<double>(static_cast<float>(value)) : value)) {
      throw InputError(where + ": a number is not finite");
    }
  }
}

// ln(1 + exp(x)) without overflow.
double Softplus(double x) { return std::max(x, 0.0) + Log1p(Exp(-std::abs(x))); }

double Sigmoid(double x) {
  const double e = Exp(-std::abs(x));
  return x >= 0.0 ? 1.0 / (1.0 + e) : e / (1.0 + e);
}

template <class T>
void Activate(const PerceptronLayer& layer, std::span<T> x) {
  const T alpha = static_cast<T>(layer.alpha);
  for (T& value : x) {
    const double wide = value;
    switch (layer.kind) {
      case Kind::kRelu:
        value = value < T(0) ? T(0) : value;
        break;
      case Kind::kLeakyRelu:
        value = value < T(0) ? alpha * value : value;
        break;
      case Kind::kElu:
        if (value < T(0)) value = static_cast<T>(layer.alpha * Expm1(wide));
        break;
      case Kind::kTanh:
        value = static_cast<T>(Tanh(wide));
        break;
      case Kind::kSigmoid:
        value = static_cast<T>(Sigmoid(wide));
        break;
      case Kind::kSoftplus:
        value = static_cast<T>(Softplus(wide));
        break;
      case Kind::kSoftsign:
        value = value / (T(1) + std::abs(value));
        break;
      default:
        break;
    }
  }
}

template <class T>
void Combine(Kind kind, const T* a, std::span<T> x) {
  for (size_t i = 0; i < x.size(); ++i) {
    switch (kind) {
      case Kind::kAdd:
        x[i] += a[i];
        break;
      case Kind::kSubtract:
        x[i] -= a[i];
        break;
      case Kind::kMultiply:
        x[i] *= a[i];
        break;
      case Kind::kDivide:
        x[i] /= a[i];
        break;
      case Kind::kMax:
        x[i] = x[i] < a[i] ? a[i] : x[i];
        break;
      case Kind::kMin:
        x[i] = x[i] > a[i] ? a[i] : x[i];
        break;
      default:
        break;
    }
  }
}

}  // namespace

Perceptron::Perceptron(int inputs, std::vector<PerceptronLayer> layers, bool single)
    : inputs_(inputs), outputs_(inputs), widest_(inputs), layers_(std::move(layers)),
      single_(single) {
  constexpr int kMost = 1 << 20;
  if (inputs < 1 || inputs > kMost) {
    throw InputError("network: " + std::to_string(inputs) + " inputs; 1 to 2^20 are allowed");
  }
  for (size_t k = 0; k < layers_.size(); ++k) {
    const PerceptronLayer& layer = layers_[k];
    const std::string where = "network, layer " + std::to_string(k);
    const auto require = [&](size_t size, size_t wanted, const char* what) {
      if (size == wanted) return;
      throw InputError(where + ": " + std::to_string(size) + " " + what + "; " +
                       std::to_string(wanted) + " are needed");
    };
    if (layer.kind == Kind::kDense) {
      if (layer.outputs < 1 || layer.outputs > kMost) {
        throw InputError(where + ": " + std::to_string(layer.outputs) + " outputs");
      }
      require(layer.weights.size(), static_cast<size_t>(layer.outputs) * outputs_, "weights");
      require(layer.a.size(), layer.outputs, "biases");
      CheckFinite(layer.weights, single, where);
      outputs_ = layer.outputs;
    } else if (TakesNumbers(layer.kind)) {
      require(layer.a.size(), outputs_, "numbers");
    }
    if (layer.kind != Kind::kMax && layer.kind != Kind::kMin) CheckFinite(layer.a, single, where);
    CheckFinite({layer.alpha}, single, where);
    widest_ = std::max(widest_, outputs_);
  }
  if (single_) {
    Pack(single_layers_);
  } else {
    Pack(double_layers_);
  }
}

template <class T>
void Perceptron::Pack(std::vector<Packed<T>>& packed) const {
  for (const PerceptronLayer& layer : layers_) {
    Packed<T> out;
    for (double value : layer.a) out.a.push_back(static_cast<T>(value));
    const size_t rows = layer.outputs, columns = rows ? layer.weights.size() / rows : 0;
    for (size_t i = 0; i < columns; ++i) {
      for (size_t o = 0; o < rows; ++o) {
        out.weights.push_back(static_cast<T>(layer.weights[o * columns + i]));
      }
    }
    packed.push_back(std::move(out));
  }
}

Perceptron::Workspace Perceptron::MakeWorkspace() const {
  Workspace room;
  for (int side : {0, 1}) {
    if (single_) {
      room.single[side].resize(widest_);
    } else {
      room.twice[side].resize(widest_);
    }
  }
  return room;
}

void Perceptron::Evaluate(std::span<const double> input, std::span<double> output,
                          Workspace& room) const {
  if (single_) {
    Run(single_layers_, input, output, room.single);
  } else {
    Run(double_layers_, input, output, room.twice);
  }
}

template <class T>
void Perceptron::Run(const std::vector<Packed<T>>& packed, std::span<const double> input,
                     std::span<double> output, std::vector<T> (&room)[2]) const {
  T* x = room[0].data();
  T* y = room[1].data();
  size_t width = inputs_;
  for (size_t i = 0; i < width; ++i) x[i] = static_cast<T>(input[i]);
  for (size_t k = 0; k < layers_.size(); ++k) {
    const PerceptronLayer& layer = layers_[k];
    if (layer.kind == Kind::kDense) {
      // Outputs side by side, each sum in the order of the inputs: vectors change no bit.
      const size_t outputs = layer.outputs;
      const T* column = packed[k].weights.data();
      std::copy_n(packed[k].a.data(), outputs, y);
      for (size_t i = 0; i < width; ++i, column += outputs) {
        const T factor = x[i];
        for (size_t o = 0; o < outputs; ++o) y[o] += factor * column[o];
      }
      std::swap(x, y);
      width = outputs;
    } else if (TakesNumbers(layer.kind)) {
      Combine(layer.kind, packed[k].a.data(), std::span<T>(x, width));
    } else {
      Activate(layer, std::span<T>(x, width));
    }
  }
  for (size_t i = 0; i < width; ++i) output[i] = static_cast<double>(x[i]);
}

}  // namespace flyball
