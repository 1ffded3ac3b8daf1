#include "elements/ingest/ingest_settings.h"

#include <string_view>
#include <utility>

namespace subtide {
namespace {

constexpr auto kFlags = static_cast<GParamFlags>(G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
constexpr MediaDuration kLongestWait = std::chrono::hours(1);

enum : guint {
  kUri = 1,
  kAsLive,
  kDecodeAudio,
  kConnectTimeout,
  kStallTimeout,
  kLatency,
  kAllow,
  kUserAgent,
  kPassphrase,
  kStreamId,
  kProtocols,
  kFill
};

std::string IngestSettings::*text_member(guint id) {
  switch (id) {
    case kUri:
      return &IngestSettings::uri;
    case kAllow:
      return &IngestSettings::allow;
    case kUserAgent:
      return &IngestSettings::user_agent;
    case kPassphrase:
      return &IngestSettings::passphrase;
    case kStreamId:
      return &IngestSettings::stream_id;
    case kProtocols:
      return &IngestSettings::protocols;
    default:
      return nullptr;
  }
}

MediaDuration IngestSettings::*time_member(guint id) {
  switch (id) {
    case kConnectTimeout:
      return &IngestSettings::connect_timeout;
    case kStallTimeout:
      return &IngestSettings::stall_timeout;
    case kLatency:
      return &IngestSettings::latency;
    default:
      return nullptr;
  }
}

bool IngestSettings::*switch_member(guint id) {
  switch (id) {
    case kAsLive:
      return &IngestSettings::as_live;
    case kDecodeAudio:
      return &IngestSettings::decode_audio;
    default:
      return nullptr;
  }
}

GParamSpec* text_spec(const char* name, const char* title, const char* text, const char* value) {
  return g_param_spec_string(name, title, text, value, kFlags);
}

GParamSpec* time_spec(const char* name, const char* title, const char* text, MediaDuration usual) {
  return g_param_spec_uint64(name, title, text, 0, static_cast<guint64>(kLongestWait.count()),
                             static_cast<guint64>(usual.count()), kFlags);
}

Result<std::vector<AddressRange>> read_networks(std::string_view text) {
  std::vector<AddressRange> networks;
  while (!text.empty()) {
    const auto comma = std::min(text.find(','), text.size());
    auto network = AddressRange::parse(text.substr(0, comma));
    if (!network) return std::move(network.error());
    networks.push_back(*network);
    text.remove_prefix(std::min(text.size(), comma + 1));
  }
  return networks;
}

}  // namespace

bool IngestPlan::waits_to_be_called() const {
  const bool is_listener =
      address.kind == SourceKind::kSrt && (address.uri.find("mode=listener") != std::string::npos ||
                                           address.shown.find("://:") != std::string::npos);
  return is_listener || address.kind == SourceKind::kUdp || address.kind == SourceKind::kRtp;
}

Result<IngestPlan> make_ingest_plan(const IngestSettings& settings) {
  auto address = parse_source_address(settings.uri);
  if (!address) return std::move(address.error());
  auto allowed = read_networks(settings.allow);
  if (!allowed) return std::move(allowed.error());
  if (settings.protocols != "tcp" && settings.protocols != "udp" &&
      settings.protocols != "tcp+udp") {
    return make_error(ErrorCode::kInvalidArgument, "protocols is '{}'; write tcp, udp or tcp+udp",
                      settings.protocols);
  }
  return IngestPlan{settings, std::move(*address), std::move(*allowed)};
}

void install_ingest_properties(GObjectClass* object_class) {
  const auto install = [object_class](guint id, GParamSpec* spec) {
    g_object_class_install_property(object_class, id, spec);
  };
  install(kUri, text_spec("uri", "URI",
                          "Where the source is: srt, rtmp(s), rtsp(s), udp, rtp, http(s), a "
                          "playlist that ends in .m3u8, file:// or a path",
                          ""));
  install(kAsLive, g_param_spec_boolean("as-live", "As live",
                                        "Gives a file at the speed of the clock, as a live source "
                                        "would come",
                                        FALSE, kFlags));
  install(kDecodeAudio,
          g_param_spec_boolean("decode-audio", "Decode audio",
                               "Gives each sound decoded besides, on pcm_%u pads", TRUE, kFlags));
  const IngestSettings usual;
  install(kConnectTimeout, time_spec("connect-timeout", "Connect timeout",
                                     "Without media for that long after the start the attempt has "
                                     "failed (nanoseconds)",
                                     usual.connect_timeout));
  install(kStallTimeout, time_spec("stall-timeout", "Stall timeout",
                                   "Without media for that long the source is lost (nanoseconds)",
                                   usual.stall_timeout));
  install(kLatency, time_spec("latency", "Latency",
                              "Reported to a live pipeline: how late a buffer may come "
                              "(nanoseconds)",
                              usual.latency));
  install(kAllow, text_spec("allow", "Allowed networks",
                            "Private networks that a playlist or a redirect may lead to, such as "
                            "192.168.0.0/16, separated by commas",
                            ""));
  install(kUserAgent,
          text_spec("user-agent", "User agent", "What HTTP and RTSP servers are told", ""));
  install(kPassphrase, text_spec("passphrase", "SRT passphrase",
                                 "Key of an encrypted SRT stream; may be in the URI instead", ""));
  install(kStreamId, text_spec("streamid", "SRT stream id",
                               "Which stream is asked for; may be in the URI instead", ""));
  install(kProtocols, text_spec("protocols", "RTSP protocols",
                                "How RTSP media may come: tcp, udp or tcp+udp", "tcp+udp"));
  install(
      kFill,
      text_spec("fill", "Fill",
                "What goes out while the source is away: none, gap (GAP events), or silence (GAP "
                "events, and on pcm pads sound without any)",
                "gap"));
}

bool set_ingest_property(IngestSettings& settings, guint id, const GValue* value) {
  if (const auto member = text_member(id)) {
    const gchar* text = g_value_get_string(value);
    settings.*member = text != nullptr ? text : "";
    return true;
  }
  if (const auto member = time_member(id)) {
    settings.*member = MediaDuration(static_cast<MediaDuration::rep>(g_value_get_uint64(value)));
    return true;
  }
  if (const auto member = switch_member(id)) {
    settings.*member = g_value_get_boolean(value) == TRUE;
    return true;
  }
  if (id != kFill) return false;
  const gchar* text = g_value_get_string(value);
  const std::string_view fill = text != nullptr ? text : "gap";
  settings.fill = fill == "none"      ? FillKind::kNone
                  : fill == "silence" ? FillKind::kSilence
                                      : FillKind::kGap;
  return true;
}

bool get_ingest_property(const IngestSettings& settings, guint id, GValue* value) {
  if (const auto member = text_member(id)) {
    g_value_set_string(value, (settings.*member).c_str());
  } else if (const auto time = time_member(id)) {
    g_value_set_uint64(value, static_cast<guint64>((settings.*time).count()));
  } else if (const auto flag = switch_member(id)) {
    g_value_set_boolean(value, settings.*flag ? TRUE : FALSE);
  } else if (id == kFill) {
    g_value_set_string(value, settings.fill == FillKind::kNone      ? "none"
                              : settings.fill == FillKind::kSilence ? "silence"
                                                                    : "gap");
  } else {
    return false;
  }
  return true;
}

}  // namespace subtide
