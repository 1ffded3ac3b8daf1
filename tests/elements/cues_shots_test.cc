// tidecues with the shot changes of a video: what it waits for, and that nobody waits for it.
#include <gmock/gmock.h>
#include <gst/check/gstharness.h>
#include <gtest/gtest.h>

#include <fstream>
#include <optional>
#include <thread>

#include "elements/cues/gst_tide_cues.h"
#include "elements/shots/gst_tide_shots.h"
#include "engine/gst/live_notices.h"
#include "tests/engine/quality/test_pictures.h"
#include "tests/support/gst_text_harness.h"
#include "tests/support/shared_files.h"

namespace subtide {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing_support::make_element;
using testing_support::phrase_of_text;
using testing_support::TextHarness;
using testing_support::TextOut;

const Phrase kFirst = phrase_of_text("The budget is ready.", {1s, 3s});
const Phrase kSecond = phrase_of_text("Nobody has seen it.", {6s, 8s});

/// The source of shots for one tidecues, which it starts.
class ShotSource {
 public:
  explicit ShotSource(GstElement* cues) {
    harness_ = gst_harness_new_with_element(cues, "shots", nullptr);
    gst_harness_set_src_caps_str(harness_, "application/x-tide-shots");
  }
  ~ShotSource() {
    if (harness_ != nullptr) gst_harness_teardown(harness_);
  }
  ShotSource(const ShotSource&) = delete;
  ShotSource& operator=(const ShotSource&) = delete;

  void cut(MediaTime at) {
    GstBuffer* buffer = gst_buffer_new();
    GST_BUFFER_PTS(buffer) = to_clock_time(at);
    EXPECT_EQ(gst_harness_push(harness_, buffer), GST_FLOW_OK);
  }
  void none_until(MediaTime time) { push(gst_event_new_gap(0, to_clock_time(time))); }
  void push(GstEvent* event) { EXPECT_TRUE(gst_harness_push_event(harness_, event)); }
  void end() { push(gst_event_new_eos()); }
  void begin(MediaTime segment_start) {
    GstSegment segment;
    gst_segment_init(&segment, GST_FORMAT_TIME);
    segment.start = to_clock_time(segment_start);
    push(gst_event_new_segment(&segment));
  }
  void leave() { gst_harness_teardown(std::exchange(harness_, nullptr)); }

 private:
  GstHarness* harness_ = nullptr;
};

/// tidecues between sources of text and of shots, and a sink.
struct Stage {
  explicit Stage(ElementPtr element = make()) : shots(element.get()), text(std::move(element)) {
    const PadPtr src(gst_element_get_static_pad(text.element(), "src"));
    gst_pad_add_probe(src.get(),
                      static_cast<GstPadProbeType>(GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM |
                                                   GST_PAD_PROBE_TYPE_BUFFER),
                      note_promise, this, nullptr);
  }

  static ElementPtr make() {
    ElementPtr element = make_element("tidecues");
    gst_util_set_object_arg(G_OBJECT(element.get()), "line-end", "none");
    return element;
  }
  /// A GAP promises that no cue will begin before its end.
  static GstPadProbeReturn note_promise(GstPad*, GstPadProbeInfo* passed, gpointer stage) {
    auto* self = static_cast<Stage*>(stage);
    if ((GST_PAD_PROBE_INFO_TYPE(passed) & GST_PAD_PROBE_TYPE_BUFFER) != 0) {
      const auto span = span_of(GST_PAD_PROBE_INFO_BUFFER(passed));
      if (span->begin < self->promised) ++self->broken_promises;
      return GST_PAD_PROBE_OK;
    }
    GstEvent* event = GST_PAD_PROBE_INFO_EVENT(passed);
    if (GST_EVENT_TYPE(event) == GST_EVENT_GAP) self->promised = span_of_gap(event)->end;
    return GST_PAD_PROBE_OK;
  }
  /// All that comes until the end of the stream.
  std::vector<TextOut> pull_to_end() {
    const EventPtr end = text.pull_event(GST_EVENT_EOS);
    EXPECT_TRUE(end) << "no end came";
    EXPECT_EQ(broken_promises, 0);
    return text.pull_all();
  }

  MediaTime promised{0};  ///< written by the element's thread, as the next one
  int broken_promises = 0;
  ShotSource shots;
  TextHarness text;
};

class CuesWithShots : public testing::Test {
 protected:
  CuesWithShots() {
    testing_support::start_gstreamer();
    register_tidecues(nullptr);
    register_tideshots(nullptr);
  }
};

TEST_F(CuesWithShots, CuesGoToCuts) {
  Stage stage;
  stage.text.push(kFirst);
  stage.text.push(kSecond);
  stage.text.push_end();
  stage.shots.cut(1200ms);
  stage.shots.cut(8400ms);
  stage.shots.end();
  EXPECT_THAT(stage.pull_to_end(), ElementsAre(TextOut{"The budget is ready.", {1200ms, 3s}},
                                               TextOut{"Nobody has seen it.", {6s, 8320ms}}));
}

TEST_F(CuesWithShots, ShotsThatCameBeforeDoTheSame) {
  Stage stage;
  stage.shots.cut(1200ms);
  stage.shots.cut(8400ms);
  stage.shots.end();
  stage.text.push(kFirst);
  stage.text.push(kSecond);
  stage.text.push_end();
  EXPECT_THAT(stage.pull_to_end(), ElementsAre(TextOut{"The budget is ready.", {1200ms, 3s}},
                                               TextOut{"Nobody has seen it.", {6s, 8320ms}}));
}

TEST_F(CuesWithShots, ACueLeavesWhenTheShotsAroundItAreKnown) {
  Stage stage;
  stage.text.push(kFirst);
  stage.text.push(kSecond);
  stage.text.push_gap({8s, 60s});
  stage.shots.none_until(6s);
  EXPECT_THAT(stage.text.pull_all(), IsEmpty());
  stage.shots.none_until(6600ms);
  EXPECT_EQ(stage.text.pull(), (TextOut{"The budget is ready.", {1s, 3s}}));
  EXPECT_THAT(stage.text.pull_all(), IsEmpty());
  stage.shots.none_until(9s);
  EXPECT_EQ(stage.text.pull(), (TextOut{"Nobody has seen it.", {6s, 8s}}));
}

TEST_F(CuesWithShots, TheEndWaitsForTheLastCue) {
  Stage stage;
  stage.text.push(kFirst);
  stage.text.push_end();
  EXPECT_THAT(stage.text.pull_all(), IsEmpty());
  stage.shots.none_until(20s);
  EXPECT_THAT(stage.pull_to_end(), ElementsAre(TextOut{"The budget is ready.", {1s, 3s}}));
}

TEST_F(CuesWithShots, GapsDownstreamSayUpToWhereNoCueComes) {
  Stage stage;
  stage.shots.cut(600ms);
  stage.text.push_gap({0s, 1s});
  stage.text.push(kFirst);
  stage.text.push_gap({3s, 60s});
  stage.shots.end();
  EXPECT_EQ(stage.text.pull(), (TextOut{"The budget is ready.", {600ms, 3s}}));
  MediaTime told = 0s;
  while (told < 59s) {
    const EventPtr event = stage.text.pull_event(GST_EVENT_GAP);
    ASSERT_TRUE(event);
    EXPECT_EQ(span_of_gap(event.get())->begin, told);
    told = span_of_gap(event.get())->end;
  }
  EXPECT_EQ(told, 59s) << "half a second for words before the first, half a second for cuts";
  stage.text.push_end();
  EXPECT_THAT(stage.pull_to_end(), IsEmpty());
}

/// Half an hour of sentences, and cuts each few seconds.
std::vector<Phrase> many_phrases() {
  std::vector<Phrase> phrases;
  for (int i = 0; i < 300; ++i) {
    const MediaTime begin = 6s * i + (i % 7) * 330ms;
    phrases.push_back(phrase_of_text("Nobody has seen number " + std::to_string(i) + " so far.",
                                     {begin, begin + 2500ms}));
  }
  return phrases;
}
std::vector<MediaTime> many_cuts() {
  std::vector<MediaTime> cuts;
  for (int i = 0; i < 700; ++i) cuts.push_back(2600ms * i + (i % 5) * 240ms);
  return cuts;
}

/// What comes out when text and shots come side by side; `lead`: so many cuts come first.
std::vector<TextOut> side_by_side(std::size_t lead) {
  Stage stage;
  const auto cuts = many_cuts();
  for (std::size_t i = 0; i < lead; ++i) stage.shots.cut(cuts[i]);
  std::thread video([&] {
    for (std::size_t i = lead; i < cuts.size(); ++i) stage.shots.cut(cuts[i]);
    stage.shots.end();
  });
  for (const Phrase& phrase : many_phrases()) {
    stage.text.push(phrase);
    stage.text.push_gap({phrase.words.back().span.end, phrase.words.back().span.end + 100ms});
  }
  stage.text.push_end();
  video.join();
  return stage.pull_to_end();
}

TEST_F(CuesWithShots, TheOrderOfArrivalChangesNothing) {
  const auto expected = side_by_side(many_cuts().size());
  EXPECT_THAT(expected, testing::SizeIs(300)) << "no word is lost";
  for (const std::size_t lead : {0U, 0U, 0U, 350U}) EXPECT_EQ(side_by_side(lead), expected);
}

TEST_F(CuesWithShots, NeitherStreamWaitsForWhatFollows) {
  Stage stage;
  const PadPtr src(gst_element_get_static_pad(stage.text.element(), "src"));
  const gulong block = gst_pad_add_probe(
      src.get(), static_cast<GstPadProbeType>(GST_PAD_PROBE_TYPE_BLOCK | GST_PAD_PROBE_TYPE_BUFFER),
      [](GstPad*, GstPadProbeInfo*, gpointer) { return GST_PAD_PROBE_OK; }, nullptr, nullptr);
  for (const Phrase& phrase : many_phrases()) stage.text.push(phrase);
  for (const MediaTime cut : many_cuts()) stage.shots.cut(cut);
  stage.text.push_end();
  stage.shots.end();
  EXPECT_THAT(stage.text.pull_all(), IsEmpty());
  gst_pad_remove_probe(src.get(), block);
  EXPECT_THAT(stage.pull_to_end(), testing::SizeIs(300));
}

TEST_F(CuesWithShots, WithoutALinkNothingWaits) {
  ElementPtr element = Stage::make();
  const PadPtr pad(gst_element_request_pad_simple(element.get(), "shots"));
  ASSERT_TRUE(pad);
  TextHarness text(own_object(element.get()));
  text.push(kFirst);
  text.push_end();
  EXPECT_EQ(text.pull(), (TextOut{"The budget is ready.", {1s, 3s}}));
  EXPECT_TRUE(text.pull_event(GST_EVENT_EOS));
  gst_element_release_request_pad(element.get(), pad.get());
}

TEST_F(CuesWithShots, WhenTheShotsLeaveNothingWaits) {
  Stage stage;
  stage.text.push(kFirst);
  stage.text.push_end();
  const PadPtr pad(gst_element_get_static_pad(stage.text.element(), "shots"));
  const PadPtr source(gst_pad_get_peer(pad.get()));
  gst_pad_unlink(source.get(), pad.get());
  EXPECT_THAT(stage.pull_to_end(), ElementsAre(TextOut{"The budget is ready.", {1s, 3s}}));
}

TEST_F(CuesWithShots, ShotsMeetTextInRunningTime) {
  Stage stage;
  stage.shots.begin(3600s);
  stage.shots.cut(3601200ms);
  stage.shots.end();
  stage.text.push(kFirst);
  stage.text.push_end();
  EXPECT_THAT(stage.pull_to_end(), ElementsAre(TextOut{"The budget is ready.", {1200ms, 3s}}));
}

TEST_F(CuesWithShots, AFlushOfTextForgetsCuesAndKeepsShots) {
  Stage stage;
  stage.shots.cut(1200ms);
  stage.shots.end();
  stage.text.push(kSecond);
  stage.text.flush();
  stage.text.push(kFirst);
  stage.text.push_end();
  EXPECT_THAT(stage.pull_to_end(), ElementsAre(TextOut{"The budget is ready.", {1200ms, 3s}}));
}

TEST_F(CuesWithShots, AFlushOfShotsForgetsThem) {
  Stage stage;
  stage.shots.cut(1200ms);
  stage.shots.end();
  stage.shots.push(gst_event_new_flush_start());
  stage.shots.push(gst_event_new_flush_stop(TRUE));
  stage.shots.begin(0s);
  stage.text.push(kFirst);
  stage.text.push_end();
  EXPECT_THAT(stage.text.pull_all(), IsEmpty());
  stage.shots.cut(900ms);
  stage.shots.end();
  EXPECT_THAT(stage.pull_to_end(), ElementsAre(TextOut{"The budget is ready.", {900ms, 3s}}));
}

TEST_F(CuesWithShots, AJumpOfTextLetsAllGo) {
  Stage stage;
  stage.text.push(kFirst);
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  stage.text.push(EventPtr(gst_event_new_segment(&segment)));
  EXPECT_EQ(stage.text.pull(), (TextOut{"The budget is ready.", {1s, 3s}}));
}

TEST_F(CuesWithShots, LiveNothingWaitsLongerThanItMay) {
  Stage stage;
  stage.shots.cut(1200ms);
  stage.text.push(kFirst);
  stage.text.push_gap({3s, 6s});
  stage.text.push(make_event(LiveEdge{7s}));
  EXPECT_EQ(stage.text.pull(), (TextOut{"The budget is ready.", {1200ms, 3s}}));
}

TEST_F(CuesWithShots, ThePadIsAskedForOnceAndBeforeTheStart) {
  const ElementPtr element = Stage::make();
  const PadPtr pad(gst_element_request_pad_simple(element.get(), "shots"));
  EXPECT_TRUE(pad);
  GstPadTemplate* kind = gst_element_get_pad_template(element.get(), "shots");
  EXPECT_EQ(gst_element_request_pad(element.get(), kind, nullptr, nullptr), nullptr);
  gst_element_release_request_pad(element.get(), pad.get());
  gst_element_set_state(element.get(), GST_STATE_PAUSED);
  EXPECT_EQ(gst_element_request_pad_simple(element.get(), "shots"), nullptr);
  gst_element_set_state(element.get(), GST_STATE_NULL);
  const PadPtr again(gst_element_request_pad_simple(element.get(), "shots"));
  EXPECT_TRUE(again);
  gst_element_release_request_pad(element.get(), again.get());
}

TEST_F(CuesWithShots, SaysHowMuchLongerItWaits) {
  ElementPtr element = Stage::make();
  g_object_set(element.get(), "max-delay", guint64{0}, nullptr);
  Stage stage(own_object(element.get()));
  gst_harness_set_live(stage.text.get(), TRUE);
  gst_harness_set_upstream_latency(stage.text.get(), 70 * GST_MSECOND);
  // 7 s for a cue, 1.5 s of silence in it, 2 s for shots.
  EXPECT_EQ(gst_harness_query_latency(stage.text.get()), 10570 * GST_MSECOND);
}

TEST_F(CuesWithShots, AMuxerThatWaitsForTextIsNotWaitedFor) {
  const TemporaryFolder folder;
  std::ofstream(folder / "in.srt") << "1\n00:00:01,000 --> 00:00:02,700\nThe budget is ready.\n\n"
                                      "2\n00:00:06,000 --> 00:00:08,000\nNobody has seen it.\n";
  {
    std::ofstream film(folder / "film.gray", std::ios::binary);
    for (int picture = 0; picture < 220; ++picture) {
      static const auto kScenes = {testing_support::scene(1), testing_support::scene(2)};
      const auto& pixels = (picture < 75 ? kScenes.begin() : kScenes.begin() + 1)->pixels;
      film.write(reinterpret_cast<const char*>(pixels.data()),
                 static_cast<std::streamsize>(pixels.size()));
    }
  }
  const std::string description =
      "filesrc location=" + (folder / "film.gray").string() +
      " ! rawvideoparse width=320 height=180 format=gray8 framerate=25/1 ! tideshots name=s ! "
      "queue max-size-time=20000000000 max-size-buffers=0 max-size-bytes=0 ! "
      "matroskamux name=mux ! fakesink "
      "filesrc location=" +
      (folder / "in.srt").string() +
      " ! subparse ! text/x-raw ! tidecues name=c line-end=none ! "
      "text/x-raw,format=utf8 ! tee name=copies ! mux. "
      "copies. ! queue ! fakesink name=cues signal-handoffs=true "
      "s.shots ! c.shots";
  const ElementPtr pipeline = own_object(gst_parse_launch(description.c_str(), nullptr));
  ASSERT_TRUE(pipeline);
  std::vector<TextOut> cues;
  const ElementPtr sink(gst_bin_get_by_name(GST_BIN(pipeline.get()), "cues"));
  const auto keep = +[](GstElement*, GstBuffer* buffer, GstPad*, gpointer all) {
    static_cast<std::vector<TextOut>*>(all)->push_back(testing_support::to_text_out(buffer));
  };
  g_signal_connect(sink.get(), "handoff", G_CALLBACK(keep), &cues);
  gst_element_set_state(pipeline.get(), GST_STATE_PLAYING);
  const GstPtr<GstBus> bus(gst_element_get_bus(pipeline.get()));
  const MessagePtr end(
      gst_bus_timed_pop_filtered(bus.get(), 60 * GST_SECOND,
                                 static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ERROR)));
  gst_element_set_state(pipeline.get(), GST_STATE_NULL);
  ASSERT_TRUE(end) << "it stands still";
  ASSERT_EQ(GST_MESSAGE_TYPE(end.get()), GST_MESSAGE_EOS) << read_error(end.get()).message;
  EXPECT_THAT(cues, ElementsAre(TextOut{"The budget is ready.", {1s, 2920ms}},
                                TextOut{"Nobody has seen it.", {6s, 8s}}));
}

}  // namespace
}  // namespace subtide
