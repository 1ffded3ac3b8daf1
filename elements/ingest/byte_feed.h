#pragma once

#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>

#include "elements/ingest/ingest_settings.h"
#include "elements/ingest/source_graph.h"
#include "engine/base/result.h"
#include "engine/ingest/hls_playlist.h"
#include "engine/net/http_client.h"

namespace subtide {

/// Bytes on their way into a graph; finds out by the first ones what they are.
///
/// Owner:   one feed.
/// Threads: one at a time; push() waits while the graph has enough.
/// Errors:  kUnavailable when the graph was stopped; kBadInput for a playlist in media's place.
class ByteInlet {
 public:
  explicit ByteInlet(SourceGraph& graph) : graph_(graph) {}

  Status push(std::string_view bytes);
  /// No more will come.
  Status end();

 private:
  Status open();
  Status send(std::string_view bytes);

  SourceGraph& graph_;
  GstPtr<GstAppSrc> source_;
  std::string head_;
};

/// Fetches what a source names by HTTP, or reads a transport stream's file, on a thread of its own,
/// and puts it into a graph. A failure goes to the graph.
///
/// Owner:   the source; stops and waits for its thread when it goes. The graph is stopped before,
///          which wakes a feed that waits for room.
/// Threads: starts one.
/// Errors:  through SourceGraph::fail().
class ByteFeed {
 public:
  using Work = std::function<Status(std::stop_token)>;

  ByteFeed(SourceGraph& graph, Work work);
  ByteFeed(const ByteFeed&) = delete;
  ByteFeed& operator=(const ByteFeed&) = delete;

  void ask_to_stop() { thread_.request_stop(); }

 private:
  std::jthread thread_;
};

/// The whole of a regular file.
Status feed_file(SourceGraph& graph, const std::string& path, const std::stop_token& stop);
/// The whole answer to a GET.
Status feed_http(SourceGraph& graph, const IngestPlan& plan, const std::stop_token& stop);

/// Whether the file begins like a transport stream. Errors: kNotFound, kIo, kBadInput.
Result<bool> is_transport_stream_file(const std::string& path);

}  // namespace subtide
