#include "engine/pipeline/movie_texts.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gst/app/gstappsrc.h>
#include <gst/gst.h>

#include <algorithm>
#include <string_view>
#include <system_error>

#include "engine/gst/clock_time.h"
#include "engine/gst/error.h"
#include "engine/gst/guard.h"
#include "engine/gst/pointer.h"
#include "engine/gst/text_buffer.h"

namespace subtide {
namespace {

constexpr auto kBusStep = std::chrono::milliseconds(100);
constexpr guint kMostWaiting = 64U << 20U;  // bytes of one stream

/// A pipeline that copies a movie; taken down with it.
class Copy {
 public:
  Copy(MovieKind kind, const std::vector<TextTrack>& tracks)
      : kind_(kind), tracks_(tracks), pipeline_(own_object(gst_pipeline_new("texts"))) {}
  ~Copy() { gst_element_set_state(pipeline_.get(), GST_STATE_NULL); }
  Copy(const Copy&) = delete;
  Copy& operator=(const Copy&) = delete;

  Status build(const std::filesystem::path& from, const std::filesystem::path& to);
  Status run(const std::stop_token& stop);

 private:
  GstElement* add(const char* factory);
  void stream_added(GstPad* pad);
  void all_added();
  void send(const TextTrack& track, GstElement* source);

  const MovieKind kind_;
  const std::vector<TextTrack>& tracks_;
  const ElementPtr pipeline_;
  GstElement* mux_ = nullptr;  ///< owned by the pipeline, as the next
  std::vector<GstElement*> texts_;
  bool is_complete_ = true;
};

GstElement* Copy::add(const char* factory) {
  GstElement* element = gst_element_factory_make(factory, nullptr);
  is_complete_ = is_complete_ && element != nullptr;
  if (element != nullptr) gst_bin_add(GST_BIN(pipeline_.get()), element);
  return element;
}

Status Copy::build(const std::filesystem::path& from, const std::filesystem::path& to) {
  const bool is_mp4 = kind_ == MovieKind::kMp4;
  GstElement* file = add("filesrc");
  GstElement* demux = add(is_mp4 ? "qtdemux" : "matroskademux");
  mux_ = add(is_mp4 ? "mp4mux" : "matroskamux");
  GstElement* sink = add("filesink");
  for (std::size_t i = 0; i < tracks_.size() && is_complete_; ++i) texts_.push_back(add("appsrc"));
  if (!is_complete_) {
    return make_error(ErrorCode::kInternal,
                      "GStreamer's muxers are missing; install gstreamer1.0-plugins-good");
  }
  const CapsPtr caps = text_caps();
  for (GstElement* text : texts_) {
    g_object_set(text, "caps", caps.get(), "format", GST_FORMAT_TIME, "max-bytes", guint64{0},
                 nullptr);
  }
  g_object_set(file, "location", from.c_str(), nullptr);
  g_object_set(sink, "location", to.c_str(), nullptr);
  if (is_mp4) g_object_set(mux_, "faststart", TRUE, nullptr);
  gst_element_link(file, demux);
  gst_element_link(mux_, sink);
  g_signal_connect(demux, "pad-added",
                   G_CALLBACK(+[](GstElement* element, GstPad* pad, gpointer self) {
                     guard(element, [&] { static_cast<Copy*>(self)->stream_added(pad); });
                   }),
                   this);
  g_signal_connect(demux, "no-more-pads", G_CALLBACK(+[](GstElement* element, gpointer self) {
                     guard(element, [&] { static_cast<Copy*>(self)->all_added(); });
                   }),
                   this);
  return ok();
}

// A muxer takes no new stream once it has begun, so nothing of the texts comes before.
void Copy::stream_added(GstPad* pad) {
  const CapsPtr caps(gst_pad_get_current_caps(pad));
  const std::string_view type =
      caps ? gst_structure_get_name(gst_caps_get_structure(caps.get(), 0)) : "";
  const char* wanted = type.starts_with("video/")   ? "video_%u"
                       : type.starts_with("audio/") ? "audio_%u"
                                                    : nullptr;
  GstElement* queue = wanted != nullptr ? add("queue") : nullptr;
  if (queue == nullptr) return;
  g_object_set(queue, "max-size-buffers", 0U, "max-size-time", guint64{0}, "max-size-bytes",
               kMostWaiting, nullptr);
  gst_element_sync_state_with_parent(queue);
  const PadPtr in(gst_element_get_static_pad(queue, "sink"));
  const PadPtr out(gst_element_get_static_pad(queue, "src"));
  const PadPtr into(gst_element_request_pad_simple(mux_, wanted));
  const bool is_linked = into && gst_pad_link(out.get(), into.get()) == GST_PAD_LINK_OK &&
                         gst_pad_link(pad, in.get()) == GST_PAD_LINK_OK;
  if (is_linked) return;
  post_error(pipeline_.get(),
             make_error(ErrorCode::kBadInput, "a stream of {} cannot be copied", type));
}

void Copy::all_added() {
  for (std::size_t i = 0; i < tracks_.size(); ++i) {
    GstElement* source = texts_[i];
    const PadPtr out(gst_element_get_static_pad(source, "src"));
    const PadPtr into(gst_element_request_pad_simple(mux_, "subtitle_%u"));
    if (!into || gst_pad_link(out.get(), into.get()) != GST_PAD_LINK_OK) {
      post_error(pipeline_.get(), make_error(ErrorCode::kInternal, "the muxer takes no text"));
      return;
    }
  }
  for (std::size_t i = 0; i < tracks_.size(); ++i) send(tracks_[i], texts_[i]);
}

void Copy::send(const TextTrack& track, GstElement* source) {
  TagListPtr tags(gst_tag_list_new_empty());
  if (!track.language.empty() && track.language != "und") {
    gst_tag_list_add(tags.get(), GST_TAG_MERGE_REPLACE, GST_TAG_LANGUAGE_CODE,
                     track.language.c_str(), nullptr);
  }
  if (!track.title.empty()) {
    gst_tag_list_add(tags.get(), GST_TAG_MERGE_REPLACE, GST_TAG_TITLE, track.title.c_str(),
                     nullptr);
  }
  if (gst_tag_list_is_empty(tags.get()) == FALSE) {
    gst_element_send_event(source, gst_event_new_tag(tags.release()));
  }
  // A track of MP4 whose first text is late would get an edit list that cuts its last text short.
  if (kind_ == MovieKind::kMp4 && !track.cues.empty() &&
      track.cues.front().span.begin > MediaTime(0)) {
    const TimeSpan before{MediaTime(0), track.cues.front().span.begin};
    gst_app_src_push_buffer(GST_APP_SRC(source), make_text_buffer("", before).release());
  }
  for (const Cue& cue : track.cues) {
    const std::string text = fmt::format("{}", fmt::join(cue.lines, "\n"));
    gst_app_src_push_buffer(GST_APP_SRC(source), make_text_buffer(text, cue.span).release());
  }
  gst_app_src_end_of_stream(GST_APP_SRC(source));
}

Status Copy::run(const std::stop_token& stop) {
  const GstPtr<GstBus> bus(gst_element_get_bus(pipeline_.get()));
  gst_element_set_state(pipeline_.get(), GST_STATE_PLAYING);
  constexpr auto kWanted = static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  while (!stop.stop_requested()) {
    const MessagePtr message(
        gst_bus_timed_pop_filtered(bus.get(), to_clock_time(kBusStep), kWanted));
    if (!message) continue;
    if (GST_MESSAGE_TYPE(message.get()) == GST_MESSAGE_ERROR) return read_error(message.get());
    return ok();
  }
  return make_error(ErrorCode::kUnavailable, "stopped");
}

}  // namespace

Status add_text_tracks(const std::filesystem::path& from, const std::filesystem::path& to,
                       MovieKind kind, const std::vector<TextTrack>& tracks,
                       const std::stop_token& stop) {
  Status done = ok();
  {
    Copy copy(kind, tracks);
    done = copy.build(from, to);
    if (done) done = copy.run(stop);
  }
  std::error_code unknown;
  if (!done) std::filesystem::remove(to, unknown);
  return done;
}

}  // namespace subtide
