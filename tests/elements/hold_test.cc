// tidehold, and the line in which things wait.
#include <gmock/gmock.h>
#include <gst/check/gstharness.h>
#include <gst/gst.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "elements/hold/gst_tide_hold.h"
#include "elements/hold/hold_line.h"
#include "engine/gst/clock_time.h"
#include "engine/gst/epoch_event.h"
#include "tests/support/gst_text_harness.h"

namespace subtide {
namespace {

using namespace std::chrono_literals;
using namespace testing_support;
using testing::ElementsAre;

TimeSpan frame(MediaTime at) { return {at, at + 40ms}; }

// ---- the line ----

TEST(HoldLine, TheFirstGoesWhenSomethingThatMuchLaterCame) {
  HoldLine line(1s, 10s);
  EXPECT_FALSE(line.may_go());
  line.put(frame(5s));
  EXPECT_FALSE(line.may_go());
  line.put(frame(5s + 940ms));
  EXPECT_FALSE(line.may_go());
  line.put(frame(5s + 960ms));
  EXPECT_TRUE(line.may_go());
  line.take();
  EXPECT_FALSE(line.may_go());
}

TEST(HoldLine, WhatHasNoTimeGoesBehindWhatIsBeforeIt) {
  HoldLine line(1s, 10s);
  line.put({});
  EXPECT_TRUE(line.may_go());
  line.take();
  line.put(frame(0s));
  line.put({});
  EXPECT_FALSE(line.may_go()) << "an event does not let a picture go";
  line.put(frame(1s));
  EXPECT_TRUE(line.may_go());
  line.take();
  EXPECT_TRUE(line.may_go());
  line.take();
  EXPECT_FALSE(line.may_go());
  EXPECT_FALSE(line.is_empty());
}

TEST(HoldLine, TimesThatGoBackHoldNothingUp) {
  HoldLine line(1s, 10s);
  line.put(frame(8s));
  line.put(frame(2s));
  EXPECT_FALSE(line.may_go());
  line.put(frame(9s));
  EXPECT_TRUE(line.may_go());
  line.take();
  EXPECT_TRUE(line.may_go());
}

TEST(HoldLine, TheEndLetsAllGo) {
  HoldLine line(1s, 10s);
  line.put(frame(0s));
  line.put(frame(40ms));
  line.end();
  EXPECT_TRUE(line.may_go());
  line.take();
  EXPECT_TRUE(line.may_go());
  line.take();
  EXPECT_FALSE(line.may_go());
}

TEST(HoldLine, IsFullWithSoMuchMoreThanItHolds) {
  HoldLine line(1s, 2s);
  line.put({});
  line.put(frame(0s));
  line.put(frame(2s + 960ms));
  EXPECT_FALSE(line.is_full());
  line.put(frame(2s + 970ms));
  EXPECT_TRUE(line.is_full());
  line.take();
  line.take();
  EXPECT_FALSE(line.is_full());
}

TEST(HoldLine, WithoutAHoldEverythingGoesAtOnce) {
  HoldLine line(0s, 1s);
  line.put(TimeSpan{3s, 3s});
  EXPECT_TRUE(line.may_go());
}

// ---- the element ----

/// tidehold between a test's own source and sink.
class HoldHarness {
 public:
  explicit HoldHarness(MediaDuration hold, MediaDuration most = 120s)
      : element_(make_element("tidehold")) {
    g_object_set(element_.get(), "hold", static_cast<guint64>(hold.count()), "most",
                 static_cast<guint64>(most.count()), nullptr);
    harness_ = gst_harness_new_with_element(element_.get(), "sink", "src");
    gst_harness_set_src_caps_str(harness_, "video/x-test");
  }
  ~HoldHarness() { gst_harness_teardown(harness_); }
  HoldHarness(const HoldHarness&) = delete;
  HoldHarness& operator=(const HoldHarness&) = delete;

  GstFlowReturn push(MediaTime at) {
    BufferPtr buffer(gst_buffer_new_allocate(nullptr, 1, nullptr));
    set_span(buffer.get(), frame(at));
    return gst_harness_push(harness_, buffer.release());
  }
  bool push(GstEvent* event) { return gst_harness_push_event(harness_, event) != FALSE; }
  /// The next that comes out, waited for.
  MediaTime pull() {
    const BufferPtr buffer(gst_harness_pull(harness_));
    return buffer ? span_of(buffer.get())->begin : -1s;
  }
  /// True when nothing more came out than was pulled.
  bool is_quiet() { return gst_harness_buffers_in_queue(harness_) == 0; }
  /// Waits for an event of that kind; custom ones by the name of their structure.
  bool has_event(const std::string& name) {
    while (const EventPtr event{gst_harness_pull_event(harness_)}) {
      const GstStructure* fields = gst_event_get_structure(event.get());
      const bool is_custom = GST_EVENT_TYPE(event.get()) >= GST_EVENT_CUSTOM_UPSTREAM;
      if (name == (is_custom ? gst_structure_get_name(fields) : GST_EVENT_TYPE_NAME(event.get()))) {
        return true;
      }
    }
    return false;
  }
  GstHarness* raw() { return harness_; }

 private:
  ElementPtr element_;
  GstHarness* harness_ = nullptr;
};

class Hold : public testing::Test {
 protected:
  Hold() {
    start_gstreamer();
    register_tidehold(nullptr);
  }
};

TEST_F(Hold, ABufferComesOutWhenOneThatMuchLaterWentIn) {
  HoldHarness harness(1s);
  for (MediaTime at = 0s; at < 1s; at += 40ms) EXPECT_EQ(harness.push(at), GST_FLOW_OK);
  EXPECT_EQ(harness.pull(), 0s);
  harness.push(1s);
  EXPECT_EQ(harness.pull(), 40ms);
  EXPECT_TRUE(harness.is_quiet());
}

TEST_F(Hold, AnEventLetsNothingGoBeforeItsTimeAndStaysInItsPlace) {
  HoldHarness harness(1s);
  harness.push(0s);
  Epoch epoch;
  epoch.number = 1;
  harness.push(make_event(epoch).release());
  harness.push(500ms);
  EXPECT_TRUE(harness.is_quiet());
  harness.push(960ms);
  EXPECT_EQ(harness.pull(), 0s);
  EXPECT_TRUE(harness.has_event("tide/epoch"));
  EXPECT_TRUE(harness.is_quiet());
}

TEST_F(Hold, AGapCountsAsBuffersDo) {
  HoldHarness harness(1s);
  harness.push(0s);
  harness.push(40ms);
  harness.push(gst_event_new_gap(80 * GST_MSECOND, 900 * GST_MSECOND));
  EXPECT_TRUE(harness.is_quiet());
  harness.push(gst_event_new_gap(980 * GST_MSECOND, 20 * GST_MSECOND));
  EXPECT_EQ(harness.pull(), 0s);
  EXPECT_TRUE(harness.is_quiet());
  harness.push(gst_event_new_gap(GST_SECOND, 500 * GST_MSECOND));
  EXPECT_EQ(harness.pull(), 40ms);
  EXPECT_TRUE(harness.has_event("gap"));
}

TEST_F(Hold, TheEndLetsAllGo) {
  HoldHarness harness(10s);
  harness.push(0s);
  harness.push(40ms);
  harness.push(gst_event_new_eos());
  EXPECT_EQ(harness.pull(), 0s);
  EXPECT_EQ(harness.pull(), 40ms);
  EXPECT_TRUE(harness.has_event("eos"));
}

TEST_F(Hold, AFlushForgetsWhatWaitsAndItBeginsAnew) {
  HoldHarness harness(1s);
  harness.push(0s);
  harness.push(gst_event_new_flush_start());
  harness.push(gst_event_new_flush_stop(TRUE));
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  harness.push(gst_event_new_segment(&segment));
  harness.push(20s);
  harness.push(21s);
  EXPECT_EQ(harness.pull(), 20s);
}

GstPadProbeReturn hold_back(GstPad*, GstPadProbeInfo*, gpointer) { return GST_PAD_PROBE_OK; }

TEST_F(Hold, WhoBringsTooMuchWaitsUntilTheElementStops) {
  HoldHarness harness(1s, 1s);
  harness.push(0s);
  harness.push(1s);
  EXPECT_EQ(harness.pull(), 0s);
  const PadPtr src(gst_element_get_static_pad(harness.raw()->element, "src"));
  gst_pad_add_probe(src.get(), GST_PAD_PROBE_TYPE_BLOCK_DOWNSTREAM, hold_back, nullptr, nullptr);
  std::atomic<int> taken = 0;
  std::atomic<GstFlowReturn> last = GST_FLOW_OK;
  std::thread source([&] {
    for (MediaTime at = 2s; at < 60s && last == GST_FLOW_OK; at += 500ms) {
      last = harness.push(at);
      if (last == GST_FLOW_OK) ++taken;
    }
  });
  while (taken < 4) std::this_thread::yield();
  gst_element_set_state(harness.raw()->element, GST_STATE_NULL);
  source.join();
  EXPECT_EQ(last, GST_FLOW_FLUSHING);
  EXPECT_LE(taken, 7) << "two seconds and what is under way";
}

TEST_F(Hold, TellsWhatItHoldsAsLatency) {
  HoldHarness harness(2s);
  gst_harness_set_upstream_latency(harness.raw(), 70 * GST_MSECOND);
  EXPECT_EQ(gst_harness_query_latency(harness.raw()), 2070 * GST_MSECOND);
}

TEST_F(Hold, RefusesToHoldForMoreThanAnHour) {
  const ElementPtr element = make_element("tidehold");
  GParamSpec* spec = g_object_class_find_property(G_OBJECT_GET_CLASS(element.get()), "hold");
  ASSERT_NE(spec, nullptr);
  EXPECT_EQ(G_PARAM_SPEC_UINT64(spec)->maximum, 3600 * GST_SECOND);
}

}  // namespace
}  // namespace subtide
