#include "elements/cues/gst_tide_cues.h"

#include <gmock/gmock.h>
#include <gst/gst.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "engine/gst/epoch_event.h"
#include "engine/gst/live_notices.h"
#include "engine/gst/text_note.h"
#include "tests/support/gst_text_harness.h"

namespace subtide {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing_support::make_element;
using testing_support::phrase_of_text;
using testing_support::refusal_of;
using testing_support::TextHarness;
using testing_support::TextOut;

class TideCuesTest : public testing::Test {
 protected:
  TideCuesTest() {
    testing_support::start_gstreamer();
    register_tidecues(nullptr);
  }

  template <typename... Settings>
  static ElementPtr cues_element(Settings... settings) {
    ElementPtr element = make_element("tidecues");
    gst_util_set_object_arg(G_OBJECT(element.get()), "line-end", "none");
    if constexpr (sizeof...(settings) > 0) g_object_set(element.get(), settings..., nullptr);
    return element;
  }

  static std::vector<TextOut> cues_of(TextHarness& harness) {
    EXPECT_TRUE(harness.push_end());
    return harness.pull_all();
  }
};

const Phrase kFirst = phrase_of_text("The budget is ready.", {1s, 3s});
const Phrase kSecond = phrase_of_text("Nobody has seen it.", {6s, 8s});

TEST_F(TideCuesTest, ShowsEachCueFromItsFirstWordToItsLast) {
  TextHarness harness(cues_element());
  EXPECT_EQ(harness.push(kFirst), GST_FLOW_OK);
  EXPECT_EQ(harness.push(kSecond), GST_FLOW_OK);
  EXPECT_THAT(cues_of(harness), ElementsAre(TextOut{"The budget is ready.", {1s, 3s}},
                                            TextOut{"Nobody has seen it.", {6s, 8s}}));
}

TEST_F(TideCuesTest, CarriesTheCueWithItsWordsBesideTheText) {
  TextHarness harness(cues_element());
  harness.push(kFirst);
  harness.push_end();
  const BufferPtr buffer = harness.pull_buffer();
  const auto cue = cue_of(buffer.get());
  ASSERT_NE(cue, nullptr);
  EXPECT_EQ(cue->id, "1");
  EXPECT_EQ(cue->language, "en");
  EXPECT_THAT(cue->lines, ElementsAre("The budget is ready."));
  EXPECT_EQ(cue->words, kFirst.words);
}

TEST_F(TideCuesTest, CountsFromTheFirstNumber) {
  TextHarness harness(cues_element("first-number", guint64{41}));
  harness.push(kFirst);
  harness.push(kSecond);
  harness.push_end();
  EXPECT_EQ(cue_of(harness.pull_buffer().get())->id, "41");
  EXPECT_EQ(cue_of(harness.pull_buffer().get())->id, "42");
}

TEST_F(TideCuesTest, GivesTheSameCuesHoweverTheWordsAreSpreadOverBuffers) {
  TextHarness whole(cues_element());
  whole.push(kFirst);
  whole.push(kSecond);
  TextHarness single(cues_element());
  for (const Phrase& phrase : {kFirst, kSecond}) {
    for (const Word& word : phrase.words) {
      Phrase one = phrase;
      one.words = {word};
      EXPECT_EQ(single.push(one), GST_FLOW_OK);
    }
  }
  EXPECT_EQ(cues_of(single), cues_of(whole));
}

TEST_F(TideCuesTest, TimesPlainTextOfOtherElementsByItsLength) {
  TextHarness harness(cues_element());
  EXPECT_EQ(harness.push_text("", {0s, 1s}), GST_FLOW_OK);
  EXPECT_EQ(harness.push_text("The budget is\nready.", {1s, 3s}), GST_FLOW_OK);
  EXPECT_THAT(cues_of(harness), ElementsAre(TextOut{"The budget is ready.", {1s, 3s}}));
}

TEST_F(TideCuesTest, EndDrainsWhatTheLayoutHolds) {
  TextHarness harness(cues_element());
  harness.push(kFirst);
  EXPECT_THAT(harness.pull_all(), IsEmpty());
  harness.push_end();
  EXPECT_EQ(harness.pull_all().size(), 1U);
  EXPECT_NE(harness.pull_event(GST_EVENT_EOS), nullptr);
}

TEST_F(TideCuesTest, AFlushDropsHeldWordsAndTheStreamGoesOn) {
  TextHarness harness(cues_element());
  harness.push(kFirst);
  harness.flush();
  EXPECT_EQ(harness.push(kSecond), GST_FLOW_OK);
  EXPECT_THAT(cues_of(harness), ElementsAre(TextOut{"Nobody has seen it.", {6s, 8s}}));
}

TEST_F(TideCuesTest, StartsAfreshAfterItWasStopped) {
  TextHarness harness(cues_element());
  harness.push(kFirst);
  gst_element_set_state(harness.element(), GST_STATE_READY);
  gst_harness_play(harness.get());
  gst_harness_set_src_caps_str(harness.get(), "text/x-raw, format=(string)utf8");
  EXPECT_EQ(harness.push(kSecond), GST_FLOW_OK);
  EXPECT_THAT(cues_of(harness), ElementsAre(TextOut{"Nobody has seen it.", {6s, 8s}}));
}

TEST_F(TideCuesTest, AGapLetsCuesOutAndSaysHowFarNothingCanCome) {
  TextHarness harness(cues_element());
  harness.push(kFirst);
  EXPECT_TRUE(harness.push_gap({3s, 20s}));
  EXPECT_THAT(harness.pull_all(), ElementsAre(TextOut{"The budget is ready.", {1s, 3s}}));
  const EventPtr gap = harness.pull_event(GST_EVENT_GAP);
  ASSERT_NE(gap, nullptr);
  const auto span = span_of_gap(gap.get());
  ASSERT_TRUE(span.has_value());
  // A cue may begin half a second before its first word.
  EXPECT_EQ(span->end, 19500ms);
}

TEST_F(TideCuesTest, AGapPromisesNothingPastAWordThatIsStillHeld) {
  TextHarness harness(cues_element());
  harness.push(kFirst);
  harness.push_gap({3s, 3100ms});
  for (const EventPtr& event : harness.pull_events()) {
    if (GST_EVENT_TYPE(event.get()) != GST_EVENT_GAP) continue;
    EXPECT_LE(span_of_gap(event.get())->end, 1s);
  }
}

TEST_F(TideCuesTest, RefusesAStyleThatItDoesNotKnow) {
  const ElementPtr element = cues_element("style", "fancy");
  const auto refusal = refusal_of(element.get());
  ASSERT_TRUE(refusal.has_value());
  EXPECT_EQ(refusal->code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(refusal->message, testing::HasSubstr("netflix"));
}

TEST_F(TideCuesTest, RefusesAGlossaryThatIsNotThere) {
  const ElementPtr element = cues_element("glossary", "no/such/file.json");
  const auto refusal = refusal_of(element.get());
  ASSERT_TRUE(refusal.has_value());
  EXPECT_EQ(refusal->code, ErrorCode::kNotFound);
  EXPECT_THAT(refusal->message, testing::HasSubstr("no/such/file.json"));
}

TEST_F(TideCuesTest, RefusesTextWithoutTime) {
  TextHarness harness(cues_element());
  BufferPtr buffer = make_text_buffer("words", {});
  GST_BUFFER_PTS(buffer.get()) = GST_CLOCK_TIME_NONE;
  EXPECT_EQ(gst_harness_push(harness.get(), buffer.release()), GST_FLOW_ERROR);
  const MessagePtr message = harness.message(GST_MESSAGE_ERROR);
  ASSERT_NE(message, nullptr);
  EXPECT_EQ(read_error(message.get()).code, ErrorCode::kBadInput);
}

TEST_F(TideCuesTest, AddsNoLatencyToWhatIsNotLive) {
  TextHarness harness(cues_element());
  EXPECT_EQ(gst_harness_query_latency(harness.get()), 0U);
}

TEST_F(TideCuesTest, AddsTheLongestCueAndPauseToALiveLatency) {
  TextHarness harness(cues_element("maximum-duration", guint64{5 * GST_SECOND}, "maximum-silence",
                                   guint64{2 * GST_SECOND}, "max-delay", guint64{0}));
  gst_harness_set_live(harness.get(), TRUE);
  gst_harness_set_upstream_latency(harness.get(), GST_SECOND);
  EXPECT_EQ(gst_harness_query_latency(harness.get()), 8 * GST_SECOND);
}

TEST_F(TideCuesTest, ARuleSetApartWinsOverTheStyleWhateverTheOrder) {
  TextHarness harness(cues_element("line-length", 12, "style", "bbc"));
  gint length = 0;
  g_object_get(harness.element(), "line-length", &length, nullptr);
  EXPECT_EQ(length, 12);
  harness.push(kFirst);
  for (const TextOut& out : cues_of(harness)) {
    std::istringstream lines(out.text);
    for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 12U);
  }
}

TEST_F(TideCuesTest, EndsLinesWhereThePeerTakesAnything) {
  ElementPtr element = make_element("tidecues");
  TextHarness harness(std::move(element));
  harness.push(kFirst);
  EXPECT_THAT(cues_of(harness), ElementsAre(TextOut{"The budget is ready.\n", {1s, 3s}}));
}

TEST_F(TideCuesTest, TakesTheLanguageOfTheTagWhereThePhraseNamesNone) {
  TextHarness harness(cues_element());
  harness.push(EventPtr(gst_event_new_tag(gst_tag_list_new(GST_TAG_LANGUAGE_CODE, "es", nullptr))));
  harness.push(phrase_of_text("El presupuesto.", {1s, 3s}, ""));
  harness.push_end();
  EXPECT_EQ(cue_of(harness.pull_buffer().get())->language, "es");
}

TEST_F(TideCuesTest, MasksProfanityWhenAsked) {
  ElementPtr element = cues_element();
  gst_util_set_object_arg(G_OBJECT(element.get()), "profanity", "mask");
  TextHarness harness(std::move(element));
  harness.push(phrase_of_text("What the fuck happened?", {1s, 3s}));
  EXPECT_THAT(cues_of(harness), ElementsAre(TextOut{"What the f*** happened?", {1s, 3s}}));
  const MessagePtr message = harness.message(GST_MESSAGE_ELEMENT);
  ASSERT_NE(message, nullptr);
  const auto note = read_text_note(message.get());
  ASSERT_TRUE(note.has_value());
  EXPECT_EQ(note->text, "fuck");
  EXPECT_EQ(note->span, (TimeSpan{2s, 2500ms}));
}

TEST_F(TideCuesTest, NoticesOfGapsAndModelsPass) {
  TextHarness harness(cues_element());
  const Gap gap{{3s, 5s}, "recognizer_failed"};
  const LoadedModel model{"recognizer", "fake:script", ""};
  harness.push(make_event(model));
  harness.push(make_event(gap));
  std::optional<Gap> gap_out;
  std::optional<LoadedModel> model_out;
  for (const EventPtr& event : harness.pull_events()) {
    if (auto read = read_gap_notice(event.get())) gap_out = read;
    if (auto read = read_loaded_model(event.get())) model_out = read;
  }
  EXPECT_EQ(gap_out, gap);
  EXPECT_EQ(model_out, model);
}

bool push_edge(TextHarness& harness, MediaTime time) {
  return harness.push(make_event(LiveEdge{time}));
}

TEST_F(TideCuesTest, LiveAWholeSentenceGoesOutWhenAWordFollowsIt) {
  TextHarness harness(cues_element());
  push_edge(harness, 3s);
  harness.push(kFirst);
  EXPECT_THAT(harness.pull_all(), IsEmpty());
  harness.push(phrase_of_text("Nobody has", {3500ms, 4s}));
  EXPECT_THAT(harness.pull_all(), ElementsAre(TextOut{"The budget is ready.", {1s, 3s}}));
}

TEST_F(TideCuesTest, LiveAWholeSentenceGoesOutWhenQuietFollowsIt) {
  TextHarness harness(cues_element());
  harness.push(kFirst);
  harness.push_gap({3s, 3400ms});
  push_edge(harness, 4s);
  EXPECT_THAT(harness.pull_all(), IsEmpty());
  harness.push_gap({3400ms, 3500ms});
  push_edge(harness, 4s);
  EXPECT_THAT(harness.pull_all(), ElementsAre(TextOut{"The budget is ready.", {1s, 3s}}));
}

TEST_F(TideCuesTest, LiveNoWordIsHeldLongerThanTheLimit) {
  TextHarness harness(cues_element("max-delay", guint64{2 * GST_SECOND}));
  const std::string text = "the new budget for the old bridge is ready and nobody has seen it yet";
  const Phrase all = phrase_of_text(text, {0s, 15s});
  std::string seen;
  MediaTime last = 0s;
  for (const Word& word : all.words) {
    Phrase one = all;
    one.words = {word};
    harness.push(one);
    push_edge(harness, word.span.end);
    for (const TextOut& out : harness.pull_all()) {
      EXPECT_GE(out.span.begin, last);
      last = out.span.end;
      for (const char c : out.text) seen += c == '\n' ? ' ' : c;
      seen += ' ';
    }
    std::size_t due = 0;
    for (const Word& each : all.words) due += each.span.end + 2s <= word.span.end ? 1U : 0U;
    EXPECT_GE(static_cast<std::size_t>(std::ranges::count(seen, ' ')), due);
  }
  push_edge(harness, 17s);
  for (const TextOut& out : harness.pull_all()) seen += out.text;
  EXPECT_EQ(seen, text);
}

TEST_F(TideCuesTest, LiveWhatWasLetOutIsNotWaitedFor) {
  TextHarness harness(cues_element());
  harness.push(phrase_of_text("The budget is", {1s, 3s}));
  harness.push_gap({3s, 3100ms});
  EXPECT_THAT(harness.pull_all(), IsEmpty());
  push_edge(harness, 6100ms);
  EXPECT_EQ(harness.pull_all().size(), 1U);
  MediaTime told = 0s;
  for (const EventPtr& event : harness.pull_events()) {
    if (GST_EVENT_TYPE(event.get()) == GST_EVENT_GAP) told = span_of_gap(event.get())->end;
    if (read_live_edge(event.get())) break;
  }
  EXPECT_GE(told, 2600ms) << "a segment that ends before need not wait for the next words";
}

TEST_F(TideCuesTest, LiveAWordThatComesTooLateGoesOutAtOnce) {
  TextHarness harness(cues_element());
  push_edge(harness, 60s);
  harness.push(kFirst);
  EXPECT_THAT(harness.pull_all(), ElementsAre(TextOut{"The budget is ready.", {1s, 3s}}));
  harness.push(kSecond);
  EXPECT_THAT(harness.pull_all(), ElementsAre(TextOut{"Nobody has seen it.", {6s, 8s}}));
}

TEST_F(TideCuesTest, AnEpochEndsTheCueBeforeItAndKeepsItsPlace) {
  TextHarness harness(cues_element());
  harness.push(phrase_of_text("The budget is", {1s, 2s}));
  EXPECT_TRUE(harness.push(make_event(Epoch{1, 2s, 60s, {}, "reconnect"})));
  EXPECT_THAT(harness.pull_all(), ElementsAre(TextOut{"The budget is", {1s, 2s}}));
  harness.push(phrase_of_text("ready.", {2s, 3s}));
  EXPECT_THAT(cues_of(harness), ElementsAre(TextOut{"ready.", {2s, 3s}}));
}

TEST_F(TideCuesTest, LiveItAddsTheLimitToTheLatency) {
  TextHarness harness(cues_element());
  gst_harness_set_live(harness.get(), TRUE);
  EXPECT_EQ(gst_harness_query_latency(harness.get()), 3250 * GST_MSECOND);
}

}  // namespace
}  // namespace subtide
