// Verify: whether a dataset is what its plan says, from its files alone or by playing it again.
#ifndef FLYBALL_ENVS_DATASET_VERIFY_H_
#define FLYBALL_ENVS_DATASET_VERIFY_H_

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "envs/dataset/folder.h"
#include "envs/dataset/generate.h"

namespace flyball::dataset {

struct VerifySettings {
  // Restores every stored state, plays the stored actions, and compares all columns and the next
  // stored state bit for bit.
  bool replay = false;
  // 0: every bit is the same, as the same build makes it. Above: numbers a and b may differ by
  // tolerance * max(1, |a|, |b|), and every stored state is gone on from as it is stored.
  double tolerance = 0.0;
  int workers = 1;  // threads; 0: all cores
  int rows = 0;     // rows of the replaying environments; 0: chosen
  Progress progress = {};
};

struct Problem {
  int64_t episode = -1;  // -1: of a whole file or folder
  int64_t step = -1;     // -1: of the whole episode
  std::string text;      // with file or episode and step
};

struct Report {
  Totals totals;                  // the hash is empty if shards cannot be read
  std::vector<Problem> problems;  // in order of episodes
  bool ok() const { return problems.empty(); }
};

// What is wrong with one episode by itself: shapes, hash, seed, finite numbers, bounds, flags.
std::vector<Problem> CheckEpisode(const Layout& layout, const Episode& episode,
                                  const std::string& hash);
// Plays episodes of a dataset again, in the rows of one environment.
class Replay {
 public:
  // Throws InputError for a tolerance that is negative or not finite.
  Replay(const Layout& layout, int rows, double tolerance = 0.0);
  ~Replay();
  // Where each of the episodes that `next` gives, until it gives none, first differs from what the
  // environment does; in no particular order.
  std::vector<Problem> Run(const std::function<std::shared_ptr<const Episode>()>& next);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

// Throws DataError if there is no dataset to look at, InputError if replay is asked for and the
// environment is not registered.
Report Verify(const std::filesystem::path& folder, const VerifySettings& settings = {});

}  // namespace flyball::dataset

#endif  // FLYBALL_ENVS_DATASET_VERIFY_H_
