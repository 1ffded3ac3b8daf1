#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "elements/ingest/byte_feed.h"

namespace subtide {

/// What was fetched of each playlist so far, kept through reconnects, so that nothing comes twice.
/// Threads: any.
class HlsMemory {
 public:
  HlsCursor take(const std::string& playlist);
  void keep(const std::string& playlist, HlsCursor cursor);

 private:
  std::mutex mutex_;
  std::map<std::string, HlsCursor> cursors_;
};

/// Follows one HLS playlist and puts its segments into a graph.
///
/// The user's own address, and what it names at the same origin, may be anywhere; everything else
/// must be public or in the allowed networks, at each redirect again.
///
/// Owner:   the source.
/// Threads: run() on a feed's thread.
/// Errors:  run(): those of HttpClient and parse_hls_playlist(); kUnavailable when the playlist
///          stands still, or when its format changes on the way.
class HlsFeed {
 public:
  /// Starts to follow another playlist, such as the one of the sound alone.
  using Follow = std::function<void(const Url&)>;

  HlsFeed(SourceGraph& graph, const IngestPlan& plan, HlsMemory& memory, Follow follow);

  Status run(const std::string& url, const std::stop_token& stop);

 private:
  Result<HttpResponse> fetch(const Url& url, const std::optional<ByteRange>& range,
                             std::chrono::milliseconds timeout, const std::stop_token& stop);
  Result<HlsMedia> load(const Url& url, const std::stop_token& stop);
  Status follow(const Url& url, HlsMedia media, const std::stop_token& stop);
  Status feed(const HlsSegment& segment, const std::stop_token& stop);

  SourceGraph& graph_;
  const IngestPlan& plan_;
  HlsMemory& memory_;
  Follow follow_;
  HttpClient client_;
  ByteInlet inlet_;
  Url trusted_;
  Url rendition_;    ///< the playlist that names segments
  std::string map_;  ///< the one that was fed
};

}  // namespace subtide
