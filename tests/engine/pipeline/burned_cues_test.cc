// Cues drawn by textoverlay, picture by picture.
#include "engine/pipeline/burned_cues.h"

#include <gst/app/gstappsink.h>
#include <gst/video/video.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "engine/gst/clock_time.h"
#include "engine/gst/pointer.h"

namespace subtide {
namespace {

using std::chrono::milliseconds;

Cue cue(int begin_ms, int end_ms, const std::string& line) {
  Cue made;
  made.span = {milliseconds(begin_ms), milliseconds(end_ms)};
  made.lines = {line};
  return made;
}

struct Drawn {
  std::vector<MediaTime> lit;  ///< pictures with something bright
  guint width = 0;             ///< of the last text
  guint height = 0;
};

Drawn draw(const std::string& caps, std::vector<Cue> cues) {
  gst_init(nullptr, nullptr);
  const std::string launch =
      "videotestsrc pattern=black num-buffers=50 ! video/x-raw,framerate=25/1," + caps +
      " ! textoverlay name=overlay auto-resize=false scale-mode=par valignment=bottom ! "
      "appsink name=out sync=false max-buffers=2";
  const ElementPtr pipeline = own_object(gst_parse_launch(launch.c_str(), nullptr));
  const ElementPtr overlay(gst_bin_get_by_name(GST_BIN(pipeline.get()), "overlay"));
  const ElementPtr out(gst_bin_get_by_name(GST_BIN(pipeline.get()), "out"));
  burn_cues(overlay.get(), std::make_shared<const std::vector<Cue>>(std::move(cues)));
  gst_element_set_state(pipeline.get(), GST_STATE_PLAYING);
  Drawn drawn;
  while (GstSample* sample = gst_app_sink_pull_sample(GST_APP_SINK(out.get()))) {
    GstBuffer* picture = gst_sample_get_buffer(sample);
    GstVideoInfo info;
    gst_video_info_from_caps(&info, gst_sample_get_caps(sample));
    GstMapInfo map = GST_MAP_INFO_INIT;
    EXPECT_TRUE(gst_buffer_map(picture, &map, GST_MAP_READ));
    const auto luma = static_cast<std::ptrdiff_t>(info.stride[0]) * info.height;
    const bool is_lit = std::any_of(map.data, map.data + luma, [](guint8 y) { return y > 128; });
    gst_buffer_unmap(picture, &map);
    if (is_lit) drawn.lit.push_back(*to_media_time(GST_BUFFER_PTS(picture)));
    gst_sample_unref(sample);
  }
  g_object_get(overlay.get(), "text-width", &drawn.width, "text-height", &drawn.height, nullptr);
  gst_element_set_state(pipeline.get(), GST_STATE_NULL);
  return drawn;
}

constexpr const char* kSquare = "format=I420,width=1024,height=576,pixel-aspect-ratio=1/1";

TEST(BurnedCues, EachPictureShowsTheCueOfItsMiddle) {
  // A picture each 40 ms. From 0.21 s: that of 0.20 is half over before; to 0.395 s: that of 0.36.
  const auto drawn = draw(kSquare, {cue(210, 395, "one"), cue(1000, 1001, "too short")});
  ASSERT_EQ(drawn.lit.size(), 5U);
  EXPECT_EQ(drawn.lit.front(), milliseconds(200));
  EXPECT_EQ(drawn.lit.back(), milliseconds(360));
  const auto later = draw(kSquare, {cue(221, 379, "one")});
  ASSERT_EQ(later.lit.size(), 3U);
  EXPECT_EQ(later.lit.front(), milliseconds(240));
  EXPECT_EQ(later.lit.back(), milliseconds(320));
}

TEST(BurnedCues, TouchingCuesLeaveNoPictureWithoutText) {
  EXPECT_EQ(draw(kSquare, {cue(0, 1000, "one"), cue(1000, 2000, "two")}).lit.size(), 50U);
  EXPECT_TRUE(draw(kSquare, {}).lit.empty());
}

TEST(BurnedCues, LettersKeepTheirShapeWherePixelsAreNotSquare) {
  const std::vector<Cue> cues = {cue(0, 2000, "When the weather turned cold")};
  const auto square = draw(kSquare, cues);
  const auto wide = draw("format=I420,width=720,height=576,pixel-aspect-ratio=64/45", cues);
  EXPECT_NEAR(wide.height, square.height, 3);
  EXPECT_NEAR(wide.width * 64.0 / 45, square.width, 16);
}

}  // namespace
}  // namespace subtide
