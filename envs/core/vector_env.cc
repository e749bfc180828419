#include "envs/core/vector_env.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <map>
#include <random>
#include <thread>
#include <utility>

#include "envs/core/pictures.h"
#include "envs/core/thread_pool.h"
#include "envs/core/trace.h"
#include "envs/core/wrappers/wrapper_batch.h"
#include "physics/numeric/error.h"

namespace flyball {
namespace {

uint64_t SystemSeed() {
  std::random_device device;
  return (static_cast<uint64_t>(device()) << 32 | device()) >> 1;
}

int ThreadCount(const VectorEnvSettings& settings) {
  const int cores = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  return settings.threads == 0 ? cores : settings.threads;
}

void CheckSettings(const VectorEnvSettings& settings) {
  const auto require = [](bool good, const char* name, int value, const char* allowed) {
    if (!good) {
      throw InputError(std::string(name) + " is " + std::to_string(value) + "; " + allowed);
    }
  };
  require(settings.num_envs >= 1, "num_envs", settings.num_envs, "at least 1 is needed");
  require(settings.threads >= 0 && settings.threads <= 1024, "threads", settings.threads,
          "0 (all cores) to 1024 are allowed");
  require(settings.groups >= 1 && settings.groups <= settings.num_envs, "groups", settings.groups,
          "1 to num_envs are allowed");
  require(settings.max_episode_steps >= -1, "max_episode_steps", settings.max_episode_steps,
          "-1 (the environment's own), 0 (none) or more are allowed");
}

std::vector<std::string> NamesOf(const std::vector<Field>& fields) {
  // A state that can be given in two lengths is there twice.
  std::vector<std::string> names;
  for (const Field& field : fields) {
    if (std::find(names.begin(), names.end(), field.name) == names.end()) {
      names.push_back(field.name);
    }
  }
  return names;
}

void CopyRow(const std::vector<Column>& from, std::vector<Column>& to, int row) {
  for (size_t i = 0; i < from.size(); ++i) {
    std::memcpy(to[i].row(row), from[i].row(row), from[i].row_bytes());
  }
}

// Whether forced numbers are those of a field, for all rows or for each.
bool FitsRows(const Field& field, size_t numbers, int num_rows) {
  const size_t size = field.size();
  return numbers == size || numbers == size * num_rows;
}

}  // namespace

std::unique_ptr<VectorEnv> VectorEnv::Make(std::string_view id, const Options& options,
                                           const VectorEnvSettings& settings) {
  CheckSettings(settings);
  return std::unique_ptr<VectorEnv>(
      new VectorEnv(ResolveSpec(id, options), FindRegistration(id), settings));
}

VectorEnv::VectorEnv(EnvSpec spec, const Registration& registration,
                     const VectorEnvSettings& settings)
    : spec_(std::move(spec)), snapshot_header_(SnapshotHeader(spec_)), settings_(settings),
      columns_(spec_, settings.num_envs), clocks_(settings.num_envs), skip_(settings.num_envs),
      status_(settings.num_envs), rngs_(settings.num_envs, Rng(0)), started_(settings.num_envs),
      sent_(settings.groups), running_return_(settings.num_envs) {
  max_episode_steps_ =
      settings.max_episode_steps >= 0 ? settings.max_episode_steps : spec_.max_episode_steps;
  if (!settings.time_limit) max_episode_steps_ = 0;
  first_seed_ = settings.seed ? *settings.seed : SystemSeed();
  const BatchContext context{.spec = spec_,
                             .num_rows = settings.num_envs,
                             .columns = columns_,
                             .clocks = clocks_,
                             .skip = skip_,
                             .status = status_};
  const auto make = [&](const BatchContext& inside) {
    std::unique_ptr<Batch> batch = registration.make(inside);
    return settings.decorate ? settings.decorate(std::move(batch), inside) : std::move(batch);
  };
  if (HasWrappers(spec_.options)) {
    const EnvSpec plant = ResolveSpec(spec_.id, WithoutWrappers(spec_.options));
    auto wrapped = std::make_unique<WrapperBatch>(plant, context, make);
    plant_view_ = wrapped->plant_view();
    batch_ = std::move(wrapped);
  } else {
    batch_ = make(context);
  }
  if (settings.trace) {
    auto tracer = std::make_unique<TraceBatch>(std::move(batch_), context);
    tracer_ = tracer.get();
    batch_ = std::move(tracer);
  }
  if (!spec_.pictures.empty()) pictures_ = std::make_unique<PictureTaker>(context, *batch_);
  // A few rows of many agents share those out.
  pool_ = std::make_unique<ThreadPool>(
      std::min(ThreadCount(settings), settings.num_envs * spec_.num_agents));
}

VectorEnv::~VectorEnv() = default;

void VectorEnv::Reset(std::span<const uint64_t> seeds, std::span<const uint8_t> mask,
                      const ResetOptions& options) {
  CheckNothingSent("reset");
  const int num_envs = settings_.num_envs;
  if (seeds.size() > 1 && static_cast<int>(seeds.size()) != num_envs) {
    throw InputError("reset: " + std::to_string(seeds.size()) + " seeds given for " +
                     std::to_string(num_envs) + " environments; give one, or one for each");
  }
  if (!mask.empty() && static_cast<int>(mask.size()) != num_envs) {
    throw InputError("reset: the mask has " + std::to_string(mask.size()) + " entries for " +
                     std::to_string(num_envs) + " environments");
  }
  CheckResetOptions(options);
  if (pictures_) pictures_->Prepare();

  // A forced value may still be refused by the plant, for one row after others were reset: then
  // all rows come back to where they were.
  std::map<int, Snapshot> before;
  for (int row = 0; row < num_envs && !options.empty(); ++row) {
    if (mask.empty() || mask[row]) before.emplace(row, SaveRow(row));
  }
  try {
    for (int row = 0; row < num_envs; ++row) {
      if (!mask.empty() && !mask[row]) continue;
      if (!seeds.empty() || !started_[row]) {
        const uint64_t seed = seeds.empty()       ? first_seed_ + row
                              : seeds.size() == 1 ? seeds[0] + row
                                                  : seeds[row];
        rngs_[row] = Rng(seed);
        clocks_[row] = {.seed = seed, .episode = 0, .step = 0};
      } else {
        ++clocks_[row].episode;
      }
      try {
        StartEpisode(row, ValuesFor(row, options));
      } catch (const InputError& error) {
        if (num_envs == 1) throw;
        throw InputError("row " + std::to_string(row) + ": " + error.what());
      }
      ClearResult(row);
    }
  } catch (...) {
    for (const auto& [row, state] : before) LoadRow(row, state);
    throw;
  }
  if (pictures_) pictures_->Take(0, num_envs, mask);
}

void VectorEnv::CheckResetOptions(const ResetOptions& options) const {
  for (const auto& [name, values] : options) {
    // A name may stand for fields of several sizes: a position, or a whole pose.
    std::string sizes;
    bool fits = false;
    for (const Field& field : spec_.reset) {
      if (field.name != name) continue;
      sizes += (sizes.empty() ? "" : " or ") + std::to_string(field.size());
      fits |= FitsRows(field, values.size(), settings_.num_envs);
    }
    if (sizes.empty()) {
      throw InputError(spec_.id + ", reset: " + UnknownName("state", name, NamesOf(spec_.reset)));
    }
    if (!fits) {
      throw InputError(spec_.id + ", reset: '" + name + "' has " + std::to_string(values.size()) +
                       " numbers; " + sizes + " for all rows, or " + sizes + " for each of " +
                       std::to_string(settings_.num_envs) + ", are needed");
    }
    for (size_t i = 0; i < values.size(); ++i) {
      if (!std::isfinite(values[i])) {
        throw InputError(spec_.id + ", reset: '" + name + "'[" + std::to_string(i) + "] is " +
                         Value(values[i]).ToJson() + "; finite numbers are needed");
      }
    }
  }
}

ResetValues VectorEnv::ValuesFor(int row, const ResetOptions& options) const {
  if (options.empty()) return {};
  std::vector<std::vector<double>> values(spec_.reset.size());
  for (size_t i = 0; i < spec_.reset.size(); ++i) {
    const auto given = options.find(spec_.reset[i].name);
    if (given == options.end()) continue;
    if (!FitsRows(spec_.reset[i], given->second.size(), settings_.num_envs)) continue;
    const size_t size = spec_.reset[i].size();
    const size_t first = given->second.size() == size ? 0 : size * row;
    values[i].assign(given->second.begin() + first, given->second.begin() + first + size);
  }
  return ResetValues(std::move(values));
}

void VectorEnv::StartEpisode(int row, const ResetValues& values) {
  clocks_[row].step = 0;
  running_return_[row] = 0.0;
  skip_[row] = 0;
  batch_->Reset(row, rngs_[row], values);
  started_[row] = 1;
}

void VectorEnv::ClearResult(int row) {
  columns_.reward.as<double>()[row] = 0.0;
  columns_.terminated.as<uint8_t>()[row] = 0;
  columns_.truncated.as<uint8_t>()[row] = 0;
  columns_.ended.as<uint8_t>()[row] = 0;
  columns_.episode_return.as<double>()[row] = 0.0;
  columns_.episode_length.as<int64_t>()[row] = 0;
  const size_t agents = spec_.num_agents;
  std::fill_n(columns_.agent_reward.as<double>() + row * agents, agents, 0.0);
  std::fill_n(columns_.agent_terminated.as<uint8_t>() + row * agents, agents, uint8_t{0});
  std::fill_n(columns_.agent_truncated.as<uint8_t>() + row * agents, agents, uint8_t{0});
  status_[row] = RowStatus::kOk;
}

void VectorEnv::CheckActions(int begin, int end) const {
  const auto unstarted = std::find(started_.begin() + begin, started_.begin() + end, 0);
  if (unstarted != started_.begin() + end) {
    throw InputError(spec_.id + ": step before the first reset (row " +
                     std::to_string(unstarted - started_.begin()) + ")");
  }
  const ActionSpec& action = spec_.action;
  const size_t size = action.field.size();
  const auto refuse = [&](size_t at, const std::string& value, const std::string& allowed) {
    throw InputError(spec_.id + ": action" +
                     (settings_.num_envs > 1 ? " of row " + std::to_string(at / size) : "") +
                     ", component " + std::to_string(at % size) + " is " + value + "; " + allowed);
  };
  // x - x is zero exactly for finite x: sums tell whether a closer look is needed. Several, since a
  // sum waits for itself.
  const auto check_finite = [&](const auto* data) {
    constexpr size_t kSums = 16;
    std::remove_cvref_t<decltype(*data)> sums[kSums] = {}, sum = 0;
    size_t at = begin * size;
    for (; at + kSums <= end * size; at += kSums) {
      for (size_t k = 0; k < kSums; ++k) sums[k] += data[at + k] - data[at + k];
    }
    for (; at < end * size; ++at) sum += data[at] - data[at];
    for (const auto other : sums) sum += other;
    if (sum == 0) return;
    for (size_t at = begin * size; at < end * size; ++at) {
      if (!std::isfinite(data[at])) {
        refuse(at, Value(static_cast<double>(data[at])).ToJson(), "finite numbers are needed");
      }
    }
  };
  if (action.field.dtype == DType::kFloat32) return check_finite(columns_.action.as<float>());
  if (action.field.dtype == DType::kFloat64) return check_finite(columns_.action.as<double>());
  const int64_t* index = columns_.action.as<int64_t>();
  for (size_t at = begin * size; at < end * size; ++at) {
    const int choices = action.choices[at % size];
    if (index[at] < 0 || index[at] >= choices) {
      refuse(at, std::to_string(index[at]), "0 to " + std::to_string(choices - 1) + " are allowed");
    }
  }
}

// Rows of a group that is under way belong to its thread.
void VectorEnv::CheckNothingSent(const char* what) const {
  const auto sent = std::find(sent_.begin(), sent_.end(), 1);
  if (sent == sent_.end()) return;
  const std::string group = std::to_string(sent - sent_.begin());
  throw InputError(spec_.id + ": " + what + " while group " + group +
                   " is under way; receive it first");
}

void VectorEnv::Step() {
  CheckNothingSent("step");
  CheckActions(0, settings_.num_envs);
  if (pool_->num_workers() == 0) {
    StepRows(0, settings_.num_envs);
  } else if (settings_.num_envs <= batch_->grain()) {
    // Too few rows to go around: a row of many agents may share out its own work.
    const ThreadPool::Lent lent(pool_.get());
    StepRows(0, settings_.num_envs);
  } else {
    pool_->Run({.run = &VectorEnv::RunRows, .self = this}, settings_.num_envs, batch_->grain());
  }
  if (pictures_) pictures_->Take(0, settings_.num_envs);
}

void VectorEnv::RunRows(void* self, int begin, int end) {
  static_cast<VectorEnv*>(self)->StepRows(begin, end);
}

std::pair<int, int> VectorEnv::GroupRows(int group) const {
  if (group < 0 || group >= settings_.groups) {
    throw InputError("group " + std::to_string(group) + " does not exist; 0 to " +
                     std::to_string(settings_.groups - 1) + " do");
  }
  // Whole grains, so that two groups never share a block of lanes.
  const int64_t blocks = (settings_.num_envs + batch_->grain() - 1) / batch_->grain();
  const auto boundary = [&](int64_t i) {
    return static_cast<int>(
        std::min<int64_t>(blocks * i / settings_.groups * batch_->grain(), settings_.num_envs));
  };
  return {boundary(group), boundary(group + 1)};
}

void VectorEnv::Send(int group) {
  const auto [begin, end] = GroupRows(group);
  if (sent_[group]) {
    throw InputError(spec_.id + ": group " + std::to_string(group) +
                     " was sent already; receive it first");
  }
  CheckActions(begin, end);
  sent_[group] = 1;
  if (pool_->num_workers() == 0) return;
  pool_->Start(group % pool_->num_workers(),
               {.run = &VectorEnv::RunRows, .self = this, .begin = begin, .end = end});
}

void VectorEnv::Recv(int group) {
  const auto [begin, end] = GroupRows(group);
  if (!std::exchange(sent_[group], 0)) {
    throw InputError(spec_.id + ": group " + std::to_string(group) +
                     " is received without having been sent");
  }
  if (pool_->num_workers() == 0) {
    StepRows(begin, end);
  } else {
    pool_->Wait(group % pool_->num_workers());
  }
  if (pictures_) pictures_->Take(begin, end);
}

// Steps rows of one thread. Rows whose skip flag is up ended in the last step and are reset instead.
void VectorEnv::StepRows(int begin, int end) {
  if (begin == end) return;
  std::fill(status_.begin() + begin, status_.begin() + end, RowStatus::kOk);
  batch_->Step(begin, end);

  // Counts the step and applies the time limit.
  const uint32_t limit =
      max_episode_steps_ > 0 ? max_episode_steps_ : std::numeric_limits<uint32_t>::max();
  const double* reward = columns_.reward.as<double>();
  const uint8_t* terminated = columns_.terminated.as<uint8_t>();
  uint8_t* truncated = columns_.truncated.as<uint8_t>();
  uint8_t* ended = columns_.ended.as<uint8_t>();
  double* episode_return = columns_.episode_return.as<double>();
  int64_t* episode_length = columns_.episode_length.as<int64_t>();
  for (int row = begin; row < end; ++row) {
    if (skip_[row]) {
      ++clocks_[row].episode;
      StartEpisode(row, {});
      ClearResult(row);
      continue;
    }
    if (status_[row] != RowStatus::kOk) CutFailedRow(row);
    const uint32_t steps = ++clocks_[row].step;
    truncated[row] |= steps >= limit;
    running_return_[row] += reward[row];
    episode_return[row] = running_return_[row];
    episode_length[row] = steps;
    ended[row] = terminated[row] | truncated[row];
    if (ended[row]) EndEpisode(row);
  }
}

// Rolled back: the step gave nothing, and the episode is cut here.
void VectorEnv::CutFailedRow(int row) {
  columns_.reward.as<double>()[row] = 0.0;
  columns_.terminated.as<uint8_t>()[row] = 0;
  columns_.truncated.as<uint8_t>()[row] = 1;
}

// What the autoreset mode asks for when an episode has ended.
void VectorEnv::EndEpisode(int row) {
  if (settings_.autoreset == Autoreset::kNextStep) {
    skip_[row] = 1;
  } else if (settings_.autoreset == Autoreset::kSameStep) {
    // The end is drawn before the row moves on; what it begins with, after all rows are there.
    if (pictures_) pictures_->Take(row, row + 1);
    CopyRow(columns_.observation, columns_.final_observation, row);
    CopyRow(columns_.info, columns_.final_info, row);
    // Resetting may write reward and ends too; the step's own are kept.
    double& reward = columns_.reward.as<double>()[row];
    uint8_t& terminated = columns_.terminated.as<uint8_t>()[row];
    uint8_t& truncated = columns_.truncated.as<uint8_t>()[row];
    const double step_reward = reward;
    const uint8_t step_terminated = terminated, step_truncated = truncated;
    ++clocks_[row].episode;
    StartEpisode(row, {});
    reward = step_reward;
    terminated = step_terminated;
    truncated = step_truncated;
  }
}

void VectorEnv::ReadState(int row, std::span<double> out) const {
  CheckNothingSent("reading states");
  batch_->ReadState(row, out);
}

size_t VectorEnv::memory_bytes_per_row() const { return batch_->memory_bytes_per_row(); }

World* VectorEnv::world(int row) { return batch_->world(row); }

std::vector<Marker> VectorEnv::markers(int row) {
  std::vector<Marker> markers;
  batch_->AddMarkers(row, markers);
  return markers;
}

const Trace& VectorEnv::trace(int row) const {
  if (!tracer_)
    throw InputError(spec_.id + ": no trace is kept; VectorEnvSettings::trace asks for it");
  return tracer_->trace(row);
}

}  // namespace flyball
