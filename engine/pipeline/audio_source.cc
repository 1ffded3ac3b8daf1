#include "engine/pipeline/audio_source.h"

#include <gst/audio/audio.h>

#include <algorithm>
#include <utility>

#include "engine/gst/clock_time.h"
#include "engine/gst/error.h"
#include "engine/gst/guard.h"
#include "engine/pipeline/format_policy.h"

namespace subtide {
namespace {

// What a decoded stream may ask of the elements behind: a guard against bombs.
constexpr const char* kLimits = "audio/x-raw, rate=(int)[1, 192000], channels=(int)[1, 16]";

// The answers of decodebin's autoplug-select, whose type is in no public header.
enum class Autoplug : gint { kTry = 0, kExpose = 1, kSkip = 2 };

gint select_element(GstElement*, GstPad*, GstCaps*, GstElementFactory* factory, gpointer) {
  const auto answer = is_allowed_format_element(factory) ? Autoplug::kTry : Autoplug::kSkip;
  return static_cast<gint>(answer);
}

// A damaged frame costs itself, never the rest of the file.
void forgive_errors(GstBin*, GstBin*, GstElement* element, gpointer) {
  if (GST_IS_AUDIO_DECODER(element)) {
    gst_audio_decoder_set_max_errors(GST_AUDIO_DECODER(element), -1);
  }
}

}  // namespace

Result<std::unique_ptr<AudioSource>> AudioSource::create(const MediaInput& input,
                                                         const std::string& stream, TimeSpan wanted,
                                                         AudioTimeline::Listener listener) {
  std::unique_ptr<AudioSource> source(new AudioSource(stream));
  if (auto built = source->build(input, wanted, std::move(listener)); !built) return built.error();
  return source;
}

/// A track that is not decoded; touched by its streaming thread only.
struct AudioSource::UnwantedStream {
  AudioSource* source = nullptr;
  GstSegment segment = {};
};

AudioSource::AudioSource(std::string stream)
    : stream_(std::move(stream)), bin_(own_object(gst_bin_new("input"))) {}

Status AudioSource::build(const MediaInput& input, TimeSpan wanted,
                          AudioTimeline::Listener listener) {
  decoder_ = gst_element_factory_make("decodebin", "decoder");
  limits_ = gst_element_factory_make("capsfilter", "limits");
  if (decoder_ == nullptr || limits_ == nullptr) {
    return make_error(ErrorCode::kInternal,
                      "GStreamer's decodebin is missing; install gstreamer1.0-plugins-base");
  }
  gst_bin_add_many(GST_BIN(bin_.get()), decoder_, limits_, nullptr);
  gst_util_set_object_arg(G_OBJECT(limits_), "caps", kLimits);
  g_signal_connect(decoder_, "autoplug-select", G_CALLBACK(select_element), nullptr);
  g_signal_connect(decoder_, "deep-element-added", G_CALLBACK(forgive_errors), nullptr);
  g_signal_connect(decoder_, "pad-added", G_CALLBACK(+[](GstElement*, GstPad* pad, gpointer self) {
                     static_cast<AudioSource*>(self)->decoder_pad_added(pad);
                   }),
                   this);
  const PadPtr out(gst_element_get_static_pad(limits_, "src"));
  gst_element_add_pad(bin_.get(), gst_ghost_pad_new("src", out.get()));
  timeline_ = std::make_unique<AudioTimeline>(out.get(), wanted, std::move(listener));
  auto demuxer =
      Demuxer::create(input, GST_BIN(bin_.get()),
                      {[this](GstPad* pad) { stream_added(pad); }, [this] { no_more_streams(); }});
  if (!demuxer) return demuxer.error();
  demuxer_ = *std::move(demuxer);
  return ok();
}

void AudioSource::stream_added(GstPad* pad) {
  const bool is_wanted = stream_name(pad) == stream_ && !is_linked_.exchange(true);
  if (is_wanted) {
    // Nothing links the demuxer to the decoder until now, so the bin may have started it first.
    gst_element_set_state(limits_, GST_STATE_PAUSED);
    gst_element_set_state(decoder_, GST_STATE_PAUSED);
    const PadPtr sink(gst_element_get_static_pad(decoder_, "sink"));
    if (gst_pad_link(pad, sink.get()) == GST_PAD_LINK_OK) return;
  }
  constexpr auto kItems =
      static_cast<GstPadProbeType>(GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST |
                                   GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM);
  gst_pad_add_probe(pad, kItems, drop_packet, new UnwantedStream{this, {}},
                    [](gpointer stream) { delete static_cast<UnwantedStream*>(stream); });
}

void AudioSource::no_more_streams() {
  if (is_linked_) return;
  post_error(bin_.get(), make_error(ErrorCode::kBadInput, "the audio track is not in the file"));
}

void AudioSource::decoder_pad_added(GstPad* pad) {
  const PadPtr sink(gst_element_get_static_pad(limits_, "sink"));
  if (gst_pad_is_linked(sink.get())) return;
  if (gst_pad_link(pad, sink.get()) != GST_PAD_LINK_OK) {
    post_error(bin_.get(), make_error(ErrorCode::kUnsupported,
                                      "the audio track has more than 16 channels or 192 kHz"));
  }
}

GstPadProbeReturn AudioSource::drop_packet(GstPad*, GstPadProbeInfo* item, gpointer data) {
  auto* stream = static_cast<UnwantedStream*>(data);
  const auto kind = GST_PAD_PROBE_INFO_TYPE(item);
  if ((kind & GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM) != 0) {
    GstEvent* event = GST_PAD_PROBE_INFO_EVENT(item);
    if (GST_EVENT_TYPE(event) == GST_EVENT_SEGMENT) gst_event_copy_segment(event, &stream->segment);
    return GST_PAD_PROBE_OK;
  }
  if ((kind & GST_PAD_PROBE_TYPE_BUFFER) == 0) return GST_PAD_PROBE_DROP;
  const auto span = span_of(GST_PAD_PROBE_INFO_BUFFER(item));
  const auto end = span ? to_stream_time(stream->segment, span->end) : std::nullopt;
  if (end) stream->source->reach(*end);
  return GST_PAD_PROBE_DROP;
}

void AudioSource::reach(MediaTime time) {
  auto known = reached_.load();
  while (known < time.count() && !reached_.compare_exchange_weak(known, time.count())) {
  }
}

std::optional<MediaTime> AudioSource::told_end() const {
  const QueryPtr length(gst_query_new_duration(GST_FORMAT_TIME));
  gint64 duration = -1;
  if (demuxer_->query(length.get())) gst_query_parse_duration(length.get(), nullptr, &duration);
  return duration > 0 ? std::optional(MediaTime(duration)) : std::nullopt;
}

MediaTime AudioSource::reached() const {
  const auto audio = timeline_->covered();
  return std::max(MediaTime(reached_.load()), audio ? audio->end : MediaTime(0));
}

}  // namespace subtide
