#include "engine/pipeline/text_replay.h"

#include <utility>

#include "engine/gst/clock_time.h"
#include "engine/gst/text_buffer.h"

namespace subtide {

TextReplay::TextReplay(TextRecord record, PadPtr sink)
    : record_(std::move(record)), pad_(own_object(gst_pad_new("src", GST_PAD_SRC))) {
  gst_pad_set_active(pad_.get(), TRUE);
  gst_pad_link(pad_.get(), sink.get());
}

TextReplay::~TextReplay() {
  if (thread_.joinable()) thread_.join();
  gst_pad_set_active(pad_.get(), FALSE);
}

void TextReplay::start() {
  thread_ = std::jthread([this] { push_all(); });
}

std::optional<TimeSpan> TextReplay::covered() const {
  const std::lock_guard lock(mutex_);
  return covered_;
}

void TextReplay::push_all() {
  if (!push_head()) return;
  for (const RecordedItem& item : record_.items) {
    const bool goes_on = std::visit([this](const auto& each) { return push(each); }, item);
    if (!goes_on) return;
  }
  push_event(gst_event_new_eos());
}

bool TextReplay::push_head() {
  const auto time = [](std::int64_t value) {
    return value < 0 ? GST_CLOCK_TIME_NONE : static_cast<GstClockTime>(value);
  };
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  segment.start = time(record_.segment.start);
  segment.stop = time(record_.segment.stop);
  segment.time = time(record_.segment.time);
  segment.base = time(record_.segment.base);
  segment.position = segment.start;
  return push_event(gst_event_new_stream_start("recorded-text")) &&
         push_event(gst_event_new_caps(text_caps().get())) &&
         push_event(gst_event_new_segment(&segment));
}

bool TextReplay::push(const RecordedPhrase& phrase) {
  if (gst_pad_push(pad_.get(), make_phrase_buffer(phrase).release()) != GST_FLOW_OK) return false;
  cover(phrase->span());
  return true;
}

bool TextReplay::push(const RecordedEvent& event) {
  const bool is_custom =
      event.type == GST_EVENT_CUSTOM_DOWNSTREAM || event.type == GST_EVENT_CUSTOM_DOWNSTREAM_STICKY;
  GstStructure* structure =
      is_custom ? gst_structure_from_string(event.structure.c_str(), nullptr) : nullptr;
  if (structure == nullptr) return true;  // of another version, and no text
  return push_event(gst_event_new_custom(static_cast<GstEventType>(event.type), structure));
}

bool TextReplay::push(const RecordedTags& tags) {
  GstTagList* list = gst_tag_list_new_from_string(tags.tags.c_str());
  return list == nullptr || push_event(gst_event_new_tag(list));
}

bool TextReplay::push(const RecordedSilence& silence) {
  cover(silence.span);
  return push_event(
      gst_event_new_gap(to_clock_time(silence.span.begin), to_clock_time(silence.span.duration())));
}

/// Elements that refuse an event say so themselves; only a stream that was taken down ends this.
bool TextReplay::push_event(GstEvent* event) {
  gst_pad_push_event(pad_.get(), event);
  const PadPtr peer(gst_pad_get_peer(pad_.get()));
  return peer && GST_PAD_IS_ACTIVE(peer.get());
}

void TextReplay::cover(TimeSpan span) {
  const std::lock_guard lock(mutex_);
  covered_ = covered_ ? hull(*covered_, span) : span;
}

}  // namespace subtide
