// ffmpeg's caption decoder on H.264 files that our pipeline made: captions burnt in by tidecea608,
// cccombiner and x264enc.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gst/gst.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <random>
#include <regex>

#include "elements/cea608/gst_tide_caption_meta.h"
#include "elements/cea608/gst_tide_cea608.h"
#include "elements/meta/gst_tide_meta.h"
#include "engine/gst/error.h"
#include "engine/subtitles/plain_text.h"
#include "engine/subtitles/sidecar.h"
#include "tests/engine/subtitles/cea608_samples.h"
#include "tests/engine/subtitles/sidecar_samples.h"
#include "tests/support/gst_text_harness.h"
#include "tests/support/program.h"
#include "tests/support/shared_files.h"

namespace subtide {
namespace {

using namespace std::chrono_literals;

struct Rate {
  const char* fraction;
  double frame_seconds;
};

/// Runs a pipeline to its end and expects no error.
void run_pipeline(const std::string& description) {
  GError* raw = nullptr;
  const ElementPtr pipeline = own_object(gst_parse_launch(description.c_str(), &raw));
  const ErrorPtr error(raw);
  ASSERT_EQ(error, nullptr) << error->message;
  gst_element_set_state(pipeline.get(), GST_STATE_PLAYING);
  const GstPtr<GstBus> bus(gst_element_get_bus(pipeline.get()));
  const MessagePtr message(
      gst_bus_timed_pop_filtered(bus.get(), 120 * GST_SECOND,
                                 static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ERROR)));
  ASSERT_NE(message, nullptr) << "the pipeline did not end";
  EXPECT_EQ(GST_MESSAGE_TYPE(message.get()), GST_MESSAGE_EOS) << read_error(message.get()).message;
  gst_element_set_state(pipeline.get(), GST_STATE_NULL);
}

/// ffmpeg's SRT of captions without its markup.
std::string bare(std::string line) {
  for (const char* pattern : {"<[^>]*>", "\\{[^}]*\\}", "\\\\h"}) {
    line =
        std::regex_replace(line, std::regex(pattern), std::string(pattern) == "\\\\h" ? " " : "");
  }
  return plain_text(line);
}

class FfmpegCaptions : public testing::Test {
 protected:
  void SetUp() override {
    SUBTIDE_REQUIRE_PROGRAM("ffmpeg");
    testing_support::start_gstreamer();
    register_tidecea608(nullptr);
    register_tidecaptionmeta(nullptr);
    register_tidemeta(nullptr);
  }

  /// What ffmpeg reads of a video that is encoded with the cues.
  std::vector<Cue> through_encoder(const std::vector<Cue>& cues, const std::string& mode,
                                   const Rate& rate) {
    return through(cues, mode, rate,
                   "c.caption {video} ! cccombiner name=c ! {encoder} ! h264parse");
  }

  /// The same of a video that was encoded before and is passed through.
  std::vector<Cue> through_coded_video(const std::vector<Cue>& cues, const Rate& rate) {
    return through(cues, "pop-on", rate,
                   "c.caption {video} ! {encoder} ! h264parse ! video/x-h264,alignment=au ! "
                   "queue max-size-time=0 max-size-bytes=0 max-size-buffers=0 ! c.sink "
                   "tidecaptionmeta name=c ! tidemeta ! h264parse");
  }

  std::vector<Cue> through(const std::vector<Cue>& cues, const std::string& mode, const Rate& rate,
                           const std::string& way) {
    const std::string srt = folder_ / "in.srt";
    std::ofstream(srt) << write_sidecar(SidecarFormat::kSrt, sample_header(), cues,
                                        sample_footer());
    const auto frames =
        static_cast<int>((to_seconds(cues.back().span.end) + 1) / rate.frame_seconds);
    const std::string video = fmt::format(
        "videotestsrc num-buffers={} pattern=black ! "
        "video/x-raw,format=I420,width=160,height=120,framerate={}",
        frames, rate.fraction);
    const std::string encoder = "x264enc speed-preset=veryfast bframes=2 key-int-max=48";
    run_pipeline(fmt::format(
        "filesrc location={} ! subparse ! tidecea608 mode={} framerate={} erase-after=0 ! {} ! "
        "mp4mux ! filesink location={}",
        srt, mode, rate.fraction,
        fmt::format(fmt::runtime(way), fmt::arg("video", video), fmt::arg("encoder", encoder)),
        (folder_ / "out.mp4").string()));
    ProgramOptions options;
    options.folder = folder_.path();
    const auto result = run_program({"ffmpeg", "-v", "error", "-f", "lavfi", "-i",
                                     "movie=out.mp4[out0+subcc]", "-map", "s", "-f", "srt", "-"},
                                    options);
    EXPECT_TRUE(result.succeeded()) << result.summary();
    auto sidecar = read_sidecar(SidecarFormat::kSrt, result.out);
    if (!sidecar) {
      ADD_FAILURE() << sidecar.error().message << "\n" << result.out;
      return {};
    }
    for (Cue& cue : sidecar->cues) {
      for (std::string& line : cue.lines) line = bare(line);
    }
    return sidecar->cues;
  }

  TemporaryFolder folder_;
};

std::vector<Cue> spoken_cues(std::mt19937& random, std::size_t count, std::size_t lines) {
  const std::vector<std::string> words = {"budget", "nobody", "has",  "seen", "it’s", "mañana",
                                          "Über",   "ça",     "haha", "2001", "♪",    "«oui»"};
  std::uniform_int_distribution<std::size_t> word(0, words.size() - 1);
  std::uniform_int_distribution<int> length(1, 3), pause(70, 2000);
  std::vector<Cue> cues;
  for (MediaTime at = 2500ms; cues.size() < count;) {
    std::vector<std::string> texts(1 + cues.size() % lines);
    for (std::size_t row = 0; row < texts.size(); ++row) {
      texts[row] = fmt::format("{}{}", row == 0 ? "No. " : "and ", cues.size());
      for (int left = length(random); left > 0; --left) texts[row] += " " + words[word(random)];
    }
    cues.push_back(caption(at, at + 2200ms, std::move(texts)));
    at += 2200ms + pause(random) * 1ms;
  }
  return cues;
}

struct Errors {
  std::vector<double> frames;

  void add(MediaDuration error, const Rate& rate) {
    frames.push_back(to_seconds(error) / rate.frame_seconds);
  }
  double median() {
    std::ranges::sort(frames);
    return frames[frames.size() / 2];
  }
  double largest() const {
    double most = 0;
    for (const double error : frames) most = std::max(most, std::abs(error));
    return most;
  }
};

TEST_F(FfmpegCaptions, ReadsEveryPopOnCueWithinAFrameOfItsTimes) {
  const unsigned seed = std::random_device{}();
  std::mt19937 random(seed);
  for (const Rate& rate : {Rate{"30000/1001", 1001.0 / 30000}, Rate{"25/1", 1.0 / 25},
                           Rate{"24000/1001", 1001.0 / 24000}, Rate{"60000/1001", 1001.0 / 60000},
                           Rate{"50/1", 1.0 / 50}}) {
    const auto cues = spoken_cues(random, 20, 2);
    const auto found = through_encoder(cues, "pop-on", rate);
    ASSERT_EQ(found.size(), cues.size()) << rate.fraction << ", seed " << seed;
    Errors onsets;
    Errors ends;
    for (std::size_t at = 0; at < cues.size(); ++at) {
      EXPECT_EQ(found[at].lines, cues[at].lines) << "seed " << seed;
      onsets.add(found[at].span.begin - cues[at].span.begin, rate);
      ends.add(found[at].span.end - cues[at].span.end, rate);
    }
    // At 50 and more frames a pair goes out with every second one.
    const double slot = rate.frame_seconds < 0.03 ? 2.1 : 1.1;
    EXPECT_LE(onsets.largest(), slot) << rate.fraction << ", seed " << seed;
    EXPECT_LE(ends.largest(), 1.6 * slot) << rate.fraction << ", seed " << seed;
    std::printf(
        "pop-on at %s: %zu cues, onset error median %.2f, max %.2f frames; end max %.2f; "
        "seed %u\n",
        rate.fraction, cues.size(), onsets.median(), onsets.largest(), ends.largest(), seed);
  }
}

TEST_F(FfmpegCaptions, ReadsEveryCueOfVideoThatWasPassedThrough) {
  const unsigned seed = std::random_device{}();
  std::mt19937 random(seed);
  for (const Rate& rate : {Rate{"30000/1001", 1001.0 / 30000}, Rate{"25/1", 1.0 / 25}}) {
    const auto cues = spoken_cues(random, 20, 2);
    const auto found = through_coded_video(cues, rate);
    ASSERT_EQ(found.size(), cues.size()) << rate.fraction << ", seed " << seed;
    Errors onsets;
    for (std::size_t at = 0; at < cues.size(); ++at) {
      EXPECT_EQ(found[at].lines, cues[at].lines) << "seed " << seed;
      onsets.add(found[at].span.begin - cues[at].span.begin, rate);
    }
    EXPECT_LE(onsets.largest(), 1.1) << rate.fraction << ", seed " << seed;
    std::printf(
        "passed through at %s: %zu cues, onset error median %.2f, max %.2f frames, seed %u\n",
        rate.fraction, cues.size(), onsets.median(), onsets.largest(), seed);
  }
}

TEST_F(FfmpegCaptions, ReadsEveryRowOfRollUpInOrder) {
  const unsigned seed = std::random_device{}();
  std::mt19937 random(seed);
  const Rate rate{"30000/1001", 1001.0 / 30000};
  for (const char* mode : {"roll-up-2", "roll-up-3", "paint-on"}) {
    const auto cues = spoken_cues(random, 20, 1);
    const auto found = through_encoder(cues, mode, rate);
    Errors onsets;
    auto at = found.begin();
    for (const Cue& cue : cues) {
      at = std::find_if(at, found.end(),
                        [&](const Cue& one) { return one.lines.back() == cue.lines[0]; });
      ASSERT_NE(at, found.end()) << mode << ": " << cue.lines[0] << ", seed " << seed;
      onsets.add(at->span.begin - cue.span.begin, rate);
    }
    // ffmpeg dates paint-on from the erasure before it, roll-up from the carriage return.
    if (std::string(mode) == "paint-on") continue;
    EXPECT_LE(onsets.largest(), 8) << mode << ", seed " << seed;
    std::printf("%s: %zu rows, onset error median %.2f, max %.2f frames, seed %u\n", mode,
                cues.size(), onsets.median(), onsets.largest(), seed);
  }
}

}  // namespace
}  // namespace subtide
