// Snapshots of a VectorEnv's rows: a header that says whose they are, everything that decides the
// row's future, and a checksum.
#include <algorithm>
#include <cstring>
#include <string>

#include "envs/core/pictures.h"
#include "envs/core/vector_env.h"
#include "physics/numeric/error.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace flyball {
namespace {

constexpr char kMagic[8] = {'F', 'L', 'Y', 'S', 'N', 'A', 'P', '\n'};
constexpr uint32_t kFormatVersion = 2;

// Every bit counts in it, and it reads a kilobyte in less time than a light row takes to step.
uint64_t Checksum(std::span<const std::byte> bytes) {
  return XXH3_64bits(bytes.data(), bytes.size());
}

void PutText(StateSaver& saver, std::string_view text) {
  uint64_t size = text.size();
  saver("size", size);
  saver.Bytes("text", const_cast<char*>(text.data()), text.size());
}

std::string GetText(StateLoader& loader) {
  uint64_t size = 0;
  loader("size", size);
  if (size > loader.remaining()) throw DataError("snapshot is damaged: a text runs past its end");
  std::string text(size, '\0');
  loader.Bytes("text", text.data(), size);
  return text;
}

// "engine: 'mujoco' in the snapshot, 'bullet' here", for the first option that differs.
std::string FirstDifference(const Dict& snapshot, const Dict& here) {
  for (const auto& [name, value] : snapshot) {
    const auto found = here.find(name);
    const std::string mine = found == here.end() ? "absent" : found->second.ToJson();
    if (found == here.end() || !(found->second == value)) {
      return "option '" + name + "' is " + value.ToJson() + " in the snapshot and " + mine +
             " here";
    }
  }
  return "an option here is unknown to the snapshot";
}

}  // namespace

Snapshot VectorEnv::SnapshotHeader(const EnvSpec& spec) {
  Snapshot header;
  StateSaver saver(header);
  saver.Bytes("magic", const_cast<char*>(kMagic), sizeof(kMagic));
  uint32_t version = kFormatVersion;
  saver("version", version);
  PutText(saver, spec.id);
  PutText(saver, Value(spec.options).ToJson());
  return header;
}

void VectorEnv::VisitRow(int row, StateVisitor& visitor) {
  visitor("clock", clocks_[row]);
  visitor("skip", skip_[row]);
  visitor("started", started_[row]);
  visitor("status", status_[row]);
  visitor("running_return", running_return_[row]);
  rngs_[row].VisitState(visitor);
  const auto visit = [&](Column& column) {
    visitor.Bytes(column.field().name, column.row(row), column.row_bytes());
  };
  for (Column& column : columns_.numbers()) visit(column);
  for (Column& column : columns_.info) visit(column);
  for (Column* column :
       {&columns_.reward, &columns_.terminated, &columns_.truncated, &columns_.ended,
        &columns_.agent_reward, &columns_.agent_terminated, &columns_.agent_truncated,
        &columns_.episode_return, &columns_.episode_length}) {
    visit(*column);
  }
  if (started_[row]) batch_->VisitState(row, visitor);
}

Snapshot VectorEnv::SaveRow(int row) const {
  Snapshot bytes;
  StateSaver saver(bytes);
  const_cast<VectorEnv*>(this)->VisitRow(row, saver);  // a saver reads only
  return bytes;
}

void VectorEnv::LoadRow(int row, std::span<const std::byte> bytes) {
  StateLoader loader(bytes);
  VisitRow(row, loader);
  if (loader.remaining() == 0 && pictures_ && started_[row]) pictures_->Take(row, row + 1);
  if (loader.remaining()) {
    throw DataError("snapshot is damaged: " + std::to_string(loader.remaining()) +
                    " bytes too many");
  }
}

Snapshot VectorEnv::Save(int row) const {
  CheckRow(row);
  CheckNothingSent("saving");
  Snapshot bytes;
  bytes.reserve(snapshot_header_.size() + 1024);  // enough for most
  bytes = snapshot_header_;
  StateSaver saver(bytes);
  const_cast<VectorEnv*>(this)->VisitRow(row, saver);  // a saver reads only
  uint64_t checksum = Checksum(bytes);
  saver("checksum", checksum);
  return bytes;
}

void VectorEnv::Load(int row, std::span<const std::byte> snapshot) {
  CheckRow(row);
  CheckNothingSent("loading");
  // The header, and whether anything was damaged, before a byte of the row changes.
  uint64_t checksum = 0;
  if (snapshot.size() < sizeof(kMagic) + sizeof(checksum) ||
      std::memcmp(snapshot.data(), kMagic, sizeof(kMagic)) != 0) {
    throw DataError("not a flyball snapshot");
  }
  const std::span<const std::byte> content = snapshot.first(snapshot.size() - sizeof(checksum));
  std::memcpy(&checksum, snapshot.data() + content.size(), sizeof(checksum));
  if (!std::ranges::equal(content.first(std::min(content.size(), snapshot_header_.size())),
                          snapshot_header_)) {
    RefuseHeader(content, checksum == Checksum(content));
  }
  if (checksum != Checksum(content))
    throw DataError("snapshot is damaged: its checksum does not match");

  const Snapshot before = SaveRow(row);
  try {
    LoadRow(row, content.subspan(snapshot_header_.size()));
  } catch (...) {
    LoadRow(row, before);
    throw;
  }
}

// Says in what a snapshot's header differs from this environment's.
void VectorEnv::RefuseHeader(std::span<const std::byte> content, bool intact) const {
  StateLoader loader(content.subspan(sizeof(kMagic)));
  uint32_t version = 0;
  loader("version", version);
  if (version != kFormatVersion) {
    throw DataError("snapshot of format version " + std::to_string(version) +
                    "; this build reads " + std::to_string(kFormatVersion));
  }
  if (!intact) throw DataError("snapshot is damaged: its checksum does not match");
  const std::string id = GetText(loader);
  if (id != spec_.id)
    throw DataError("snapshot of '" + id + "' cannot be restored into '" + spec_.id + "'");
  throw DataError("snapshot of other options: " +
                  FirstDifference(Value::FromJson(GetText(loader)).AsDict(), spec_.options));
}

void VectorEnv::CheckRow(int row) const {
  if (row < 0 || row >= settings_.num_envs) {
    throw InputError("row " + std::to_string(row) + " does not exist; 0 to " +
                     std::to_string(settings_.num_envs - 1) + " do");
  }
}

}  // namespace flyball
