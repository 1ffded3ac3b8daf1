#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/base/epoch.h"
#include "engine/base/media_time.h"
#include "engine/base/result.h"
#include "engine/metadata/cue_file.h"
#include "engine/metadata/timed_metadata.h"

namespace subtide {

/// An item on the access unit that got it.
struct PlacedMetadata {
  TimedMetadata item;  ///< `at` is inside the access unit
  MediaTime asked{0};  ///< before the access unit when the item came too late

  bool is_late() const;
};

/// Holds markers until the access unit comes whose time covers them.
///
/// Times of access units are rounded, so a millisecond before one still counts as inside it. An
/// item whose time has passed goes on the next access unit. The same id is the same event: a second
/// one is taken as a repetition of the first and forgotten, while the first waits or is among the
/// last `capacity` placed.
///
/// Time:    the stream's own, as the access units have it; they come in decoding order.
/// Owner:   the caller.
/// Threads: takes no lock; one thread at a time.
/// Errors:  add() refuses what has no room (kUnavailable).
class MetadataPlacer {
 public:
  explicit MetadataPlacer(std::size_t capacity);

  /// Holds for items added from now on.
  void set_capacity(std::size_t capacity) { capacity_ = capacity; }
  Status add(MetadataRequest request);
  void set_epoch(const Epoch& epoch);

  /// The items for the access unit that is shown at `shown`. No access unit to come is shown before
  /// `decoded`: what lies before is late. `unresolved` takes items that want a wall-clock time
  /// while no epoch is known; they are dropped.
  std::vector<PlacedMetadata> take(TimeSpan shown, MediaTime decoded,
                                   std::vector<TimedMetadata>& unresolved);

  /// True when take() could have something to give.
  bool has_due(TimeSpan shown) const;

  std::size_t waiting() const { return asked_.size() + waiting_.size(); }
  /// Takes out all that wait; the ids placed stay known.
  std::vector<TimedMetadata> take_all();
  void clear();

 private:
  void settle(MediaTime now, std::vector<TimedMetadata>& unresolved);
  void remember(const std::string& id);

  std::size_t capacity_;
  std::deque<MetadataRequest> asked_;                ///< without a media time as yet
  std::multimap<MediaTime, TimedMetadata> waiting_;  ///< by the time asked for
  std::set<std::string> known_;                      ///< ids that wait or were placed
  std::deque<std::string> placed_;                   ///< ids, the oldest first
  std::optional<Epoch> epoch_;
  std::optional<MediaTime> reached_;  ///< end of the furthest access unit
};

}  // namespace subtide
