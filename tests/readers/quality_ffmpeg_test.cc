// What tideqc finds beside what ffmpeg's filters find, on one clip that ffmpeg made.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gst/gst.h>
#include <gtest/gtest.h>

#include <cmath>
#include <regex>

#include "elements/quality/gst_tide_qc.h"
#include "elements/shots/gst_tide_shots.h"
#include "engine/gst/clock_time.h"
#include "engine/gst/error.h"
#include "engine/gst/quality_notices.h"
#include "tests/support/gst_text_harness.h"
#include "tests/support/program.h"
#include "tests/support/shared_files.h"

namespace subtide {
namespace {

using namespace std::chrono_literals;

/// Life, black, life, a still, life, all coded as H.264; a tone with a pause, and another level.
constexpr const char* kPictures =
    "testsrc2=s=640x360:r=25:d=3[a];color=black:s=640x360:r=25:d=3[b];"
    "mandelbrot=s=640x360:r=25,trim=end=3[c];smptebars=s=640x360:r=25:d=4[d];"
    "testsrc2=s=640x360:r=25:d=2,negate[e];"
    "[a][b][c][d][e]concat=n=5,setsar=1,format=yuv420p[v]";
constexpr const char* kSound =
    "sine=f=997:r=48000:d=15,volume=6dB[f];anullsrc=r=48000:cl=mono,atrim=end=4[g];"
    "anoisesrc=r=48000:d=15:a=0.05:seed=1[h];[f][g][h]concat=n=3:v=0:a=1,aformat=cl=stereo[s]";

ProgramResult ffmpeg(const std::vector<std::string>& arguments) {
  std::vector<std::string> command = {"ffmpeg", "-hide_banner", "-nostdin", "-y"};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return run_program(command);
}

/// All numbers that follow `name` in a text.
std::vector<double> numbers(const std::string& text, const std::string& name) {
  std::vector<double> all;
  const std::regex pattern(name + "[:=]? *(-?[0-9.]+)");
  for (std::sregex_iterator at(text.begin(), text.end(), pattern), end; at != end; ++at) {
    all.push_back(std::stod((*at)[1]));
  }
  return all;
}

/// What our elements told of a file.
struct Told {
  std::vector<QualityFinding> findings;
  std::optional<Loudness> loudness;

  std::vector<TimeSpan> spans(QualityKind kind) const {
    std::vector<TimeSpan> all;
    for (const auto& finding : findings) {
      if (finding.kind == kind) all.push_back(finding.span);
    }
    return all;
  }
};

class FfmpegQuality : public testing::Test {
 protected:
  void SetUp() override {
    SUBTIDE_REQUIRE_PROGRAM("ffmpeg");
    testing_support::start_gstreamer();
    register_tideqc(nullptr);
    register_tideshots(nullptr);
    clip_ = folder_ / "clip.mkv";
    const auto made = ffmpeg({"-filter_complex", std::string(kPictures) + ";" + kSound, "-map",
                              "[v]", "-map", "[s]", "-c:v", "libx264", "-preset", "ultrafast",
                              "-crf", "18", "-c:a", "pcm_s16le", clip_.string()});
    ASSERT_TRUE(made.succeeded()) << made.summary();
  }

  Told ours() const {
    Told told;
    const std::string description = fmt::format(
        "uridecodebin uri=file://{} name=d d. ! video/x-raw ! queue ! tideqc ! fakesink sync=false "
        "d. ! audio/x-raw ! queue ! tideqc ! fakesink sync=false",
        clip_.string());
    const ElementPtr pipeline = own_object(gst_parse_launch(description.c_str(), nullptr));
    gst_element_set_state(pipeline.get(), GST_STATE_PLAYING);
    const GstPtr<GstBus> bus(gst_element_get_bus(pipeline.get()));
    bool has_ended = false;
    while (!has_ended) {
      const MessagePtr message(gst_bus_timed_pop(bus.get(), 120 * GST_SECOND));
      if (!message) break;
      if (const auto found = read_quality_finding(message.get())) told.findings.push_back(*found);
      if (const auto measured = read_loudness(message.get())) told.loudness = measured;
      const auto type = GST_MESSAGE_TYPE(message.get());
      EXPECT_NE(type, GST_MESSAGE_ERROR) << read_error(message.get()).message;
      has_ended = type == GST_MESSAGE_EOS || type == GST_MESSAGE_ERROR;
    }
    gst_element_set_state(pipeline.get(), GST_STATE_NULL);
    EXPECT_TRUE(has_ended) << "the pipeline did not end";
    return told;
  }

  /// What ffmpeg's filters print about the clip.
  std::string theirs(const std::string& kind, const std::string& filters) const {
    return ffmpeg({"-i", clip_.string(), kind, filters, "-f", "null", "-"}).err;
  }

  TemporaryFolder folder_;
  std::filesystem::path clip_;
};

void expect_same(const std::vector<TimeSpan>& ours, const std::vector<double>& begins,
                 const std::vector<double>& ends, double exact) {
  ASSERT_EQ(ours.size(), begins.size());
  ASSERT_EQ(ours.size(), ends.size());
  for (std::size_t i = 0; i < ours.size(); ++i) {
    EXPECT_NEAR(to_seconds(ours[i].begin), begins[i], exact);
    EXPECT_NEAR(to_seconds(ours[i].end), ends[i], exact);
  }
}

TEST_F(FfmpegQuality, AgreesWithItsFilters) {
  const Told told = ours();
  const std::string picture = theirs("-vf", "blackdetect,freezedetect=n=0.001:d=2");
  const auto black = told.spans(QualityKind::kBlack);
  ASSERT_EQ(black.size(), 1U);
  expect_same(black, numbers(picture, "black_start"), numbers(picture, "black_end"), 0.002);
  const auto frozen = told.spans(QualityKind::kFrozen);
  ASSERT_EQ(frozen.size(), 2U) << "the black stretch stands still too";
  expect_same(frozen, numbers(picture, "freeze_start"), numbers(picture, "freeze_end"), 0.002);

  const std::string sound = theirs("-af", "silencedetect=n=-60dB:d=2,ebur128=peak=true");
  const auto silent = told.spans(QualityKind::kSilent);
  ASSERT_EQ(silent.size(), 1U);
  expect_same(silent, numbers(sound, "silence_start"), numbers(sound, "silence_end"), 0.002);
  const std::string summary = sound.substr(sound.find("Summary:"));
  ASSERT_TRUE(told.loudness);
  EXPECT_NEAR(told.loudness->integrated, numbers(summary, "I:").at(0), 0.2);
  EXPECT_NEAR(told.loudness->range, numbers(summary, "LRA:").at(0), 0.5);
  EXPECT_NEAR(told.loudness->true_peak, numbers(summary, "Peak:").at(0), 0.3);
  EXPECT_TRUE(told.spans(QualityKind::kClipped).empty());
  EXPECT_TRUE(told.spans(QualityKind::kMissingAudio).empty());
}

/// PTS of what a fakesink got.
void keep_time(GstElement*, GstBuffer* buffer, GstPad*, gpointer times) {
  static_cast<std::vector<double>*>(times)->push_back(
      to_seconds(span_of(buffer).value_or(TimeSpan{}).begin));
}

TEST_F(FfmpegQuality, ShotsChangeWhereItsScenesDo) {
  std::vector<double> cuts;
  const ElementPtr pipeline = own_object(
      gst_parse_launch(fmt::format("uridecodebin uri=file://{} ! video/x-raw ! tideshots name=s ! "
                                   "fakesink sync=false s.shots ! queue ! "
                                   "fakesink name=cuts sync=false async=false signal-handoffs=true",
                                   clip_.string())
                           .c_str(),
                       nullptr));
  const ElementPtr sink(gst_bin_get_by_name(GST_BIN(pipeline.get()), "cuts"));
  g_signal_connect(sink.get(), "handoff", G_CALLBACK(keep_time), &cuts);
  gst_element_set_state(pipeline.get(), GST_STATE_PLAYING);
  const GstPtr<GstBus> bus(gst_element_get_bus(pipeline.get()));
  const MessagePtr end(
      gst_bus_timed_pop_filtered(bus.get(), 120 * GST_SECOND,
                                 static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ERROR)));
  gst_element_set_state(pipeline.get(), GST_STATE_NULL);
  ASSERT_TRUE(end);
  ASSERT_EQ(GST_MESSAGE_TYPE(end.get()), GST_MESSAGE_EOS) << read_error(end.get()).message;

  const auto scenes = numbers(theirs("-vf", "select='gt(scene,0.2)',showinfo"), "pts_time");
  ASSERT_EQ(scenes.size(), 4U);
  EXPECT_THAT(cuts, testing::Pointwise(testing::DoubleNear(0.002), scenes));
}

}  // namespace
}  // namespace subtide
