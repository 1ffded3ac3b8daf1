#pragma once

#include <gst/check/gstharness.h>
#include <gst/gst.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/gst/clock_time.h"
#include "engine/gst/error.h"
#include "engine/gst/notices.h"
#include "engine/gst/pointer.h"
#include "engine/gst/text_buffer.h"
#include "engine/gst/text_meta.h"

namespace subtide::testing_support {

/// Starts GStreamer such that its complaints about wrong use (a critical, a warning such as "sticky
/// event misordering") end the test.
inline void start_gstreamer() {
  gst_init(nullptr, nullptr);
  g_log_set_always_fatal(
      static_cast<GLogLevelFlags>(G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING));
}

/// A text buffer that came out, in words a test can compare.
struct TextOut {
  std::string text;
  TimeSpan span;
  bool operator==(const TextOut&) const = default;
};

inline void PrintTo(const TextOut& out, std::ostream* stream) {
  *stream << '"' << out.text << "\" " << format_clock(out.span.begin) << " to "
          << format_clock(out.span.end);
}

inline TextOut to_text_out(GstBuffer* buffer) {
  GstMapInfo map = GST_MAP_INFO_INIT;
  gst_buffer_map(buffer, &map, GST_MAP_READ);
  const std::string text(reinterpret_cast<const char*>(map.data), map.size);
  gst_buffer_unmap(buffer, &map);
  return {text, span_of(buffer).value_or(TimeSpan{})};
}

/// One element between a test's own source and sink, both text.
class TextHarness {
 public:
  /// `element` with its properties set already; takes it over.
  explicit TextHarness(ElementPtr element) : element_(std::move(element)) {
    bus_ = GstPtr<GstBus>(gst_bus_new());
    gst_element_set_bus(element_.get(), bus_.get());
    harness_ = gst_harness_new_with_element(element_.get(), "sink", "src");
    gst_harness_set_live(harness_, FALSE);
    gst_harness_set_src_caps_str(harness_, "text/x-raw, format=(string)utf8");
  }
  ~TextHarness() {
    gst_harness_teardown(harness_);
    gst_element_set_bus(element_.get(), nullptr);
  }
  TextHarness(const TextHarness&) = delete;
  TextHarness& operator=(const TextHarness&) = delete;

  GstFlowReturn push(const Phrase& phrase) {
    return gst_harness_push(harness_,
                            make_phrase_buffer(std::make_shared<const Phrase>(phrase)).release());
  }
  GstFlowReturn push_text(const std::string& text, TimeSpan span) {
    return gst_harness_push(harness_, make_text_buffer(text, span).release());
  }
  bool push(EventPtr event) { return gst_harness_push_event(harness_, event.release()) == TRUE; }
  bool push_gap(TimeSpan span) {
    return push(
        EventPtr(gst_event_new_gap(to_clock_time(span.begin), to_clock_time(span.duration()))));
  }
  bool push_end() { return push(EventPtr(gst_event_new_eos())); }
  void flush() {
    push(EventPtr(gst_event_new_flush_start()));
    push(EventPtr(gst_event_new_flush_stop(TRUE)));
    GstSegment segment;
    gst_segment_init(&segment, GST_FORMAT_TIME);
    push(EventPtr(gst_event_new_segment(&segment)));
  }

  /// Waits for one buffer; GstHarness gives up after a minute.
  BufferPtr pull_buffer() { return BufferPtr(gst_harness_pull(harness_)); }
  TextOut pull() {
    const BufferPtr buffer = pull_buffer();
    return buffer ? to_text_out(buffer.get()) : TextOut{"(nothing came)", {}};
  }
  /// What has come out so far.
  std::vector<TextOut> pull_all() {
    std::vector<TextOut> all;
    while (const BufferPtr buffer = BufferPtr(gst_harness_try_pull(harness_))) {
      all.push_back(to_text_out(buffer.get()));
    }
    return all;
  }
  /// Waits for the next event of a type; events before it are dropped.
  EventPtr pull_event(GstEventType type) {
    while (true) {
      EventPtr event(gst_harness_pull_event(harness_));
      if (event == nullptr || GST_EVENT_TYPE(event.get()) == type) return event;
    }
  }
  std::vector<EventPtr> pull_events() {
    std::vector<EventPtr> events;
    while (EventPtr event = EventPtr(gst_harness_try_pull_event(harness_))) {
      events.push_back(std::move(event));
    }
    return events;
  }
  MessagePtr message(GstMessageType type) {
    return MessagePtr(gst_bus_pop_filtered(bus_.get(), type));
  }
  GstHarness* get() { return harness_; }
  GstElement* element() { return element_.get(); }

 private:
  ElementPtr element_;
  GstPtr<GstBus> bus_;
  GstHarness* harness_ = nullptr;
};

inline ElementPtr make_element(const char* factory) {
  return own_object(gst_element_factory_make(factory, nullptr));
}

/// What an element says when it refuses to start; nothing when it starts.
inline std::optional<Error> refusal_of(GstElement* element) {
  const GstPtr<GstBus> bus(gst_bus_new());
  gst_element_set_bus(element, bus.get());
  const bool is_refused =
      gst_element_set_state(element, GST_STATE_PAUSED) == GST_STATE_CHANGE_FAILURE;
  const MessagePtr message(gst_bus_pop_filtered(bus.get(), GST_MESSAGE_ERROR));
  gst_element_set_state(element, GST_STATE_NULL);
  gst_element_set_bus(element, nullptr);
  if (!is_refused) return std::nullopt;
  return message ? read_error(message.get())
                 : Error{ErrorCode::kInternal, "refused without a message"};
}

/// A phrase whose words of `text` follow each other without pause over `span`, each the same time.
inline Phrase phrase_of_text(const std::string& text, TimeSpan span,
                             const std::string& language = "en") {
  std::vector<std::string> texts;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find(' ', begin), text.size());
    texts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  Phrase phrase;
  phrase.language = language;
  phrase.is_punctuated = true;
  const auto count = static_cast<MediaTime::rep>(texts.size());
  for (MediaTime::rep index = 0; index < count; ++index) {
    phrase.words.push_back({texts[static_cast<std::size_t>(index)],
                            {span.begin + span.duration() * index / count,
                             span.begin + span.duration() * (index + 1) / count}});
  }
  return phrase;
}

}  // namespace subtide::testing_support
