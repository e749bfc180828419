#include "envs/dataset/relabel.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>
#include <utility>

#include "envs/core/registry.h"
#include "envs/dataset/fill.h"
#include "envs/dataset/tap.h"
#include "physics/numeric/error.h"

namespace flyball::dataset {
namespace {

// A number of the physical state that both environments have: where it is in each.
struct SharedNumber {
  size_t source = 0, target = 0;
  std::string field, name;
};

// All but what is forced, by name.
std::vector<SharedNumber> SharedState(const EnvSpec& source, const EnvSpec& target,
                                      const Dict& forced) {
  std::vector<SharedNumber> shared;
  size_t from = 0;
  for (const Field& field : source.state) {
    size_t to = 0;
    for (const Field& other : target.state) {
      if (other.name == field.name && other.size() == field.size() &&
          !forced.contains(field.name)) {
        const auto size = static_cast<size_t>(field.size());
        for (size_t k = 0; k < size; ++k) {
          shared.push_back(
              {from + k, to + k, field.name, field.name + "[" + std::to_string(k) + "]"});
        }
      }
      to += other.size();
    }
    from += field.size();
  }
  return shared;
}

// Takes the actions of one episode at a time in both environments.
class Relabeler {
 public:
  Relabeler(const Layout& source, const Layout& target)
      : source_(source), target_(target), tolerance_(target.origin.at("tolerance").AsNumber()),
        old_(MakeEnv(source.plan, 1)), env_(MakeEnv(target.plan, 1)), tap_(*env_, target.plan),
        action_(source.schema.Find("action")), old_state_(old_->spec().state_size()),
        state_(env_->spec().state_size()) {
    const Value reset = target.origin.at("reset");
    shared_ = SharedState(old_->spec(), env_->spec(), reset.AsDict());
    if (shared_.empty()) {
      throw InputError(
          "no physical state is left to compare; a goal can be forced, a start cannot");
    }
  }

  Episode Run(const Episode& stored) {
    Episode episode;
    episode.index = stored.index;
    episode.seed = stored.seed;
    episode.columns.resize(target_.schema.columns.size());
    const uint64_t seed[] = {stored.seed};
    old_->Reset(seed, {}, StartOf(stored, source_, *old_));
    env_->Reset(seed, {}, StartOf(stored, target_, *env_));
    if (tolerance_ > 0.0) StartAsStored(stored);
    const int64_t every = target_.plan.state_every;
    size_t next_state = 0;
    for (bool ended = false; !ended;) {
      const int64_t step = episode.length;
      if (next_state < stored.state_steps.size() && stored.state_steps[next_state] == step) {
        CompareFullState(stored, next_state++);
      }
      ComparePhysics(stored, step);
      tap_.AppendState(0, episode);
      if (step == 0 || (every > 0 && step % every == 0)) tap_.AppendFullState(0, episode);
      TakeAction(stored, step);
      tap_.AppendStep(0, episode);
      ended = Ended(stored, episode);
    }
    ComparePhysics(stored, episode.length);
    tap_.AppendState(0, episode);
    tap_.AppendFullState(0, episode);
    KeepPolicyColumns(stored, episode);
    return episode;
  }

 private:
  [[noreturn]] static void Fail(const Episode& stored, int64_t step, const std::string& what) {
    std::string text = "episode " + std::to_string(stored.index) + ", step " + std::to_string(step);
    text += ": " + what;
    text += "; this is not the same run seen otherwise";
    throw DataError(text);
  }

  // Besides its seed, in environments that change from episode to episode: its index.
  static ResetOptions StartOf(const Episode& stored, const Layout& layout, const VectorEnv& env) {
    constexpr const char* kIndex = "episode_index";
    ResetOptions options = ForcedStart(layout.origin, 1);
    for (const Field& field : env.spec().reset) {
      if (field.name == kIndex) options[kIndex] = {static_cast<double>(stored.index)};
    }
    return options;
  }

  // Has both begin with the stored physical state: the old environment takes the full state, the new
  // one those fields in which it differs, as far as its reset takes them.
  void StartAsStored(const Episode& stored) {
    if (stored.state_steps.empty()) Fail(stored, 0, "it holds no state to start from");
    old_->Load(0, stored.state(0));
    old_->ReadState(0, old_state_);
    ResetOptions start = StartOf(stored, target_, *env_);
    for (const Field& field : env_->spec().reset) {
      env_->ReadState(0, state_);
      const std::vector<double> wanted = StoredNumbers(field);
      if (wanted.empty() || start.contains(field.name)) continue;
      start[field.name] = wanted;
      env_->Reset(std::vector<uint64_t>{stored.seed}, {}, start);
    }
  }

  // The numbers of a field in the old environment's state, if the new one's differ; else none.
  std::vector<double> StoredNumbers(const Field& field) const {
    std::vector<double> numbers;
    bool differs = false;
    for (const SharedNumber& number : shared_) {
      if (number.field != field.name) continue;
      numbers.push_back(old_state_[number.source]);
      differs = differs || old_state_[number.source] != state_[number.target];
    }
    if (!differs || static_cast<int64_t>(numbers.size()) != field.size()) numbers.clear();
    return numbers;
  }

  void TakeAction(const Episode& stored, int64_t step) {
    const auto action = stored.row(source_.schema, action_, step);
    for (VectorEnv* env : {old_.get(), env_.get()}) {
      std::memcpy(env->columns().action.row(0), action.data(), action.size());
      env->Step();
    }
  }

  // Whether the step made last is the last: the task's end, if it ends sooner now, or the old one.
  bool Ended(const Episode& stored, Episode& episode) const {
    const int64_t step = episode.length - 1;
    const bool last = episode.length == stored.length;
    std::byte& reason = Flag(target_.schema, episode, "end_reason").back();
    if (static_cast<EndReason>(reason) >= EndReason::kDiverged &&
        !(last && stored.columns[source_.schema.Find("end_reason")].back() == reason)) {
      Fail(stored, step, "the physics fails here, and did not");
    }
    if (env_->columns().ended.as<uint8_t>()[0]) return true;
    if (last) {  // it goes on now, but there are no more actions
      Flag(target_.schema, episode, "truncated").back() = std::byte{1};
      reason = static_cast<std::byte>(EndReason::kTaskCut);
    }
    return last;
  }

  static ByteVector& Flag(const Schema& schema, Episode& episode, const char* name) {
    return episode.columns[schema.Find(name)];
  }

  // The old environment must do what was recorded.
  void CompareFullState(const Episode& stored, size_t k) {
    const auto was = stored.state(k);
    if (tolerance_ > 0.0) return old_->Load(0, was);
    const Snapshot is = old_->Save(0);
    if (is.size() != was.size() || std::memcmp(is.data(), was.data(), is.size()) != 0) {
      throw DataError("episode " + std::to_string(stored.index) + ", step " +
                      std::to_string(stored.state_steps[k]) +
                      ": this build does not reach the stored state (verify --replay says more)");
    }
  }

  void ComparePhysics(const Episode& stored, int64_t step) {
    old_->ReadState(0, old_state_);
    env_->ReadState(0, state_);
    for (const SharedNumber& number : shared_) {
      const double was = old_state_[number.source], is = state_[number.target];
      if (std::memcmp(&was, &is, sizeof(was)) == 0) continue;
      if (std::abs(was - is) <= tolerance_ * std::max({1.0, std::abs(was), std::abs(is)})) continue;
      Fail(stored, step,
           "the plant moves otherwise: " + number.name + " was " + Value(was).ToJson() +
               " and is " + Value(is).ToJson());
    }
  }

  // Who acted, and what was commanded, is as it was.
  void KeepPolicyColumns(const Episode& stored, Episode& episode) const {
    for (size_t i = 0; i < target_.schema.columns.size(); ++i) {
      const ColumnSchema& column = target_.schema.columns[i];
      if (!column.of_policy()) continue;
      episode.columns[i] = stored.columns[source_.schema.Find(column.name)];
      episode.columns[i].resize(column.rows(episode.length) * column.field.bytes());
    }
  }

  const Layout& source_;
  const Layout& target_;
  const double tolerance_;
  std::unique_ptr<VectorEnv> old_, env_;
  Tap tap_;
  size_t action_;
  std::vector<double> old_state_, state_;
  std::vector<SharedNumber> shared_;
};

Layout TargetLayout(const Dataset& source, const RelabelSettings& settings) {
  Layout layout = source.layout();
  if (HasOwnReward(layout.origin)) {
    throw InputError("its rewards are a function's; relabel the dataset that it was made from");
  }
  if (!settings.id.empty()) layout.plan.id = settings.id;
  for (const auto& [name, value] : settings.options) layout.plan.options[name] = value;
  // No policy is asked: those of the plan need not be at hand, nor fit what is observed now.
  const std::vector<PolicyEntry> policies = std::exchange(layout.plan.policies, {{}});
  layout.plan = layout.plan.Resolve();
  layout.plan.policies = policies;
  layout.plan_hash = layout.plan.Hash();
  layout.schema =
      Schema::Of(ResolveSpec(layout.plan.id, layout.plan.options), layout.plan.named_state);
  const auto action_of = [](const Schema& schema) {
    return schema.ToValue().AsDict().at("action");
  };
  if (!(action_of(layout.schema) == action_of(source.layout().schema)) ||
      layout.schema.action.field.shape != source.layout().schema.action.field.shape) {
    throw InputError("these options change the action: the recorded ones cannot be taken again");
  }
  Dict reset = settings.reset;
  // What an earlier relabelling forced is still so.
  const auto old = source.layout().origin.find("reset");
  if (old != source.layout().origin.end()) {
    for (const auto& [name, value] : old->second.AsDict()) reset.emplace(name, value);
  }
  layout.origin = Dict{{"operation", "relabel"},
                       {"source", Dict{{"plan_hash", source.layout().plan_hash},
                                       {"content_hash", source.Sum().content_hash}}},
                       {"reset", reset},
                       {"tolerance", settings.tolerance},
                       {"reward", Value()}};
  return layout;
}

}  // namespace

ResetOptions ForcedStart(const Dict& origin, int num_rows) {
  ResetOptions forced;
  const auto reset = origin.find("reset");
  if (reset == origin.end()) return forced;
  for (const auto& [name, value] : reset->second.AsDict()) {
    const std::vector<double> numbers = value.AsNumbers();
    std::vector<double>& all = forced[name];
    for (int row = 0; row < num_rows; ++row) all.insert(all.end(), numbers.begin(), numbers.end());
  }
  return forced;
}

bool HasOwnReward(const Dict& origin) {
  const auto reward = origin.find("reward");
  return reward != origin.end() && !reward->second.is_null();
}

bool IsRelabelled(const Dict& origin) { return origin.contains("reset"); }

Totals ReplaceRewards(const std::filesystem::path& source_folder,
                      const std::filesystem::path& folder, const std::string& name,
                      const RewardFunction& reward) {
  const Dataset source = Dataset::Open(source_folder);
  Layout layout = source.layout();
  const size_t column = layout.schema.Find("reward");
  for (const ColumnSchema& other : layout.schema.columns) {
    if (other.name == "agent_reward") {
      throw InputError("rewards of several agents cannot be replaced by a function");
    }
  }
  const auto reset = layout.origin.find("reset");
  layout.origin = Dict{{"operation", "relabel"},
                       {"source", Dict{{"plan_hash", layout.plan_hash},
                                       {"content_hash", source.Sum().content_hash}}},
                       {"reset", reset == layout.origin.end() ? Value(Dict{}) : reset->second},
                       {"reward", name}};
  Writer writer(folder, layout);
  for (const int64_t shard : writer.missing()) {
    Shard stored = source.ReadShard(shard);
    for (size_t i = 0; i < stored.episodes.size(); ++i) {
      Episode& episode = stored.episodes[i];
      const std::vector<double> rewards = reward(stored.schema, episode, stored.hashes[i]);
      if (static_cast<int64_t>(rewards.size()) != episode.length) {
        throw InputError("reward '" + name + "' gave " + std::to_string(rewards.size()) +
                         " numbers for an episode of " + std::to_string(episode.length) + " steps");
      }
      std::memcpy(episode.columns[column].data(), rewards.data(), rewards.size() * sizeof(double));
    }
    writer.Commit(shard, stored.episodes);
  }
  return writer.Sum();
}

Totals Relabel(const std::filesystem::path& source_folder, const std::filesystem::path& folder,
               const RelabelSettings& settings) {
  if (!(settings.tolerance >= 0.0 && std::isfinite(settings.tolerance))) {
    throw InputError("tolerance is " + Value(settings.tolerance).ToJson() +
                     "; 0 or more is allowed");
  }
  const Dataset source = Dataset::Open(source_folder);
  const Layout layout = TargetLayout(source, settings);
  // Names and sizes of what is forced are the environment's to check, before anything is written.
  MakeEnv(layout.plan, 1)->Reset(std::vector<uint64_t>{0}, {}, ForcedStart(layout.origin, 1));
  Relabeler(source.layout(), layout);

  Writer writer(folder, layout);
  return Fill(writer, settings.workers, settings.progress, [&] {
    return [&, relabeler =
                   std::make_shared<Relabeler>(source.layout(), writer.layout())](int64_t shard) {
      std::vector<Episode> made;
      for (const Episode& stored : source.ReadShard(shard).episodes) {
        made.push_back(relabeler->Run(stored));
      }
      return made;
    };
  });
}

}  // namespace flyball::dataset
