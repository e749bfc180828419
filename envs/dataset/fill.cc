#include "envs/dataset/fill.h"

#include <algorithm>
#include <atomic>
#include <optional>

#include "envs/dataset/crew.h"

namespace flyball::dataset {

Totals Fill(Writer& writer, int workers, const Progress& progress,
            const std::function<ShardSource()>& member) {
  const auto missing = static_cast<int64_t>(writer.missing().size());
  Crew crew(missing);
  std::atomic<int64_t> episodes = 0, steps = 0;
  crew.Run(
      static_cast<int>(std::min<int64_t>(Crew::Size(workers), missing)),
      [&](int) {
        const ShardSource source = member();
        while (const std::optional<int64_t> piece = crew.Claim()) {
          const int64_t shard = writer.missing()[*piece];
          const std::vector<Episode> made = source(shard);
          for (const Episode& episode : made) steps += episode.length;
          episodes += static_cast<int64_t>(made.size());
          writer.Commit(shard, made);
        }
      },
      [&] {
        if (progress) progress(episodes, steps, writer.layout().num_episodes());
      });
  return writer.Sum();
}

}  // namespace flyball::dataset
