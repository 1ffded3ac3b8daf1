#include "elements/ingest/format_table.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace subtide {
namespace {

struct Row {
  const char* caps;
  StreamFormat format;
};

constexpr auto kAudio = TimelineKind::kAudio;
constexpr auto kVideo = TimelineKind::kVideo;

constexpr std::array kRows{
    Row{"video/x-h264",
        {kVideo, "h264parse", "video/x-h264, stream-format=avc, alignment=au", {}, false}},
    Row{"video/x-h265",
        {kVideo, "h265parse", "video/x-h265, stream-format=hvc1, alignment=au", {}, false}},
    Row{"video/mpeg, mpegversion=(int){1, 2}", {kVideo, "mpegvideoparse", nullptr, {}, false}},
    Row{"video/x-av1", {kVideo, "av1parse", nullptr, {}, false}},
    Row{"video/x-vp8", {kVideo, nullptr, nullptr, {}, false}},
    Row{"video/x-vp9", {kVideo, "vp9parse", nullptr, {}, false}},
    Row{"audio/mpeg, mpegversion=(int){2, 4}",
        {kAudio, "aacparse", "audio/mpeg, stream-format=raw", {"avdec_aac", "fdkaacdec"}, false}},
    Row{"audio/mpeg, mpegversion=(int)1",
        {kAudio, "mpegaudioparse", nullptr, {"mpg123audiodec", "avdec_mp2float"}, false}},
    Row{"audio/x-ac3", {kAudio, "ac3parse", nullptr, {"avdec_ac3", "a52dec"}, false}},
    Row{"audio/x-eac3", {kAudio, "ac3parse", nullptr, {"avdec_eac3"}, false}},
    Row{"audio/x-opus", {kAudio, "opusparse", nullptr, {"opusdec", "avdec_opus"}, false}},
    Row{"audio/x-vorbis", {kAudio, nullptr, nullptr, {"vorbisdec"}, false}},
    Row{"audio/x-flac", {kAudio, "flacparse", nullptr, {"flacdec"}, false}},
    Row{"audio/x-alaw", {kAudio, nullptr, nullptr, {"alawdec"}, false}},
    Row{"audio/x-mulaw", {kAudio, nullptr, nullptr, {"mulawdec"}, false}},
    Row{"audio/x-raw", {kAudio, nullptr, nullptr, {}, true}},
    Row{"meta/x-klv", {TimelineKind::kOther, nullptr, nullptr, {}, false}},
};

constexpr std::array<std::pair<std::string_view, const char*>, 12> kContainers{{
    {"video/mpegts", "tsdemux"},
    {"video/quicktime", "qtdemux"},
    {"audio/x-m4a", "qtdemux"},
    {"video/x-matroska", "matroskademux"},
    {"audio/x-matroska", "matroskademux"},
    {"video/webm", "matroskademux"},
    {"audio/webm", "matroskademux"},
    {"video/x-flv", "flvdemux"},
    {"application/ogg", "oggdemux"},
    {"audio/ogg", "oggdemux"},
    {"audio/x-wav", "wavparse"},
    {"application/x-id3", "id3demux"},
}};

constexpr std::array<std::pair<std::string_view, const char*>, 13> kDepayloaders{{
    {"H264", "rtph264depay"},
    {"H265", "rtph265depay"},
    {"MPEG4-GENERIC", "rtpmp4gdepay"},
    {"MP4A-LATM", "rtpmp4adepay"},
    {"OPUS", "rtpopusdepay"},
    {"MPA", "rtpmpadepay"},
    {"MPV", "rtpmpvdepay"},
    {"MP2T", "rtpmp2tdepay"},
    {"AC3", "rtpac3depay"},
    {"PCMA", "rtppcmadepay"},
    {"PCMU", "rtppcmudepay"},
    {"VP8", "rtpvp8depay"},
    {"L16", "rtpL16depay"},
}};

}  // namespace

const StreamFormat* find_stream_format(const GstCaps* caps) {
  for (const Row& row : kRows) {
    const CapsPtr known(gst_caps_from_string(row.caps));
    if (gst_caps_can_intersect(caps, known.get())) return &row.format;
  }
  return nullptr;
}

const char* find_container(const GstCaps* caps) {
  if (gst_caps_is_empty(caps) || gst_caps_is_any(caps)) return nullptr;
  const std::string_view name = gst_structure_get_name(gst_caps_get_structure(caps, 0));
  const auto found = std::find_if(kContainers.begin(), kContainers.end(),
                                  [name](const auto& row) { return row.first == name; });
  return found == kContainers.end() ? nullptr : found->second;
}

const char* find_depayloader(const GstCaps* caps) {
  if (gst_caps_is_empty(caps) || gst_caps_is_any(caps)) return nullptr;
  const GstStructure* fields = gst_caps_get_structure(caps, 0);
  const gchar* encoding = gst_structure_get_string(fields, "encoding-name");
  if (!gst_structure_has_name(fields, "application/x-rtp") || encoding == nullptr) return nullptr;
  const auto found = std::find_if(
      kDepayloaders.begin(), kDepayloaders.end(),
      [encoding](const auto& row) { return g_ascii_strcasecmp(row.first.data(), encoding) == 0; });
  return found == kDepayloaders.end() ? nullptr : found->second;
}

ElementPtr make_named(const char* factory) {
  GstElement* element = gst_element_factory_make(factory, nullptr);
  if (element == nullptr) g_printerr("subtide: the GStreamer element %s is missing\n", factory);
  return own_object(element);
}

bool is_transport_stream(const std::string& head) {
  constexpr std::size_t kPacket = 188;
  if (head.size() < kPacket + 1) return false;
  for (std::size_t at = 0; at < head.size() && at < 4 * kPacket; at += kPacket) {
    if (head[at] != 0x47) return false;
  }
  return true;
}

}  // namespace subtide
