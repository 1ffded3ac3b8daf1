#include "engine/ingest/backoff.h"

#include <algorithm>
#include <array>

namespace subtide {
namespace {

constexpr std::array<int, 6> kPauses{500, 1'000, 2'000, 4'000, 8'000, 15'000};
constexpr int kJitterPercent = 20;

}  // namespace

std::chrono::milliseconds Backoff::next() {
  const auto step = std::min(static_cast<std::size_t>(attempts_), kPauses.size() - 1);
  ++attempts_;
  std::uniform_int_distribution<int> percent(100 - kJitterPercent, 100 + kJitterPercent);
  return std::chrono::milliseconds(kPauses[step] * percent(random_) / 100);
}

}  // namespace subtide
