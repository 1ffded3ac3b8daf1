// Files and local streams: the way of times through the element, without a network.
#include <gmock/gmock.h>
#include <gst/app/gstappsrc.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>

#include "engine/metadata/byte_text.h"
#include "engine/metadata/scte35.h"

#include "tests/ingest/ingest_run.h"
#include "tests/ingest/splice_media.h"
#include "tests/ingest/test_media.h"

namespace subtide {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

class FileSource : public testing::Test {
 protected:
  FileSource() : folder_(std::filesystem::path(testing::TempDir()) / unique_name()) {
    std::filesystem::create_directories(folder_);
  }
  ~FileSource() override { std::filesystem::remove_all(folder_); }

  static std::string unique_name() {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    return "subtide_" + std::string(test->name()) + "_" + std::to_string(::getpid());
  }
  std::filesystem::path path(const std::string& name) const { return folder_ / name; }

  /// A transport stream of so many seconds that begins at `from`.
  std::string stream(MediaTime from, double seconds, const std::string& audio = "48000:2") const {
    SenderOptions options;
    options.from = from;
    options.seconds = seconds;
    options.audio = audio;
    const auto file = make_media(path("part.ts"), options);
    std::ifstream bytes(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(bytes), {}};
  }
  std::string write(const std::string& name, const std::string& bytes) const {
    std::ofstream(path(name), std::ios::binary) << bytes;
    return path(name).string();
  }

 private:
  std::filesystem::path folder_;
};

MediaDuration length_of(const std::vector<SeenItem>& items) {
  MediaTime end{0};
  for (const SeenItem& item : items) end = std::max(end, item.begin + item.duration);
  return end;
}

TEST_F(FileSource, GivesPicturesSoundAndSamplesOnOneTimeline) {
  IngestRun run(write("a.ts", stream(1000s, 4)));
  ASSERT_TRUE(run.wait([&] { return run.has_ended(); }));
  EXPECT_THAT(run.pads(), ElementsAre("audio_0", "pcm_0", "video_0"));
  EXPECT_TRUE(run.has_all_pads());
  run.check();
  ASSERT_THAT(run.epochs(), SizeIs(1));
  EXPECT_EQ(run.epochs()[0].begins, 0s);
  EXPECT_NEAR(to_seconds(run.epochs()[0].source), 1000.0, 0.2);
  EXPECT_EQ(run.buffers("video_0"), 100U);
  EXPECT_NEAR(to_seconds(length_of(run.items("video_0"))), 4.0, 0.2);
  EXPECT_NEAR(to_seconds(length_of(run.items("pcm_0"))), 4.0, 0.2);
  EXPECT_THAT(run.caps("video_0").back(), HasSubstr("stream-format=(string)avc"));
  EXPECT_THAT(run.caps("audio_0").back(), HasSubstr("stream-format=(string)raw"));
  EXPECT_THAT(run.caps("pcm_0").back(), HasSubstr("rate=(int)48000"));
  EXPECT_THAT(run.notices(IngestChange::kOpened), SizeIs(1));
  EXPECT_THAT(run.notices(IngestChange::kEnded), SizeIs(1));
}

TEST_F(FileSource, OtherContainersTooAndWithoutDecoding) {
  for (const char* format : {"mp4", "matroska", "flv"}) {
    SenderOptions options;
    options.format = format;
    options.seconds = 3;
    const auto file = make_media(path(std::string("a.") + format), options);
    IngestRun run(file.string(), {{"decode-audio", "false"}});
    ASSERT_TRUE(run.wait([&] { return run.has_ended(); })) << format;
    EXPECT_THAT(run.pads(), ElementsAre("audio_0", "video_0")) << format;
    run.check();
    EXPECT_EQ(run.buffers("video_0"), 75U) << format;
    EXPECT_NEAR(to_seconds(length_of(run.items("audio_0"))), 3.0, 0.2) << format;
  }
}

TEST_F(FileSource, SoundAlone) {
  SenderOptions options;
  options.has_video = false;
  options.seconds = 3;
  options.format = "adts";
  IngestRun run(make_media(path("a.aac"), options).string());
  ASSERT_TRUE(run.wait([&] { return run.has_ended(); }));
  EXPECT_THAT(run.pads(), ElementsAre("audio_0", "pcm_0"));
  run.check();
  EXPECT_NEAR(to_seconds(length_of(run.items("pcm_0"))), 3.0, 0.2);
}

TEST_F(FileSource, KlvOfTheSourceIsHandedOnAtItsTime) {
  gst_init(nullptr, nullptr);
  const std::string launch =
      "mpegtsmux name=m ! filesink location=" + path("k.ts").string() +
      " audiotestsrc num-buffers=200 ! audio/x-raw,rate=48000 ! avenc_aac ! m. "
      "appsrc name=k format=time caps=meta/x-klv,parsed=true ! m.";
  const ElementPtr muxing = own_object(gst_parse_launch(launch.c_str(), nullptr));
  const ElementPtr klv(gst_bin_get_by_name(GST_BIN(muxing.get()), "k"));
  const std::vector<std::uint8_t> set{0x06, 0x0e, 0x2b, 0x34, 1, 2, 3, 4, 0,
                                      0,    0,    0,    0,    0, 0, 0, 1, 7};
  for (const int at : {500, 1000, 1500}) {
    GstBuffer* buffer = gst_buffer_new_memdup(set.data(), set.size());
    GST_BUFFER_PTS(buffer) = static_cast<GstClockTime>(at) * GST_MSECOND;
    GST_BUFFER_DTS(buffer) = GST_BUFFER_PTS(buffer);
    gst_app_src_push_buffer(GST_APP_SRC(klv.get()), buffer);
  }
  gst_app_src_end_of_stream(GST_APP_SRC(klv.get()));
  gst_element_set_state(muxing.get(), GST_STATE_PLAYING);
  const GstPtr<GstBus> bus(gst_element_get_bus(muxing.get()));
  const MessagePtr end(gst_bus_timed_pop_filtered(bus.get(), 20 * GST_SECOND, GST_MESSAGE_EOS));
  gst_element_set_state(muxing.get(), GST_STATE_NULL);
  ASSERT_NE(end, nullptr);
  IngestRun run(path("k.ts").string());
  ASSERT_TRUE(run.wait([&] { return run.has_ended(); }));
  const auto items = run.metadata();
  ASSERT_THAT(items, SizeIs(3));
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(items[i].payload, set);
    EXPECT_EQ(items[i].kind, PayloadKind::kKlv);
    EXPECT_EQ(items[i].origin, "source");
    EXPECT_NEAR(to_seconds(items[i].at), 0.5 * static_cast<double>(i + 1), 0.05);
  }
}

TEST_F(FileSource, SplicesOfTheSourceAreHandedOnOnceAtTheirTime) {
  SpliceSection splice;
  splice.event_id = 7;
  splice.direction = SpliceDirection::kOut;
  splice.pts = 14 * 90'000;
  splice.duration = 2s;
  const Bytes section = write_splice_insert(splice);
  SenderOptions sent;
  sent.from = 10s;
  sent.seconds = 6;
  std::ifstream file(make_media(path("plain.ts"), sent), std::ios::binary);
  const std::string plain{std::istreambuf_iterator<char>(file), {}};
  const Bytes stream = with_splices(as_bytes(plain), section, 3);
  IngestRun run(write("spliced.ts", std::string(stream.begin(), stream.end())));
  ASSERT_TRUE(run.wait([&] { return run.has_ended(); }));
  const auto items = run.metadata();
  ASSERT_GE(items.size(), 1U);
  for (const auto& item : items) EXPECT_EQ(item, items[0]) << "repeated, it is the same";
  EXPECT_EQ(items[0].kind, PayloadKind::kScte35);
  EXPECT_EQ(items[0].origin, "source");
  EXPECT_EQ(items[0].duration, 2s);
  EXPECT_EQ(items[0].payload, section);
  const auto epochs = run.epochs();
  ASSERT_THAT(epochs, SizeIs(1));
  EXPECT_EQ(epochs[0].to_source(items[0].at), 14s);
}

TEST_F(FileSource, JumpsAndAWrapAreEpochsAndAWrapIsNone) {
  IngestRun run(
      write("a.ts", stream(0s, 3) + stream(1000s, 3) + stream(990s, 3) + stream(95'442s, 4)));
  ASSERT_TRUE(run.wait([&] { return run.has_ended(); }));
  EXPECT_THAT(run.pads(), ElementsAre("audio_0", "pcm_0", "video_0"));
  run.check();
  const auto epochs = run.epochs();
  ASSERT_THAT(epochs, SizeIs(4));
  EXPECT_EQ(epochs[1].reason, "jump");
  EXPECT_EQ(epochs[2].reason, "reset");
  EXPECT_NEAR(to_seconds(epochs[2].source), 990.0, 0.2);
  EXPECT_NEAR(to_seconds(length_of(run.items("video_0"))), 13.0, 0.5);
  EXPECT_NEAR(to_seconds(length_of(run.items("pcm_0"))), 13.0, 0.5);
}

TEST_F(FileSource, AChangeOfTheSoundsFormatIsOneEpoch) {
  const std::string first = stream(0s, 3);
  IngestRun run(write("a.ts", first + stream(3s, 3, "44100:1")));
  ASSERT_TRUE(run.wait([&] { return run.has_ended(); }));
  run.check(500ms);
  EXPECT_THAT(run.epochs(), SizeIs(2));
  EXPECT_EQ(run.epochs().back().reason, "format");
  EXPECT_THAT(run.caps("pcm_0").front(),
              AllOf(HasSubstr("rate=(int)48000"), HasSubstr("channels=(int)2")));
  EXPECT_THAT(run.caps("pcm_0").back(),
              AllOf(HasSubstr("rate=(int)44100"), HasSubstr("channels=(int)1")));
}

TEST_F(FileSource, AsLiveTakesAsLongAsTheFile) {
  IngestRun run(write("a.ts", stream(50s, 4)), {{"as-live", "true"}});
  const auto begun = std::chrono::steady_clock::now();
  ASSERT_TRUE(run.wait([&] { return run.has_ended(); }));
  const double took = to_seconds(std::chrono::steady_clock::now() - begun);
  std::printf("4 s of file as live: %.2f s\n", took);
  EXPECT_GT(took, 3.0);
  const auto items = run.items("video_0");
  ASSERT_FALSE(items.empty());
  for (const SeenItem& item : items) {
    EXPECT_GE(item.when - items.front().when, *item.dts - *items.front().dts - 20ms);
  }
}

TEST_F(FileSource, AnswersTheLatencyQuery) {
  IngestRun run(write("a.ts", stream(0s, 3)), {{"as-live", "true"}, {"latency", "700000000"}});
  ASSERT_TRUE(run.wait_for_buffers("video_0", 1));
  const PadPtr pad(gst_element_get_static_pad(run.element(), "video_0"));
  const QueryPtr query(gst_query_new_latency());
  ASSERT_TRUE(gst_pad_query(pad.get(), query.get()));
  gboolean is_live = FALSE;
  GstClockTime least = 0;
  gst_query_parse_latency(query.get(), &is_live, &least, nullptr);
  EXPECT_TRUE(is_live);
  EXPECT_EQ(least, 700 * GST_MSECOND);
}

TEST_F(FileSource, AFileOfSixtySecondsGoesFasterThanThatAndKeepsMemoryBounded) {
  IngestRun run(write("a.ts", stream(0s, 60)));
  ASSERT_TRUE(run.wait([&] { return run.has_ended(); }));
  EXPECT_EQ(run.buffers("video_0"), 1500U);
  run.check();
}

TEST_F(FileSource, CanBeStoppedAtAnyMomentAndStartedAgain) {
  const std::string file = write("a.ts", stream(0s, 20));
  for (int i = 0; i < 20; ++i) {
    IngestRun run(file, {{"as-live", i % 2 == 0 ? "true" : "false"}});
    std::this_thread::sleep_for(std::chrono::milliseconds(i * 7));
  }
}

TEST_F(FileSource, RefusesWhatItCannotReadInOneLine) {
  const std::string text = write("text.ts", std::string(5000, 'x'));
  for (const std::string& uri : {text, path("none.ts").string(), std::string("ftp://h/x.ts"),
                                 write("list.m3u8", "#EXTM3U\n"), write("empty.ts", ""),
                                 write("list.ts", "#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n")}) {
    IngestRun run(uri);
    ASSERT_TRUE(run.wait([&] { return run.error().has_value(); }, 20s)) << uri;
    EXPECT_FALSE(run.error()->message.empty());
    EXPECT_THAT(run.error()->message, testing::Not(HasSubstr("\n")));
  }
}

TEST_F(FileSource, RefusesBadProperties) {
  const std::string file = write("a.ts", "x");
  for (const auto& [name, value] : std::map<std::string, std::string>{
           {"allow", "10.0.0.0/99"}, {"protocols", "carrier-pigeon"}, {"uri", ""}}) {
    IngestRun run(file, {{name, value}});
    ASSERT_TRUE(run.wait([&] { return run.error().has_value(); }, 20s)) << name;
    EXPECT_EQ(run.error()->code, ErrorCode::kInvalidArgument) << name;
  }
}

}  // namespace
}  // namespace subtide
