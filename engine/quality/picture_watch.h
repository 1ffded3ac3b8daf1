#pragma once

#include <optional>
#include <vector>

#include "engine/base/media_time.h"
#include "engine/base/result.h"
#include "engine/quality/luma_grid.h"
#include "engine/quality/quality_finding.h"

namespace subtide {

struct PictureWatchOptions {
  double black_level = 0.10;  ///< a pixel up to this share of the way from black to white is black
  double black_share = 0.98;  ///< of the pixels of a black picture are black
  MediaDuration shortest_black = std::chrono::seconds(2);
  double freeze_noise = 0.001;  ///< mean difference of frozen pictures, as a share of full scale
  MediaDuration shortest_freeze = std::chrono::seconds(2);
};

/// Finds black stretches and those where the picture stands still. A black picture that stands
/// still is both.
///
/// Time:    of the pictures (PTS), in the order in which they are shown; each is shown until the
///          next one, the last one for its own duration. A step back begins anew.
/// Owner:   the caller; movable. It keeps one grid.
/// Threads: starts none and takes no lock; use from one thread at a time.
/// Errors:  create(): kInvalidArgument. Nothing else can fail.
/// Source:  ffmpeg's blackdetect and freezedetect, on every few pixels.
class PictureWatch {
 public:
  static Result<PictureWatch> create(const PictureWatchOptions& options = {});

  /// A picture. Gives the stretches that ended with the one before it.
  std::vector<QualityFinding> push(TimeSpan shown, const LumaGrid& picture);

  /// The end, or a jump: what goes on ends with the last picture.
  std::vector<QualityFinding> finish();

 private:
  explicit PictureWatch(const PictureWatchOptions& options) : options_(options) {}

  bool is_black(const LumaGrid& picture) const;
  bool stands_still(const LumaGrid& picture) const;
  void end_black(MediaTime end);
  void end_freeze(MediaTime end);

  PictureWatchOptions options_;
  std::optional<TimeSpan> last_;
  std::optional<MediaTime> black_since_;
  std::optional<MediaTime> still_since_;  ///< when the picture that others are compared to came
  LumaGrid still_;
  std::vector<QualityFinding> found_;
};

}  // namespace subtide
