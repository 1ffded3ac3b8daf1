#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "engine/base/media_time.h"
#include "engine/base/result.h"
#include "engine/quality/quality_finding.h"

namespace subtide {

struct SoundWatchOptions {
  double silence_level = -60;  ///< dBFS; all channels stay below it
  MediaDuration shortest_silence = std::chrono::seconds(2);
  int clipped_samples = 3;  ///< in a row, at full scale, in one channel
  /// Clips no further apart are one stretch.
  MediaDuration clip_distance = std::chrono::milliseconds(500);
  /// From here on a hole between buffers is sound that is missing, and no rounding of times.
  MediaDuration shortest_hole = std::chrono::milliseconds(100);
};

/// Finds silent and clipped stretches, and those where no sound came at all.
///
/// Time:    each push() says when its first sample is heard (PTS); samples are counted inside a
///          push alone, so that what a damaged stream lost moves nothing behind it. A hole ends
///          what went on before it; so does a step back, which is no fault of the sound.
/// Owner:   the caller; movable.
/// Threads: starts none and takes no lock; use from one thread at a time.
/// Errors:  create(): kInvalidArgument. Nothing else can fail.
/// Source:  silence as in ffmpeg's silencedetect.
class SoundWatch {
 public:
  static Result<SoundWatch> create(int rate, int channels, const SoundWatchOptions& options = {});

  /// Interleaved samples, full scale 1.0, heard from `begin` on. Gives what ended meanwhile.
  std::vector<QualityFinding> push(MediaTime begin, std::span<const float> samples);
  std::vector<QualityFinding> push(MediaTime begin, std::span<const std::int16_t> samples);

  /// No sound came in `gap`.
  std::vector<QualityFinding> skip(TimeSpan gap);

  /// The end, or a jump: what goes on ends with the last sample. What comes next may begin
  /// anywhere.
  std::vector<QualityFinding> finish();

 private:
  SoundWatch(int rate, int channels, const SoundWatchOptions& options);

  template <typename Sample>
  std::vector<QualityFinding> look(MediaTime begin, std::span<const Sample> samples);
  MediaTime time_of(MediaTime begin, std::size_t frame) const;
  void meet(MediaTime begin);
  void end_silence(MediaTime end);
  void end_run(std::size_t channel, MediaTime end);
  void end_clips();
  void end_all();

  struct Clips {
    TimeSpan span;
    std::uint64_t count = 0;
  };
  /// Samples in a row at full scale, of one channel.
  struct Run {
    std::int64_t length = 0;
    MediaTime begin{0};
  };

  SoundWatchOptions options_;
  int rate_;
  float silence_;  ///< as a share of full scale
  std::vector<Run> runs_;
  std::optional<MediaTime> silent_since_;
  std::optional<Clips> clips_;
  std::optional<MediaTime> heard_until_;
  std::optional<MediaTime> missing_until_;  ///< as skip() told
  std::vector<QualityFinding> found_;
};

}  // namespace subtide
