#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/epoch.h"
#include "engine/base/media_time.h"
#include "engine/ingest/timestamp_unwrapper.h"

namespace subtide {

using SteadyTime = std::chrono::steady_clock::time_point;

/// Both clocks of the machine at one instant.
struct ClockReading {
  SteadyTime steady{};
  WallTime wall{};
};

enum class TimelineKind {
  kAudio,
  kVideo,
  kOther,  ///< sparse, such as metadata: follows the others' epochs, opens none
};

/// The times on a buffer of the source.
struct SourceStamp {
  std::optional<MediaTime> pts;
  std::optional<MediaTime> dts;
  MediaDuration duration{0};  ///< 0: unknown
};

/// What became of the oldest buffer of a stream that was not spoken of yet.
struct Placement {
  std::size_t stream = 0;
  bool is_kept = false;  ///< false: its time makes no sense, or repeats what was there; drop it
  std::optional<MediaTime> pts;  ///< engine time
  std::optional<MediaTime> dts;
  int epoch = 0;  ///< its number
  bool operator==(const Placement&) const = default;
};

struct TimelineOptions {
  bool wraps_at_33_bits = false;  ///< the stamps are MPEG-TS times, still to be unwrapped
  MediaDuration clamp = std::chrono::milliseconds(40);       ///< smaller steps are smoothed away
  MediaDuration most_back = std::chrono::milliseconds(200);  ///< further back is suspect
  MediaDuration most_ahead = std::chrono::seconds(5);        ///< further ahead is suspect
  int votes = 3;  ///< consecutive buffers that must agree before a suspect time is believed
  /// How long an epoch's first buffers wait for those of the other streams.
  std::chrono::milliseconds patience = std::chrono::seconds(1);
  /// The same for the very first: what comes until then decides what the session has, and who joins
  /// a broadcast may be a whole group of pictures away from the next key frame.
  std::chrono::milliseconds first_patience = std::chrono::seconds(5);
};

/// Puts the streams of one live source onto engine time, through wraps, jumps and reconnects.
///
/// All streams share the epochs, so inside an epoch they keep the distance that the source gave
/// them, within the clamp. Buffers are answered in each stream's order, some late: those of a new
/// epoch wait until its place is known.
///
/// Time:    in: the source's own; out: engine time, from 0 on, continuous. A step forward up to
///          `most_ahead` is a gap. A new epoch follows on where the furthest stream ended, after
///          a reconnect later by the time that the outage took on the clock. Per stream the key
///          (DTS, or PTS where there is none) never goes back; pictures without DTS may, by
///          `most_back`. Audio that repeats what was there is dropped, a picture's DTS is held.
/// Owner:   the caller; a value.
/// Threads: one at a time.
/// Errors:  none: a time that cannot be believed is dropped.
class TimelineMapper {
 public:
  explicit TimelineMapper(TimelineOptions options = {});

  /// Streams are numbered from 0 and stay through all epochs.
  std::size_t add_stream(TimelineKind kind);
  /// It brings nothing for the present: no epoch waits for it.
  void set_present(std::size_t stream, bool is_present);

  /// From the next connection on: whether its stamps wrap as those of MPEG-TS do.
  void set_wraps(bool wraps_at_33_bits) { options_.wraps_at_33_bits = wraps_at_33_bits; }

  /// The next buffer of `stream`. Answers it, or buffers before it, of any stream, or none yet.
  std::vector<Placement> push(std::size_t stream, const SourceStamp& stamp, ClockReading now);
  /// Answers what waited long enough; call some times a second.
  std::vector<Placement> poll(ClockReading now);
  /// The end, or the connection is lost: answers everything that still waits.
  std::vector<Placement> finish(ClockReading now);
  /// What comes next is of a new connection: a new epoch. Call finish() before.
  void reconnect();
  /// The format of `stream` changes here: a new epoch on the same line of time.
  void change_format(std::size_t stream, ClockReading now);

  /// Engine time by the clock: where the outputs should be when nothing comes.
  MediaTime engine_time(SteadyTime now) const;
  /// Downstream was told that nothing comes up to `time` on `stream`.
  void fill(std::size_t stream, MediaTime time);
  /// Where a time that the source speaks of lies, in its latest epoch; nothing before the first.
  std::optional<MediaTime> locate(MediaTime source_time) const;
  /// Where the stream's output ends.
  MediaTime end_of(std::size_t stream) const { return streams_[stream].end; }

  /// The epochs so far, the latest last; of a long session the latest few hundred.
  const std::vector<Epoch>& epochs() const { return epochs_; }
  /// Null when it is not known (any more).
  const Epoch* find(int number) const;

 private:
  struct Held {
    SourceStamp stamp;
    MediaTime key{0};
    SteadyTime arrival;
  };
  struct Stream {
    TimelineKind kind = TimelineKind::kOther;
    bool is_present = true;
    bool has_output = false;
    bool has_dts = false;
    int epoch = -1;
    std::optional<MediaTime> next;  ///< the source time expected next
    MediaTime end{0};               ///< of the output, gaps told of included
    MediaTime last{0};              ///< the key that went out last
    MediaTime floor{0};             ///< where its present epoch found it
    SteadyTime heard{};             ///< when it last brought something believed
    std::deque<Held> held;

    bool is_media() const { return kind != TimelineKind::kOther; }
  };
  struct Opening {
    std::string reason;
    std::optional<SteadyTime> since;
  };
  using Answers = std::vector<Placement>;

  std::optional<Held> read(const Stream& stream, const SourceStamp& stamp, SteadyTime now) const;
  void mend_dts(const Stream& stream, SourceStamp& stamp) const;
  bool is_suspect(MediaDuration step) const;
  bool is_ready(SteadyTime now) const;
  const Epoch* choose(const Stream& stream, const Held& held) const;
  const Held* best_witness() const;
  bool joins(const Stream& stream, const Held& held, std::optional<MediaDuration> step) const;
  void take(std::size_t index, Held held, ClockReading now, Answers& answers);
  void doubt(std::size_t index, Held held, ClockReading now, Answers& answers);
  void open(ClockReading now, Answers& answers);
  void open_jump(std::size_t index, ClockReading now, Answers& answers);
  void add_epoch(MediaTime source, MediaTime begins, std::string reason, ClockReading now);
  void release(Answers& answers);
  void drop_held(std::size_t index, Answers& answers);
  Placement place(std::size_t index, const Held& held, const Epoch& epoch);
  std::optional<MediaTime> place_key(const Stream& stream, const Held& held, MediaTime plain) const;
  std::optional<MediaTime> earliest_held(MediaTime near) const;
  MediaTime furthest_end() const;

  TimelineOptions options_;
  TimestampUnwrapper unwrapper_;
  std::vector<Stream> streams_;
  std::vector<Epoch> epochs_;
  std::optional<Opening> opening_{Opening{"start", {}}};
  int next_number_ = 0;
  MediaTime newest_key_{0};  ///< the furthest source time seen in the latest epoch
  MediaTime anchor_{0};      ///< engine time at `anchor_clock_`
  std::optional<SteadyTime> anchor_clock_;
};

}  // namespace subtide
