#pragma once

#include <optional>

#include "engine/base/media_time.h"

namespace subtide {

/// A picture that stands in for one that did not come.
struct StandIn {
  enum class Kind { kLastPicture, kSlate };
  Kind kind = Kind::kLastPicture;
  TimeSpan span;
  bool operator==(const StandIn&) const = default;
};

/// Decides which pictures stand in while a stream brings none: its last one again for `hold`, then
/// a slate, in the rhythm that the stream had.
///
/// A stand-in is given only when its whole time has passed without a picture, so the next picture
/// never comes before it, and none waits for anything.
///
/// Time:    the stream's own; pictures in the order in which they are shown.
/// Owner:   the caller; a value. It keeps four times, however long nothing comes.
/// Threads: one at a time.
/// Errors:  none.
class SlatePlan {
 public:
  explicit SlatePlan(MediaDuration hold = std::chrono::seconds(2)) : hold_(hold) {}

  /// As the format tells. Nothing: as the pictures come.
  void set_frame_length(std::optional<MediaDuration> length) { told_ = length; }

  /// A picture came. False: it belongs before a stand-in that was given already; leave it out.
  bool take(MediaTime shown);
  /// No picture came until `time`: the next that stands in for those; ask again until there is
  /// none. Nothing before the first picture.
  std::optional<StandIn> next_before(MediaTime time);

  /// As if nothing had come yet; what the format told stays.
  void restart();
  bool has_begun() const { return next_.has_value(); }
  /// True from the first stand-in to the next picture.
  bool stands_in() const { return stands_in_; }

 private:
  MediaDuration frame_length() const;

  MediaDuration hold_;
  std::optional<MediaDuration> told_;
  std::optional<MediaDuration> seen_;  ///< between the last two pictures
  MediaTime newest_{0};                ///< picture or stand-in
  MediaTime picture_end_{0};           ///< of the last picture
  std::optional<MediaTime> next_;      ///< when the next is due
  bool stands_in_ = false;
};

}  // namespace subtide
