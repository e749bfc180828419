#include "envs/dataset/folder.h"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "physics/numeric/error.h"

namespace flyball::dataset {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFormat = "flyball dataset 2";
constexpr const char* kPlanName = "plan.json";
constexpr const char* kJournalName = "journal";
constexpr size_t kHashDigits = 32;

// A selection as runs [begin, end).
List RunsOf(const std::vector<int64_t>& selection) {
  List runs;
  for (size_t i = 0; i < selection.size();) {
    size_t end = i + 1;
    while (end < selection.size() && selection[end] == selection[end - 1] + 1) ++end;
    List run;
    run.push_back(selection[i]);
    run.push_back(selection[end - 1] + 1);
    runs.push_back(std::move(run));
    i = end;
  }
  return runs;
}

std::vector<int64_t> SelectionFrom(const List& runs, int64_t episodes) {
  std::vector<int64_t> selection;
  for (const Value& run : runs) {
    const List& ends = run.AsList();
    if (ends.size() != 2) throw DataError("a run of its selection has not two ends");
    const int64_t begin = ends[0].AsInteger(), end = ends[1].AsInteger();
    const int64_t least = selection.empty() ? 0 : selection.back() + 1;
    if (begin < least || end <= begin || end > episodes) {
      throw DataError("its selection is not ascending or leaves the plan");
    }
    for (int64_t index = begin; index < end; ++index) selection.push_back(index);
  }
  return selection;
}

// What every dataset has, and what only those made from others have.
Value LayoutValue(const Layout& layout) {
  Dict dict = {{"format", kFormat},
               {"plan", layout.plan.ToValue()},
               {"plan_hash", layout.plan_hash},
               {"episodes_per_shard", layout.episodes_per_shard},
               {"schema", layout.schema.ToValue()}};
  if (!layout.selection.empty()) dict["selection"] = RunsOf(layout.selection);
  if (!layout.origin.empty()) dict["origin"] = layout.origin;
  if (!layout.probe.empty()) dict["probe"] = layout.probe;
  if (!layout.history.empty()) dict["history"] = layout.history;
  return dict;
}

Layout ReadLayout(const fs::path& folder) {
  const fs::path path = folder / kPlanName;
  if (!fs::exists(path)) {
    throw DataError("'" + folder.string() + "' holds no dataset: there is no " + kPlanName);
  }
  try {
    const Value value = Value::FromJson(ReadText(path));
    const Dict& dict = value.AsDict();
    if (!(dict.at("format") == Value(kFormat))) {
      throw DataError("its format is " + dict.at("format").ToJson() + "; this build reads '" +
                      kFormat + "'");
    }
    Layout layout;
    layout.plan = Plan::FromValue(dict.at("plan"));
    layout.plan_hash = dict.at("plan_hash").AsText();
    layout.episodes_per_shard = dict.at("episodes_per_shard").AsInteger();
    layout.schema = Schema::FromValue(dict.at("schema"));
    if (dict.contains("selection")) {
      layout.selection = SelectionFrom(dict.at("selection").AsList(), layout.plan.episodes);
    }
    if (dict.contains("origin")) layout.origin = dict.at("origin").AsDict();
    if (dict.contains("probe")) layout.probe = dict.at("probe").AsText();
    if (dict.contains("history")) layout.history = dict.at("history").AsList();
    if (layout.plan_hash != layout.plan.Hash()) throw DataError("its hash is not that of the plan");
    if (layout.episodes_per_shard < 1) throw DataError("episodes_per_shard is below 1");
    return layout;
  } catch (const std::out_of_range&) {
    throw DataError("'" + path.string() + "' is damaged: a key is missing");
  } catch (const Error& error) {
    throw DataError("'" + path.string() + "' is damaged: " + error.what());
  }
}

// "policy is "random" there and "lqr" here", for the first key that differs.
std::string FirstDifference(const Value& there, const Value& here) {
  for (const auto& [key, value] : there.AsDict()) {
    // Of a plan of transitions the episodes follow.
    if (key == "episodes" && !(there.AsDict().at("transitions") == Value(0))) continue;
    const auto found = here.AsDict().find(key);
    const std::string mine = found == here.AsDict().end() ? "absent" : found->second.ToJson();
    if (found == here.AsDict().end() || !(found->second == value)) {
      return key + " is " + value.ToJson() + " there and " + mine + " here";
    }
  }
  return "the columns differ: it was written by another version of the environment";
}

bool IsLeftover(const std::string& name) {
  return name == std::string(kPlanName) + ".tmp" ||
         (name.starts_with("shard-") && name.ends_with(".fly.tmp"));
}

}  // namespace

std::string ShardName(int64_t shard) {
  char name[48];
  std::snprintf(name, sizeof(name), "shard-%05lld.fly", static_cast<long long>(shard));
  return name;
}

int64_t Layout::num_episodes() const {
  return selection.empty() ? plan.episodes : static_cast<int64_t>(selection.size());
}

int64_t Layout::EpisodeAt(int64_t place) const {
  return selection.empty() ? place : selection[place];
}

int64_t Layout::num_shards() const {
  return num_episodes() / episodes_per_shard + (num_episodes() % episodes_per_shard != 0);
}

std::pair<int64_t, int64_t> Layout::EpisodesOf(int64_t shard) const {
  const int64_t begin = shard * episodes_per_shard;
  return {begin, begin + std::min(episodes_per_shard, num_episodes() - begin)};
}

Dataset Dataset::Open(const fs::path& folder) {
  Dataset dataset;
  dataset.folder_ = folder;
  dataset.layout_ = ReadLayout(folder);
  dataset.ReadJournal();
  return dataset;
}

void Dataset::ReadJournal() {
  const fs::path path = folder_ / kJournalName;
  if (!fs::exists(path)) return;
  const std::string text = ReadText(path);
  size_t begin = 0;
  for (int number = 1; begin < text.size(); ++number) {
    const size_t end = text.find('\n', begin);
    if (end == std::string::npos) return;  // torn by a kill: the shard is made again
    const std::string line = text.substr(begin, end - begin);
    const auto damaged = [&](const std::string& why) {
      return DataError("'" + path.string() + "', line " + std::to_string(number) + ": " + why);
    };
    if (line.size() < kHashDigits + 1 ||
        HashOf(std::string_view(line).substr(kHashDigits + 1)).hex() !=
            line.substr(0, kHashDigits)) {
      throw damaged("its hash does not match");
    }
    const Value value = Value::FromJson(std::string_view(line).substr(kHashDigits + 1));
    const Dict& dict = value.AsDict();
    JournalLine entry;
    try {
      entry = {.shard = dict.at("shard").AsInteger(),
               .file = dict.at("file").AsText(),
               .size = static_cast<uint64_t>(dict.at("size").AsInteger()),
               .hash = dict.at("hash").AsText()};
    } catch (const std::out_of_range&) {
      throw damaged("a key is missing");
    }
    if (entry.shard < 0 || entry.shard >= layout_.num_shards() ||
        entry.file != ShardName(entry.shard)) {
      throw damaged("there is no such shard in the plan");
    }
    if (!journal_.emplace(entry.shard, entry).second) {
      throw damaged("shard " + std::to_string(entry.shard) + " is there twice");
    }
    begin = end + 1;
    journal_size_ = begin;
  }
}

Shard Dataset::ReadShard(int64_t shard, bool columns) const {
  const auto found = journal_.find(shard);
  if (found == journal_.end()) {
    throw DataError("'" + folder_.string() + "': shard " + std::to_string(shard) +
                    " has not been generated yet");
  }
  const fs::path path = folder_ / found->second.file;
  const ByteVector bytes = ReadWhole(path);
  // What the file says of its own damage is more telling than the hash of the whole.
  Shard result = UnpackShard(bytes, path.string(), columns);
  if (bytes.size() != found->second.size || FileHash(bytes).hex() != found->second.hash) {
    throw DataError("'" + path.string() + "': is not the file that the journal lists");
  }
  layout_.CheckShard(shard, result, path.string());
  return result;
}

void Layout::CheckShard(int64_t number, const Shard& shard, const std::string& name) const {
  const auto fail = [&](const std::string& why) { throw DataError("'" + name + "': " + why); };
  if (shard.plan_hash != plan_hash) fail("belongs to another plan");
  if (!(shard.schema.ToValue() == schema.ToValue())) fail("has other columns than plan.json");
  const auto [begin, end] = EpisodesOf(number);
  if (static_cast<int64_t>(shard.episodes.size()) != end - begin) {
    fail("has " + std::to_string(shard.episodes.size()) + " episodes instead of " +
         std::to_string(end - begin));
  }
  for (size_t i = 0; i < shard.episodes.size(); ++i) {
    const int64_t index = EpisodeAt(begin + static_cast<int64_t>(i));
    if (shard.episodes[i].index != index) {
      fail("episode " + std::to_string(index) + " is missing or out of order");
    }
  }
}

ShardSums SumsOf(const Shard& shard) {
  ShardSums sums = {.hashes = shard.hashes};
  for (const Episode& episode : shard.episodes) sums.steps += episode.length;
  return sums;
}

Totals TotalsOf(const std::map<int64_t, ShardSums>& shards) {
  Totals totals;
  Hasher hasher;
  for (const auto& [number, shard] : shards) {
    for (const std::string& hash : shard.hashes) hasher.Add(hash);
    totals.steps += shard.steps;
    totals.episodes += static_cast<int64_t>(shard.hashes.size());
  }
  totals.content_hash = hasher.Finish().hex();
  return totals;
}

Totals Dataset::Sum() const {
  std::map<int64_t, ShardSums> sums;
  for (int64_t k = 0; k < layout_.num_shards(); ++k) sums[k] = SumsOf(ReadShard(k, false));
  return TotalsOf(sums);
}

Writer::Writer(const fs::path& folder, const Layout& layout, int level)
    : folder_(folder), layout_(layout), level_(level) {
  CheckLevel(level);
  std::error_code error;
  fs::create_directories(folder, error);
  if (!fs::is_directory(folder)) {
    throw DataError("cannot make the folder '" + folder.string() + "'" +
                    (error ? ": " + error.message() : ""));
  }
  // Nothing foreign is touched, the lock's own file included.
  const bool exists = fs::exists(folder / kPlanName);
  std::vector<fs::path> leftovers;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (IsLeftover(name))
      leftovers.push_back(entry.path());
    else if (!exists && name != "lock") {
      throw DataError("'" + folder.string() + "' holds other files ('" + name +
                      "') and no dataset; give an empty folder or a new one");
    }
  }
  lock_ = std::make_unique<FolderLock>(folder);

  if (!fs::exists(folder / kPlanName)) {
    const std::string text = LayoutValue(layout_).ToJson() + "\n";
    WriteWhole(folder / kPlanName, {std::as_bytes(std::span(text))});
  }
  const Dataset there = Dataset::Open(folder);
  const Layout& old = there.layout();
  if (old.plan_hash != layout_.plan_hash || !(old.schema.ToValue() == layout_.schema.ToValue())) {
    throw DataError("'" + folder.string() + "' holds the dataset of another plan: " +
                    FirstDifference(old.plan.ToValue(), layout_.plan.ToValue()));
  }
  if (old.selection != layout_.selection || !(Value(old.origin) == Value(layout_.origin))) {
    throw DataError("'" + folder.string() + "' holds a dataset that was made from others (" +
                    (old.origin.empty() ? "other episodes of this plan" : "relabelled") +
                    "); give another folder");
  }
  if (old.probe != layout_.probe && !old.probe.empty()) {
    throw DataError("'" + folder.string() +
                    "' was begun by a build or on a machine that computes otherwise: the probe of "
                    "its plan is " +
                    old.probe + " there and " + layout_.probe + " here");
  }
  layout_.episodes_per_shard = old.episodes_per_shard;
  for (int64_t shard = 0; shard < layout_.num_shards(); ++shard) {
    if (!there.has_shard(shard)) {
      missing_.push_back(shard);
      continue;
    }
    try {
      sums_[shard] = SumsOf(there.ReadShard(shard, false));
    } catch (const DataError& error) {
      throw DataError(std::string(error.what()) +
                      "; to have it made again, delete it and the line of " + ShardName(shard) +
                      " in '" + (folder / kJournalName).string() + "'");
    }
  }
  // All is well: only now clear away what a killed run left.
  for (const fs::path& leftover : leftovers) fs::remove(leftover, error);
  const fs::path journal = folder / kJournalName;
  if (fs::exists(journal) && fs::file_size(journal) != there.journal_size()) {
    CutFile(journal, there.journal_size());
  }
}

void Writer::Commit(int64_t shard, std::span<const Episode> episodes) {
  PackedShard packed = PackShard(layout_.schema, layout_.plan_hash, episodes, level_);
  Write(shard, packed.head, packed.blocks, packed.hash(),
        {.hashes = std::move(packed.hashes), .steps = packed.steps});
}

void Writer::Adopt(int64_t shard, std::span<const std::byte> bytes) {
  const Shard made = UnpackShard(bytes, ShardName(shard));
  layout_.CheckShard(shard, made, ShardName(shard));
  for (size_t i = 0; i < made.episodes.size(); ++i) {
    if (made.episodes[i].ContentHash(layout_.schema).hex() == made.hashes[i]) continue;
    throw DataError("'" + ShardName(shard) + "': the content hash of episode " +
                    std::to_string(made.episodes[i].index) + " does not match");
  }
  Write(shard, bytes, {}, FileHash(bytes), SumsOf(made));
}

void Writer::Write(int64_t shard, std::span<const std::byte> head, std::span<const std::byte> rest,
                   const Hash128& hash, ShardSums sums) {
  const std::string line = Value(Dict{{"shard", shard},
                                      {"file", ShardName(shard)},
                                      {"size", head.size() + rest.size()},
                                      {"hash", hash.hex()}})
                               .ToJson();
  WriteWhole(folder_ / ShardName(shard), {head, rest});
  const std::lock_guard guard(mutex_);
  AppendWhole(folder_ / kJournalName, HashOf(line).hex() + " " + line + "\n");
  sums_[shard] = std::move(sums);
}

Totals Writer::Sum() const {
  if (static_cast<int64_t>(sums_.size()) == layout_.num_shards()) return TotalsOf(sums_);
  throw DataError("'" + folder_.string() + "': " + std::to_string(sums_.size()) + " of " +
                  std::to_string(layout_.num_shards()) + " shards are there");
}

}  // namespace flyball::dataset
