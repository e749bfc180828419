// Perceptron: a multilayer perceptron evaluated one input at a time, every sum in the order of its
// inputs and every elementary function from lanes.h. So the result has the same bits whatever the
// batch, the threads and the instruction set, which no general inference library promises.
#ifndef FLYBALL_PHYSICS_NUMERIC_PERCEPTRON_H_
#define FLYBALL_PHYSICS_NUMERIC_PERCEPTRON_H_

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace flyball {

// One operation on the numbers that flow through.
struct PerceptronLayer {
  enum class Kind {
    kDense,  // y[o] = bias[o] + sum over i of weights[o, i] x[i]
    kAdd,    // the rest component by component: with a[i]
    kSubtract,
    kMultiply,
    kDivide,
    kMax,  // of x[i] and a[i]
    kMin,
    kRelu,
    kLeakyRelu,  // alpha x below 0
    kElu,        // alpha (exp(x) - 1) below 0
    kTanh,
    kSigmoid,
    kSoftplus,  // ln(1 + exp(x))
    kSoftsign,  // x / (1 + |x|)
  } kind = Kind::kDense;
  int outputs = 0;              // kDense
  std::vector<double> weights;  // kDense: (outputs, inputs), row after row
  std::vector<double> a;        // kDense: the bias (outputs); component by component: (inputs)
  double alpha = 1.0;
};

class Perceptron {
 public:
  // `single`: weights, sums and products are float32, as networks are trained; else float64.
  // Elementary functions are always computed in float64 and rounded. Throws InputError if sizes do
  // not fit or a number is not finite (bounds of kMax and kMin may be infinite).
  Perceptron(int inputs, std::vector<PerceptronLayer> layers, bool single);

  int inputs() const { return inputs_; }
  int outputs() const { return outputs_; }
  bool single() const { return single_; }
  const std::vector<PerceptronLayer>& layers() const { return layers_; }

  // Room for one evaluation, so that evaluating allocates nothing.
  struct Workspace {
    std::vector<float> single[2];
    std::vector<double> twice[2];
  };
  Workspace MakeWorkspace() const;
  // `input` (inputs), `output` (outputs). Several threads may, each with a workspace of its own.
  void Evaluate(std::span<const double> input, std::span<double> output, Workspace& room) const;

 private:
  // A layer's numbers in the type they are used in, weights with an input's column in one piece.
  template <class T>
  struct Packed {
    std::vector<T> weights, a;
  };
  template <class T>
  void Pack(std::vector<Packed<T>>& packed) const;
  template <class T>
  void Run(const std::vector<Packed<T>>& packed, std::span<const double> input,
           std::span<double> output, std::vector<T> (&room)[2]) const;

  int inputs_, outputs_, widest_;
  std::vector<PerceptronLayer> layers_;
  bool single_;
  std::vector<Packed<float>> single_layers_;
  std::vector<Packed<double>> double_layers_;
};

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_NUMERIC_PERCEPTRON_H_
