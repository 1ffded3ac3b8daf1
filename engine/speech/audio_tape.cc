#include "engine/speech/audio_tape.h"

#include <algorithm>
#include <cassert>

#include "engine/speech/audio_window.h"

namespace subtide {
namespace {

constexpr MediaDuration kJump = std::chrono::milliseconds(40);
constexpr std::size_t kForgetAtOnce = 16'000;  // erasing every few samples would copy for ever
constexpr std::size_t kHop = 160;              // 10 ms
constexpr std::size_t kQuietHops = 20;         // 200 ms

MediaDuration length_of(std::size_t samples) {
  return samples_to_duration(static_cast<std::int64_t>(samples));
}

std::vector<std::int64_t> energy_per_hop(std::span<const std::int16_t> samples) {
  std::vector<std::int64_t> hops(samples.size() / kHop, 0);
  for (std::size_t i = 0; i < hops.size() * kHop; ++i) {
    hops[i / kHop] += std::int64_t{samples[i]} * samples[i];
  }
  return hops;
}

std::vector<std::int16_t> joined(const std::vector<AudioTape::Piece>& pieces) {
  std::vector<std::int16_t> all;
  for (const auto& piece : pieces) {
    all.insert(all.end(), piece.samples.begin(), piece.samples.end());
  }
  return all;
}

}  // namespace

MediaTime AudioTape::Piece::end() const { return begin + length_of(samples.size()); }

MediaTime AudioTape::Stretch::end() const { return begin + length_of(samples.size() - first); }

std::size_t AudioTape::Stretch::index(MediaTime time) const {
  const std::int64_t offset = duration_to_samples(time - begin);
  const auto size = static_cast<std::int64_t>(kept().size());
  return static_cast<std::size_t>(std::clamp<std::int64_t>(offset, 0, size));
}

AudioTape::Joint AudioTape::joint(MediaTime begin) const {
  if (empty() || begin > end() + kJump) return Joint::kGap;
  return begin < end() - kJump ? Joint::kBackward : Joint::kTouches;
}

void AudioTape::append(MediaTime begin, std::span<const std::int16_t> samples) {
  if (samples.empty()) return;
  const Joint how = joint(begin);
  assert(how != Joint::kBackward);
  if (how == Joint::kGap) stretches_.push_back({begin, 0, {}});
  auto& kept = stretches_.back().samples;
  kept.insert(kept.end(), samples.begin(), samples.end());
}

MediaTime AudioTape::begin() const { return stretches_.front().begin; }

MediaTime AudioTape::end() const { return stretches_.back().end(); }

std::vector<AudioTape::Piece> AudioTape::pieces(TimeSpan span) const {
  std::vector<Piece> found;
  for (const Stretch& stretch : stretches_) {
    const std::size_t from = stretch.index(span.begin);
    const std::size_t to = stretch.index(span.end);
    if (from >= to) continue;
    found.push_back({stretch.begin + length_of(from), stretch.kept().subspan(from, to - from)});
  }
  return found;
}

void AudioTape::forget_before(MediaTime time) {
  while (stretches_.size() > 1 && stretches_.front().end() <= time) stretches_.pop_front();
  if (empty()) return;
  Stretch& oldest = stretches_.front();
  const std::size_t count = oldest.index(time);
  oldest.begin += length_of(count);
  oldest.first += count;
  if (oldest.first < kForgetAtOnce) return;
  oldest.samples.erase(oldest.samples.begin(),
                       oldest.samples.begin() + static_cast<std::ptrdiff_t>(oldest.first));
  oldest.first = 0;
}

std::size_t count_samples(const std::vector<AudioTape::Piece>& pieces) {
  std::size_t count = 0;
  for (const auto& piece : pieces) count += piece.samples.size();
  return count;
}

std::vector<AudioTape::Piece> first_samples(std::vector<AudioTape::Piece> pieces,
                                            std::size_t count) {
  for (auto piece = pieces.begin(); piece != pieces.end(); ++piece) {
    if (count == 0) {
      pieces.erase(piece, pieces.end());
      break;
    }
    piece->samples = piece->samples.first(std::min(count, piece->samples.size()));
    count -= piece->samples.size();
  }
  return pieces;
}

std::size_t quietest_cut(const std::vector<AudioTape::Piece>& pieces, std::size_t limit) {
  const std::vector<std::int16_t> all = joined(first_samples(pieces, limit));
  const std::size_t search_from = limit - limit / 4;
  if (all.size() < search_from + kQuietHops * kHop) return all.size();
  const auto hops = energy_per_hop(std::span(all).subspan(search_from));
  std::int64_t sum = 0;
  std::int64_t lowest = -1;
  std::size_t best = 0;
  for (std::size_t i = 0; i < hops.size(); ++i) {
    sum += hops[i];
    if (i + 1 < kQuietHops) continue;
    if (lowest < 0 || sum <= lowest) {
      lowest = sum;
      best = i + 1 - kQuietHops / 2;
    }
    sum -= hops[i + 1 - kQuietHops];
  }
  return search_from + best * kHop;
}

}  // namespace subtide
