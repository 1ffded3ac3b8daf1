#include <gmock/gmock.h>
#include <gst/check/gstharness.h>
#include <gst/gst.h>
#include <gst/video/video.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <set>

#include "elements/meta/gst_tide_meta.h"
#include "engine/gst/clock_time.h"
#include "engine/gst/epoch_event.h"
#include "engine/gst/error.h"
#include "engine/gst/metadata_event.h"
#include "engine/gst/metadata_meta.h"
#include "engine/metadata/access_unit.h"
#include "engine/metadata/byte_text.h"
#include "tests/support/gst_text_harness.h"
#include "tests/support/program.h"

namespace subtide {
namespace {

using namespace std::chrono_literals;
using namespace testing_support;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr const char* kByteStream =
    "video/x-h264, stream-format=(string)byte-stream, alignment=(string)au, framerate=25/1";
constexpr MediaDuration kFrame = 40ms;

Bytes hex(std::string_view text) { return from_hex(text).value(); }

/// A delimiter, SPS, PPS and a slice, with start codes.
const Bytes kPicture = hex("0000000109F0000000016742000000000168CE000000016588800010");

TimedMetadata item_at(MediaTime at, std::string id = "goal-1") {
  const std::string json = R"({"team":"home"})";
  return {std::move(id),      "com.example.goal",         at,    5s,
          PayloadKind::kJson, {json.begin(), json.end()}, "http"};
}

/// tidemeta between a test's own source and sink.
class MetaHarness {
 public:
  explicit MetaHarness(ElementPtr element, const char* caps = kByteStream)
      : element_(std::move(element)), bus_(gst_bus_new()) {
    gst_element_set_bus(element_.get(), bus_.get());
    harness_ = gst_harness_new_with_element(element_.get(), "sink", "src");
    gst_harness_set_src_caps_str(harness_, caps);
  }
  ~MetaHarness() {
    gst_harness_teardown(harness_);
    gst_element_set_bus(element_.get(), nullptr);
  }
  MetaHarness(const MetaHarness&) = delete;
  MetaHarness& operator=(const MetaHarness&) = delete;

  static BufferPtr frame(TimeSpan span, const Bytes& bytes = kPicture) {
    BufferPtr buffer(gst_buffer_new_memdup(bytes.data(), bytes.size()));
    set_span(buffer.get(), span);
    return buffer;
  }
  GstFlowReturn push(BufferPtr buffer) { return gst_harness_push(harness_, buffer.release()); }
  /// Pushes a frame and gives what came out of it.
  BufferPtr pass(TimeSpan span, const Bytes& bytes = kPicture) {
    EXPECT_EQ(push(frame(span, bytes)), GST_FLOW_OK);
    return BufferPtr(gst_harness_try_pull(harness_));
  }
  BufferPtr pass_frame(int number) { return pass({kFrame * number, kFrame * (number + 1)}); }
  bool push(EventPtr event) { return gst_harness_push_event(harness_, event.release()) == TRUE; }
  bool inject(const char* json) {
    gboolean is_taken = FALSE;
    g_signal_emit_by_name(element_.get(), "inject", json, &is_taken);
    return is_taken == TRUE;
  }
  std::vector<MetadataPlaced> placed() {
    std::vector<MetadataPlaced> all;
    while (const MessagePtr message = MessagePtr(gst_bus_pop(bus_.get()))) {
      if (const auto one = read_metadata_placed(message.get())) all.push_back(*one);
      if (GST_MESSAGE_TYPE(message.get()) == GST_MESSAGE_WARNING) {
        warnings_.push_back(read_error(message.get()).message);
      }
    }
    return all;
  }
  std::vector<std::string> warnings() {
    placed();
    return warnings_;
  }
  GstHarness* get() { return harness_; }
  GstElement* element() { return element_.get(); }

 private:
  ElementPtr element_;
  GstPtr<GstBus> bus_;
  GstHarness* harness_ = nullptr;
  std::vector<std::string> warnings_;
};

Bytes bytes_of(GstBuffer* buffer) {
  Bytes bytes(gst_buffer_get_size(buffer));
  gst_buffer_extract(buffer, 0, bytes.data(), bytes.size());
  return bytes;
}

std::vector<SeiMessage> sei_in(GstBuffer* buffer, const NalFraming& framing = {}) {
  std::vector<SeiMessage> all;
  const Bytes bytes = bytes_of(buffer);
  for (const NalUnit& unit : units_up_to_slice(bytes, framing)) {
    const auto messages = read_sei(framing.codec, unit.bytes);
    if (messages) all.insert(all.end(), messages->begin(), messages->end());
  }
  return all;
}

std::vector<std::string> ids_on(GstBuffer* buffer) {
  std::vector<std::string> ids;
  for (const TimedMetadata& item : metadata_of(buffer)) ids.push_back(item.id);
  return ids;
}

class TideMetaTest : public testing::Test {
 protected:
  TideMetaTest() {
    start_gstreamer();
    register_tidemeta(nullptr);
  }
  template <typename... Settings>
  static ElementPtr meta(Settings... settings) {
    ElementPtr element = make_element("tidemeta");
    if constexpr (sizeof...(settings) > 0) g_object_set(element.get(), settings..., nullptr);
    return element;
  }
  static std::filesystem::path file(const std::string& name, const std::string& text) {
    const auto path = std::filesystem::path(testing::TempDir()) / ("subtide_tidemeta_" + name);
    std::ofstream(path) << text;
    return path;
  }
};

TEST_F(TideMetaTest, PutsAnItemOnTheFrameThatCoversItAsMetaAndAsSei) {
  MetaHarness harness(meta());
  ASSERT_TRUE(inject_metadata(harness.element(), item_at(55ms)));
  EXPECT_EQ(bytes_of(harness.pass_frame(0).get()), kPicture);
  const BufferPtr marked = harness.pass_frame(1);
  EXPECT_THAT(metadata_of(marked.get()), ElementsAre(item_at(55ms)));
  const auto messages = sei_in(marked.get());
  ASSERT_EQ(messages.size(), 1U);
  EXPECT_EQ(item_of(messages[0])->at, 55ms);
  EXPECT_EQ(span_of(marked.get()), (TimeSpan{40ms, 80ms}));
  // in front of the slice, and nothing else moved
  Bytes bytes = bytes_of(marked.get());
  const Bytes nal = frame_nal({}, write_sei(VideoCodec::kH264, messages[0])).value();
  EXPECT_TRUE(std::equal(nal.begin(), nal.end(), bytes.begin() + 19));
  bytes.erase(bytes.begin() + 19, bytes.begin() + 19 + static_cast<std::ptrdiff_t>(nal.size()));
  EXPECT_EQ(bytes, kPicture);
  EXPECT_EQ(bytes_of(harness.pass_frame(2).get()), kPicture);
  const auto placed = harness.placed();
  ASSERT_THAT(placed, SizeIs(1));
  EXPECT_EQ(placed[0].item.id, "goal-1");
  EXPECT_EQ(placed[0].item.at, 55ms);
  EXPECT_EQ(placed[0].item.payload, item_of(messages[0])->payload) << "all of it is told";
  EXPECT_EQ(placed[0].asked, 55ms);
}

TEST_F(TideMetaTest, TakesCueObjectsByItsSignal) {
  MetaHarness harness(meta());
  EXPECT_TRUE(harness.inject(R"({"at":"0.1","id":"a","class":"c"})"));
  EXPECT_TRUE(harness.inject(R"({"at":"now","id":"b","class":"c"})"));
  EXPECT_FALSE(harness.inject(R"({"at":"now","id":"b"})"));
  EXPECT_THAT(ids_on(harness.pass_frame(0).get()), ElementsAre("b"));
  EXPECT_THAT(ids_on(harness.pass_frame(1).get()), IsEmpty());
  EXPECT_THAT(ids_on(harness.pass_frame(2).get()), ElementsAre("a"));
  EXPECT_THAT(harness.warnings(), ElementsAre(HasSubstr("\"class\" is missing")));
}

TEST_F(TideMetaTest, TellsWhichItemsCameTooLate) {
  MetaHarness harness(meta());
  harness.pass_frame(10);
  ASSERT_TRUE(inject_metadata(harness.element(), item_at(100ms)));
  EXPECT_THAT(ids_on(harness.pass_frame(11).get()), ElementsAre("goal-1"));
  const auto placed = harness.placed();
  ASSERT_THAT(placed, SizeIs(1));
  EXPECT_EQ(placed[0].item.id, "goal-1");
  EXPECT_EQ(placed[0].item.at, 440ms);
  EXPECT_EQ(placed[0].asked, 100ms);
}

TEST_F(TideMetaTest, PlacesTheSameInBuffersOfAnySizeAndMedia) {
  for (const MediaDuration length : {1ms, 10ms, 333ms}) {
    MetaHarness harness(meta(),
                        "audio/x-raw, format=S16LE, rate=16000, channels=1, "
                        "layout=interleaved");
    ASSERT_TRUE(inject_metadata(harness.element(), item_at(500ms)));
    int found = 0;
    for (MediaTime at{0}; at < 1s; at += length) {
      const BufferPtr out = harness.pass({at, at + length}, Bytes(8, 1));
      EXPECT_EQ(bytes_of(out.get()), Bytes(8, 1));
      if (metadata_of(out.get()).empty()) continue;
      ++found;
      EXPECT_TRUE(span_of(out.get())->contains(500ms));
    }
    EXPECT_EQ(found, 1);
  }
}

TEST_F(TideMetaTest, KnowsPicturesBehindLengths) {
  const Bytes record =
      hex("01640028FFE1000467640028010004"
          "68CE3C80");
  GstCaps* caps = gst_caps_from_string(
      "video/x-h264, stream-format=(string)avc, alignment=(string)au, framerate=25/1");
  const BufferPtr codec_data(gst_buffer_new_memdup(record.data(), record.size()));
  gst_caps_set_simple(caps, "codec_data", GST_TYPE_BUFFER, codec_data.get(), nullptr);
  const TextPtr text(gst_caps_to_string(caps));
  gst_caps_unref(caps);
  MetaHarness harness(meta(), text.get());
  ASSERT_TRUE(inject_metadata(harness.element(), item_at(0ms)));
  const BufferPtr out = harness.pass({0ms, 40ms}, hex("0000000209F000000003658880"));
  EXPECT_EQ(sei_in(out.get(), {VideoCodec::kH264, 4}).size(), 1U);
}

TEST_F(TideMetaTest, WritesNoSeiWhenToldSo) {
  MetaHarness harness(meta("sei", FALSE));
  ASSERT_TRUE(inject_metadata(harness.element(), item_at(0ms)));
  const BufferPtr out = harness.pass_frame(0);
  EXPECT_THAT(ids_on(out.get()), ElementsAre("goal-1"));
  EXPECT_EQ(bytes_of(out.get()), kPicture);
}

TEST_F(TideMetaTest, WaitsForAPicture) {
  MetaHarness harness(meta());
  ASSERT_TRUE(inject_metadata(harness.element(), item_at(0ms)));
  EXPECT_THAT(ids_on(harness.pass({0ms, 40ms}, hex("0000000109F0")).get()), IsEmpty());
  EXPECT_THAT(ids_on(harness.pass_frame(1).get()), ElementsAre("goal-1"));
}

TEST_F(TideMetaTest, TakesTheSourcesOwnItemsOutOfTheStream) {
  MetaHarness harness(meta());
  harness.pass_frame(0);
  ASSERT_TRUE(harness.push(make_event(item_at(45ms))));
  const auto items = metadata_of(harness.pass_frame(1).get());
  ASSERT_EQ(items.size(), 1U);
  EXPECT_EQ(items[0].origin, "source");
  while (const EventPtr event = EventPtr(gst_harness_try_pull_event(harness.get()))) {
    EXPECT_FALSE(read_metadata(event.get()));
  }
}

TEST_F(TideMetaTest, ReadsTheWallClockFromTheEpoch) {
  MetaHarness harness(meta());
  EXPECT_TRUE(harness.inject(R"({"at":"2026-11-21T00:00:01Z","id":"early","class":"c"})"));
  EXPECT_THAT(ids_on(harness.pass_frame(0).get()), IsEmpty());
  EXPECT_THAT(harness.warnings(), ElementsAre(HasSubstr("early wants a wall-clock time")));
  const WallTime midnight = parse_marker_time("2026-11-21T00:00:00Z").value().wall;
  ASSERT_TRUE(harness.push(make_event(Epoch{0, 0s, 0s, midnight, "start"})));
  EXPECT_TRUE(harness.inject(R"({"at":"2026-11-21T00:00:00.050Z","id":"a","class":"c"})"));
  EXPECT_THAT(ids_on(harness.pass_frame(1).get()), ElementsAre("a"));
}

TEST_F(TideMetaTest, WritesCaptionsBesideTheVideoIntoIt) {
  const Bytes raw = {0x94, 0x20};
  const Bytes s334 = {0x80, 0x94, 0x2C, 0x00, 0x15, 0x2C};
  MetaHarness harness(meta());
  BufferPtr frame = MetaHarness::frame({0ms, 40ms});
  gst_buffer_add_video_caption_meta(frame.get(), GST_VIDEO_CAPTION_TYPE_CEA608_RAW, raw.data(), 2);
  gst_buffer_add_video_caption_meta(frame.get(), GST_VIDEO_CAPTION_TYPE_CEA608_S334_1A, s334.data(),
                                    s334.size());
  harness.push(std::move(frame));
  const BufferPtr out(gst_harness_try_pull(harness.get()));
  const auto messages = sei_in(out.get());
  ASSERT_EQ(messages.size(), 1U);
  EXPECT_EQ(captions_of(messages[0]),
            (std::vector<CaptionPair>{{CaptionType::kField1, {0x94, 0x20}},
                                      {CaptionType::kField1, {0x94, 0x2C}},
                                      {CaptionType::kField2, {0x15, 0x2C}}}));
  // a second pass finds them there already
  MetaHarness again(meta());
  again.push(BufferPtr(gst_buffer_copy(out.get())));
  EXPECT_EQ(sei_in(BufferPtr(gst_harness_try_pull(again.get())).get()).size(), 1U);
  MetaHarness without(meta("captions", FALSE));
  frame = MetaHarness::frame({0ms, 40ms});
  gst_buffer_add_video_caption_meta(frame.get(), GST_VIDEO_CAPTION_TYPE_CEA608_RAW, raw.data(), 2);
  without.push(std::move(frame));
  EXPECT_EQ(bytes_of(BufferPtr(gst_harness_try_pull(without.get())).get()), kPicture);
}

TEST_F(TideMetaTest, EndTellsWhatWasNeverPlaced) {
  MetaHarness harness(meta());
  ASSERT_TRUE(inject_metadata(harness.element(), item_at(10s)));
  harness.pass_frame(0);
  ASSERT_TRUE(harness.push(EventPtr(gst_event_new_eos())));
  EXPECT_THAT(harness.warnings(), ElementsAre(HasSubstr("1 item(s), the first of them goal-1")));
}

TEST_F(TideMetaTest, AFlushKeepsWhatWaitsAndTheStreamGoesOn) {
  MetaHarness harness(meta());
  ASSERT_TRUE(inject_metadata(harness.element(), item_at(60s)));
  harness.pass_frame(0);
  harness.push(EventPtr(gst_event_new_flush_start()));
  harness.push(EventPtr(gst_event_new_flush_stop(TRUE)));
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  harness.push(EventPtr(gst_event_new_segment(&segment)));
  EXPECT_THAT(ids_on(harness.pass({60s, 60s + 40ms}).get()), ElementsAre("goal-1"));
}

TEST_F(TideMetaTest, ReadsItsCueFileEachTimeItStarts) {
  const auto path = file("good.jsonl", R"({"at":"0.05","id":"a","class":"c"})");
  ElementPtr element = meta("cue-file", path.c_str());
  MetaHarness harness(std::move(element));
  for (int run = 0; run < 2; ++run) {
    EXPECT_THAT(ids_on(harness.pass_frame(1).get()), ElementsAre("a")) << run;
    gst_element_set_state(harness.element(), GST_STATE_READY);
    gst_element_set_state(harness.element(), GST_STATE_PLAYING);
    gst_harness_set_src_caps_str(harness.get(), kByteStream);
  }
}

TEST_F(TideMetaTest, RefusesWhatItCannotDo) {
  const auto path = file("bad.jsonl", "\n{\"at\":\"soon\"}");
  const ElementPtr bad_file = meta("cue-file", path.c_str());
  EXPECT_THAT(refusal_of(bad_file.get()).value_or(Error{}).message,
              HasSubstr("bad.jsonl, line 2: \"at\" must be"));
  const ElementPtr no_file = meta("cue-file", "/nowhere/cues.jsonl");
  EXPECT_EQ(refusal_of(no_file.get()).value_or(Error{}).code, ErrorCode::kNotFound);
  const ElementPtr other = own_object(gst_pipeline_new(nullptr));
  EXPECT_EQ(inject_metadata(other.get(), item_at(0s)).error().code, ErrorCode::kInvalidArgument);
  const ElementPtr element = meta("max-waiting", 1U);
  EXPECT_FALSE(inject_metadata(element.get(), item_at(0s, "")));
  ASSERT_TRUE(inject_metadata(element.get(), item_at(0s, "a")));
  const Status full = inject_metadata(element.get(), item_at(0s, "b"));
  EXPECT_EQ(full.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(full.error().message, HasSubstr("max-waiting"));
}

TEST_F(TideMetaTest, RefusesVideoThatComesInPieces) {
  GstPtr<GstBus> bus(gst_bus_new());
  const ElementPtr element = meta();
  gst_element_set_bus(element.get(), bus.get());
  GstHarness* harness = gst_harness_new_with_element(element.get(), "sink", "src");
  gst_harness_set_src_caps_str(harness,
                               "video/x-h264, stream-format=(string)byte-stream, "
                               "alignment=(string)nal");
  const MessagePtr message(gst_bus_pop_filtered(bus.get(), GST_MESSAGE_ERROR));
  ASSERT_NE(message, nullptr);
  EXPECT_THAT(read_error(message.get()).message, HasSubstr("put h264parse"));
  gst_harness_teardown(harness);
  gst_element_set_bus(element.get(), nullptr);
}

TEST_F(TideMetaTest, AddsNoLatency) {
  MetaHarness harness(meta());
  gst_harness_set_live(harness.get(), TRUE);
  gst_harness_set_upstream_latency(harness.get(), 70 * GST_MSECOND);
  EXPECT_EQ(gst_harness_query_latency(harness.get()), 70 * GST_MSECOND);
}

// ---- real video, and FFmpeg has the last word ----

/// Runs a pipeline to its end; what stops it fails the test.
void run_to_end(const std::string& description, const std::function<void(GstElement*)>& prepare) {
  GError* raw = nullptr;
  const ElementPtr pipeline = own_object(gst_parse_launch(description.c_str(), &raw));
  const ErrorPtr error(raw);
  ASSERT_EQ(error, nullptr) << error->message;
  prepare(pipeline.get());
  gst_element_set_state(pipeline.get(), GST_STATE_PLAYING);
  const GstPtr<GstBus> bus(gst_element_get_bus(pipeline.get()));
  const MessagePtr message(
      gst_bus_timed_pop_filtered(bus.get(), 120 * GST_SECOND,
                                 static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ERROR)));
  ASSERT_NE(message, nullptr);
  if (GST_MESSAGE_TYPE(message.get()) == GST_MESSAGE_ERROR) {
    ADD_FAILURE() << read_error(message.get()).message;
  }
  gst_element_set_state(pipeline.get(), GST_STATE_NULL);
}

std::size_t occurrences(const std::string& text, std::string_view word) {
  std::size_t count = 0;
  for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
    ++count;
  }
  return count;
}

struct RealVideo {
  const char* name;
  const char* encoder;
  const char* parsed;
  const char* muxer;
  VideoCodec codec;
};

void PrintTo(const RealVideo& video, std::ostream* stream) { *stream << video.name; }

class TideMetaRealVideo : public TideMetaTest, public testing::WithParamInterface<RealVideo> {};

/// Sees what leaves tidemeta: each item, and how far into its frame it lies.
struct Eye {
  std::map<std::string, MediaDuration> found;
  int twice = 0;

  static GstPadProbeReturn look(GstPad* pad, GstPadProbeInfo* info, gpointer user) {
    auto* eye = static_cast<Eye*>(user);
    GstBuffer* buffer = GST_PAD_PROBE_INFO_BUFFER(info);
    GstSegment segment;
    const EventPtr event(gst_pad_get_sticky_event(pad, GST_EVENT_SEGMENT, 0));
    gst_event_copy_segment(event.get(), &segment);
    const MediaTime shown = to_stream_time(segment, span_of(buffer)->begin).value();
    for (const TimedMetadata& item : metadata_of(buffer)) {
      eye->twice += eye->found.emplace(item.id, item.at - shown).second ? 0 : 1;
    }
    return GST_PAD_PROBE_OK;
  }
};

/// Frames of video with user data unregistered, as ffprobe sees them.
std::size_t frames_with_user_data(const std::filesystem::path& path) {
  const auto probed = run_program({"ffprobe", "-v", "error", "-select_streams", "v", "-show_frames",
                                   "-show_entries", "side_data=side_data_type", path.string()});
  EXPECT_TRUE(probed.succeeded()) << probed.summary();
  return occurrences(probed.out, "User Data Unregistered");
}

/// The ids of items in a raw stream that FFmpeg took out of the file; ids that come twice count.
std::vector<std::string> ids_in_stream(const std::filesystem::path& path, VideoCodec codec) {
  const auto raw = path.string() + ".raw";
  const auto copied =
      run_program({"ffmpeg", "-v", "error", "-y", "-i", path.string(), "-c:v", "copy", "-f",
                   codec == VideoCodec::kH264 ? "h264" : "hevc", raw});
  EXPECT_TRUE(copied.succeeded()) << copied.summary();
  std::ifstream stream(raw, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  std::vector<std::string> ids;
  const std::string_view start("\0\0\1", 3);
  for (std::size_t at = text.find(start); at != std::string::npos;) {
    const std::size_t next = text.find(start, at + 3);
    const std::string_view nal = std::string_view(text).substr(at + 3, next - at - 3);
    const auto messages = read_sei(codec, as_bytes(nal));
    for (const SeiMessage& message : messages.value_or(std::vector<SeiMessage>())) {
      if (const auto item = item_of(message)) ids.push_back(item->id);
    }
    at = next;
  }
  return ids;
}

TEST_P(TideMetaRealVideo, CarriesAThousandMarkersThatFfprobeFindsOnce) {
  const RealVideo& video = GetParam();
  const auto path = file(std::string(video.name) + ".video", "");
  const auto make = [&](Eye& eye, int markers) {
    run_to_end(fmt::format("videotestsrc num-buffers=1000 ! video/x-raw, width=64, height=64, "
                           "framerate=25/1 ! {} ! {} ! tidemeta name=meta ! {} ! "
                           "filesink location={}",
                           video.encoder, video.parsed, video.muxer, path.string()),
               [&](GstElement* pipeline) {
                 const ElementPtr meta(gst_bin_get_by_name(GST_BIN(pipeline), "meta"));
                 const PadPtr pad(gst_element_get_static_pad(meta.get(), "src"));
                 gst_pad_add_probe(pad.get(), GST_PAD_PROBE_TYPE_BUFFER, Eye::look, &eye, nullptr);
                 for (int i = 0; i < markers; ++i) {
                   ASSERT_TRUE(inject_metadata(meta.get(),
                                               item_at(kFrame * i + 13ms, fmt::format("m-{}", i))));
                 }
               });
    return frames_with_user_data(path);
  };
  Eye blind;
  const std::size_t before = make(blind, 0);  // encoders write one of their own
  Eye eye;
  const std::size_t after = make(eye, 1000);
  EXPECT_EQ(eye.found.size(), 1000U);
  EXPECT_EQ(eye.twice, 0);
  for (const auto& [id, into] : eye.found) EXPECT_EQ(into, 13ms) << id;
  // of those frames the first holds the encoder's message too, and ffprobe tells each message
  EXPECT_EQ(after - before, 1000U);
  const std::vector<std::string> ids = ids_in_stream(path, video.codec);
  EXPECT_EQ(ids.size(), 1000U);
  EXPECT_EQ(std::set<std::string>(ids.begin(), ids.end()).size(), 1000U);
  std::printf(
      "1000 markers in, %zu found by ffprobe as %s SEI, %zu on the frame that covers them\n",
      after - before, video.name, eye.found.size());
}

/// A caption pair beside each frame: field 1, null.
GstPadProbeReturn add_caption(GstPad*, GstPadProbeInfo* info, gpointer) {
  const Bytes pair = {0x80, 0x80};
  BufferPtr buffer(gst_buffer_make_writable(GST_PAD_PROBE_INFO_BUFFER(info)));
  gst_buffer_add_video_caption_meta(buffer.get(), GST_VIDEO_CAPTION_TYPE_CEA608_RAW, pair.data(),
                                    pair.size());
  info->data = buffer.release();
  return GST_PAD_PROBE_OK;
}

TEST_F(TideMetaTest, WritesCaptionsThatFfprobeFindsOnEveryFrame) {
  const auto path = file("captions.ts", "");
  run_to_end(
      "videotestsrc num-buffers=100 ! video/x-raw, width=64, height=64, framerate=25/1 ! "
      "x264enc speed-preset=ultrafast ! h264parse ! video/x-h264, "
      "stream-format=byte-stream, alignment=au ! tidemeta name=meta ! mpegtsmux ! "
      "filesink location=" +
          path.string(),
      [](GstElement* pipeline) {
        const ElementPtr meta(gst_bin_get_by_name(GST_BIN(pipeline), "meta"));
        const PadPtr pad(gst_element_get_static_pad(meta.get(), "sink"));
        gst_pad_add_probe(pad.get(), GST_PAD_PROBE_TYPE_BUFFER, add_caption, nullptr, nullptr);
      });
  const auto probed = run_program({"ffprobe", "-v", "error", "-select_streams", "v", "-show_frames",
                                   "-show_entries", "side_data=side_data_type", path.string()});
  EXPECT_EQ(occurrences(probed.out, "ATSC A53 Part 4 Closed Captions"), 100U);
}

INSTANTIATE_TEST_SUITE_P(
    Codecs, TideMetaRealVideo,
    testing::Values(RealVideo{"h264", "x264enc speed-preset=ultrafast bframes=2 b-adapt=false",
                              "h264parse ! video/x-h264, stream-format=byte-stream, alignment=au",
                              "mpegtsmux", VideoCodec::kH264},
                    RealVideo{"avc", "x264enc speed-preset=ultrafast",
                              "h264parse ! video/x-h264, stream-format=avc, alignment=au", "mp4mux",
                              VideoCodec::kH264},
                    RealVideo{"h265", "x265enc speed-preset=ultrafast log-level=none",
                              "h265parse ! video/x-h265, stream-format=byte-stream, alignment=au",
                              "mpegtsmux", VideoCodec::kH265}),
    [](const auto& video) { return std::string(video.param.name); });

}  // namespace
}  // namespace subtide
