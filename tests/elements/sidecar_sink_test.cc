#include "elements/sidecar_sink/gst_tide_sidecar_sink.h"

#include <gmock/gmock.h>
#include <gst/gst.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "engine/base/atomic_file.h"
#include "engine/subtitles/sidecar.h"
#include "tests/support/gst_text_harness.h"

namespace subtide {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAre;
using testing_support::make_element;
using testing_support::phrase_of_text;
using testing_support::refusal_of;

Cue cue_of_text(const std::string& text, TimeSpan span, const std::string& language = "en") {
  Cue cue;
  cue.id = "1";
  cue.span = span;
  cue.lines = {text};
  cue.language = language;
  cue.words = phrase_of_text(text, span).words;
  return cue;
}

/// The sink in PLAYING, with the test as the source of its pads.
class Sink {
 public:
  explicit Sink(ElementPtr element, int pads = 1) : element_(std::move(element)) {
    bus_ = GstPtr<GstBus>(gst_bus_new());
    gst_element_set_bus(element_.get(), bus_.get());
    for (int index = 0; index < pads; ++index) {
      const std::string name = "text_" + std::to_string(index);
      GstHarness* harness = gst_harness_new_with_element(element_.get(), name.c_str(), nullptr);
      gst_harness_set_live(harness, FALSE);
      harnesses_.push_back(harness);
    }
    gst_element_set_state(element_.get(), GST_STATE_PLAYING);
    for (GstHarness* harness : harnesses_) {
      gst_harness_set_src_caps_str(harness, "text/x-raw, format=(string)utf8");
    }
  }
  ~Sink() {
    gst_element_set_state(element_.get(), GST_STATE_NULL);
    for (GstHarness* harness : harnesses_) gst_harness_teardown(harness);
    gst_element_set_bus(element_.get(), nullptr);
  }
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;

  GstFlowReturn push(const Cue& cue, std::size_t pad = 0) {
    BufferPtr buffer = make_text_buffer(cue.lines.front(), cue.span);
    attach_cue(buffer.get(), std::make_shared<const Cue>(cue));
    return gst_harness_push(harnesses_.at(pad), buffer.release());
  }
  GstFlowReturn push_text(const std::string& text, TimeSpan span) {
    return gst_harness_push(harnesses_.front(), make_text_buffer(text, span).release());
  }
  bool push(EventPtr event, std::size_t pad = 0) {
    return gst_harness_push_event(harnesses_.at(pad), event.release()) == TRUE;
  }
  void push_segment(GstClockTime start, GstClockTime time) {
    GstSegment segment;
    gst_segment_init(&segment, GST_FORMAT_TIME);
    segment.start = start;
    segment.time = time;
    push(EventPtr(gst_event_new_segment(&segment)));
  }
  void flush() {
    push(EventPtr(gst_event_new_flush_start()));
    push(EventPtr(gst_event_new_flush_stop(TRUE)));
    push_segment(0, 0);
  }
  bool push_end(std::size_t pad = 0) { return push(EventPtr(gst_event_new_eos()), pad); }

  MessagePtr message(GstMessageType type) {
    return MessagePtr(gst_bus_pop_filtered(bus_.get(), type));
  }
  std::vector<SidecarWritten> written() {
    std::vector<SidecarWritten> all;
    while (const MessagePtr found = message(GST_MESSAGE_ELEMENT)) {
      if (const auto notice = read_sidecar_written(found.get())) all.push_back(*notice);
    }
    return all;
  }
  GstElement* element() { return element_.get(); }

 private:
  ElementPtr element_;
  GstPtr<GstBus> bus_;
  std::vector<GstHarness*> harnesses_;
};

class TideSidecarSinkTest : public testing::Test {
 protected:
  TideSidecarSinkTest() {
    testing_support::start_gstreamer();
    register_tidesidecarsink(nullptr);
    std::string name = testing::TempDir() + "subtide_sidecar_XXXXXX";
    folder_ = mkdtemp(name.data());
  }
  ~TideSidecarSinkTest() override { fs::remove_all(folder_); }

  template <typename... Settings>
  ElementPtr sink_element(Settings... settings) {
    ElementPtr element = make_element("tidesidecarsink");
    g_object_set(element.get(), "location", (folder_ / "talk").c_str(), nullptr);
    if constexpr (sizeof...(settings) > 0) g_object_set(element.get(), settings..., nullptr);
    return element;
  }
  std::vector<std::string> files() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder_)) {
      names.push_back(entry.path().filename().string());
    }
    return names;
  }
  std::string text_of(const std::string& name) const {
    return read_file(folder_ / name, 1 << 20).value_or("(not there)");
  }
  std::vector<Cue> cues_of(const std::string& name) const {
    const auto sidecar = read_sidecar(SidecarFormat::kSrt, text_of(name));
    EXPECT_TRUE(sidecar.has_value()) << sidecar.error().message;
    return sidecar ? sidecar->cues : std::vector<Cue>();
  }

  fs::path folder_;
};

TEST_F(TideSidecarSinkTest, WritesEachCueAtItsTime) {
  Sink sink(sink_element());
  EXPECT_EQ(sink.push(cue_of_text("Hello.", {1s, 2500ms})), GST_FLOW_OK);
  EXPECT_EQ(sink.push(cue_of_text("Again.", {3s, 4s})), GST_FLOW_OK);
  EXPECT_TRUE(sink.push_end());
  EXPECT_EQ(text_of("talk.en.srt"),
            "1\n00:00:01,000 --> 00:00:02,500\nHello.\n\n"
            "2\n00:00:03,000 --> 00:00:04,000\nAgain.\n");
}

TEST_F(TideSidecarSinkTest, WritesEveryFormatAndTellsEachFile) {
  Sink sink(sink_element("formats", "srt, vtt,ttml,ass,json"));
  sink.push(cue_of_text("Hello.", {1s, 2s}));
  sink.push_end();
  EXPECT_THAT(files(), UnorderedElementsAre("talk.en.srt", "talk.en.vtt", "talk.en.ttml",
                                            "talk.en.ass", "talk.en.json"));
  const std::vector<SidecarWritten> written = sink.written();
  ASSERT_EQ(written.size(), 5U);
  EXPECT_EQ(written.front(), (SidecarWritten{(folder_ / "talk.en.srt").string(), "srt", "en", 1}));
}

TEST_F(TideSidecarSinkTest, NothingStandsUnderItsNameBeforeTheEnd) {
  Sink sink(sink_element());
  sink.push(cue_of_text("Hello.", {1s, 2s}));
  EXPECT_THAT(files(), Not(testing::Contains("talk.en.srt")));
}

TEST_F(TideSidecarSinkTest, NothingIsLeftOfAStreamThatWasStopped) {
  {
    Sink sink(sink_element());
    sink.push(cue_of_text("Hello.", {1s, 2s}));
  }
  EXPECT_THAT(files(), IsEmpty());
}

TEST_F(TideSidecarSinkTest, AStreamWithoutCuesGivesAValidEmptyFile) {
  Sink sink(sink_element("formats", "srt,vtt,ttml,ass,json"));
  sink.push(EventPtr(gst_event_new_tag(gst_tag_list_new(GST_TAG_LANGUAGE_CODE, "it", nullptr))));
  sink.push_end();
  EXPECT_EQ(files().size(), 5U);
  for (const auto& [format, name] :
       std::vector<std::pair<SidecarFormat, std::string>>{{SidecarFormat::kSrt, "talk.it.srt"},
                                                          {SidecarFormat::kWebVtt, "talk.it.vtt"},
                                                          {SidecarFormat::kTtml, "talk.it.ttml"},
                                                          {SidecarFormat::kAss, "talk.it.ass"},
                                                          {SidecarFormat::kJson, "talk.it.json"}}) {
    const auto sidecar = read_sidecar(format, text_of(name));
    ASSERT_TRUE(sidecar.has_value()) << name << ": " << sidecar.error().message;
    EXPECT_THAT(sidecar->cues, IsEmpty());
  }
}

TEST_F(TideSidecarSinkTest, NeitherCuesNorLanguageGiveAnUndeterminedOne) {
  Sink sink(sink_element());
  sink.push_end();
  EXPECT_THAT(files(), ElementsAre("talk.und.srt"));
}

TEST_F(TideSidecarSinkTest, ThePadsLanguageWinsOverThatOfTheCues) {
  ElementPtr element = sink_element();
  const PadPtr pad(gst_element_request_pad_simple(element.get(), "text_0"));
  g_object_set(pad.get(), "language", "en-GB", nullptr);
  Sink sink(std::move(element));
  sink.push(cue_of_text("Hello.", {1s, 2s}));
  sink.push_end();
  EXPECT_THAT(files(), ElementsAre("talk.en-GB.srt"));
}

TEST_F(TideSidecarSinkTest, ALanguageTagThatIsAPathIsNotBelieved) {
  Sink sink(sink_element());
  sink.push(cue_of_text("Hello.", {1s, 2s}, "../../evil"));
  sink.push_end();
  EXPECT_THAT(files(), ElementsAre("talk.und.srt"));
}

TEST_F(TideSidecarSinkTest, TakesPlainTextOfOtherElements) {
  Sink sink(sink_element());
  EXPECT_EQ(sink.push_text("One line\nand another", {1s, 2s}), GST_FLOW_OK);
  EXPECT_EQ(sink.push_text("", {2s, 3s}), GST_FLOW_OK);
  sink.push_end();
  const std::vector<Cue> cues = cues_of("talk.und.srt");
  ASSERT_EQ(cues.size(), 1U);
  EXPECT_THAT(cues[0].lines, ElementsAre("One line", "and another"));
}

TEST_F(TideSidecarSinkTest, TimesAreStreamTimeFromTimeZero) {
  Sink sink(sink_element("time-zero", guint64{2 * GST_SECOND}));
  // The GstSegment begins at 10 s and stands for 4 s of the stream.
  sink.push_segment(10 * GST_SECOND, 4 * GST_SECOND);
  sink.push(cue_of_text("Hello.", {11s, 12s}));
  sink.push_end();
  EXPECT_EQ(cues_of("talk.en.srt").at(0).span, (TimeSpan{3s, 4s}));
}

TEST_F(TideSidecarSinkTest, CuesBeforeTimeZeroAreLeftOutOrClamped) {
  Sink sink(sink_element("time-zero", guint64{2 * GST_SECOND}));
  sink.push(cue_of_text("Gone.", {0s, 2s}));
  sink.push(cue_of_text("Half.", {1500ms, 3s}));
  sink.push_end();
  const std::vector<Cue> cues = cues_of("talk.en.srt");
  ASSERT_EQ(cues.size(), 1U);
  EXPECT_EQ(cues[0].span, (TimeSpan{0s, 1s}));
}

TEST_F(TideSidecarSinkTest, GapsAndModelsStandInTheJsonFile) {
  Sink sink(sink_element("formats", "json", "media-name", "talk.mp4", "media-duration",
                         guint64{60 * GST_SECOND}, "time-zero", guint64{1 * GST_SECOND}));
  sink.push(make_event(LoadedModel{"recognizer", "whisper:base.en", ""}));
  sink.push(cue_of_text("Hello.", {2s, 3s}));
  sink.push(make_event(Gap{{5s, 9s}, "recognizer_failed"}));
  sink.push_end();
  const auto sidecar = read_sidecar(SidecarFormat::kJson, text_of("talk.en.json"));
  ASSERT_TRUE(sidecar.has_value()) << sidecar.error().message;
  EXPECT_EQ(sidecar->header.media_name, "talk.mp4");
  EXPECT_EQ(sidecar->header.models.at("recognizer"), "whisper:base.en");
  EXPECT_EQ(sidecar->footer.media_duration, 60s);
  const Gap expected{{4s, 8s}, "recognizer_failed"};
  EXPECT_THAT(sidecar->footer.gaps, ElementsAre(expected));
  EXPECT_EQ(sidecar->cues.at(0).words.at(0).span.begin, 1s);
}

TEST_F(TideSidecarSinkTest, AFlushBeginsTheFilesAgain) {
  Sink sink(sink_element());
  sink.push(cue_of_text("Before.", {1s, 2s}));
  sink.flush();
  sink.push(cue_of_text("After.", {3s, 4s}));
  sink.push_end();
  const std::vector<Cue> cues = cues_of("talk.en.srt");
  ASSERT_EQ(cues.size(), 1U);
  EXPECT_THAT(cues[0].lines, ElementsAre("After."));
}

TEST_F(TideSidecarSinkTest, TheEndIsToldOnceEveryPadHasEnded) {
  Sink sink(sink_element(), 2);
  sink.push(cue_of_text("Hello.", {1s, 2s}), 0);
  sink.push(cue_of_text("Hola.", {1s, 2s}, "es"), 1);
  sink.push_end(0);
  EXPECT_EQ(sink.message(GST_MESSAGE_EOS), nullptr);
  EXPECT_THAT(files(), ElementsAre("talk.en.srt"));
  sink.push_end(1);
  EXPECT_NE(sink.message(GST_MESSAGE_EOS), nullptr);
  EXPECT_THAT(files(), UnorderedElementsAre("talk.en.srt", "talk.es.srt"));
}

TEST_F(TideSidecarSinkTest, TheEndIsToldAgainWhenPlayingResumes) {
  Sink sink(sink_element());
  gst_element_set_state(sink.element(), GST_STATE_PAUSED);
  sink.push_end();
  EXPECT_EQ(sink.message(GST_MESSAGE_EOS), nullptr);
  gst_element_set_state(sink.element(), GST_STATE_PLAYING);
  EXPECT_NE(sink.message(GST_MESSAGE_EOS), nullptr);
}

TEST_F(TideSidecarSinkTest, RefusesAFileThatExistsBeforeItStarts) {
  std::ofstream(folder_ / "talk.en.srt") << "mine";
  const ElementPtr element = sink_element();
  const PadPtr pad(gst_element_request_pad_simple(element.get(), "text_0"));
  g_object_set(pad.get(), "language", "en", nullptr);
  const auto refusal = refusal_of(element.get());
  ASSERT_TRUE(refusal.has_value());
  EXPECT_EQ(refusal->code, ErrorCode::kAlreadyExists);
  EXPECT_THAT(refusal->message, HasSubstr("talk.en.srt"));
  EXPECT_EQ(text_of("talk.en.srt"), "mine");
}

TEST_F(TideSidecarSinkTest, RefusesAFileThatExistsAtTheFirstCue) {
  std::ofstream(folder_ / "talk.en.srt") << "mine";
  Sink sink(sink_element());
  EXPECT_EQ(sink.push(cue_of_text("Hello.", {1s, 2s})), GST_FLOW_ERROR);
  const MessagePtr message = sink.message(GST_MESSAGE_ERROR);
  ASSERT_NE(message, nullptr);
  EXPECT_EQ(read_error(message.get()).code, ErrorCode::kAlreadyExists);
  EXPECT_EQ(text_of("talk.en.srt"), "mine");
}

TEST_F(TideSidecarSinkTest, ReplacesAFileThatExistsWhenForced) {
  std::ofstream(folder_ / "talk.en.srt") << "mine";
  Sink sink(sink_element("force", TRUE));
  sink.push(cue_of_text("Hello.", {1s, 2s}));
  EXPECT_EQ(text_of("talk.en.srt"), "mine");
  sink.push_end();
  EXPECT_EQ(cues_of("talk.en.srt").size(), 1U);
}

TEST_F(TideSidecarSinkTest, TwoPadsMayNotWriteOneLanguage) {
  Sink sink(sink_element(), 2);
  EXPECT_EQ(sink.push(cue_of_text("Hello.", {1s, 2s}), 0), GST_FLOW_OK);
  EXPECT_EQ(sink.push(cue_of_text("Hello.", {1s, 2s}), 1), GST_FLOW_ERROR);
  const MessagePtr message = sink.message(GST_MESSAGE_ERROR);
  ASSERT_NE(message, nullptr);
  EXPECT_THAT(read_error(message.get()).message, HasSubstr("its own language"));
}

TEST_F(TideSidecarSinkTest, RefusesBadSettings) {
  for (const auto& [property, value] : std::vector<std::pair<const char*, const char*>>{
           {"location", ""}, {"formats", "srt,docx"}, {"formats", " , "}, {"style", "pretty"}}) {
    const ElementPtr element = sink_element(property, value);
    const auto refusal = refusal_of(element.get());
    ASSERT_TRUE(refusal.has_value()) << property << "=" << value;
    EXPECT_EQ(refusal->code, ErrorCode::kInvalidArgument);
  }
  const ElementPtr element = sink_element();
  const PadPtr pad(gst_element_request_pad_simple(element.get(), "text_0"));
  g_object_set(pad.get(), "language", "../en", nullptr);
  EXPECT_EQ(refusal_of(element.get()).value().code, ErrorCode::kInvalidArgument);
}

TEST_F(TideSidecarSinkTest, RefusesAFolderThatIsNotThere) {
  const ElementPtr element = sink_element("location", (folder_ / "no" / "talk").c_str());
  const PadPtr pad(gst_element_request_pad_simple(element.get(), "text_0"));
  g_object_set(pad.get(), "language", "en", nullptr);
  EXPECT_EQ(refusal_of(element.get()).value().code, ErrorCode::kNotFound);
}

/// While it lives, no file can grow past `limit` bytes.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t limit) {
    handler_ = signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit lowered{limit, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &lowered);
  }
  ~FileSizeLimit() {
    setrlimit(RLIMIT_FSIZE, &before_);
    signal(SIGXFSZ, handler_);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  rlimit before_{};
  sighandler_t handler_ = SIG_DFL;
};

/// Pushes cues to the first pad until its file cannot grow, and one cue to the second; ends both.
void overfill_first_pad(Sink& sink) {
  for (int second = 0; second < 1000; ++second) {
    const MediaTime begin = std::chrono::seconds(second);
    ASSERT_EQ(sink.push(cue_of_text(std::string(200, 'x'), {begin, begin + 1s}), 0), GST_FLOW_OK);
  }
  ASSERT_EQ(sink.push(cue_of_text("Hola.", {1s, 2s}, "es"), 1), GST_FLOW_OK);
  sink.push_end(0);
  sink.push_end(1);
}

TEST_F(TideSidecarSinkTest, AFileThatCannotGrowIsAnErrorOnceTheOthersAreFinished) {
  Sink sink(sink_element(), 2);
  {
    const FileSizeLimit limit(64 * 1024);
    overfill_first_pad(sink);
  }
  EXPECT_THAT(files(), ElementsAre("talk.es.srt"));
  const MessagePtr warning = sink.message(GST_MESSAGE_WARNING);
  ASSERT_NE(warning, nullptr);
  EXPECT_THAT(read_error(warning.get()).message, HasSubstr("talk.en.srt"));
  const MessagePtr message = sink.message(GST_MESSAGE_ERROR);
  ASSERT_NE(message, nullptr);
  EXPECT_THAT(read_error(message.get()).message, HasSubstr("talk.en.srt"));
}

TEST_F(TideSidecarSinkTest, TheLastFileThatCannotGrowIsAnErrorAtOnce) {
  Sink sink(sink_element());
  const FileSizeLimit limit(64);
  EXPECT_EQ(sink.push(cue_of_text(std::string(200, 'x'), {0s, 1s})), GST_FLOW_ERROR);
  EXPECT_NE(sink.message(GST_MESSAGE_ERROR), nullptr);
}

TEST_F(TideSidecarSinkTest, AFullDiskIsNamedAsOne) {
  if (::mount("none", folder_.c_str(), "tmpfs", 0, "size=64k") != 0) {
    GTEST_SKIP() << "may not mount a small file system here";
  }
  {
    Sink sink(sink_element(), 2);
    overfill_first_pad(sink);
    EXPECT_THAT(files(), ElementsAre("talk.es.srt"));
    const MessagePtr message = sink.message(GST_MESSAGE_ERROR);
    ASSERT_NE(message, nullptr);
    EXPECT_EQ(read_error(message.get()).code, ErrorCode::kNoSpace);
    EXPECT_THAT(read_error(message.get()).message, HasSubstr("talk.en.srt"));
  }
  ::umount(folder_.c_str());
}

TEST_F(TideSidecarSinkTest, AddsNoLatencyAndAsksEveryPad) {
  Sink sink(sink_element(), 2);
  const QueryPtr query(gst_query_new_latency());
  ASSERT_TRUE(gst_element_query(sink.element(), query.get()));
  GstClockTime minimum = 1;
  gst_query_parse_latency(query.get(), nullptr, &minimum, nullptr);
  EXPECT_EQ(minimum, 0U);
}

TEST_F(TideSidecarSinkTest, PositionIsWhatEveryPadHasPassed) {
  Sink sink(sink_element(), 2);
  sink.push(cue_of_text("Hello.", {1s, 2s}), 0);
  sink.push(EventPtr(gst_event_new_gap(0, 7 * GST_SECOND)), 1);
  gint64 position = 0;
  ASSERT_TRUE(gst_element_query_position(sink.element(), GST_FORMAT_TIME, &position));
  EXPECT_EQ(position, 2 * GST_SECOND);
}

TEST_F(TideSidecarSinkTest, PadPropertiesAreSetByNameInALaunchLine) {
  GError* error = nullptr;
  const ElementPtr pipeline = own_object(gst_parse_launch(
      "tidesidecarsink name=files text_0::language=es text_1::language=it", &error));
  EXPECT_EQ(error, nullptr);
  g_clear_error(&error);
  ASSERT_NE(pipeline, nullptr);
  const PadPtr pad(gst_element_request_pad_simple(pipeline.get(), "text_0"));
  gchar* language = nullptr;
  g_object_get(pad.get(), "language", &language, nullptr);
  EXPECT_STREQ(TextPtr(language).get(), "es");
}

}  // namespace
}  // namespace subtide
