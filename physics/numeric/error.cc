#include "physics/numeric/error.h"

#include <algorithm>
#include <cctype>

namespace flyball {
namespace {

// Levenshtein distance without regard to case, in quarters of a letter: a whole one, but a quarter
// for each that `a` lacks of `b` at either end, so that a part of a name is near to it.
int EditDistance(std::string_view a, std::string_view b) {
  constexpr int kLetter = 4, kLetterAtEnd = 1;
  std::vector<int> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = static_cast<int>(j) * kLetterAtEnd;
  for (size_t i = 1; i <= a.size(); ++i) {
    const int lacking = i == a.size() ? kLetterAtEnd : kLetter;
    int diagonal = row[0];
    row[0] = static_cast<int>(i) * kLetter;
    for (size_t j = 1; j <= b.size(); ++j) {
      const bool same = std::tolower(static_cast<unsigned char>(a[i - 1])) ==
                        std::tolower(static_cast<unsigned char>(b[j - 1]));
      const int substitute = diagonal + (same ? 0 : kLetter);
      diagonal = row[j];
      row[j] = std::min({row[j] + kLetter, row[j - 1] + lacking, substitute});
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
