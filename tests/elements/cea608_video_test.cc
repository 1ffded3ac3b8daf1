// tidecea608 in front of cccombiner, as launch lines are written: what each raw frame carries.
#include <gmock/gmock.h>
#include <gst/app/gstappsink.h>
#include <gst/gst.h>
#include <gst/video/video.h>
#include <gtest/gtest.h>

#include <fstream>

#include "elements/cea608/gst_tide_cea608.h"
#include "engine/subtitles/sidecar.h"
#include "tests/engine/subtitles/cea608_samples.h"
#include "tests/engine/subtitles/sidecar_samples.h"
#include "tests/support/gst_text_harness.h"
#include "tests/support/shared_files.h"

namespace subtide {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

constexpr const char* kLateText = "! identity sync=true ts-offset=2500000000";

/// What a frame carries for field 1, without padding.
std::vector<Cea608Pair> pairs_on(GstBuffer* frame) {
  std::vector<Cea608Pair> pairs;
  gpointer state = nullptr;
  while (GstMeta* raw =
             gst_buffer_iterate_meta_filtered(frame, &state, GST_VIDEO_CAPTION_META_API_TYPE)) {
    const auto* meta = reinterpret_cast<const GstVideoCaptionMeta*>(raw);
    if (meta->caption_type == GST_VIDEO_CAPTION_TYPE_CEA608_RAW) {
      for (gsize at = 0; at + 1 < meta->size; at += 2) {
        pairs.push_back({meta->data[at], meta->data[at + 1]});
      }
      continue;
    }
    for (gsize at = 0; at + 2 < meta->size; at += 3) {
      if (meta->data[at] == 0xFC) pairs.push_back({meta->data[at + 1], meta->data[at + 2]});
    }
  }
  return pairs;
}

struct Carried {
  std::vector<Cea608Slot> slots;
  std::size_t frames = 0;
  std::size_t most_on_a_frame = 0;
};

class TideCea608VideoTest : public testing::Test {
 protected:
  TideCea608VideoTest() {
    testing_support::start_gstreamer();
    register_tidecea608(nullptr);
  }

  /// Runs captions and video through a combiner.
  Carried combine(const std::vector<Cue>& cues, const std::string& encoder,
                  const std::string& video, const std::string& combiner = "",
                  const std::string& text = "") {
    const std::string srt = folder_ / "in.srt";
    std::ofstream(srt) << write_sidecar(SidecarFormat::kSrt, sample_header(), cues,
                                        sample_footer());
    const std::string line = "filesrc location=" + srt + " ! subparse " + text +
                             " ! tidecea608 framerate=30/1 " + encoder +
                             " ! c.caption videotestsrc pattern=black " + video +
                             " ! video/x-raw,format=I420,width=32,height=32,framerate=30/1 ! "
                             "cccombiner name=c " +
                             combiner + " ! appsink name=frames sync=false";
    const ElementPtr pipeline = own_object(gst_parse_launch(line.c_str(), nullptr));
    const ElementPtr sink(gst_bin_get_by_name(GST_BIN(pipeline.get()), "frames"));
    gst_element_set_state(pipeline.get(), GST_STATE_PLAYING);
    const Carried carried = pull_all(GST_APP_SINK(sink.get()));
    gst_element_set_state(pipeline.get(), GST_STATE_NULL);
    return carried;
  }

  static Carried pull_all(GstAppSink* sink) {
    Carried carried;
    while (const GstPtr<GstSample> sample =
               GstPtr<GstSample>(gst_app_sink_try_pull_sample(sink, 20 * GST_SECOND))) {
      GstBuffer* frame = gst_sample_get_buffer(sample.get());
      const auto pairs = pairs_on(frame);
      ++carried.frames;
      carried.most_on_a_frame = std::max(carried.most_on_a_frame, pairs.size());
      for (const Cea608Pair& pair : pairs) {
        carried.slots.push_back({span_of(frame).value(), pair});
      }
    }
    EXPECT_TRUE(gst_app_sink_is_eos(sink)) << "the pipeline stands still";
    return carried;
  }

  static std::vector<Shown> shown(const Carried& carried) {
    return decode(carried.slots, Cea608Channel::kCc1);
  }

  TemporaryFolder folder_;
};

const std::vector<Cue> kCues = {caption(2s, 4s, {"The budget is ready"}),
                                caption(9s, 10s, {"Nobody has seen it."})};
const auto kShown = ElementsAre(Shown{2s, "The budget is ready"}, Shown{4s, ""},
                                Shown{9s, "Nobody has seen it."}, Shown{10s, ""});

TEST_F(TideCea608VideoTest, EachFrameCarriesItsPairAndSparseCaptionsDoNotHoldUpTheVideo) {
  for (const char* schedule : {"schedule=true", "schedule=false"}) {
    const Carried carried = combine(kCues, "", "num-buffers=360", schedule);
    EXPECT_EQ(carried.frames, 360U) << schedule;
    EXPECT_EQ(carried.most_on_a_frame, 1U) << schedule;
    EXPECT_THAT(shown(carried), kShown) << schedule;
  }
}

TEST_F(TideCea608VideoTest, ABarePairIsTakenToo) {
  const Carried carried = combine(kCues, "! closedcaption/x-cea-608,format=raw", "num-buffers=360");
  EXPECT_THAT(shown(carried), kShown);
}

// cccombiner drops null pairs while it waits, so what came before the first frame is soon behind
// it.
TEST_F(TideCea608VideoTest, VideoThatBeginsLaterCatchesUpWithItsCaptions) {
  const auto all = shown(combine(kCues, "", "num-buffers=180 timestamp-offset=5000000000"));
  ASSERT_GE(all.size(), 2U);
  EXPECT_EQ(all[all.size() - 2], (Shown{9s, "Nobody has seen it."}));
  EXPECT_EQ(all.back(), (Shown{10s, ""}));
}

TEST_F(TideCea608VideoTest, LiveVideoDoesNotWaitForACaptionThatIsLateAndStillGetsIt) {
  // The text arrives 2.5 s after its time; 1.6 s of that tidecea608 declared as its latency.
  const Carried carried = combine({caption(500ms, 1500ms, {"Late"})}, "",
                                  "is-live=true num-buffers=120", "", kLateText);
  EXPECT_EQ(carried.frames, 120U);
  const auto all = shown(carried);
  ASSERT_FALSE(all.empty());
  EXPECT_EQ(all[0].text, "Late");
  EXPECT_GT(all[0].begin, 1s);
  std::printf("live: a caption known 0.9 s after the latency is shown %.2f s after its in-time\n",
              to_seconds(all[0].begin - 500ms));
}

TEST_F(TideCea608VideoTest, ACaptionThatIsKnownWithinTheLatencyIsInTime) {
  const Carried carried = combine({caption(1s, 2s, {"In time"})}, "", "is-live=true num-buffers=90",
                                  "", "! identity sync=true");
  EXPECT_EQ(carried.frames, 90U);
  const auto all = shown(carried);
  ASSERT_FALSE(all.empty());
  EXPECT_EQ(all[0].text, "In time");
  std::printf("live: a caption known on its in-time is shown %.3f s after it\n",
              to_seconds(all[0].begin - 1s));
}

}  // namespace
}  // namespace subtide
