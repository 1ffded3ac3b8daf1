#include "engine/config/near_name.h"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace subtide {
namespace {

constexpr std::size_t kLongestName = 40;   // no option is as long
constexpr std::size_t kLongestShown = 60;  // bytes

/// Edits that make `b` of `a`, neighbours swapped being one (optimal string alignment).
std::size_t edits(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> cost(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) {
    for (std::size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        cost[i][j] = i + j;
        continue;
      }
      const std::size_t change = a[i - 1] == b[j - 1] ? 0 : 1;
      cost[i][j] = std::min({cost[i - 1][j] + 1, cost[i][j - 1] + 1, cost[i - 1][j - 1] + change});
      const bool is_swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (is_swapped) cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
    }
  }
  return cost[a.size()][b.size()];
}

}  // namespace

std::optional<std::string> nearest_name(std::string_view name, std::span<const std::string> known) {
  if (name.size() > kLongestName) return std::nullopt;
  std::optional<std::string> nearest;
  std::size_t least = std::max<std::size_t>(name.size() / 3, 1) + 1;
  for (const std::string& one : known) {
    const std::size_t count = edits(name, one);
    if (count >= least) continue;
    least = count;
    nearest = one;
  }
  return nearest;
}

std::string shown(std::string_view text) {
  const bool is_cut = text.size() > kLongestShown;
  std::size_t length = std::min(text.size(), kLongestShown);
  // Not in the middle of a letter.
  while (is_cut && length > 0 && (static_cast<unsigned char>(text[length]) & 0xC0U) == 0x80U) {
    --length;
  }
  std::string line(text.substr(0, length));
  std::ranges::replace_if(
      line, [](unsigned char letter) { return letter < 0x20 || letter == 0x7F; }, ' ');
  return is_cut ? line + "…" : line;
}

}  // namespace subtide
