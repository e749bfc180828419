#include "envs/core/network_policy.h"

#include <algorithm>
#include <numeric>

#include "physics/numeric/error.h"

namespace flyball {
namespace {

class NetworkPolicy final : public Policy {
 public:
  NetworkPolicy(const EnvSpec& spec, std::shared_ptr<const Perceptron> network)
      : network_(std::move(network)), discrete_(spec.action.kind != ActionSpec::Kind::kBox),
        choices_(spec.action.choices) {}

  void Resize(int num_rows) override {
    rows_.resize(num_rows);
    for (Row& row : rows_) {
      row.room = network_->MakeWorkspace();
      row.output.resize(network_->outputs());
    }
  }
  void VisitState(int, StateVisitor&) override {}  // it remembers nothing

  void Act(int index, const PolicyInput& input, std::span<double> action) override {
    Row& row = rows_[index];
    network_->Evaluate(input.observation, row.output, row.room);
    if (!discrete_) {
      std::copy(row.output.begin(), row.output.end(), action.begin());
      return;
    }
    auto values = row.output.begin();
    for (size_t i = 0; i < action.size(); ++i) {
      const auto end = values + choices_[i];
      action[i] = static_cast<double>(std::max_element(values, end) - values);
      values = end;
    }
  }

 private:
  struct Row {
    Perceptron::Workspace room;
    std::vector<double> output;
  };

  std::shared_ptr<const Perceptron> network_;
  bool discrete_;
  std::vector<int> choices_;
  std::vector<Row> rows_;
};

}  // namespace

std::unique_ptr<Policy> MakeNetworkPolicy(const EnvSpec& spec,
                                          std::shared_ptr<const Perceptron> network,
                                          const std::string& name) {
  const std::vector<int>& choices = spec.action.choices;
  const bool discrete = spec.action.kind != ActionSpec::Kind::kBox;
  const int outputs =
      discrete ? std::accumulate(choices.begin(), choices.end(), 0) : spec.action_size();
  if (network->inputs() != spec.observation_size() || network->outputs() != outputs) {
    throw InputError("'" + name + "' is a network of " + std::to_string(network->inputs()) +
                     " inputs and " + std::to_string(network->outputs()) + " outputs; " + spec.id +
                     " needs " + std::to_string(spec.observation_size()) + " and " +
                     std::to_string(outputs));
  }
  return std::make_unique<NetworkPolicy>(spec, std::move(network));
}

}  // namespace flyball
