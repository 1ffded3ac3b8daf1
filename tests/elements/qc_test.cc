// tideqc: what it tells, and that it changes nothing.
#include <gmock/gmock.h>
#include <gst/audio/audio.h>
#include <gst/check/gstharness.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "elements/quality/gst_tide_qc.h"
#include "engine/gst/clock_time.h"
#include "engine/gst/error.h"
#include "engine/gst/quality_notices.h"
#include "tests/support/gst_text_harness.h"

namespace subtide {
namespace {

using namespace std::chrono_literals;
using namespace testing_support;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr const char* kVideo = "video/x-raw,format=I420,width=64,height=36,framerate=25/1";
constexpr const char* kSound = "audio/x-raw,format=S16LE,rate=48000,channels=2,layout=interleaved";
constexpr QualityKind kBlack = QualityKind::kBlack;
constexpr QualityKind kFrozen = QualityKind::kFrozen;
constexpr QualityKind kSilent = QualityKind::kSilent;

/// What was told, without its line for people.
struct Told {
  QualityKind kind;
  TimeSpan span;
  bool operator==(const Told&) const = default;
};
void PrintTo(const Told& told, std::ostream* stream) {
  *stream << to_string(QualityFinding{told.kind, told.span, {}});
}

/// tideqc between a test's own source and sink.
class QcHarness {
 public:
  QcHarness(ElementPtr element, const char* caps) : element_(std::move(element)) {
    gst_element_set_bus(element_.get(), bus_.get());
    harness_ = gst_harness_new_with_element(element_.get(), "sink", "src");
    gst_harness_set_src_caps_str(harness_, caps);
  }
  ~QcHarness() {
    gst_harness_teardown(harness_);
    gst_element_set_bus(element_.get(), nullptr);
  }
  QcHarness(const QcHarness&) = delete;
  QcHarness& operator=(const QcHarness&) = delete;

  GstFlowReturn push(BufferPtr buffer) { return gst_harness_push(harness_, buffer.release()); }
  bool push(GstEvent* event) { return gst_harness_push_event(harness_, event) != FALSE; }
  void end() { push(gst_event_new_eos()); }

  /// Pictures of one level, one each 40 ms.
  void still(TimeSpan span, int level, gsize size = 64 * 36 * 3 / 2) {
    for (MediaTime at = span.begin; at < span.end; at += 40ms) picture(at, level, size);
  }
  /// Pictures that change each time.
  void life(TimeSpan span) {
    int level = 80;
    for (MediaTime at = span.begin; at < span.end; at += 40ms) {
      picture(at, level = level == 80 ? 120 : 80, 64 * 36 * 3 / 2);
    }
  }
  void picture(MediaTime at, int level, gsize size) {
    BufferPtr buffer(gst_buffer_new_allocate(nullptr, size, nullptr));
    gst_buffer_memset(buffer.get(), 0, static_cast<guint8>(level), size);
    set_span(buffer.get(), {at, at + 40ms});
    EXPECT_EQ(push(std::move(buffer)), GST_FLOW_OK);
  }
  /// A tone of stereo sound in 16 bit, its peaks at a share of full scale.
  void tone(TimeSpan span, double peak, MediaDuration step = 10ms) {
    for (MediaTime at = span.begin; at < span.end; at += step) {
      const auto count = static_cast<std::size_t>(std::min(step, span.end - at) / 1us * 48 / 1000);
      std::vector<std::int16_t> samples;
      for (std::size_t i = 0; i < count; ++i) {
        const double value =
            peak * std::sin(2 * M_PI * 997 * static_cast<double>(phase_++) / 48000);
        samples.insert(samples.end(), 2, static_cast<std::int16_t>(std::lround(value * 32767)));
      }
      BufferPtr buffer(gst_buffer_new_memdup(samples.data(), samples.size() * 2));
      set_span(buffer.get(), {at, at + step});
      EXPECT_EQ(push(std::move(buffer)), GST_FLOW_OK);
    }
  }

  /// Since the last call.
  std::vector<Told> told() {
    drain();
    return std::exchange(told_, {});
  }
  std::optional<Loudness> loudness() {
    drain();
    return loudness_;
  }
  const std::vector<std::string>& warnings() {
    drain();
    return warnings_;
  }
  BufferPtr pull() { return BufferPtr(gst_harness_try_pull(harness_)); }
  GstHarness* raw() { return harness_; }

 private:
  void drain() {
    while (const MessagePtr message{gst_bus_pop(bus_.get())}) {
      if (const auto found = read_quality_finding(message.get())) {
        told_.push_back({found->kind, found->span});
      }
      if (const auto measured = read_loudness(message.get())) loudness_ = measured;
      if (GST_MESSAGE_TYPE(message.get()) == GST_MESSAGE_WARNING) {
        warnings_.push_back(read_error(message.get()).message);
      }
    }
  }

  ElementPtr element_;
  GstPtr<GstBus> bus_{gst_bus_new()};
  GstHarness* harness_ = nullptr;
  std::optional<Loudness> loudness_;
  std::vector<Told> told_;
  std::vector<std::string> warnings_;
  std::size_t phase_ = 0;
};

class Qc : public testing::Test {
 protected:
  Qc() {
    start_gstreamer();
    register_tideqc(nullptr);
  }
  static ElementPtr qc() { return make_element("tideqc"); }
};

TEST_F(Qc, TellsABlackStretchWhenItEnds) {
  QcHarness harness(qc(), kVideo);
  harness.life({1s, 2s});
  harness.still({2s, 5s}, 16);
  EXPECT_THAT(harness.told(), IsEmpty());
  harness.life({5s, 6s});
  EXPECT_THAT(harness.told(), ElementsAre(Told{kBlack, {2s, 5s}}, Told{kFrozen, {2s, 5s}}));
}

TEST_F(Qc, TellsAFrozenStretchAtTheEnd) {
  QcHarness harness(qc(), kVideo);
  harness.life({0s, 1s});
  harness.still({1s, 4s}, 100);
  harness.end();
  EXPECT_THAT(harness.told(), ElementsAre(Told{kFrozen, {1s, 4s}}));
}

TEST_F(Qc, BuffersPassAsTheyAre) {
  QcHarness harness(qc(), kVideo);
  BufferPtr buffer(gst_buffer_new_allocate(nullptr, 64 * 36 * 3 / 2, nullptr));
  set_span(buffer.get(), {1s, 1040ms});
  GstBuffer* sent = buffer.get();
  harness.push(std::move(buffer));
  EXPECT_EQ(harness.pull().get(), sent);
}

TEST_F(Qc, TellsSilenceInSoundOfAnyBufferSize) {
  for (const MediaDuration step : std::initializer_list<MediaDuration>{1ms, 7ms, 333ms, 3s}) {
    QcHarness harness(qc(), kSound);
    harness.tone({0s, 1s}, 0.3, step);
    harness.tone({1s, 4s}, 0, step);
    harness.tone({4s, 5s}, 0.3, step);
    harness.end();
    const auto told = harness.told();
    ASSERT_THAT(told, SizeIs(1)) << step.count();
    EXPECT_EQ(told[0].kind, kSilent);
    EXPECT_LT(std::chrono::abs(told[0].span.begin - 1s), 1ms);
    EXPECT_LT(std::chrono::abs(told[0].span.end - 4s), 1ms);
  }
}

TEST_F(Qc, TellsLoudnessAtTheEnd) {
  QcHarness harness(qc(), kSound);
  harness.tone({0s, 5s}, std::pow(10, -23.0 / 20));
  EXPECT_EQ(harness.loudness(), std::nullopt);
  harness.end();
  ASSERT_TRUE(harness.loudness());
  EXPECT_NEAR(harness.loudness()->integrated, -23, 0.1);
  EXPECT_NEAR(harness.loudness()->true_peak, -23, 0.1);
}

TEST_F(Qc, HearsEveryFormatTheSame) {
  for (const char* format : {"F32LE", "F64LE", "S32LE", "S24LE", "S24_32BE", "S16BE", "U8"}) {
    for (const char* layout : {"interleaved", "non-interleaved"}) {
      const std::string description =
          "audiotestsrc wave=sine freq=997 volume=0.5 num-buffers=20 samplesperbuffer=4800 ! "
          "audioconvert ! audio/x-raw,rate=48000,channels=2,format=" +
          std::string(format) + ",layout=" + layout + " ! tideqc ! fakesink";
      const ElementPtr pipeline = own_object(gst_parse_launch(description.c_str(), nullptr));
      gst_element_set_state(pipeline.get(), GST_STATE_PLAYING);
      const GstPtr<GstBus> bus(gst_element_get_bus(pipeline.get()));
      std::optional<Loudness> loudness;
      while (const MessagePtr message{gst_bus_timed_pop(bus.get(), 60 * GST_SECOND)}) {
        if (const auto measured = read_loudness(message.get())) loudness = measured;
        const auto type = GST_MESSAGE_TYPE(message.get());
        ASSERT_NE(type, GST_MESSAGE_ERROR) << read_error(message.get()).message;
        if (type == GST_MESSAGE_EOS) break;
      }
      gst_element_set_state(pipeline.get(), GST_STATE_NULL);
      ASSERT_TRUE(loudness) << format << layout;
      EXPECT_NEAR(loudness->integrated, -6.02, 0.2) << format << layout;
    }
  }
}

TEST_F(Qc, AHoleAndAGapAreMissingSound) {
  QcHarness harness(qc(), kSound);
  harness.tone({0s, 1s}, 0.3);
  harness.tone({2s, 3s}, 0.3);
  harness.push(gst_event_new_gap(3 * GST_SECOND, GST_SECOND));
  harness.end();
  EXPECT_THAT(harness.told(), ElementsAre(Told{QualityKind::kMissingAudio, {1s, 2s}},
                                          Told{QualityKind::kMissingAudio, {3s, 4s}}));
}

TEST_F(Qc, TimesAreStreamTime) {
  QcHarness harness(qc(), kVideo);
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  segment.start = 10 * GST_SECOND;
  harness.push(gst_event_new_segment(&segment));
  harness.still({10s, 13s}, 100);
  harness.end();
  EXPECT_THAT(harness.told(), ElementsAre(Told{kFrozen, {0s, 3s}}));
}

TEST_F(Qc, ASegmentEndsWhatGoesOn) {
  QcHarness harness(qc(), kVideo);
  harness.still({0s, 3s}, 100);
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  segment.start = 60 * GST_SECOND;
  harness.push(gst_event_new_segment(&segment));
  EXPECT_THAT(harness.told(), ElementsAre(Told{kFrozen, {0s, 3s}}));
}

TEST_F(Qc, AFlushForgets) {
  QcHarness harness(qc(), kSound);
  harness.tone({0s, 2s}, 0.9);
  harness.tone({2s, 5s}, 0);
  harness.push(gst_event_new_flush_start());
  harness.push(gst_event_new_flush_stop(TRUE));
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  harness.push(gst_event_new_segment(&segment));
  harness.tone({0s, 2s}, std::pow(10, -33.0 / 20));
  harness.end();
  EXPECT_THAT(harness.told(), IsEmpty());
  ASSERT_TRUE(harness.loudness());
  EXPECT_NEAR(harness.loudness()->integrated, -33, 0.1);
}

TEST_F(Qc, BeginsAnewBehindAStop) {
  const ElementPtr element = qc();
  for (int round = 0; round < 2; ++round) {
    QcHarness harness(own_object(element.get()), kSound);
    harness.tone({0s, 2s}, round == 0 ? 0.9 : std::pow(10, -33.0 / 20));
    harness.end();
    ASSERT_TRUE(harness.loudness());
    EXPECT_NEAR(harness.loudness()->integrated, round == 0 ? -0.9 : -33, 0.1);
  }
}

TEST_F(Qc, AnotherFormatGoesOn) {
  QcHarness harness(qc(), kVideo);
  harness.still({0s, 3s}, 100);
  gst_harness_set_src_caps_str(harness.raw(),
                               "video/x-raw,format=GRAY8,width=32,height=32,framerate=25/1");
  EXPECT_THAT(harness.told(), ElementsAre(Told{kFrozen, {0s, 3s}}));
  harness.still({3s, 6s}, 16, 32 * 32);
  harness.end();
  EXPECT_THAT(harness.told(), ElementsAre(Told{kBlack, {3s, 6s}}, Told{kFrozen, {3s, 6s}}));
}

TEST_F(Qc, WhatItCannotLookAtPassesWithOneWarning) {
  QcHarness harness(qc(), "video/x-raw,format=RGB,width=64,height=36,framerate=25/1");
  harness.still({0s, 3s}, 16, 64 * 36 * 3);
  gst_harness_set_src_caps_str(harness.raw(),
                               "video/x-raw,format=RGB,width=32,height=36,framerate=25/1");
  harness.end();
  EXPECT_THAT(harness.told(), IsEmpty());
  EXPECT_THAT(harness.warnings(), ElementsAre(testing::HasSubstr("videoconvert")));
  EXPECT_TRUE(harness.pull());
}

TEST_F(Qc, ABufferWithoutTimeIsOnlyHeard) {
  QcHarness harness(qc(), kSound);
  BufferPtr timeless(gst_buffer_new_allocate(nullptr, 4 * 48000 * 3, nullptr));
  gst_buffer_memset(timeless.get(), 0, 1, 4 * 48000 * 3);
  EXPECT_EQ(harness.push(std::move(timeless)), GST_FLOW_OK);
  harness.end();
  EXPECT_THAT(harness.told(), IsEmpty());
  QcHarness pictures(qc(), kVideo);
  EXPECT_EQ(pictures.push(BufferPtr(gst_buffer_new_allocate(nullptr, 64 * 36 * 3 / 2, nullptr))),
            GST_FLOW_OK);
  EXPECT_TRUE(pictures.pull());
}

TEST_F(Qc, ThresholdsAreProperties) {
  ElementPtr element = qc();
  g_object_set(element.get(), "freeze-duration", guint64{500 * GST_MSECOND}, "black-level", 0.4,
               "black-duration", guint64{GST_SECOND}, "clipped-samples", 5, nullptr);
  guint64 length = 0;
  gint samples = 0;
  gdouble level = 0;
  g_object_get(element.get(), "freeze-duration", &length, "clipped-samples", &samples,
               "black-level", &level, nullptr);
  EXPECT_EQ(length, 500 * GST_MSECOND);
  EXPECT_EQ(samples, 5);
  EXPECT_EQ(level, 0.4);
  QcHarness harness(std::move(element), kVideo);
  harness.still({0s, 1s}, 100);
  harness.life({1s, 2s});
  EXPECT_THAT(harness.told(), ElementsAre(Told{kBlack, {0s, 1s}}, Told{kFrozen, {0s, 1s}}));
}

TEST_F(Qc, ClampsWhatIsOutOfRange) {
  const ElementPtr element = qc();
  GParamSpec* spec =
      g_object_class_find_property(G_OBJECT_GET_CLASS(element.get()), "silence-level");
  ASSERT_NE(spec, nullptr);
  GValue value = G_VALUE_INIT;
  g_value_init(&value, G_TYPE_DOUBLE);
  g_value_set_double(&value, 6);
  EXPECT_TRUE(g_param_value_validate(spec, &value)) << "no silence above full scale";
  EXPECT_EQ(g_value_get_double(&value), 0);
  g_value_unset(&value);
}

TEST_F(Qc, AddsNoLatency) {
  QcHarness harness(qc(), kVideo);
  gst_harness_set_upstream_latency(harness.raw(), 70 * GST_MSECOND);
  EXPECT_EQ(gst_harness_query_latency(harness.raw()), 70 * GST_MSECOND);
}

}  // namespace
}  // namespace subtide
