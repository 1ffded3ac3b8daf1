#pragma once

#include <gst/check/gstharness.h>
#include <gst/gst.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "engine/gst/audio_samples.h"
#include "engine/gst/clock_time.h"
#include "engine/gst/notices.h"
#include "engine/gst/pointer.h"
#include "models/fake/fake.h"
#include "tests/support/gst_text_harness.h"

namespace subtide::testing_support {

/// Gives fake models: a spec is what follows "fake:", and "auto" is the default fake.
class FakeModels : public ModelProvider {
 public:
  Result<std::shared_ptr<Recognizer>> recognizer(std::string_view spec,
                                                 const ModelOptions& options) override {
    return make_fake_recognizer(spec == "auto" ? "" : spec, options);
  }
  Result<std::shared_ptr<Translator>> translator(std::string_view spec,
                                                 const ModelOptions& options) override {
    return make_fake_translator(spec == "auto" ? "" : spec, options);
  }
  Result<std::shared_ptr<SpeechDetector>> detector(std::string_view spec) override {
    return make_fake_detector(spec == "auto" ? "" : spec);
  }
};

/// Noise that counts as sound, the same for the same length.
inline std::vector<std::int16_t> audible(MediaDuration length) {
  std::mt19937 random(1);
  std::vector<std::int16_t> samples(static_cast<std::size_t>(duration_to_samples(length)));
  for (auto& sample : samples) sample = static_cast<std::int16_t>(2000 + random() % 1000);
  return samples;
}

inline std::vector<std::int16_t> silent(MediaDuration length) {
  return std::vector<std::int16_t>(static_cast<std::size_t>(duration_to_samples(length)), 0);
}

/// One element between a test's own source of 16 kHz audio and a sink.
class AudioHarness {
 public:
  explicit AudioHarness(ElementPtr element) : element_(std::move(element)) {
    bus_ = GstPtr<GstBus>(gst_bus_new());
    gst_element_set_bus(element_.get(), bus_.get());
    harness_ = gst_harness_new_with_element(element_.get(), "sink", "src");
    gst_harness_set_live(harness_, FALSE);
    gst_harness_set_src_caps_str(harness_, TIDE_SPEECH_AUDIO_CAPS);
  }
  ~AudioHarness() {
    gst_harness_teardown(harness_);
    gst_element_set_bus(element_.get(), nullptr);
  }
  AudioHarness(const AudioHarness&) = delete;
  AudioHarness& operator=(const AudioHarness&) = delete;

  /// Pushes samples in buffers of `size` samples; stops at the first answer that is not OK.
  GstFlowReturn push(MediaTime begin, const std::vector<std::int16_t>& samples,
                     std::size_t size = 1600) {
    for (std::size_t at = 0; at < samples.size(); at += size) {
      const std::size_t count = std::min(size, samples.size() - at);
      GstBuffer* buffer = gst_buffer_new_memdup(samples.data() + at, count * sizeof(std::int16_t));
      const MediaTime from = begin + samples_to_duration(static_cast<std::int64_t>(at));
      set_span(buffer, {from, from + samples_to_duration(static_cast<std::int64_t>(count))});
      const GstFlowReturn flow = gst_harness_push(harness_, buffer);
      if (flow != GST_FLOW_OK) return flow;
    }
    return GST_FLOW_OK;
  }
  bool push(EventPtr event) { return gst_harness_push_event(harness_, event.release()) == TRUE; }
  bool push_segment() {
    GstSegment segment;
    gst_segment_init(&segment, GST_FORMAT_TIME);
    return push(EventPtr(gst_event_new_segment(&segment)));
  }
  void flush() {
    push(EventPtr(gst_event_new_flush_start()));
    push(EventPtr(gst_event_new_flush_stop(TRUE)));
    push_segment();
  }
  /// Ends the stream and waits until the element has said all it has to say.
  void end() {
    push(EventPtr(gst_event_new_eos()));
    while (true) {
      EventPtr event(gst_harness_pull_event(harness_));
      if (event == nullptr) return;
      const bool is_end = GST_EVENT_TYPE(event.get()) == GST_EVENT_EOS;
      events_.push_back(std::move(event));
      if (is_end) return;
    }
  }
  const std::vector<EventPtr>& events_until_end() const { return events_; }
  std::vector<TextOut> texts() {
    std::vector<TextOut> all;
    while (const BufferPtr buffer = BufferPtr(gst_harness_try_pull(harness_))) {
      all.push_back(to_text_out(buffer.get()));
    }
    return all;
  }
  std::vector<MessagePtr> messages(GstMessageType type) {
    std::vector<MessagePtr> all;
    while (MessagePtr message = MessagePtr(gst_bus_pop_filtered(bus_.get(), type))) {
      all.push_back(std::move(message));
    }
    return all;
  }
  GstHarness* get() { return harness_; }
  GstElement* element() { return element_.get(); }

 private:
  ElementPtr element_;
  GstPtr<GstBus> bus_;
  GstHarness* harness_ = nullptr;
  std::vector<EventPtr> events_;
};

}  // namespace subtide::testing_support
