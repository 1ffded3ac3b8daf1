#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <vector>

#include "engine/base/media_time.h"

namespace subtide {

/// The latest audio of a stream, found by media time.
///
/// A tape is a list of stretches, each continuous. Inside a stretch media time runs with the
/// samples from its first push; pushes that lie at most 40 ms off continue it.
///
/// Time:    media time of samples at 16 kHz; cuts fall on whole samples.
/// Owner:   the caller; movable. Memory: what was appended and not forgotten, and up to a second.
/// Threads: one at a time. Errors: none.
class AudioTape {
 public:
  /// Samples that touch each other; valid until the tape is changed.
  struct Piece {
    MediaTime begin{0};
    std::span<const std::int16_t> samples;
    MediaTime end() const;
  };

  /// How audio that begins at a time would join what is there.
  enum class Joint { kTouches, kGap, kBackward };
  Joint joint(MediaTime begin) const;

  /// Adds samples; `begin` matters for the first ones and after a gap. Backward is a caller's bug.
  void append(MediaTime begin, std::span<const std::int16_t> samples);

  bool empty() const { return stretches_.empty(); }
  MediaTime begin() const;
  MediaTime end() const;

  /// What is there of a span, in order; no piece is empty.
  std::vector<Piece> pieces(TimeSpan span) const;

  void forget_before(MediaTime time);
  void clear() { stretches_.clear(); }

 private:
  struct Stretch {
    MediaTime begin{0};  ///< of samples[first]
    std::size_t first = 0;
    std::vector<std::int16_t> samples;
    std::span<const std::int16_t> kept() const { return std::span(samples).subspan(first); }
    MediaTime end() const;
    std::size_t index(MediaTime time) const;
  };
  std::deque<Stretch> stretches_;
};

std::size_t count_samples(const std::vector<AudioTape::Piece>& pieces);

/// The first `count` samples of them.
std::vector<AudioTape::Piece> first_samples(std::vector<AudioTape::Piece> pieces,
                                            std::size_t count);

/// How many of the first `limit` samples to take so that the cut falls where it is quietest: the
/// middle of the quietest 200 ms in the last quarter before the limit, the later one of two alike.
std::size_t quietest_cut(const std::vector<AudioTape::Piece>& pieces, std::size_t limit);

}  // namespace subtide
