#include "engine/pipeline/stream_survey.h"

#include <gst/tag/tag.h>

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <utility>

#include "engine/gst/clock_time.h"
#include "engine/gst/pointer.h"
#include "engine/pipeline/demuxer.h"
#include "engine/pipeline/format_policy.h"

namespace subtide {
namespace {

// Frames are reordered by at most 16; the earliest presentation is among these.
constexpr std::size_t kVideoPackets = 24;
// Parsers of bare streams estimate the length from the first frames.
constexpr std::size_t kAudioPackets = 16;
// A stream that has shown nothing by then (cover pictures, late tracks) is not waited for.
constexpr MediaDuration kFarEnough = std::chrono::seconds(10);

SurveyedStream::Kind kind_of(std::string_view type) {
  using Kind = SurveyedStream::Kind;
  if (type.starts_with("audio/")) return Kind::kAudio;
  if (type.starts_with("video/")) return Kind::kVideo;
  if (type.starts_with("text/") || type.starts_with("subpicture/") ||
      type.starts_with("subtitle/") || type == "application/x-ssa" || type == "application/x-ass") {
    return Kind::kSubtitle;
  }
  return Kind::kOther;
}

CapsPtr caps_of(GstPad* pad) {
  GstCaps* caps = gst_pad_get_current_caps(pad);
  return CapsPtr(caps != nullptr ? caps : gst_pad_query_caps(pad, nullptr));
}

void note_caps(SurveyedStream& stream, GstPad* pad) {
  const CapsPtr caps = caps_of(pad);
  const auto type = media_type(caps.get());
  if (type.empty()) return;
  const GstStructure* fields = gst_caps_get_structure(caps.get(), 0);
  stream.kind = kind_of(type);
  stream.codec = describe_format(caps.get());
  gst_structure_get_int(fields, "channels", &stream.channels);
  gst_structure_get_int(fields, "rate", &stream.sample_rate);
  gst_structure_get_int(fields, "width", &stream.width);
  gst_structure_get_int(fields, "height", &stream.height);
  int numerator = 0;
  int denominator = 1;
  if (gst_structure_get_fraction(fields, "framerate", &numerator, &denominator) && numerator > 0) {
    stream.declared_rate = static_cast<double>(numerator) / denominator;
  }
}

void note_tags(SurveyedStream& stream, const GstTagList* tags) {
  gchar* text = nullptr;
  if (gst_tag_list_get_string(tags, GST_TAG_LANGUAGE_CODE, &text)) {
    stream.language = TextPtr(text).get();
  }
  if (gst_tag_list_get_scope(tags) == GST_TAG_SCOPE_STREAM &&
      gst_tag_list_get_string(tags, GST_TAG_TITLE, &text)) {
    stream.title = TextPtr(text).get();
  }
}

// Presentation as a player shows it: what an edit list hides has no stream time, what it cuts into
// is shown from the cut on.
std::optional<MediaTime> presentation(const GstSegment& segment, GstBuffer* buffer) {
  const auto span = span_of(buffer);
  if (!span || segment.format != GST_FORMAT_TIME) return std::nullopt;
  guint64 begin = 0;
  guint64 end = 0;
  const auto last = span->empty() ? span->begin : span->end;
  if (!gst_segment_clip(&segment, GST_FORMAT_TIME, to_clock_time(span->begin), to_clock_time(last),
                        &begin, &end)) {
    return std::nullopt;
  }
  return to_stream_time(segment, MediaTime(begin));
}

}  // namespace

/// One pad under watch; touched by its streaming thread only.
struct StreamSurvey::Watched {
  StreamSurvey* survey = nullptr;
  std::size_t index = 0;
  GstSegment segment = {};
};

StreamSurvey::StreamSurvey(int maximum_streams, std::function<void()> settled)
    : maximum_streams_(maximum_streams), settled_(std::move(settled)) {}

void StreamSurvey::watch(GstPad* pad) {
  std::size_t index = 0;
  {
    const std::lock_guard lock(mutex_);
    index = streams_.size();
    if (index < static_cast<std::size_t>(maximum_streams_)) {
      streams_.emplace_back().name = stream_name(pad);
      note_caps(streams_.back(), pad);
    } else {
      has_too_many_streams_ = true;
    }
  }
  if (has_too_many_streams()) return settle_if_done();
  gst_pad_add_probe(
      pad,
      static_cast<GstPadProbeType>(GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST |
                                   GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM),
      on_item, new Watched{this, index, {}},
      [](gpointer watched) { delete static_cast<Watched*>(watched); });
}

void StreamSurvey::no_more_streams() {
  {
    const std::lock_guard lock(mutex_);
    has_all_streams_ = true;
  }
  settle_if_done();
}

GstPadProbeReturn StreamSurvey::on_item(GstPad* pad, GstPadProbeInfo* item, gpointer data) {
  auto* watched = static_cast<Watched*>(data);
  StreamSurvey& survey = *watched->survey;
  const auto kind = GST_PAD_PROBE_INFO_TYPE(item);
  GstPadProbeReturn answer = GST_PAD_PROBE_DROP;
  {
    const std::lock_guard lock(survey.mutex_);
    if ((kind & GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM) != 0) {
      survey.note_event(*watched, GST_PAD_PROBE_INFO_EVENT(item));
      answer = GST_PAD_PROBE_OK;
    } else if ((kind & GST_PAD_PROBE_TYPE_BUFFER_LIST) != 0) {
      GstBufferList* list = GST_PAD_PROBE_INFO_BUFFER_LIST(item);
      for (guint i = 0; i < gst_buffer_list_length(list); ++i) {
        survey.note_buffer(*watched, pad, gst_buffer_list_get(list, i));
      }
    } else {
      survey.note_buffer(*watched, pad, GST_PAD_PROBE_INFO_BUFFER(item));
    }
  }
  survey.settle_if_done();
  return answer;
}

void StreamSurvey::note_event(Watched& watched, GstEvent* event) {
  SurveyedStream& stream = streams_[watched.index];
  if (GST_EVENT_TYPE(event) == GST_EVENT_SEGMENT) gst_event_copy_segment(event, &watched.segment);
  if (GST_EVENT_TYPE(event) == GST_EVENT_EOS) stream.is_complete = true;
  if (GST_EVENT_TYPE(event) == GST_EVENT_TAG) {
    GstTagList* tags = nullptr;
    gst_event_parse_tag(event, &tags);
    note_tags(stream, tags);
  }
}

void StreamSurvey::note_buffer(Watched& watched, GstPad* pad, GstBuffer* buffer) {
  SurveyedStream& stream = streams_[watched.index];
  note_caps(stream, pad);
  const auto time = presentation(watched.segment, buffer);
  if (!time) return;
  const bool is_video = stream.kind == SurveyedStream::Kind::kVideo;
  const std::size_t wanted = is_video ? kVideoPackets : kAudioPackets;
  if (stream.times.size() < wanted) stream.times.push_back(*time);
  stream.is_complete = stream.times.size() == wanted;
  if (*time - stream.times.front() > kFarEnough) has_scanned_far_ = true;
}

void StreamSurvey::settle_if_done() {
  {
    const std::lock_guard lock(mutex_);
    const bool is_complete =
        has_all_streams_ && std::all_of(streams_.begin(), streams_.end(), [](const auto& stream) {
          const bool has_media = stream.kind == SurveyedStream::Kind::kAudio ||
                                 stream.kind == SurveyedStream::Kind::kVideo;
          return !has_media || stream.is_complete;
        });
    if (is_settled_ || !(is_complete || has_scanned_far_ || has_too_many_streams_)) return;
    is_settled_ = true;
  }
  settled_();
}

std::vector<SurveyedStream> StreamSurvey::streams() const {
  const std::lock_guard lock(mutex_);
  return streams_;
}

bool StreamSurvey::has_too_many_streams() const {
  const std::lock_guard lock(mutex_);
  return has_too_many_streams_;
}

}  // namespace subtide
