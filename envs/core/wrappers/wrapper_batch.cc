#include "envs/core/wrappers/wrapper_batch.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "envs/core/thread_memory.h"
#include "physics/numeric/error.h"

namespace flyball {

struct WrapperBatch::Work {
  std::span<double> action;
  std::span<double> observation,
      other;                           // as large as the largest; the second to change layout into
  std::span<double> plant_info, info;  // the plant's; all of the row's, outside
};

namespace {

// Pictures are drawn outside, of what stands inside.
EnvSpec WithoutPictures(EnvSpec spec) {
  spec.observation.resize(spec.num_number_fields());
  spec.pictures.clear();
  return spec;
}

}  // namespace

WrapperBatch::WrapperBatch(const EnvSpec& plant, const BatchContext& outside,
                           const std::function<std::unique_ptr<Batch>(const BatchContext&)>& make)
    : plant_(WithoutPictures(plant)), outside_(outside), columns_(plant_, outside.num_rows),
      low_(plant.action.field.low()), high_(plant.action.field.high()),
      episodes_(outside.num_rows) {
  EnvSpec shown = plant_;
  chain_ = MakeWrappers(shown, outside.spec.options.at(kWrappersOption).AsList());
  const BatchContext inside{.spec = plant_,
                            .num_rows = outside.num_rows,
                            .columns = columns_,
                            .clocks = outside.clocks,
                            .skip = outside.skip,
                            .status = outside.status};
  inner_ = make(inside);
  clips_ = plant_.action.kind == ActionSpec::Kind::kBox && plant_.action.clip;
  bool same_layout = true;
  for (const std::unique_ptr<Wrapper>& wrapper : chain_.wrappers) {
    begins_.push_back(static_cast<int>(stride_));
    stride_ += wrapper->memory_size();
    same_layout &= !wrapper->changes_layout();
  }
  begins_.push_back(static_cast<int>(stride_));
  stride_ += plant_.action_size();
  memory_.resize(stride_ * outside.num_rows);
  saved_ = memory_;
  if (same_layout) return;
  for (const Field& field : plant_.observation) view_.emplace_back(field, outside.num_rows);
}

WrapperBatch::Work WrapperBatch::Bind() const {
  const size_t action = plant_.action_size();
  const size_t observation =
      *std::max_element(chain_.observation_sizes.begin(), chain_.observation_sizes.end());
  const size_t plant_info = plant_.info_size(), info = chain_.info_begins.back();
  const size_t size = action + 2 * observation + plant_info + info;
  double* memory = reinterpret_cast<double*>(ThreadMemory(MemoryUse::kRow, size * sizeof(double)));
  const auto take = [&](size_t count) {
    memory += count;
    return std::span(memory - count, count);
  };
  Work work;
  work.action = take(action);
  work.observation = take(observation);
  work.other = take(observation);
  work.plant_info = take(plant_info);
  work.info = take(info);
  return work;
}

void WrapperBatch::Reset(int row, Rng& rng, const ResetValues& values) {
  const RowClock& clock = outside_.clocks[row];
  int64_t episode = clock.episode;
  if (chain_.reset_episode >= 0 && values.has(chain_.reset_episode)) {
    const double forced = values[chain_.reset_episode][0];
    if (!(forced >= 0.0 && forced <= 1e15 && forced == std::floor(forced))) {
      throw InputError(plant_.id + ", reset: '" + kEpisodeIndex + "' is " + Value(forced).ToJson() +
                       "; a whole number from 0 to 1e15 is needed");
    }
    episode = static_cast<int64_t>(forced);
  }
  inner_->Reset(row, rng, values);
  episodes_[row] = episode;
  std::ranges::fill(Memory(row), 0.0);
  WrapperIo io;
  for (size_t i = 0; i < chain_.wrappers.size(); ++i) {
    io.draws.Set(clock.seed, clock.episode, 0, static_cast<uint32_t>(i));
    io.episode = episode;
    io.memory = Memory(row).subspan(begins_[i], begins_[i + 1] - begins_[i]);
    chain_.wrappers[i]->Begin(io);
  }
  Observe(row, true);
}

void WrapperBatch::Step(int begin, int end) {
  for (int row = begin; row < end; ++row) {
    if (outside_.skip[row]) continue;
    std::ranges::copy(Memory(row), saved_.begin() + static_cast<int64_t>(row * stride_));
    Act(row);
  }
  inner_->Step(begin, end);
  for (int row = begin; row < end; ++row) {
    if (outside_.skip[row]) continue;
    if (outside_.status[row] == RowStatus::kOk) {
      Observe(row, false);
    } else {
      std::copy_n(saved_.begin() + static_cast<int64_t>(row * stride_), stride_,
                  Memory(row).begin());
    }
  }
}

// The action's way in, from the last wrapper to the first.
void WrapperBatch::Act(int row) {
  const Work work = Bind();
  const auto clip = [&] {
    if (!clips_) return;
    for (size_t i = 0; i < work.action.size(); ++i) {
      work.action[i] = std::clamp(work.action[i], low_[i], high_[i]);
    }
  };
  outside_.columns.action.ReadRow(row, work.action);
  clip();
  WrapperIo io;
  io.action = work.action;
  const RowClock& clock = outside_.clocks[row];
  io.step = clock.step + 1;
  io.episode = episodes_[row];
  for (size_t i = chain_.wrappers.size(); i-- > 0;) {
    io.draws.Set(clock.seed, clock.episode, io.step, static_cast<uint32_t>(i));
    io.memory = Memory(row).subspan(begins_[i], begins_[i + 1] - begins_[i]);
    chain_.wrappers[i]->Act(io);
  }
  clip();
  columns_.action.WriteRow(row, work.action);
  columns_.action.ReadRow(row, Memory(row).subspan(begins_.back()));  // as its dtype has it
}

// What the plant shows' way out, from the first wrapper to the last.
void WrapperBatch::Observe(int row, bool start) {
  Work work = Bind();
  size_t at = 0;
  for (const Column& column : columns_.observation) {
    const size_t size = column.field().size();
    column.ReadRow(row, work.observation.subspan(at, size));
    at += size;
  }
  at = 0;
  for (const Column& column : columns_.info) {
    const size_t size = column.field().size();
    column.ReadRow(row, work.plant_info.subspan(at, size));
    at += size;
  }
  std::ranges::fill(work.info, 0.0);
  std::ranges::copy(work.plant_info, work.info.begin());

  WrapperIo io;
  if (!start) {
    io.reward = columns_.reward.as<double>()[row];
    io.terminated = columns_.terminated.as<uint8_t>()[row];
    if (const size_t agents = plant_.num_agents; agents > 1) {
      io.agent_reward = {outside_.columns.agent_reward.as<double>() + row * agents, agents};
      std::copy_n(columns_.agent_reward.as<double>() + row * agents, agents,
                  io.agent_reward.begin());
    }
  }
  const RowClock& clock = outside_.clocks[row];
  io.step = start ? 0 : clock.step + 1;
  io.episode = episodes_[row];
  bool viewed = view_.empty();
  for (size_t i = 0; i < chain_.wrappers.size(); ++i) {
    Wrapper& wrapper = *chain_.wrappers[i];
    io.draws.Set(clock.seed, clock.episode, io.step, static_cast<uint32_t>(i));
    io.memory = Memory(row).subspan(begins_[i], begins_[i + 1] - begins_[i]);
    io.observation = work.observation.first(chain_.observation_sizes[i]);
    io.shown = work.other.first(chain_.observation_sizes[i + 1]);
    io.info =
        work.info.subspan(chain_.info_begins[i], chain_.info_begins[i + 1] - chain_.info_begins[i]);
    io.plant = work.info.first(chain_.info_begins[i]);
    if (wrapper.changes_layout() && !viewed) {
      viewed = true;
      size_t begin = 0;
      for (Column& column : view_) {
        const size_t size = column.field().size();
        column.WriteRow(row, io.observation.subspan(begin, size));
        begin += size;
      }
    }
    wrapper.Observe(io, start);
    if (wrapper.changes_layout()) std::swap(work.observation, work.other);
  }
  WriteOutside(work, row, io, start);
}

void WrapperBatch::WriteOutside(const Work& work, int row, const WrapperIo& io, bool start) {
  if (chain_.shows_action) {  // right behind the plant's own info
    const std::span<double> received = Memory(row).subspan(begins_.back());
    std::ranges::copy(received, work.info.begin() + static_cast<int64_t>(work.plant_info.size()));
  }
  Columns& out = outside_.columns;
  size_t at = 0;
  for (Column& column : out.numbers()) {
    const size_t size = column.field().size();
    column.WriteRow(row, work.observation.subspan(at, size));
    at += size;
  }
  at = 0;
  for (size_t i = 0; i < out.info.size(); ++i) {
    Column& column = out.info[i];
    const size_t size = column.field().size();
    if (i < columns_.info.size()) {  // the plant's own, to the bit
      std::memcpy(column.row(row), columns_.info[i].row(row), column.row_bytes());
    } else {
      column.WriteRow(row, work.info.subspan(at, size));
    }
    at += size;
  }
  if (start) return;  // rewards and ends are the step's: with SAME_STEP they are still to be read
  out.reward.as<double>()[row] = io.reward;
  out.terminated.as<uint8_t>()[row] = io.terminated;
  out.truncated.as<uint8_t>()[row] = columns_.truncated.as<uint8_t>()[row];
  const size_t agents = plant_.num_agents;
  if (agents == 1) return;
  for (size_t agent = row * agents; agent < (row + 1) * agents; ++agent) {
    const bool ended = columns_.terminated.as<uint8_t>()[row] != io.terminated;  // by a limit: all
    out.agent_terminated.as<uint8_t>()[agent] =
        columns_.agent_terminated.as<uint8_t>()[agent] | static_cast<uint8_t>(ended);
    out.agent_truncated.as<uint8_t>()[agent] = columns_.agent_truncated.as<uint8_t>()[agent];
  }
}

void WrapperBatch::VisitState(int row, StateVisitor& visitor) {
  inner_->VisitState(row, visitor);
  visitor("wrappers", Memory(row));
  visitor("episode_index", episodes_[row]);
  for (Column& column : view_) visitor.Bytes("view", column.row(row), column.row_bytes());
}

size_t WrapperBatch::memory_bytes_per_row() const {
  return inner_->memory_bytes_per_row() + 2 * stride_ * sizeof(double) + sizeof(int64_t);
}

}  // namespace flyball
