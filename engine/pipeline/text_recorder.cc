#include "engine/pipeline/text_recorder.h"

#include <utility>

#include "engine/gst/clock_time.h"
#include "engine/gst/text_meta.h"

namespace subtide {
namespace {

/// About a week of speech.
constexpr std::size_t kLargestRecord = 64U << 20U;

std::size_t size_of(const Phrase& phrase) {
  constexpr std::size_t kWordSize = 64;
  return phrase.words.size() * kWordSize;
}

std::int64_t signed_time(guint64 time) {
  return time == GST_CLOCK_TIME_NONE ? -1 : static_cast<std::int64_t>(time);
}

}  // namespace

TextRecorder::TextRecorder(PadPtr pad, Mode mode, std::function<void()> on_end)
    : pad_(std::move(pad)), on_end_(std::move(on_end)) {
  if (mode == Mode::kAll) record_.emplace();
  constexpr auto kItems =
      static_cast<GstPadProbeType>(GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM |
                                   GST_PAD_PROBE_TYPE_EVENT_FLUSH);
  probe_ = gst_pad_add_probe(pad_.get(), kItems, on_item, this, nullptr);
}

TextRecorder::~TextRecorder() { gst_pad_remove_probe(pad_.get(), probe_); }

std::vector<RecordedPhrase> TextRecorder::take_phrases() {
  const std::lock_guard lock(mutex_);
  return std::exchange(phrases_, {});
}

std::optional<TextRecord> TextRecorder::take_record() {
  const std::lock_guard lock(mutex_);
  if (!has_ended_) return std::nullopt;
  return std::exchange(record_, std::nullopt);
}

GstPadProbeReturn TextRecorder::on_item(GstPad*, GstPadProbeInfo* item, gpointer data) {
  auto* self = static_cast<TextRecorder*>(data);
  if ((GST_PAD_PROBE_INFO_TYPE(item) & GST_PAD_PROBE_TYPE_BUFFER) != 0) {
    self->take(GST_PAD_PROBE_INFO_BUFFER(item));
  } else {
    self->take(GST_PAD_PROBE_INFO_EVENT(item));
  }
  return GST_PAD_PROBE_OK;
}

void TextRecorder::take(GstBuffer* buffer) {
  const RecordedPhrase phrase = phrase_of(buffer);
  const std::lock_guard lock(mutex_);
  if (!phrase) return give_up();
  phrases_.push_back(phrase);
  add(phrase, size_of(*phrase));
}

void TextRecorder::take(GstEvent* event) {
  // Of the many kinds only those that carry what later elements go by.
  switch (static_cast<int>(GST_EVENT_TYPE(event))) {
    case GST_EVENT_GAP:
      if (const auto span = span_of_gap(event)) {
        const std::lock_guard lock(mutex_);
        add(RecordedSilence{*span}, sizeof(RecordedItem));
      }
      return;
    case GST_EVENT_TAG: {
      GstTagList* tags = nullptr;
      gst_event_parse_tag(event, &tags);
      const TextPtr text(gst_tag_list_to_string(tags));
      const std::lock_guard lock(mutex_);
      return add(RecordedTags{text.get()}, sizeof(RecordedItem));
    }
    case GST_EVENT_CUSTOM_DOWNSTREAM:
    case GST_EVENT_CUSTOM_DOWNSTREAM_STICKY: {
      const TextPtr text(gst_structure_to_string(gst_event_get_structure(event)));
      const std::lock_guard lock(mutex_);
      return add(RecordedEvent{static_cast<std::uint32_t>(GST_EVENT_TYPE(event)), text.get()},
                 sizeof(RecordedItem));
    }
    case GST_EVENT_SEGMENT:
      return take_segment(event);
    case GST_EVENT_FLUSH_STOP: {
      const std::lock_guard lock(mutex_);
      return give_up();
    }
    case GST_EVENT_EOS: {
      {
        const std::lock_guard lock(mutex_);
        has_ended_ = true;
      }
      return on_end_();
    }
    default:
      return;
  }
}

void TextRecorder::take_segment(GstEvent* event) {
  GstSegment segment;
  gst_event_copy_segment(event, &segment);
  const std::lock_guard lock(mutex_);
  if (!record_) return;
  const bool is_plain = segment.format == GST_FORMAT_TIME && segment.rate == 1.0;
  if (std::exchange(has_segment_, true) || !is_plain) return give_up();
  record_->segment = {signed_time(segment.start), signed_time(segment.stop),
                      signed_time(segment.time), signed_time(segment.base)};
}

void TextRecorder::add(RecordedItem item, std::size_t size) {
  if (!record_) return;
  size_ += size;
  if (size_ > kLargestRecord) return give_up();
  record_->items.push_back(std::move(item));
}

void TextRecorder::give_up() { record_.reset(); }

}  // namespace subtide
