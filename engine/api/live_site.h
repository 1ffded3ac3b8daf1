#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "engine/api/access.h"
#include "engine/api/http_server.h"
#include "engine/api/live_metrics.h"
#include "engine/api/page_feed.h"
#include "engine/api/publication.h"

namespace subtide {

/// What the pages of a live stream consist of.
struct LivePages {
  std::string_view watch_page;  ///< HTML
  std::string_view player;      ///< hls.js
};

/// What a live stream serves.
///
///   GET  /             the watch page            GET /hls/NAME   playlists and segments
///   GET  /player.js    hls.js                    GET /events     server-sent events
///   GET  /metrics      Prometheus                GET /status     the state as JSON
///   POST /inject       one cue object as JSON    POST /login     the token, from its form
///
/// Owner:   the caller; the references must outlive it, and it must outlive the server whose
///          handler it is. Threads: answer() on the server's thread.
class LiveSite {
 public:
  /// Takes one cue object (JSON text); what it says of it, as JSON.
  using Inject = std::function<Result<std::string>(const std::string&)>;
  using Status = std::function<std::string()>;

  LiveSite(Access access, LivePages pages, Publication& publication, PageFeed& feed,
           LiveMetrics& metrics, Inject inject, Status status);

  void answer(const ServerRequest& request, const HttpReply& reply);

 private:
  void answer_get(const ServerRequest& request, const HttpReply& reply);
  ServerAnswer take_item(const ServerRequest& request) const;

  Access access_;
  LivePages pages_;
  Publication& publication_;
  PageFeed& feed_;
  LiveMetrics& metrics_;
  Inject inject_;
  Status status_;
};

}  // namespace subtide
