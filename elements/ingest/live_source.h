#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "elements/ingest/byte_feed.h"
#include "elements/ingest/hls_feed.h"
#include "elements/ingest/ingest_settings.h"
#include "elements/ingest/source_graph.h"

namespace subtide {

/// One connection to a source: made, used until it ends or fails, and given up.
///
/// Owner:   the session; give_up() first, then destroy on a thread that may hang.
/// Threads: open() and next_event() on the session's thread.
/// Errors:  open(): kUnsupported, kNotFound, kUnavailable. Later ones through next_event(): its
///          messages hold no secrets.
class LiveSource {
 public:
  static Result<std::unique_ptr<LiveSource>> open(const IngestPlan& plan,
                                                  std::shared_ptr<HlsMemory> memory,
                                                  std::shared_ptr<SourceGate> gate);
  ~LiveSource();
  LiveSource(const LiveSource&) = delete;
  LiveSource& operator=(const LiveSource&) = delete;

  SourceGraph::Event next_event(std::chrono::milliseconds timeout) {
    return graph_.next_event(timeout);
  }
  void interrupt() { graph_.interrupt(); }
  /// From now on nothing of it arrives anywhere.
  void give_up() { graph_.gate()->cut(); }

 private:
  LiveSource(const IngestPlan& plan, std::shared_ptr<HlsMemory> memory,
             std::shared_ptr<SourceGate> gate);

  Status connect();
  Status connect_srt();
  Status connect_rtmp();
  Status connect_rtsp();
  Status connect_packets();
  Status connect_file();
  void start_feeds();
  void follow_hls(const std::string& url);
  void add_feed(ByteFeed::Work work);
  static void on_rtsp_pad(GstElement* element, GstPad* pad, gpointer self);

  const IngestPlan plan_;
  const std::shared_ptr<HlsMemory> memory_;
  SourceGraph graph_;
  std::mutex mutex_;
  bool is_stopping_ = false;
  bool reads_ts_file_ = false;
  std::vector<std::unique_ptr<HlsFeed>> hls_;
  std::vector<std::unique_ptr<ByteFeed>> feeds_;
};

}  // namespace subtide
