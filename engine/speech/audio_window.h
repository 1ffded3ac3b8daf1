#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "engine/base/media_time.h"
#include "engine/base/result.h"

namespace subtide {

inline constexpr int kSpeechSampleRate = 16000;

/// `count` samples at 16 kHz as a length of media time, and back (rounded to the nearest sample).
MediaDuration samples_to_duration(std::int64_t count);
std::int64_t duration_to_samples(MediaDuration duration);

/// One piece of a window that is continuous in media time.
struct WindowPiece {
  std::size_t first_sample = 0;  ///< offset in the window's samples
  MediaTime begin{0};            ///< media time of that sample
  bool operator==(const WindowPiece&) const = default;
};

/// What a recogniser hears at once: mono, 16 kHz, 16-bit samples, and where each came from.
///
/// Packed windows leave silence out, so a window is a list of pieces; inside a piece media time
/// runs with the samples. Quantised once, so a stored or replayed window is the same window.
///
/// Owner:   shared and immutable; hold it by `std::shared_ptr<const AudioWindow>`.
/// Threads: any, since nothing changes.
/// Errors:  create() refuses pieces that are unordered, empty or outside (kInvalidArgument).
class AudioWindow {
 public:
  /// `pieces` are in order of samples and of media time; the first starts at sample 0.
  static Result<std::shared_ptr<const AudioWindow>> create(std::vector<std::int16_t> samples,
                                                           std::vector<WindowPiece> pieces);

  std::span<const std::int16_t> samples() const { return samples_; }
  std::span<const WindowPiece> pieces() const { return pieces_; }

  /// Length as heard, silence left out.
  MediaDuration duration() const;
  /// From the first sample's media time to the end of the last sample.
  TimeSpan span() const;

  /// Media time of an offset in the window; offsets outside are clamped. An offset on the border of
  /// two pieces is the begin of the later one (kBegin) or the end of the earlier one (kEnd).
  enum class Border { kBegin, kEnd };
  MediaTime media_time(MediaDuration offset, Border border) const;

  AudioWindow(std::vector<std::int16_t> samples, std::vector<WindowPiece> pieces);  // use create()

 private:
  std::vector<std::int16_t> samples_;
  std::vector<WindowPiece> pieces_;
};

}  // namespace subtide
