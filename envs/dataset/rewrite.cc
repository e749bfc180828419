#include "envs/dataset/rewrite.h"

#include <algorithm>
#include <map>
#include <memory>

#include "envs/dataset/fill.h"
#include "physics/numeric/error.h"

namespace flyball::dataset {
namespace {

namespace fs = std::filesystem;

// Where an episode is.
struct Place {
  size_t source = 0;
  int64_t shard = 0, at = 0;
  std::string hash;
};
using Index = std::map<int64_t, Place>;  // by the episode's index in the plan

// Every episode of all sources; equal ones once.
Index IndexOf(const std::vector<Dataset>& sources) {
  Index index;
  for (size_t s = 0; s < sources.size(); ++s) {
    for (const auto& [shard, line] : sources[s].journal()) {
      const Shard header = sources[s].ReadShard(shard, false);
      for (size_t i = 0; i < header.episodes.size(); ++i) {
        const int64_t number = header.episodes[i].index;
        const auto [found, added] =
            index.try_emplace(number, Place{s, shard, static_cast<int64_t>(i), header.hashes[i]});
        if (!added && found->second.hash != header.hashes[i]) {
          throw DataError("episode " + std::to_string(number) + " differs between '" +
                          sources[found->second.source].folder().string() + "' and '" +
                          sources[s].folder().string() +
                          "': they were made by different builds or machines");
        }
      }
    }
  }
  return index;
}

// Reads episodes of all sources; keeps the last shard of each.
class Reader {
 public:
  explicit Reader(const std::vector<Dataset>& sources)
      : sources_(sources), shards_(sources.size(), -1), held_(sources.size()) {}

  const Episode& Read(const Place& place) {
    if (shards_[place.source] != place.shard) {
      held_[place.source] = sources_[place.source].ReadShard(place.shard);
      shards_[place.source] = place.shard;
    }
    return held_[place.source].episodes[place.at];
  }

 private:
  const std::vector<Dataset>& sources_;
  std::vector<int64_t> shards_;
  std::vector<Shard> held_;
};

Totals Write(const std::vector<Dataset>& sources, const Index& index, Layout layout,
             const fs::path& folder, const RewriteSettings& settings) {
  if (settings.episodes_per_shard < 0) {
    throw InputError("episodes_per_shard is " + std::to_string(settings.episodes_per_shard) +
                     "; 0 (as it is) or more is allowed");
  }
  for (const Dataset& source : sources) {
    if (fs::exists(folder) && fs::equivalent(source.folder(), folder)) {
      throw DataError("'" + folder.string() + "' is read from; give another folder to write to");
    }
  }
  if (settings.episodes_per_shard) layout.episodes_per_shard = settings.episodes_per_shard;
  Writer writer(folder, layout, settings.level);
  return Fill(writer, settings.workers, settings.progress, [&] {
    return [&, reader = std::make_shared<Reader>(sources)](int64_t shard) {
      const auto [begin, end] = writer.layout().EpisodesOf(shard);
      std::vector<Episode> gathered;
      for (int64_t place = begin; place < end; ++place) {
        const Place& from = index.at(writer.layout().EpisodeAt(place));
        gathered.push_back(reader->Read(from));
        if (gathered.back().ContentHash(writer.layout().schema).hex() == from.hash) continue;
        throw DataError("episode " + std::to_string(gathered.back().index) + " of '" +
                        sources[from.source].folder().string() +
                        "': its content hash does not match");
      }
      return gathered;
    };
  });
}

// Episodes of a plan as a selection: empty where they are all.
std::vector<int64_t> SelectionOf(std::vector<int64_t> episodes, const Plan& plan) {
  if (static_cast<int64_t>(episodes.size()) == plan.episodes) episodes.clear();
  return episodes;
}

void CheckSamePlan(const Dataset& first, const Dataset& other) {
  std::string names = "'";
  names += first.folder().string() + "' and '" + other.folder().string() + "'";
  const Layout &a = first.layout(), &b = other.layout();
  const Value plan_a = a.plan.ToValue(), plan_b = b.plan.ToValue();
  const Dict &dict_a = plan_a.AsDict(), &dict_b = plan_b.AsDict();
  for (const auto& [key, value] : dict_a) {
    const auto there = dict_b.find(key);
    if (there != dict_b.end() && value == there->second) continue;
    throw DataError(names + " are of different plans: " + key + " is " + value.ToJson() + " and " +
                    (there == dict_b.end() ? "absent" : there->second.ToJson()));
  }
  if (dict_a.size() != dict_b.size()) throw DataError(names + " are of different plans");
  if (!(a.schema.ToValue() == b.schema.ToValue())) {
    throw DataError(names + " have different columns: of different versions of the environment");
  }
  if (!(Value(a.origin) == Value(b.origin))) {
    throw DataError(names + " were not relabelled alike");
  }
  if (!a.probe.empty() && !b.probe.empty() && a.probe != b.probe) {
    throw DataError(names +
                    " were made by builds or on machines that compute otherwise: the probe "
                    "of the plan is " +
                    a.probe + " and " + b.probe);
  }
}

}  // namespace

Totals Merge(std::span<const fs::path> paths, const fs::path& folder, bool partial,
             const RewriteSettings& settings) {
  if (paths.empty()) throw InputError("there is nothing to merge");
  std::vector<Dataset> sources;
  for (const fs::path& path : paths) {
    sources.push_back(Dataset::Open(path));
    CheckSamePlan(sources.front(), sources.back());
  }
  const Index index = IndexOf(sources);
  Layout layout = sources.front().layout();
  std::vector<int64_t> episodes;
  for (const auto& [number, place] : index) episodes.push_back(number);
  if (episodes.empty()) throw DataError("none of them holds an episode yet");
  for (int64_t i = 0; i < layout.plan.episodes && !partial; ++i) {
    if (index.contains(i)) continue;
    throw DataError("episode " + std::to_string(i) + " of the plan's " +
                    std::to_string(layout.plan.episodes) + " is in none of them (" +
                    std::to_string(episodes.size()) + " are); say partial to merge what there is");
  }
  List names;
  for (const Dataset& source : sources) names.push_back(source.folder().filename().string());
  layout.selection = SelectionOf(std::move(episodes), layout.plan);
  if (layout.selection.empty()) layout.probe.clear();
  layout.history.push_back(Dict{{"operation", "merge"}, {"sources", names}});
  return Write(sources, index, layout, folder, settings);
}

Totals Select(const fs::path& path, std::vector<int64_t> episodes, const fs::path& folder,
              const Value& rule, const RewriteSettings& settings) {
  if (episodes.empty()) throw InputError("no episode is chosen; a dataset has at least one");
  std::vector<Dataset> sources;
  sources.push_back(Dataset::Open(path));
  const Index index = IndexOf(sources);
  std::sort(episodes.begin(), episodes.end());
  episodes.erase(std::unique(episodes.begin(), episodes.end()), episodes.end());
  for (const int64_t number : episodes) {
    if (index.contains(number)) continue;
    throw DataError("'" + path.string() + "' holds no episode " + std::to_string(number));
  }
  Layout layout = sources.front().layout();
  layout.selection = SelectionOf(std::move(episodes), layout.plan);
  layout.history.push_back(
      Dict{{"operation", "select"}, {"source", path.filename().string()}, {"rule", rule}});
  return Write(sources, index, layout, folder, settings);
}

}  // namespace flyball::dataset
