#include "physics/numeric/error.h"

#include <algorithm>
#include <cctype>

namespace flyball {
namespace {

// Levenshtein distance without regard to case.
int EditDistance(std::string_view a, std::string_view b) {
  std::vector<int> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = static_cast<int>(j);
  for (size_t i = 1; i <= a.size(); ++i) {
    int diagonal = row[0];
    row[0] = static_cast<int>(i);
    for (size_t j = 1; j <= b.size(); ++j) {
      const bool same = std::tolower(static_cast<unsigned char>(a[i - 1])) ==
                        std::tolower(static_cast<unsigned char>(b[j - 1]));
      const int substitute = diagonal + (same ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substitute});
    }
  }
  return row[b.size()];
}

}  // namespace

std::string NearestName(std::string_view name, std::span<const std::string> known) {
  std::string best;
  int best_distance = 0;
  for (const std::string& candidate : known) {
    const int distance = EditDistance(name, candidate);
    if (best.empty() || distance < best_distance) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

std::string UnknownName(std::string_view what, std::string_view name,
                        std::span<const std::string> known) {
  std::string text = "unknown " + std::string(what) + " '" + std::string(name) + "'";
  const std::string nearest = NearestName(name, known);
  if (nearest.empty()) return text + "; none is allowed here";
  text += "; did you mean '" + nearest + "'?";
  constexpr size_t kMostListed = 24;
  if (known.size() <= kMostListed) {
    text += " known:";
    for (size_t i = 0; i < known.size(); ++i) text += (i ? ", " : " ") + known[i];
  }
  return text;
}

}  // namespace flyball
