#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/result.h"
#include "engine/metadata/timed_metadata.h"
#include "engine/packaging/fragment.h"
#include "engine/packaging/playlist.h"
#include "engine/packaging/segment_plan.h"
#include "engine/packaging/track_format.h"

namespace subtide {

/// The bytes of an event message box for an item of one track; empty: it is not carried.
using EventMessageWriter = std::function<std::string(const TimedMetadata&, const TrackFormat&)>;

/// The initialization segment that samples need.
struct TrackInit {
  std::string name;  ///< "init.mp4"
  TrackFormat format;
};

/// Samples that became bytes.
struct Chunk {
  std::string bytes;
  TimeSpan span;
  bool is_independent = false;
  std::shared_ptr<const TrackInit> init;
};

/// The samples of one video or audio track between their arrival and their segment.
///
/// Durations come from the next sample's decode time, so the last sample waits for one more or for
/// settle(). Decode times of video are moved, per epoch, such that its first sample decodes when it
/// is shown. Samples wait until take() asks for them: the caller bounds that.
///
/// Time:    engine time. Owner: the caller. Threads: one at a time.
/// Errors:  push() refuses another format in mid-epoch (kUnsupported).
class MediaTrack {
 public:
  /// A picture stands still over a gap of up to `longest_still`; a longer one, and every gap of
  /// sound, is a hole.
  MediaTrack(std::string name, MediaDuration longest_still, EventMessageWriter write_event);

  /// Before the first sample: initialization segments are `name`.mp4, `name`_2.mp4, …
  void set_init_name(std::string name) { init_name_ = std::move(name); }

  /// Samples from here on are coded so. Another format needs another epoch.
  void set_format(const TrackFormat& format) { next_format_ = format; }
  bool has_format() const { return next_format_.has_value(); }

  /// False when the sample cannot be used: decoding cannot begin with it, or time falls.
  Result<bool> push(Sample sample, int epoch);
  /// Carried by the chunk of its time.
  void add(const TimedMetadata& item);
  /// Nothing comes before `until`: the last sample ends where it says.
  void settle(Position until);
  /// Nothing comes any more: the last sample ends by its own duration.
  void finish();
  /// What lies before a place is published as it is: samples that come for it later are refused,
  /// and decoding has to begin anew behind it.
  void give_up_before(const Boundary& boundary);

  /// Up to where everything has come.
  Position reached() const { return reached_; }
  /// The newest sample as the plan wants to see it.
  SegmentPlan::Beat newest() const;
  /// The end of the sample before the newest.
  MediaTime end_before_newest() const { return end_before_newest_; }
  /// The end of the newest sample, as far as it is known.
  MediaTime end() const;

  /// The oldest waiting sample whose duration is known; null when there is none.
  const Sample* front() const;
  Position front_position() const;
  /// Moves the front sample into the open chunk.
  void take_front();
  bool has_open() const { return !open_.empty(); }
  MediaDuration open_length() const;
  MediaTime open_end() const;
  /// The bytes of the open chunk, with the metadata of its time before them; nothing when it is
  /// empty.
  std::optional<Chunk> close_chunk();

  /// Of the samples from here on; asked for when has_format().
  const TrackFormat& format() const { return *next_format_; }
  const std::string& name() const { return name_; }

 private:
  struct Waiting {
    Sample sample;
    int epoch = 0;
    std::shared_ptr<const TrackInit> init;
  };
  Status turn_to(int epoch);
  std::string events_until(MediaTime end, const TrackFormat& format);

  std::string name_;
  std::string init_name_ = "init";
  MediaDuration longest_still_;
  EventMessageWriter write_event_;
  std::optional<TrackFormat> next_format_;
  std::shared_ptr<const TrackInit> init_;
  std::deque<Waiting> waiting_;
  std::optional<Waiting> newest_;
  std::vector<Sample> open_;
  std::shared_ptr<const TrackInit> open_init_;
  std::multimap<MediaTime, TimedMetadata> items_;
  Position reached_{-1, MediaTime(0)};
  Boundary floor_{{-1, MediaTime(-1)}};
  MediaTime end_before_newest_{0};
  MediaTime last_decode_{-1};
  MediaDuration shift_{0};
  MediaDuration usual_length_{0};
  int epoch_ = -1;  ///< of the samples that come
  int init_count_ = 0;
  bool needs_start_ = true;
  std::uint32_t sequence_ = 0;
};

}  // namespace subtide
