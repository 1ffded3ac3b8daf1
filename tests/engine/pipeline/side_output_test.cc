#include "engine/pipeline/side_output.h"

#include <gmock/gmock.h>
#include <gst/gst.h>
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <fstream>
#include <map>
#include <mutex>
#include <sstream>
#include <thread>

#include "engine/gst/clock_time.h"
#include "engine/gst/metadata_meta.h"
#include "engine/gst/pointer.h"
#include "engine/pipeline/movie_end.h"
#include "tests/support/program.h"
#include "tests/support/shared_files.h"
#include "tests/support/small_disk.h"

namespace subtide {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::Contains;
using testing::HasSubstr;

/// A live pipeline of test pictures and sounds with taps, and what its outputs said.
class SideOutputTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { gst_init(nullptr, nullptr); }

  void make_main(int seconds_long, const std::string& more = "") {
    const std::string frames = std::to_string(seconds_long * 25);
    const std::string text =
        "videotestsrc is-live=true num-buffers=" + frames +
        " ! video/x-raw,width=320,height=180,framerate=25/1 ! x264enc tune=zerolatency "
        "speed-preset=ultrafast key-int-max=25 ! h264parse ! tee name=v "
        "v. ! queue ! proxysink name=video " +
        "audiotestsrc is-live=true samplesperbuffer=1920 num-buffers=" + frames +
        " ! audio/x-raw,rate=48000,channels=1 ! avenc_aac ! aacparse ! tee name=a "
        "a. ! queue ! proxysink name=audio " +
        "v. ! queue ! fakesink name=other sync=false " + more;
    main_ = own_object(gst_parse_launch(text.c_str(), nullptr));
    ASSERT_TRUE(main_);
  }

  ElementPtr tap(const char* name) {
    return ElementPtr(gst_bin_get_by_name(GST_BIN(main_.get()), name));
  }

  std::unique_ptr<SideOutput> make(const SideOutputTarget& target,
                                   MediaDuration queue = seconds(10)) {
    video_ = tap("video");
    audio_ = tap("audio");
    SideOutputOptions options;
    options.target = target;
    options.streams = {{SideOutputStream::Kind::kVideo, video_.get(), ""},
                       {SideOutputStream::Kind::kAudio, audio_.get(), ""}};
    options.queue = queue;
    options.main = GST_PIPELINE(main_.get());
    options.on_state = [this](const std::string&, SideOutputState state,
                              const std::string& detail) {
      const std::lock_guard lock(mutex_);
      said_.push_back(std::string(to_string(state)));
      details_.push_back(detail);
    };
    auto output = SideOutput::create(std::move(options));
    EXPECT_TRUE(output) << output.error().message;
    return output ? std::move(*output) : nullptr;
  }

  /// Plays to the end. How long it took.
  milliseconds play(SideOutput& output) {
    const auto begin = std::chrono::steady_clock::now();
    output.start();
    gst_element_set_state(main_.get(), GST_STATE_PLAYING);
    const GstPtr<GstBus> bus(gst_element_get_bus(main_.get()));
    const MessagePtr end(gst_bus_timed_pop_filtered(
        bus.get(), 60 * GST_SECOND,
        static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ERROR)));
    EXPECT_TRUE(end && GST_MESSAGE_TYPE(end.get()) == GST_MESSAGE_EOS);
    return std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - begin);
  }

  void TearDown() override {
    if (main_) gst_element_set_state(main_.get(), GST_STATE_NULL);
  }

  std::vector<std::string> said() {
    const std::lock_guard lock(mutex_);
    return said_;
  }

  static std::string probe(const std::filesystem::path& file, const std::string& entries) {
    return run_program({"ffprobe", "-v", "error", "-count_packets", "-show_entries", entries, "-of",
                        "csv=p=0", file.string()},
                       {})
        .out;
  }

  ElementPtr main_;
  ElementPtr video_;
  ElementPtr audio_;
  TemporaryFolder folder_;
  std::mutex mutex_;
  std::vector<std::string> said_;
  std::vector<std::string> details_;
};

TEST_F(SideOutputTest, RecordsWhatFlows) {
  SUBTIDE_REQUIRE_PROGRAM("ffprobe");
  for (const auto* name : {"out.mkv", "out.mp4"}) {
    make_main(3);
    const auto file = folder_.path() / name;
    const auto output = make(*record_target(file.string()));
    ASSERT_TRUE(output);
    play(*output);
    EXPECT_TRUE(output->finish(seconds(10))) << name;
    gst_element_set_state(main_.get(), GST_STATE_NULL);
    const std::string streams = probe(file, "stream=codec_name,nb_read_packets");
    EXPECT_THAT(streams, HasSubstr("h264,75")) << name;
    EXPECT_THAT(streams, HasSubstr("aac,")) << name;
  }
}

TEST_F(SideOutputTest, RecordsTextsInTheirLanguages) {
  SUBTIDE_REQUIRE_PROGRAM("ffprobe");
  for (const auto* name : {"out.mkv", "out.mp4"}) {
    make_main(3,
              "appsrc name=words is-live=true format=time caps=text/x-raw,format=utf8 ! "
              "proxysink name=text");
    const ElementPtr text = tap("text");
    video_ = tap("video");
    const auto file = folder_.path() / name;
    SideOutputOptions options;
    options.target = *record_target(file.string());
    options.streams = {{SideOutputStream::Kind::kVideo, video_.get(), ""},
                       {SideOutputStream::Kind::kText, text.get(), "es"}};
    options.main = GST_PIPELINE(main_.get());
    const auto output = SideOutput::create(std::move(options));
    ASSERT_TRUE(output) << output.error().message;
    const ElementPtr words = tap("words");
    for (const int second : {0, 1}) {
      const std::string line = "línea " + std::to_string(second);
      GstBuffer* buffer = gst_buffer_new_memdup(line.data(), line.size());
      GST_BUFFER_PTS(buffer) = static_cast<GstClockTime>(second) * GST_SECOND + 200 * GST_MSECOND;
      GST_BUFFER_DURATION(buffer) = 500 * GST_MSECOND;
      GstFlowReturn flow = GST_FLOW_OK;
      g_signal_emit_by_name(words.get(), "push-buffer", buffer, &flow);
      gst_buffer_unref(buffer);
    }
    GstFlowReturn flow = GST_FLOW_OK;
    g_signal_emit_by_name(words.get(), "end-of-stream", &flow);
    play(**output);
    EXPECT_TRUE((*output)->finish(seconds(10))) << name;
    gst_element_set_state(main_.get(), GST_STATE_NULL);
    const auto srt = run_program({"ffmpeg", "-v", "error", "-copyts", "-i", file.string(), "-map",
                                  "0:s:0", "-f", "srt", "-"});
    EXPECT_THAT(srt.out, HasSubstr("línea 1")) << name << srt.err;
    // MP4 counts from its first picture, which came some milliseconds after the engine's zero.
    if (name == std::string("out.mkv")) {
      EXPECT_THAT(srt.out, HasSubstr("00:00:01,200 --> 00:00:01,700\nlínea 1"));
    }
    EXPECT_THAT(probe(file, "stream_tags=language"), HasSubstr("spa")) << name;
  }
}

TEST_F(SideOutputTest, ATargetThatComesBackGetsTheRest) {
  SUBTIDE_REQUIRE_PROGRAM("ffmpeg");
  const auto first = folder_.path() / "first.ts";
  const auto second = folder_.path() / "second.ts";
  const auto listen = [](const std::filesystem::path& file) {
    return std::make_unique<RunningProgram>(std::vector<std::string>{
        "ffmpeg", "-v", "error", "-y", "-i", "srt://127.0.0.1:29018?mode=listener&timeout=20000000",
        "-c", "copy", "-f", "mpegts", "-flush_packets", "1", file.string()});
  };
  auto receiver = listen(first);
  make_main(14);
  const auto output = make(*push_target("srt://127.0.0.1:29018"));
  ASSERT_TRUE(output);
  std::jthread change([&](const std::stop_token& stop) {
    while (!stop.stop_requested() &&
           (!std::filesystem::exists(first) || file_size(first) < 30'000)) {
      std::this_thread::sleep_for(milliseconds(50));
    }
    receiver->send_signal(SIGKILL);
    receiver = listen(second);
  });
  play(*output);
  change.request_stop();
  change.join();
  output->finish(seconds(5));
  gst_element_set_state(main_.get(), GST_STATE_NULL);
  receiver->wait(seconds(20));
  EXPECT_THAT(probe(second, "stream=codec_name,nb_read_packets"), HasSubstr("h264,"));
}

TEST_F(SideOutputTest, SendsToSrt) {
  SUBTIDE_REQUIRE_PROGRAM("ffmpeg");
  const auto file = folder_.path() / "got.ts";
  RunningProgram receiver({"ffmpeg", "-v", "error", "-y", "-i",
                           "srt://127.0.0.1:29017?mode=listener&timeout=20000000", "-c", "copy",
                           "-f", "mpegts", file.string()});
  make_main(6);
  const auto output = make(*push_target("srt://127.0.0.1:29017"));
  ASSERT_TRUE(output);
  play(*output);
  output->finish(seconds(10));
  gst_element_set_state(main_.get(), GST_STATE_NULL);
  receiver.wait(seconds(20));
  EXPECT_THAT(said(), Contains("ok"));
  const std::string streams = probe(file, "stream=codec_name,nb_read_packets");
  EXPECT_THAT(streams, HasSubstr("h264,"));
  EXPECT_THAT(streams, HasSubstr("aac,"));
}

/// Puts a marker onto each picture, 10 ms behind its time.
class MarkedPictures {
 public:
  explicit MarkedPictures(GstElement* tee) {
    const PadPtr pad(gst_element_get_static_pad(tee, "sink"));
    gst_pad_add_probe(pad.get(), GST_PAD_PROBE_TYPE_BUFFER, &MarkedPictures::mark, this, nullptr);
  }
  const std::vector<MediaTime>& times() const { return times_; }

 private:
  static GstPadProbeReturn mark(GstPad* pad, GstPadProbeInfo* info, gpointer self) {
    auto& times = static_cast<MarkedPictures*>(self)->times_;
    GstBuffer* buffer = gst_buffer_make_writable(GST_PAD_PROBE_INFO_BUFFER(info));
    const EventPtr told(gst_pad_get_sticky_event(pad, GST_EVENT_SEGMENT, 0));
    GstSegment segment;
    gst_event_copy_segment(told.get(), &segment);
    TimedMetadata item;
    item.id = "marker-" + std::to_string(times.size());
    item.at = *to_stream_time(segment, *to_media_time(GST_BUFFER_PTS(buffer))) + milliseconds(10);
    times.push_back(item.at);
    attach_metadata(buffer, std::span(&item, 1));
    GST_PAD_PROBE_INFO_DATA(info) = buffer;
    return GST_PAD_PROBE_OK;
  }

  std::vector<MediaTime> times_;
};

TEST_F(SideOutputTest, MarkersThatRideOnPicturesAreId3InAPushAtTheirTimes) {
  SUBTIDE_REQUIRE_PROGRAM("ffprobe");
  SUBTIDE_REQUIRE_PROGRAM("gst-launch-1.0");
  const auto file = folder_.path() / "got.ts";
  RunningProgram receiver({"gst-launch-1.0", "-q", "srtsrc",
                           "uri=srt://127.0.0.1:29019?mode=listener&latency=1000", "!", "filesink",
                           "location=" + file.string()});
  make_main(6);
  const ElementPtr tee = tap("v");
  const MarkedPictures pictures(tee.get());
  const auto output = make(*push_target("srt://127.0.0.1:29019?latency=1000"));
  ASSERT_TRUE(output);
  play(*output);
  output->finish(seconds(10));
  gst_element_set_state(main_.get(), GST_STATE_NULL);
  receiver.wait(seconds(20));
  const std::string streams = probe(file, "stream=codec_name");
  for (const auto* kind : {"h264", "aac", "timed_id3"}) EXPECT_THAT(streams, HasSubstr(kind));
  const auto shown =
      run_program({"ffprobe", "-v", "error", "-select_streams", "d:0", "-show_entries",
                   "packet=pts_time", "-of", "default=noprint_wrappers=1:nokey=1", file.string()});
  std::istringstream lines(shown.out);
  std::size_t found = 0;
  const std::vector<MediaTime> expected = pictures.times();
  for (double at = 0; lines >> at; ++found) {
    // The muxer begins to count at one hour; a tick is 11 µs.
    const MediaTime time = from_seconds(at - 3600);
    EXPECT_TRUE(std::ranges::any_of(expected, [&](MediaTime one) {
      return std::chrono::abs(one - time) < std::chrono::microseconds(20);
    })) << at;
  }
  EXPECT_EQ(expected.size(), 150U);
  // What came before the connection stood is not in it, nor is its last second for certain.
  EXPECT_GT(found, 75U);
  EXPECT_LE(found, expected.size());
  std::printf("%zu of %zu markers in the ID3 of a push\n", found, expected.size());
}

TEST_F(SideOutputTest, ADeadTargetHoldsNobodyUpAndIsTriedAgain) {
  make_main(4);
  const auto output = make(*push_target("rtmp://127.0.0.1:1/live/x"), seconds(1));
  ASSERT_TRUE(output);
  const auto took = play(*output);
  EXPECT_LT(took, seconds(15));
  EXPECT_THAT(said(), Contains("retrying"));
}

TEST_F(SideOutputTest, TwoOutputsOfOneStreamBothGetIt) {
  make_main(3, "v. ! queue ! tee name=shared allow-not-linked=true");
  std::vector<ElementPtr> taps;
  std::vector<std::unique_ptr<SideOutput>> outputs;
  const ElementPtr tee = tap("shared");
  for (const auto* name : {"one.mkv", "two.mp4"}) {
    taps.push_back(make_tap(tee.get()));
    ASSERT_TRUE(taps.back());
    SideOutputOptions options;
    options.target = *record_target((folder_.path() / name).string());
    options.streams = {{SideOutputStream::Kind::kVideo, taps.back().get(), ""}};
    options.main = GST_PIPELINE(main_.get());
    auto output = SideOutput::create(std::move(options));
    ASSERT_TRUE(output) << output.error().message;
    (*output)->start();
    outputs.push_back(std::move(*output));
  }
  play(*outputs.front());
  for (const auto& output : outputs) EXPECT_TRUE(output->finish(seconds(10)));
  for (const auto* name : {"one.mkv", "two.mp4"}) {
    EXPECT_THAT(probe(folder_.path() / name, "stream=nb_read_packets"), HasSubstr("75")) << name;
  }
}

TEST_F(SideOutputTest, ARecordingGoesOnInAnotherFileWhenAFullDiskHasRoomAgain) {
  SUBTIDE_REQUIRE_PROGRAM("ffprobe");
  const SmallDisk disk(folder_.path() / "disk", "24m");
  if (!disk.is_there()) GTEST_SKIP() << "mounting a tmpfs is not allowed here";
  for (const std::string extension : {".mp4", ".mkv"}) {
    make_main(12);
    const auto first = folder_.path() / "disk" / ("out" + extension);
    const auto second = folder_.path() / "disk" / ("out-2" + extension);
    const auto output = make(*record_target(first.string()));
    ASSERT_TRUE(output);
    std::jthread change([&] {
      std::this_thread::sleep_for(seconds(3));
      disk.fill();
      const auto until = std::chrono::steady_clock::now() + seconds(10);
      while (output->state() != SideOutputState::kFull &&
             std::chrono::steady_clock::now() < until) {
        std::this_thread::sleep_for(milliseconds(50));
      }
      disk.make_room();
    });
    play(*output);
    change.join();
    EXPECT_TRUE(output->finish(seconds(10))) << extension;
    gst_element_set_state(main_.get(), GST_STATE_NULL);
    EXPECT_THAT(said(), Contains("full"));
    EXPECT_THAT(said(), Contains("ended"));
    EXPECT_EQ(*end_of_fragments(first), file_size(first)) << "an MP4 file is whole";
    for (const auto& file : {first, second}) {
      const auto played =
          run_program({"ffprobe", "-v", "error", "-count_packets", "-show_entries",
                       "stream=codec_name,nb_read_packets", "-of", "csv=p=0", file.string()});
      EXPECT_THAT(played.out, testing::ContainsRegex("h264,[1-9][0-9]")) << file << played.err;
      EXPECT_THAT(played.out, testing::ContainsRegex("aac,[1-9][0-9]")) << file;
      std::printf("%s: %s", file.filename().c_str(), played.out.c_str());
    }
  }
}

TEST_F(SideOutputTest, AFileThatCannotBeWrittenFailsAloneAndForGood) {
  make_main(2);
  const auto output = make(*record_target((folder_.path() / "none" / "out.mkv").string()));
  ASSERT_TRUE(output);
  play(*output);
  EXPECT_FALSE(output->finish(seconds(5)));
  EXPECT_EQ(output->state(), SideOutputState::kFailed);
}

TEST(SideOutputTargets, TheNextFileOfARecordingHasTheNextFreeNumber) {
  const TemporaryFolder folder;
  const auto first = *record_target((folder / "a.talk.mp4").string());
  EXPECT_EQ(next_file(first).address, (folder / "a.talk-2.mp4").string());
  std::ofstream(folder / "a.talk-2.mp4") << "x";
  const auto next = next_file(first);
  EXPECT_EQ(next.address, (folder / "a.talk-3.mp4").string());
  EXPECT_EQ(next.shown, next.address);
  EXPECT_EQ(next.kind, SideOutputKind::kMp4);
}

TEST(SideOutputTargets, AreChosenByTheirAddress) {
  EXPECT_EQ(push_target("srt://host:9000?passphrase=geheim")->kind, SideOutputKind::kSrt);
  EXPECT_THAT(push_target("srt://host:9000?passphrase=geheim")->shown,
              testing::Not(HasSubstr("geheim")));
  EXPECT_EQ(push_target("rtmp://host/app/key")->kind, SideOutputKind::kRtmp);
  EXPECT_FALSE(push_target("http://host/x.m3u8"));
  EXPECT_FALSE(push_target("x"));
  EXPECT_EQ(record_target("a.mp4")->kind, SideOutputKind::kMp4);
  EXPECT_EQ(record_target("a.mkv")->kind, SideOutputKind::kMatroska);
  EXPECT_FALSE(record_target("a.avi"));
}

}  // namespace
}  // namespace subtide
