// Play: a goal-conditioned baseline that is shown one goal after another in the same episode, other
// than the environment's own.
#include <algorithm>
#include <string>

#include "envs/core/vector_env.h"
#include "envs/core/wrappers/chain.h"
#include "envs/dataset/behaviour.h"
#include "physics/numeric/error.h"
#include "physics/numeric/random.h"

namespace flyball::dataset {
namespace {

constexpr uint64_t kPlace = 0x676f616c73;

// Where a field lies among the flattened ones: [begin, begin + size). Size 0: it is not there.
struct Place {
  size_t begin = 0, size = 0;
};

Place Find(const std::vector<Field>& fields, const std::string& name) {
  Place place;
  for (const Field& field : fields) {
    if (field.name == name) {
      place.size = field.size();
      return place;
    }
    place.begin += field.size();
  }
  return {};
}

class GoalSwitching final : public Policy {
 public:
  GoalSwitching(std::unique_ptr<Policy> policy, const PolicyEntry& entry, const EnvSpec& spec)
      : policy_(std::move(policy)), every_(entry.goal_every), count_(entry.goal_count),
        state_goal_(Find(spec.state, "goal")),
        // Networks see what learners see; baselines, what stands before wrappers changed the layout.
        shown_goal_(
            Find((entry.is_network() ? spec : SpecOfPlant(spec)).observation, "desired_goal")),
        starts_(VectorEnv::Make(spec.id, spec.options, {.autoreset = Autoreset::kDisabled})),
        start_(spec.state_size()) {}

  void Resize(int num_rows) override {
    policy_->Resize(num_rows);
    rows_.resize(num_rows);
  }

  void VisitState(int row, StateVisitor& visitor) override {
    visitor("begin", rows_[row].begin);
    visitor("goal", rows_[row].goal);
    policy_->VisitState(row, visitor);
  }

  // Rows one after another: they share the environment whose starts the goals are taken from.
  void Act(int index, const PolicyInput& input, std::span<double> action) override {
    Row& row = rows_[index];
    const int64_t segment = input.step / every_;
    const bool own = count_ > 0 && segment >= count_;
    if (input.step % every_ == 0 && (!own || segment == count_)) {
      row.begin = input.step;
      row.goal.clear();
      if (!own) DrawGoal(input, segment, row.goal);
    }
    state_.assign(input.state.begin(), input.state.end());
    observation_.assign(input.observation.begin(), input.observation.end());
    if (!row.goal.empty()) {
      std::copy(row.goal.begin(), row.goal.end(), &state_[state_goal_.begin]);
      if (shown_goal_.size == row.goal.size()) {
        std::copy(row.goal.begin(), row.goal.end(), &observation_[shown_goal_.begin]);
      }
    }
    policy_->Act(index,
                 {.observation = observation_,
                  .state = state_,
                  .seed = input.seed,
                  .episode = input.episode,
                  .step = input.step - row.begin},
                 action);
  }

 private:
  struct Row {
    uint32_t begin = 0;        // step at which the goal was taken up
    std::vector<double> goal;  // empty: the environment's own
  };

  // The goal that a reset with a seed of the segment's own would give.
  void DrawGoal(const PolicyInput& input, int64_t segment, std::vector<double>& goal) {
    const uint64_t place[] = {kPlace, input.episode, static_cast<uint64_t>(segment)};
    const std::vector<uint64_t> seed = SeedSequence(input.seed, place).GenerateState64(1);
    starts_->Reset(seed);
    starts_->ReadState(0, start_);
    const auto begin = start_.begin() + static_cast<std::ptrdiff_t>(state_goal_.begin);
    goal.assign(begin, begin + static_cast<std::ptrdiff_t>(state_goal_.size));
  }

  std::unique_ptr<Policy> policy_;
  int64_t every_, count_;
  Place state_goal_, shown_goal_;
  std::unique_ptr<VectorEnv> starts_;
  std::vector<double> start_, state_, observation_;
  std::vector<Row> rows_;
};

}  // namespace

std::unique_ptr<Policy> AddGoals(std::unique_ptr<Policy> policy, const PolicyEntry& entry,
                                 const EnvSpec& spec) {
  if (entry.goal_every == 0) return policy;
  if (!spec.goal_conditioned || Find(spec.state, "goal").size == 0) {
    throw InputError(spec.id + ", policy '" + entry.policy +
                     "': goals can be switched where the environment is goal-conditioned and its "
                     "state holds 'goal'");
  }
  return std::make_unique<GoalSwitching>(std::move(policy), entry, spec);
}

}  // namespace flyball::dataset
