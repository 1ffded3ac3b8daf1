#include "elements/ingest/live_source.h"

#include <string_view>
#include <utility>

#include "engine/gst/guard.h"

namespace subtide {
namespace {

constexpr guint kUdpBuffer = 4U << 20U;
constexpr guint kRtspLatencyMs = 200;

guint to_ms(MediaDuration time) {
  return static_cast<guint>(std::chrono::duration_cast<std::chrono::milliseconds>(time).count());
}

}  // namespace

LiveSource::LiveSource(const IngestPlan& plan, std::shared_ptr<HlsMemory> memory,
                       std::shared_ptr<SourceGate> gate)
    : plan_(plan),
      memory_(std::move(memory)),
      graph_(std::move(gate), plan.settings.decode_audio) {}

// The feeds may wait for room in the graph, and the graph for its own threads: first all are asked.
LiveSource::~LiveSource() {
  graph_.gate()->cut();
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
    for (const auto& feed : feeds_) feed->ask_to_stop();
  }
  graph_.stop();
  feeds_.clear();
}

Result<std::unique_ptr<LiveSource>> LiveSource::open(const IngestPlan& plan,
                                                     std::shared_ptr<HlsMemory> memory,
                                                     std::shared_ptr<SourceGate> gate) {
  std::unique_ptr<LiveSource> source(new LiveSource(plan, std::move(memory), std::move(gate)));
  if (auto connected = source->connect(); !connected) return std::move(connected.error());
  return source;
}

Status LiveSource::connect() {
  Status connected = ok();
  switch (plan_.address.kind) {
    case SourceKind::kSrt:
      connected = connect_srt();
      break;
    case SourceKind::kRtmp:
      connected = connect_rtmp();
      break;
    case SourceKind::kRtsp:
      connected = connect_rtsp();
      break;
    case SourceKind::kUdp:
    case SourceKind::kRtp:
      connected = connect_packets();
      break;
    case SourceKind::kFile:
      connected = connect_file();
      break;
    case SourceKind::kHls:
    case SourceKind::kHttp:
      break;
  }
  if (!connected) return connected;
  if (!graph_.start()) {
    auto event = graph_.next_event(std::chrono::milliseconds(100));
    if (event.failed) return std::move(*event.failed);
    return make_error(ErrorCode::kUnavailable, "{}: cannot be opened", plan_.address.shown);
  }
  start_feeds();
  return ok();
}

void LiveSource::start_feeds() {
  if (plan_.address.kind == SourceKind::kHls) follow_hls(plan_.address.uri);
  if (plan_.address.kind == SourceKind::kHttp) {
    add_feed([this](const std::stop_token& stop) { return feed_http(graph_, plan_, stop); });
  }
  if (!reads_ts_file_) return;
  add_feed(
      [this](const std::stop_token& stop) { return feed_file(graph_, plan_.address.path, stop); });
}

Status LiveSource::connect_srt() {
  GstElement* source = graph_.add("srtsrc");
  if (source == nullptr) return make_error(ErrorCode::kUnsupported, "srtsrc is missing");
  // Setting the URI forgets what was set before. Reconnecting is done here, with a new epoch.
  g_object_set(source, "uri", plan_.address.uri.c_str(), "auto-reconnect", FALSE, nullptr);
  const auto set_unless_in_uri = [&](const char* name, const std::string& value) {
    const bool is_in_uri = plan_.address.uri.find(std::string(name) + "=") != std::string::npos;
    if (!value.empty() && !is_in_uri) g_object_set(source, name, value.c_str(), nullptr);
  };
  set_unless_in_uri("passphrase", plan_.settings.passphrase);
  set_unless_in_uri("streamid", plan_.settings.stream_id);
  const PadPtr pad(gst_element_get_static_pad(source, "src"));
  graph_.stamp_for_tsdemux(pad.get());
  const CapsPtr caps(gst_caps_from_string("video/mpegts, systemstream=true"));
  graph_.plug_as(pad.get(), caps.get());
  return ok();
}

Status LiveSource::connect_rtmp() {
  GstElement* source = graph_.add("rtmp2src");
  if (source == nullptr) return make_error(ErrorCode::kUnsupported, "rtmp2src is missing");
  g_object_set(source, "location", plan_.address.uri.c_str(), nullptr);
  const PadPtr pad(gst_element_get_static_pad(source, "src"));
  const CapsPtr caps(gst_caps_from_string("video/x-flv"));
  graph_.plug_as(pad.get(), caps.get());
  // FLV lists nothing beforehand; whoever sends RTMP nearly always sends pictures.
  graph_.gate()->expect(Port{PortKind::kVideo, 0});
  return ok();
}

void LiveSource::on_rtsp_pad(GstElement* element, GstPad* pad, gpointer self) {
  guard(element, [&] { static_cast<LiveSource*>(self)->graph_.plug(pad); });
}

Status LiveSource::connect_rtsp() {
  GstElement* source = graph_.add("rtspsrc");
  if (source == nullptr) return make_error(ErrorCode::kUnsupported, "rtspsrc is missing");
  gst_util_set_object_arg(G_OBJECT(source), "protocols", plan_.settings.protocols.c_str());
  g_object_set(source, "location", plan_.address.uri.c_str(), "latency", kRtspLatencyMs,
               "tcp-timeout", guint64{to_ms(plan_.settings.connect_timeout)} * 1000, nullptr);
  if (!plan_.settings.user_agent.empty()) {
    g_object_set(source, "user-agent", plan_.settings.user_agent.c_str(), nullptr);
  }
  g_signal_connect(source, "pad-added", G_CALLBACK(on_rtsp_pad), this);
  return ok();
}

Status LiveSource::connect_packets() {
  GstElement* source = graph_.add("udpsrc");
  if (source == nullptr) return make_error(ErrorCode::kUnsupported, "udpsrc is missing");
  const std::string host = plan_.address.host.empty() ? "0.0.0.0" : plan_.address.host;
  g_object_set(source, "address", host.c_str(), "port", plan_.address.port, "buffer-size",
               static_cast<gint>(kUdpBuffer), nullptr);
  const PadPtr pad(gst_element_get_static_pad(source, "src"));
  if (plan_.address.kind == SourceKind::kUdp) {
    const CapsPtr caps(gst_caps_from_string("video/mpegts, systemstream=true"));
    graph_.stamp_for_tsdemux(pad.get());
    graph_.plug_as(pad.get(), caps.get());
    return ok();
  }
  const CapsPtr caps(
      gst_caps_from_string("application/x-rtp, media=video, clock-rate=90000, encoding-name=MP2T"));
  g_object_set(source, "caps", caps.get(), nullptr);
  GstElement* ordering = graph_.add("rtpjitterbuffer");
  if (ordering == nullptr) return make_error(ErrorCode::kUnsupported, "rtpjitterbuffer is missing");
  gst_element_link(source, ordering);
  const PadPtr ordered(gst_element_get_static_pad(ordering, "src"));
  graph_.plug_as(ordered.get(), caps.get());
  return ok();
}

Status LiveSource::connect_file() {
  auto is_ts = is_transport_stream_file(plan_.address.path);
  if (!is_ts) return std::move(is_ts.error());
  reads_ts_file_ = *is_ts;
  if (reads_ts_file_) return ok();
  GstElement* source = graph_.add("filesrc");
  if (source == nullptr) return make_error(ErrorCode::kUnsupported, "filesrc is missing");
  g_object_set(source, "location", plan_.address.path.c_str(), nullptr);
  return graph_.find_type(source);
}

void LiveSource::follow_hls(const std::string& url) {
  HlsFeed* feed = nullptr;
  {
    const std::lock_guard lock(mutex_);
    hls_.push_back(std::make_unique<HlsFeed>(
        graph_, plan_, *memory_, [this](const Url& other) { follow_hls(other.to_request()); }));
    feed = hls_.back().get();
  }
  add_feed([feed, url](const std::stop_token& stop) { return feed->run(url, stop); });
}

void LiveSource::add_feed(ByteFeed::Work work) {
  const std::lock_guard lock(mutex_);
  if (!is_stopping_) feeds_.push_back(std::make_unique<ByteFeed>(graph_, std::move(work)));
}

}  // namespace subtide
