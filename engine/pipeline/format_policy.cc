#include "engine/pipeline/format_policy.h"

#include <gst/base/gsttypefindhelper.h>
#include <gst/pbutils/pbutils.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <string_view>

namespace subtide {
namespace {

constexpr std::array kContainers = {
    "aiffparse",     "apedemux",    "asfdemux", "auparse",  "avidemux", "avdemux_ape",
    "avdemux_tta",   "flvdemux",    "id3demux", "icydemux", "mxfdemux", "oggdemux",
    "matroskademux", "mpegpsdemux", "qtdemux",  "rmdemux",  "tsdemux",  "wavparse"};

constexpr std::array kAudioParsers = {"aacparse",    "ac3parse",       "amrparse",  "dcaparse",
                                      "flacparse",   "mpegaudioparse", "opusparse", "sbcparse",
                                      "vorbisparse", "wavpackparse"};

constexpr std::array kAudioDecoders = {"a52dec",
                                       "adpcmdec",
                                       "alawdec",
                                       "amrnbdec",
                                       "amrwbdec",
                                       "avdec_aac",
                                       "avdec_aac_latm",
                                       "avdec_ac3",
                                       "avdec_adpcm_g722",
                                       "avdec_adpcm_ima_qt",
                                       "avdec_adpcm_ima_wav",
                                       "avdec_adpcm_ms",
                                       "avdec_adpcm_swf",
                                       "avdec_alac",
                                       "avdec_amrnb",
                                       "avdec_amrwb",
                                       "avdec_ape",
                                       "avdec_cook",
                                       "avdec_dca",
                                       "avdec_eac3",
                                       "avdec_flac",
                                       "avdec_g722",
                                       "avdec_g726",
                                       "avdec_gsm",
                                       "avdec_gsm_ms",
                                       "avdec_mlp",
                                       "avdec_mp2float",
                                       "avdec_mp3",
                                       "avdec_mp3float",
                                       "avdec_opus",
                                       "avdec_qdm2",
                                       "avdec_s302m",
                                       "avdec_shorten",
                                       "avdec_tak",
                                       "avdec_truehd",
                                       "avdec_tta",
                                       "avdec_vorbis",
                                       "avdec_wmalossless",
                                       "avdec_wmapro",
                                       "avdec_wmav1",
                                       "avdec_wmav2",
                                       "avdec_wmavoice",
                                       "dtsdec",
                                       "dvdlpcmdec",
                                       "faad",
                                       "fdkaacdec",
                                       "flacdec",
                                       "gsmdec",
                                       "mpg123audiodec",
                                       "mulawdec",
                                       "opusdec",
                                       "sbcdec",
                                       "speexdec",
                                       "vorbisdec",
                                       "wavpackdec"};

constexpr std::array kVideoElements = {
    "av1dec",          "av1parse",         "avdec_cinepak",    "avdec_dirac",
    "avdec_dnxhd",     "avdec_dvvideo",    "avdec_ffv1",       "avdec_ffvhuff",
    "avdec_flashsv",   "avdec_flv",        "avdec_h263",       "avdec_h263p",
    "avdec_h264",      "avdec_h265",       "avdec_huffyuv",    "avdec_hq_hqa",
    "avdec_indeo3",    "avdec_jpeg2000",   "avdec_lagarith",   "avdec_mjpeg",
    "avdec_mjpegb",    "avdec_mpeg1video", "avdec_mpeg2video", "avdec_mpeg4",
    "avdec_msmpeg4",   "avdec_msmpeg4v1",  "avdec_msmpeg4v2",  "avdec_prores",
    "avdec_qtrle",     "avdec_rv10",       "avdec_rv20",       "avdec_rv30",
    "avdec_rv40",      "avdec_svq1",       "avdec_svq3",       "avdec_theora",
    "avdec_utvideo",   "avdec_vc1",        "avdec_vp3",        "avdec_vp6",
    "avdec_vp6f",      "avdec_vp8",        "avdec_vp9",        "avdec_wmv1",
    "avdec_wmv2",      "avdec_wmv3",       "dav1ddec",         "diracparse",
    "dvdec",           "dvdemux",          "h263parse",        "h264parse",
    "h265parse",       "jpegdec",          "jpegparse",        "mpeg2dec",
    "mpeg4videoparse", "mpegvideoparse",   "openjpegdec",      "pngdec",
    "pngparse",        "schrodec",         "theoradec",        "vc1parse",
    "vp8dec",          "vp9dec",           "vp9parse",         "y4mdec"};

// Plumbing that decodebin itself puts in.
constexpr std::array kPlumbing = {"multiqueue", "typefind"};

constexpr std::array kPlaylists = {
    "application/x-hls", "application/dash+xml", "application/vnd.ms-sstr+xml",
    "application/sdp",   "text/uri-list",        "audio/x-scpls",
    "application/smil"};

template <std::size_t Size>
bool holds(const std::array<const char*, Size>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string_view name_of(const GstElementFactory* factory) {
  return GST_OBJECT_NAME(const_cast<GstElementFactory*>(factory));
}

GQuark input_quark() { return g_quark_from_static_string("subtide-input"); }

// Reads for the type finder through the GObject that it passes around.
GstFlowReturn read_range(GstObject* object, GstObject*, guint64 offset, guint length,
                         GstBuffer** buffer) {
  const auto* input =
      static_cast<const MediaInput*>(g_object_get_qdata(G_OBJECT(object), input_quark()));
  auto bytes = input->read_at(offset, length);
  if (!bytes) return GST_FLOW_ERROR;
  if (bytes->empty()) return GST_FLOW_EOS;
  *buffer = gst_buffer_new_memdup(bytes->data(), bytes->size());
  return GST_FLOW_OK;
}

bool is_playlist_text(std::string_view head) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (head.starts_with(kByteOrderMark)) head.remove_prefix(kByteOrderMark.size());
  return head.starts_with("#EXTM3U") || head.starts_with("[playlist]") ||
         head.find("<MPD") != std::string_view::npos;
}

Error playlist_error(const MediaInput& input) {
  return make_error(ErrorCode::kUnsupported,
                    "{}: is a playlist, which names other files; give the media file itself",
                    input.name());
}

}  // namespace

bool is_allowed_format_element(const GstElementFactory* factory) {
  const auto name = name_of(factory);
  return holds(kContainers, name) || holds(kAudioParsers, name) || holds(kAudioDecoders, name) ||
         holds(kPlumbing, name);
}

bool is_allowed_video_element(const GstElementFactory* factory) {
  return holds(kVideoElements, name_of(factory));
}

GstPtr<GstElementFactory> find_demuxer(const GstCaps* caps) {
  GList* all = gst_element_factory_list_get_elements(
      GST_ELEMENT_FACTORY_TYPE_DEMUXER | GST_ELEMENT_FACTORY_TYPE_PARSER, GST_RANK_NONE);
  GstElementFactory* best = nullptr;
  for (GList* item = all; item != nullptr; item = item->next) {
    auto* factory = GST_ELEMENT_FACTORY(item->data);
    if (!holds(kContainers, name_of(factory)) && !holds(kAudioParsers, name_of(factory))) continue;
    if (!gst_element_factory_can_sink_any_caps(factory, caps)) continue;
    const auto rank = gst_plugin_feature_get_rank(GST_PLUGIN_FEATURE(factory));
    if (best == nullptr || rank > gst_plugin_feature_get_rank(GST_PLUGIN_FEATURE(best))) {
      best = factory;
    }
  }
  if (best != nullptr) gst_object_ref(best);
  gst_plugin_feature_list_free(all);
  return GstPtr<GstElementFactory>(best);
}

Result<CapsPtr> sniff_format(const MediaInput& input) {
  constexpr std::size_t kHead = 512;
  auto head = input.read_at(0, kHead);
  if (!head) return head.error();
  if (is_playlist_text(*head)) return playlist_error(input);
  const ElementPtr carrier = own_object(gst_bin_new(nullptr));
  g_object_set_qdata(G_OBJECT(carrier.get()), input_quark(), const_cast<MediaInput*>(&input));
  CapsPtr caps(gst_type_find_helper_get_range(GST_OBJECT(carrier.get()), nullptr, read_range,
                                              input.size(), nullptr, nullptr));
  if (!caps) {
    return make_error(ErrorCode::kBadInput, "{}: is not a media file that can be recognised",
                      input.name());
  }
  const auto type = media_type(caps.get());
  if (holds(kPlaylists, type)) return playlist_error(input);
  if (type.starts_with("text/") || type.starts_with("image/")) {
    return make_error(ErrorCode::kBadInput, "{}: is not audio or video ({})", input.name(), type);
  }
  return caps;
}

std::string describe_format(const GstCaps* caps) {
  if (!gst_caps_is_fixed(caps)) return media_type(caps);
  const TextPtr text(gst_pb_utils_get_codec_description(caps));
  return text && *text != '\0' ? text.get() : media_type(caps);
}

std::string media_type(const GstCaps* caps) {
  if (caps == nullptr || gst_caps_is_empty(caps) || gst_caps_is_any(caps)) return "";
  return gst_structure_get_name(gst_caps_get_structure(caps, 0));
}

}  // namespace subtide
