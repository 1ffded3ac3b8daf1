#include "engine/pipeline/movie_texts.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gst/app/gstappsrc.h>
#include <gst/gst.h>
#include <gst/gsttocsetter.h>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>

#include "engine/gst/clock_time.h"
#include "engine/gst/error.h"
#include "engine/gst/guard.h"
#include "engine/gst/pointer.h"
#include "engine/gst/text_buffer.h"
#include "engine/pipeline/unknown_language.h"
#include "engine/subtitles/cue_overlap.h"

namespace subtide {
namespace {

constexpr auto kBusStep = std::chrono::milliseconds(100);
constexpr guint kMostWaiting = 64U << 20U;  // bytes of one stream

struct TocRelease {
  void operator()(GstToc* toc) const { gst_toc_unref(toc); }
};
using TocPtr = std::unique_ptr<GstToc, TocRelease>;

/// Chapters as GStreamer's muxers take them.
TocPtr to_toc(const std::vector<Chapter>& chapters) {
  TocPtr toc(gst_toc_new(GST_TOC_SCOPE_GLOBAL));
  for (const Chapter& chapter : chapters) {
    const std::string number = std::to_string(&chapter - chapters.data() + 1);
    GstTocEntry* entry = gst_toc_entry_new(GST_TOC_ENTRY_TYPE_CHAPTER, number.c_str());
    gst_toc_entry_set_start_stop_times(entry, chapter.span.begin.count(), chapter.span.end.count());
    if (!chapter.title.empty()) {
      gst_toc_entry_set_tags(entry,
                             gst_tag_list_new(GST_TAG_TITLE, chapter.title.c_str(), nullptr));
    }
    gst_toc_append_entry(toc.get(), entry);
  }
  return toc;
}

// This demuxer's GstSegment starts at whatever packet came first, so streams would be moved apart.
GstPadProbeReturn make_segment_plain(GstPad*, GstPadProbeInfo* item, gpointer) {
  GstEvent* event = GST_PAD_PROBE_INFO_EVENT(item);
  if (GST_EVENT_TYPE(event) != GST_EVENT_SEGMENT) return GST_PAD_PROBE_OK;
  GstSegment plain;
  gst_segment_init(&plain, GST_FORMAT_TIME);
  gst_event_unref(event);
  GST_PAD_PROBE_INFO_DATA(item) = gst_event_new_segment(&plain);
  return GST_PAD_PROBE_OK;
}

// This muxer of Matroska puts quotes and backslashes around other titles.
bool is_plain_title(const std::string& title, MovieKind kind) {
  const auto is_plain = [](unsigned char letter) {
    return g_ascii_isalnum(static_cast<gchar>(letter)) != FALSE || letter == '-' || letter == '_';
  };
  return !title.empty() && (kind == MovieKind::kMp4 || std::ranges::all_of(title, is_plain));
}

/// A pipeline that copies a movie; taken down with it.
class Copy {
 public:
  Copy(MovieKind kind, const std::vector<TextTrack>& tracks)
      : kind_(kind), tracks_(tracks), pipeline_(own_object(gst_pipeline_new("texts"))) {}
  ~Copy() { gst_element_set_state(pipeline_.get(), GST_STATE_NULL); }
  Copy(const Copy&) = delete;
  Copy& operator=(const Copy&) = delete;

  /// Without `from`: of the texts alone.
  Status build(const std::filesystem::path* from, const std::filesystem::path& to,
               const std::vector<Chapter>& chapters);
  Status run(const std::stop_token& stop);

 private:
  GstElement* add(const char* factory);
  void add_source(const std::filesystem::path& from);
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

void Copy::add_source(const std::filesystem::path& from) {
  GstElement* file = add("filesrc");
  GstElement* demux = add(kind_ == MovieKind::kMp4 ? "qtdemux" : "matroskademux");
  if (!is_complete_) return;
  g_object_set(file, "location", from.c_str(), nullptr);
  gst_element_link(file, demux);
  g_signal_connect(demux, "pad-added",
                   G_CALLBACK(+[](GstElement* element, GstPad* pad, gpointer self) {
                     guard(element, [&] { static_cast<Copy*>(self)->stream_added(pad); });
                   }),
                   this);
  g_signal_connect(demux, "no-more-pads", G_CALLBACK(+[](GstElement* element, gpointer self) {
                     guard(element, [&] { static_cast<Copy*>(self)->all_added(); });
                   }),
                   this);
}

Status Copy::build(const std::filesystem::path* from, const std::filesystem::path& to,
                   const std::vector<Chapter>& chapters) {
  const bool is_mp4 = kind_ == MovieKind::kMp4;
  mux_ = add(is_mp4 ? "mp4mux" : "matroskamux");
  GstElement* sink = add("filesink");
  for (std::size_t i = 0; i < tracks_.size() && is_complete_; ++i) texts_.push_back(add("appsrc"));
  if (from != nullptr) add_source(*from);
  if (!is_complete_) {
    return make_error(ErrorCode::kInternal,
                      "GStreamer's muxers are missing; install gstreamer1.0-plugins-good");
  }
  const CapsPtr caps = text_caps();
  for (GstElement* text : texts_) {
    g_object_set(text, "caps", caps.get(), "format", GST_FORMAT_TIME, "max-bytes", guint64{0},
                 nullptr);
  }
  g_object_set(sink, "location", to.c_str(), nullptr);
  if (is_mp4) g_object_set(mux_, "faststart", TRUE, nullptr);
  if (!is_mp4 && !chapters.empty()) {
    gst_toc_setter_set_toc(GST_TOC_SETTER(mux_), to_toc(chapters).get());
  }
  gst_element_link(mux_, sink);
  if (from == nullptr) all_added();
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
  if (kind_ == MovieKind::kMatroska) {
    gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, make_segment_plain, nullptr,
                      nullptr);
  }
  const PadPtr in(gst_element_get_static_pad(queue, "sink"));
  const PadPtr out(gst_element_get_static_pad(queue, "src"));
  const PadPtr into(gst_element_request_pad_simple(mux_, wanted));
  const bool is_linked = into && gst_pad_link(out.get(), into.get()) == GST_PAD_LINK_OK &&
                         gst_pad_link(pad, in.get()) == GST_PAD_LINK_OK;
  if (is_linked && kind_ == MovieKind::kMatroska) tell_unknown_language(out.get());
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
    if (kind_ == MovieKind::kMatroska) tell_unknown_language(out.get());
  }
  for (std::size_t i = 0; i < tracks_.size(); ++i) send(tracks_[i], texts_[i]);
}

void Copy::send(const TextTrack& track, GstElement* source) {
  TagListPtr tags(gst_tag_list_new_empty());
  if (!track.language.empty() && track.language != "und") {
    // The muxers know no regions and scripts.
    const std::string language = track.language.substr(0, track.language.find('-'));
    gst_tag_list_add(tags.get(), GST_TAG_MERGE_REPLACE, GST_TAG_LANGUAGE_CODE, language.c_str(),
                     nullptr);
  }
  if (is_plain_title(track.title, kind_)) {
    gst_tag_list_add(tags.get(), GST_TAG_MERGE_REPLACE, GST_TAG_TITLE, track.title.c_str(),
                     nullptr);
  }
  if (gst_tag_list_is_empty(tags.get()) == FALSE) {
    gst_element_send_event(source, gst_event_new_tag(tags.release()));
  }
  // A track of MP4 whose first text is late would get an edit list that cuts its last text short.
  const bool is_mp4 = kind_ == MovieKind::kMp4;
  const std::vector<Cue> cues = is_mp4 ? one_at_a_time(track.cues) : track.cues;
  if (is_mp4 && !cues.empty() && cues.front().span.begin > MediaTime(0)) {
    const TimeSpan before{MediaTime(0), cues.front().span.begin};
    gst_app_src_push_buffer(GST_APP_SRC(source), make_text_buffer("", before).release());
  }
  push_texts(source, cues);
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

Status write_movie(const std::filesystem::path* from, const std::filesystem::path& to,
                   MovieKind kind, const MovieExtras& extras, const std::stop_token& stop) {
  Status done = ok();
  {
    Copy copy(kind, extras.texts);
    done = copy.build(from, to, extras.chapters);
    if (done) done = copy.run(stop);
  }
  std::error_code unknown;
  if (!done) std::filesystem::remove(to, unknown);
  return done;
}

}  // namespace

void push_texts(GstElement* source, const std::vector<Cue>& cues) {
  for (const Cue& cue : cues) {
    const std::string text = fmt::format("{}", fmt::join(cue.lines, "\n"));
    gst_app_src_push_buffer(GST_APP_SRC(source), make_text_buffer(text, cue.span).release());
  }
  gst_app_src_end_of_stream(GST_APP_SRC(source));
}

Status add_to_movie(const std::filesystem::path& from, const std::filesystem::path& to,
                    MovieKind kind, const MovieExtras& extras, const std::stop_token& stop) {
  return write_movie(&from, to, kind, extras, stop);
}

Status write_text_movie(const std::filesystem::path& to, MovieKind kind,
                        const std::vector<TextTrack>& texts, const std::stop_token& stop) {
  return write_movie(nullptr, to, kind, {texts, {}}, stop);
}

}  // namespace subtide
