// Which policy plays which episode.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "envs/dataset/plan.h"

namespace flyball::dataset {
namespace {

// Whether episode j of n of one policy comes before episode k of m of another, when each policy's
// episodes are spread evenly: (2 j + 1) / (2 n) < (2 k + 1) / (2 m), in whole numbers.
bool IsBefore(int64_t j, int64_t n, int64_t k, int64_t m) {
  return static_cast<__int128>(2 * j + 1) * m < static_cast<__int128>(2 * k + 1) * n;
}

// How many of a policy's n episodes come before episode k of m of another (or at the same place, if
// `ties`).
int64_t CountBefore(int64_t n, int64_t k, int64_t m, bool ties) {
  int64_t low = 0, high = n;
  while (low < high) {
    const int64_t j = low + (high - low) / 2;
    if (IsBefore(j, n, k, m) || (ties && !IsBefore(k, m, j, n))) {
      low = j + 1;
    } else {
      high = j;
    }
  }
  return low;
}

}  // namespace

std::vector<int64_t> Plan::EpisodeCounts() const {
  double total = 0.0;
  for (const PolicyEntry& entry : policies) total += entry.fraction;
  const int64_t number = transitions > 0 ? transitions : episodes;
  std::vector<int64_t> counts;
  std::vector<double> remainders;
  for (const PolicyEntry& entry : policies) {
    const double share = static_cast<double>(number) * (entry.fraction / total);
    counts.push_back(static_cast<int64_t>(std::floor(share)));
    remainders.push_back(share - std::floor(share));
  }
  // What is left over goes to the largest remainders; of equal ones, to the first.
  int64_t left = number - std::accumulate(counts.begin(), counts.end(), int64_t{0});
  std::vector<size_t> order(policies.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return remainders[a] > remainders[b]; });
  for (size_t i = 0; left > 0; i = (i + 1) % order.size(), --left) ++counts[order[i]];
  return counts;
}

int Plan::PolicyOf(int64_t episode) const {
  const int num_policies = static_cast<int>(policies.size());
  if (num_policies == 1) return 0;
  if (paired) return static_cast<int>(episode % num_policies);
  const std::vector<int64_t> counts = EpisodeCounts();
  if (in_order) {
    int policy = 0;
    for (int64_t rest = episode; rest >= counts[policy]; ++policy) rest -= counts[policy];
    return policy;
  }
  // The episode's place is the number of episodes before it. For each policy, look for the one of
  // its episodes that stands there; exactly one policy has one.
  for (int policy = 0; policy < num_policies; ++policy) {
    const auto place_of = [&](int64_t k) {
      int64_t place = k;
      for (int other = 0; other < num_policies; ++other) {
        if (other == policy) continue;
        place += CountBefore(counts[other], k, counts[policy], other < policy);
      }
      return place;
    };
    int64_t low = 0, high = counts[policy];
    while (low < high) {
      const int64_t k = low + (high - low) / 2;
      if (place_of(k) < episode) {
        low = k + 1;
      } else {
        high = k;
      }
    }
    if (low < counts[policy] && place_of(low) == episode) return policy;
  }
  return 0;  // not reached for an episode of the plan
}

}  // namespace flyball::dataset
