#pragma once

#include <memory>
#include <string>

#include "elements/hls_sink/gst_tide_hls_sink.h"
#include "engine/api/publication.h"
#include "engine/app/live_told.h"

namespace subtide {

/// What the HLS sink publishes, into the hands of viewers and of those who are told.
///
/// Owner: shared with the sink; both targets outlive it. Threads: the sink's publishing threads.
class LivePublished final : public PublicationObserver {
 public:
  LivePublished(Publication& publication, LiveTold& told)
      : publication_(publication), told_(told) {}

  void on_file(const std::string& name, std::shared_ptr<const std::string> bytes) override;
  void on_file_removed(const std::string& name) override;
  void on_playlist(const PlaylistUpdate& playlist) override;
  void on_late_cue(const LateCue& late) override;
  void on_playlist_written(const PlaylistUpdate& playlist) override;
  void on_segment(const SegmentPublished& segment, const SegmentFigures& figures) override;

 private:
  Publication& publication_;
  LiveTold& told_;
};

/// How far a playlist has come, as its text and the sink say.
PlaylistEdge edge_of(const PlaylistUpdate& update);

}  // namespace subtide
