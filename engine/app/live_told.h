#pragma once

#include <gst/gst.h>

#include <chrono>
#include <functional>
#include <mutex>
#include <set>
#include <string>

#include "elements/hls_sink/hls_publisher.h"
#include "engine/api/live_metrics.h"
#include "engine/api/page_feed.h"
#include "engine/app/console.h"
#include "engine/app/event_output.h"
#include "engine/app/live_board.h"
#include "engine/app/live_sidecars.h"
#include "engine/gst/live_notices.h"
#include "engine/gst/metadata_event.h"
#include "engine/packaging/effect.h"
#include "engine/pipeline/live_session.h"
#include "engine/pipeline/side_output.h"
#include "engine/subtitles/cea608_rows.h"

namespace subtide {

/// Tells people and machines what happens in a live stream: events, the watch page, metrics, the
/// status line.
///
/// Owner:   the live stream; what it refers to must outlive it. Threads: as LiveObserver; board()
///          from any.
class LiveTold final : public LiveObserver {
 public:
  struct Listeners {
    Console& console;
    EventOutput& events;
    PageFeed& feed;
    LiveMetrics& metrics;
    LiveSidecars* sidecars = nullptr;  ///< null: none are written
  };
  LiveTold(Listeners to, std::string job, LiveBoard board);

  /// Who puts the source's own metadata into the stream; before the session runs.
  void on_item(std::function<void(const TimedMetadata&)> place) { place_ = std::move(place); }
  /// Who says where the media is, and how much later than spoken its texts are stamped; before the
  /// session runs.
  void watch(const LiveSession& session, MediaDuration lateness) {
    session_ = &session;
    lateness_ = lateness;
  }
  LiveBoard board() const;

  void on_source(const IngestNotice& notice) override;
  void on_epoch(const Epoch& epoch) override;
  void on_sound(const SoundNotice& notice) override;
  void on_damage(const DamageNotice& notice) override;
  void on_format(const FormatNotice& notice) override;
  void on_speech(const SpeechSegment& segment) override;
  void on_gap(const Gap& gap) override;
  void on_model(const ModelUse& model) override;
  void on_metadata(const TimedMetadata& item) override {
    if (place_) place_(item);
  }
  void on_warning(const std::string& line) override;
  void on_message(GstMessage* message) override;
  void on_turn() override;
  void on_transcript(const Phrase& phrase) override;
  void on_translation(const Phrase& phrase) override;
  void on_cue(const Cue& cue) override;

  /// From a side output; any thread.
  void on_output(const std::string& target, SideOutputState state, const std::string& detail);
  /// From the HLS sink; any thread.
  void on_segment(const SegmentPublished& segment, const SegmentFigures& figures);
  void on_playlist(const std::string& name, std::uint64_t sequence);
  void on_late_cue(const Cue& cue);
  void on_ending();

  /// A recording ended before the stream did.
  bool has_failed_output() const;
  std::vector<Gap> gaps() const;
  std::vector<ModelNamed> models() const;

 private:
  void tell_marker(const MetadataPlaced& placed);
  void tell_partial(const PartialText& partial);
  void tell_degrade(const DegradeNotice& notice);
  void tell_caption_note(const Cea608Note& note);
  void change(const std::function<void(LiveBoard&)>& change);

  const Listeners to_;
  const std::string job_;
  const LiveSession* session_ = nullptr;
  std::function<void(const TimedMetadata&)> place_;
  MediaDuration lateness_{0};
  mutable std::mutex mutex_;  ///< guards what is below
  LiveBoard board_;
  std::string leader_;  ///< the rendition whose segments are told as boundaries
  std::optional<Epoch> epoch_;
  std::vector<Gap> gaps_;
  bool has_failed_output_ = false;
  std::set<std::string> held_up_;  ///< outputs that were told as congested
  std::vector<ModelNamed> models_;
  std::chrono::steady_clock::time_point page_told_{};
  bool has_told_unspelled_ = false;
};

}  // namespace subtide
