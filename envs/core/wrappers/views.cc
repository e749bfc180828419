// Views: less than the plant shows, or more than its present. They change what an observation is
// made of; baselines go on seeing what stands before the first of them.
#include <algorithm>
#include <utility>

#include "envs/core/wrappers/selection.h"
#include "envs/core/wrappers/types.h"
#include "physics/numeric/error.h"

namespace flyball {
namespace {

bool IsGoal(const EnvSpec& spec, const Field& field) {
  return spec.goal_conditioned && field.name != "observation";
}

// Without the numbers whose `keep` is 0 (those of this field); throws if what is left has no shape.
Field Reduced(const Field& field, std::span<const uint8_t> keep, const std::string& where) {
  const int count = static_cast<int>(std::count(keep.begin(), keep.end(), 1));
  int block = 0;
  for (const Entry& entry : field.entries) block += entry.size;
  if (block == 0) block = field.size();
  const int repeats = field.size() / block, left = count / repeats;
  Field reduced = field;
  if (field.shape.size() <= 1) {
    reduced.shape = {count};
  } else if (field.shape.back() == block) {
    reduced.shape.back() = left;
  } else if (count != field.size()) {
    throw InputError(where + ": '" + field.name + "' can only be hidden whole");
  }
  reduced.entries.clear();
  int at = 0;
  for (Entry entry : field.entries) {
    const int size = entry.size;
    entry.size = static_cast<int>(std::count_if(keep.begin() + at, keep.begin() + at + size,
                                                [](uint8_t kept) { return kept != 0; }));
    at += size;
    if (entry.size > 0) reduced.entries.push_back(std::move(entry));
  }
  return reduced;
}

class Hide final : public Wrapper {
 public:
  Hide(EnvSpec& spec, const Options& options, const std::string& where) {
    const std::vector<std::string> of = options.at("of").AsTexts();
    const std::vector<std::string> keeps = options.at("keep").AsTexts();
    if (of.empty() == keeps.empty()) {
      throw InputError(where + ": one of 'of' (what is hidden) and 'keep' (what is not) is needed");
    }
    const Selection chosen =
        SelectObserved(spec, options.at(of.empty() ? "keep" : "of").AsList(), where);
    std::vector<uint8_t> keep(spec.observation_size(), of.empty() ? 0 : 1);
    for (int i : chosen.index) keep[i] = of.empty() ? 1 : 0;

    std::vector<Field> shown;
    int at = 0;
    for (const Field& field : spec.observation) {
      const std::span<uint8_t> part = std::span(keep).subspan(at, field.size());
      at += field.size();
      if (IsGoal(spec, field)) {
        if (!of.empty() && std::count(part.begin(), part.end(), 0)) {
          throw InputError(where + ": the goal '" + field.name + "' cannot be hidden");
        }
        std::fill(part.begin(), part.end(), uint8_t{1});
      }
      if (std::count(part.begin(), part.end(), 1)) shown.push_back(Reduced(field, part, where));
    }
    if (shown.empty() || (spec.goal_conditioned && shown.size() < spec.observation.size())) {
      throw InputError(where + ": nothing would be left" +
                       (shown.empty() ? "" : " of 'observation'"));
    }
    for (size_t i = 0; i < keep.size(); ++i) {
      if (keep[i]) kept_.push_back(static_cast<int>(i));
    }
    spec.observation = std::move(shown);
  }
  bool changes_layout() const override { return true; }
  void Observe(WrapperIo& io, bool) override {
    for (size_t i = 0; i < kept_.size(); ++i) io.shown[i] = io.observation[kept_[i]];
  }

 private:
  std::vector<int> kept_;
};

// Rows of numbers of a field that frames are put behind one another in: agents, or the whole.
struct Part {
  int begin = 0, rows = 1, width = 0;  // of a frame
  int frames = 1, actions = 0;         // actions: width of an action's part of a row, 0 for none
};

class History final : public Wrapper {
 public:
  History(EnvSpec& spec, const Options& options, const std::string& where)
      : frames_(static_cast<int>(options.at("frames").AsInteger())), size_(spec.observation_size()),
        action_size_(spec.action_size()) {
    const bool actions = options.at("actions").AsBool();
    int begin = 0;
    for (Field& field : spec.observation) {
      const bool goal = IsGoal(spec, field);
      Part part{.begin = begin, .rows = 1, .width = field.size(), .frames = goal ? 1 : frames_};
      const bool by_agent =
          spec.num_agents > 1 && field.shape.size() == 2 && field.shape[0] == spec.num_agents;
      if (by_agent) part = {begin, field.shape[0], field.shape[1], part.frames, 0};
      if (actions && begin == 0) part.actions = action_size_ / part.rows;
      begin += field.size();
      if (!goal) Stack(spec, field, part, by_agent, where);
      parts_.push_back(part);
    }
  }
  bool changes_layout() const override { return true; }
  // Frames, the oldest first, then as many actions.
  int memory_size() const override { return frames_ * (size_ + action_size_); }
  void Act(WrapperIo& io) override { Push(Actions(io), io.action); }
  void Observe(WrapperIo& io, bool start) override {
    const std::span<double> frames = io.memory.first(static_cast<size_t>(frames_) * size_);
    for (int k = 0; k < (start ? frames_ : 1); ++k) Push(frames, io.observation);
    double* out = io.shown.data();
    for (const Part& part : parts_) {
      for (int row = 0; row < part.rows; ++row) {
        for (int frame = frames_ - part.frames; frame < frames_; ++frame) {
          const double* from = frames.data() + frame * size_ + part.begin + row * part.width;
          out = std::copy_n(from, part.width, out);
        }
        if (part.actions == 0) continue;
        for (int frame = 0; frame < frames_; ++frame) {
          const double* from = Actions(io).data() + frame * action_size_ + row * part.actions;
          out = std::copy_n(from, part.actions, out);
        }
      }
    }
  }

 private:
  std::span<double> Actions(WrapperIo& io) const {
    return io.memory.subspan(static_cast<size_t>(frames_) * size_);
  }
  static void Push(std::span<double> line, std::span<const double> newest) {
    std::copy(line.begin() + newest.size(), line.end(), line.begin());
    std::copy(newest.begin(), newest.end(), line.end() - newest.size());
  }

  // What the field becomes: "velocity[t-1]", "velocity", "action.torque[t-1]".
  void Stack(const EnvSpec& spec, Field& field, const Part& part, bool by_agent,
             const std::string& where) const {
    const auto past = [](const std::string& name, int steps) {
      return steps == 0 ? name : name + "[t-" + std::to_string(steps) + "]";
    };
    const bool flat = by_agent || field.shape.size() <= 1;
    if (part.actions > 0 && !flat) {
      throw InputError(where + ": actions can only stand behind a flat observation; '" +
                       field.name + "' has " + std::to_string(field.shape.size()) + " axes");
    }
    std::vector<Entry> entries;
    for (int frame = frames_ - 1; frame >= 0; --frame) {
      for (Entry entry : field.entries) {
        entry.name = past(entry.name, frame);
        entries.push_back(std::move(entry));
      }
    }
    if (part.actions > 0) {
      for (int frame = frames_; frame >= 1; --frame) {
        AddActions(spec, past("", frame), part.actions, entries);
      }
    }
    int width = 0;
    for (const Entry& entry : field.entries) width += entry.size;
    // A field that repeats its entries inside a frame keeps them, to be repeated more often.
    if (width == part.width) field.entries = std::move(entries);
    if (width != part.width && part.actions > 0) {
      throw InputError(where + ": actions can only stand behind a field whose entries cover it");
    }
    if (flat) {
      const int size = frames_ * (part.width + part.actions);
      field.shape = by_agent ? std::vector<int>{part.rows, size} : std::vector<int>{size};
    } else {
      field.shape.insert(field.shape.begin(), frames_);
    }
  }

  static void AddActions(const EnvSpec& spec, const std::string& suffix, int size,
                         std::vector<Entry>& entries) {
    const Field& action = spec.action.field;
    int covered = 0;
    for (const Entry& entry : action.entries) covered += entry.size;
    if (spec.action.kind == ActionSpec::Kind::kBox && spec.action.clip && covered == size) {
      for (Entry entry : action.entries) {
        entry.name = "action." + entry.name + suffix;
        // Before the first action there is 0.
        entry.low = std::min(entry.low, 0.0);
        entry.high = std::max(entry.high, 0.0);
        entries.push_back(std::move(entry));
      }
      return;
    }
    entries.push_back({.name = "action" + suffix, .size = size, .unit = "1", .doc = "0: none yet"});
  }

  int frames_, size_, action_size_;
  std::vector<Part> parts_;
};

}  // namespace

WrapperType HideType() {
  return {.name = "hide",
          .doc = "Partial observation: leaves numbers out of what is shown.",
          .options = {OfOption("what is hidden"),
                      {.name = "keep",
                       .kind = Option::Kind::kList,
                       .default_value = List{},
                       .doc = "instead: what is not hidden (goals never are)"}},
          .make = [](EnvSpec& spec, const Options& options, const std::string& where) {
            return std::make_unique<Hide>(spec, options, where);
          }};
}

WrapperType HistoryType() {
  return {.name = "history",
          .doc =
              "Shows the last observations, the oldest first, and on request the last actions "
              "behind them; before the start there are copies of it, and actions of 0.",
          .options = {{.name = "frames",
                       .kind = Option::Kind::kInteger,
                       .default_value = 4,
                       .low = 1,
                       .high = 1000,
                       .unit = "steps",
                       .doc = "how many, the present one counted"},
                      {.name = "actions",
                       .kind = Option::Kind::kBool,
                       .default_value = false,
                       .doc = "whether as many actions are shown"}},
          .make = [](EnvSpec& spec, const Options& options, const std::string& where) {
            return std::make_unique<History>(spec, options, where);
          }};
}

}  // namespace flyball
