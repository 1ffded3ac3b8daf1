#include "elements/translate/gst_tide_translate.h"

#include <gmock/gmock.h>
#include <gst/gst.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <fstream>
#include <future>
#include <mutex>
#include <thread>

#include "engine/gst/epoch_event.h"
#include "engine/gst/live_notices.h"
#include "tests/support/gst_fake_provider.h"
#include "tests/support/gst_text_harness.h"

namespace subtide {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing_support::FakeProvider;
using testing_support::FakeTranslator;
using testing_support::make_element;
using testing_support::phrase_of_text;
using testing_support::refusal_of;
using testing_support::TextHarness;
using testing_support::TextOut;

using Texts = std::vector<std::string>;

/// Each sentence with the target language before it: "es: The budget."
Result<Texts> tag_texts(std::span<const std::string> sentences, const TranslationRequest& request) {
  Texts out;
  for (const std::string& text : sentences) out.push_back(request.target_language + ": " + text);
  return out;
}

class TideTranslateTest : public testing::Test {
 protected:
  TideTranslateTest() {
    testing_support::start_gstreamer();
    translate_with(tag_texts);
  }

  static void translate_with(FakeTranslator::Answer answer) {
    register_tidetranslate(nullptr, std::make_shared<FakeProvider>(
                                        std::make_shared<FakeTranslator>(std::move(answer))));
  }

  template <typename... Settings>
  static ElementPtr translate_element(Settings... settings) {
    ElementPtr element = make_element("tidetranslate");
    g_object_set(element.get(), "target-language", "es", nullptr);
    if constexpr (sizeof...(settings) > 0) g_object_set(element.get(), settings..., nullptr);
    return element;
  }

  /// Ends the stream and waits until the end came out.
  static std::vector<TextOut> texts_of(TextHarness& harness) {
    EXPECT_TRUE(harness.push_end());
    EXPECT_NE(harness.pull_event(GST_EVENT_EOS), nullptr);
    return harness.pull_all();
  }
};

const Phrase kFirst = phrase_of_text("The budget is ready.", {1s, 3s});
const Phrase kSecond = phrase_of_text("Nobody has seen it.", {3s, 5s});
const TextOut kFirstOut{"es: The budget is ready.", {1s, 3s}};
const TextOut kSecondOut{"es: Nobody has seen it.", {3s, 5s}};

TEST_F(TideTranslateTest, GivesEachSentenceTheSpanOfItsSource) {
  TextHarness harness(translate_element());
  EXPECT_EQ(harness.push(kFirst), GST_FLOW_OK);
  EXPECT_EQ(harness.push(kSecond), GST_FLOW_OK);
  EXPECT_THAT(texts_of(harness), ElementsAre(kFirstOut, kSecondOut));
}

TEST_F(TideTranslateTest, ThePhraseThatRidesAlongIsInTheTargetLanguage) {
  TextHarness harness(translate_element());
  harness.push(kFirst);
  harness.push_end();
  const auto phrase = phrase_of(harness.pull_buffer().get());
  ASSERT_NE(phrase, nullptr);
  EXPECT_EQ(phrase->language, "es");
  EXPECT_EQ(phrase->words.size(), 5U);
  EXPECT_EQ(phrase->span(), (TimeSpan{1s, 3s}));
}

TEST_F(TideTranslateTest, GivesTheSameSentencesHoweverTheWordsAreSpreadOverBuffers) {
  TextHarness harness(translate_element());
  for (const Phrase& phrase : {kFirst, kSecond}) {
    for (const Word& word : phrase.words) {
      Phrase one = phrase;
      one.words = {word};
      EXPECT_EQ(harness.push(one), GST_FLOW_OK);
    }
  }
  EXPECT_THAT(texts_of(harness), ElementsAre(kFirstOut, kSecondOut));
}

TEST_F(TideTranslateTest, KeepsTheCueBordersOfItsSourceAsPreferredBreaks) {
  TextHarness harness(translate_element());
  Cue cue;
  cue.language = "en";
  for (const Phrase& part : {phrase_of_text("The budget that was", {1s, 2s}),
                             phrase_of_text("promised is ready.", {2s, 3s})}) {
    cue.words = part.words;
    cue.span = part.span();
    BufferPtr buffer = make_text_buffer(to_text(part.words), cue.span);
    attach_cue(buffer.get(), std::make_shared<const Cue>(cue));
    EXPECT_EQ(gst_harness_push(harness.get(), buffer.release()), GST_FLOW_OK);
  }
  harness.push_end();
  const auto phrase = phrase_of(harness.pull_buffer().get());
  ASSERT_NE(phrase, nullptr);
  ASSERT_FALSE(phrase->preferred_breaks.empty());
  const std::size_t border = phrase->preferred_breaks.back();
  EXPECT_EQ(phrase->words.at(border).span.begin, 2s);
}

TEST_F(TideTranslateTest, EndDrainsTheSentenceThatNeverEnded) {
  TextHarness harness(translate_element());
  harness.push(phrase_of_text("The budget is", {1s, 3s}));
  EXPECT_THAT(texts_of(harness), ElementsAre(TextOut{"es: The budget is", {1s, 3s}}));
}

TEST_F(TideTranslateTest, AFlushLosesSentencesButNoStickyEventBehindThem) {
  std::promise<void> may_end;
  translate_with([end = may_end.get_future().share()](auto sentences, const auto& request) {
    if (sentences.front() == "The budget is ready.") end.wait();
    return tag_texts(sentences, request);
  });
  TextHarness harness(translate_element());
  harness.push(kFirst);
  harness.push(make_event(LoadedModel{"recognizer", "mini.en", "behind the first sentence"}));
  harness.push(
      EventPtr(gst_event_new_tag(gst_tag_list_new(GST_TAG_TITLE, "News at seven", nullptr))));
  harness.flush();
  may_end.set_value();
  harness.push(kSecond);
  EXPECT_TRUE(harness.push_end());
  bool has_title = false;
  bool has_model = false;
  for (EventPtr event; event == nullptr || GST_EVENT_TYPE(event.get()) != GST_EVENT_EOS;) {
    event.reset(gst_harness_pull_event(harness.get()));
    ASSERT_NE(event, nullptr);
    const auto model = read_loaded_model(event.get());
    has_model |= model && model->role == "recognizer";
    if (GST_EVENT_TYPE(event.get()) != GST_EVENT_TAG) continue;
    GstTagList* tags = nullptr;
    gst_event_parse_tag(event.get(), &tags);
    has_title |= gst_tag_list_get_tag_size(tags, GST_TAG_TITLE) == 1;
  }
  EXPECT_TRUE(has_title);
  EXPECT_TRUE(has_model);
  EXPECT_THAT(harness.pull_all(), ElementsAre(kSecondOut));
}

TEST_F(TideTranslateTest, ManyLanesKeepTheOrder) {
  // The first sentence is answered only after the last one was asked for.
  std::mutex mutex;
  std::condition_variable changed;
  bool is_last_asked = false;
  translate_with([&](std::span<const std::string> sentences, const TranslationRequest& request) {
    std::unique_lock lock(mutex);
    if (sentences.front() == "Third one.") {
      is_last_asked = true;
      changed.notify_all();
    }
    if (sentences.front() == "First one.") changed.wait(lock, [&] { return is_last_asked; });
    return tag_texts(sentences, request);
  });
  TextHarness harness(translate_element("lanes", 2U));
  harness.push(phrase_of_text("First one.", {1s, 2s}));
  harness.push(phrase_of_text("Second one.", {2s, 3s}));
  harness.push(phrase_of_text("Third one.", {3s, 4s}));
  EXPECT_THAT(texts_of(harness),
              ElementsAre(TextOut{"es: First one.", {1s, 2s}}, TextOut{"es: Second one.", {2s, 3s}},
                          TextOut{"es: Third one.", {3s, 4s}}));
}

TEST_F(TideTranslateTest, AsksWithTheTwoSentencesBefore) {
  std::mutex mutex;
  std::vector<Texts> contexts;
  translate_with([&](std::span<const std::string> sentences, const TranslationRequest& request) {
    const std::lock_guard lock(mutex);
    contexts.push_back(request.context);
    return tag_texts(sentences, request);
  });
  TextHarness harness(translate_element());
  for (const auto& [text, begin] : std::vector<std::pair<const char*, MediaTime>>{
           {"One.", 1s}, {"Two.", 2s}, {"Three.", 3s}, {"Four.", 4s}}) {
    harness.push(phrase_of_text(text, {begin, begin + 1s}));
  }
  texts_of(harness);
  EXPECT_THAT(contexts,
              ElementsAre(Texts{}, Texts{"One."}, Texts{"One.", "Two."}, Texts{"Two.", "Three."}));
}

TEST_F(TideTranslateTest, GroupsSentencesIntoBatchesByCountAlone) {
  std::mutex mutex;
  std::vector<std::size_t> sizes;
  translate_with([&](std::span<const std::string> sentences, const TranslationRequest& request) {
    const std::lock_guard lock(mutex);
    sizes.push_back(sentences.size());
    return tag_texts(sentences, request);
  });
  TextHarness harness(translate_element("batch", 2U));
  for (const MediaTime begin : {1s, 2s, 3s, 4s, 5s}) {
    harness.push(phrase_of_text("A word.", {begin, begin + 1s}));
  }
  EXPECT_EQ(texts_of(harness).size(), 5U);
  EXPECT_THAT(sizes, ElementsAre(2U, 2U, 1U));
}

TEST_F(TideTranslateTest, AFlushDropsWhatIsUnderWayAndTheStreamGoesOn) {
  std::mutex mutex;
  std::condition_variable_any changed;
  bool is_asked = false;
  translate_with([&](std::span<const std::string> sentences,
                     const TranslationRequest& request) -> Result<Texts> {
    if (sentences.front() != "The budget is ready.") return tag_texts(sentences, request);
    std::unique_lock lock(mutex);
    is_asked = true;
    changed.notify_all();
    // Answers only when it is told to give up.
    changed.wait(lock, request.stop, [] { return false; });
    return make_error(ErrorCode::kUnavailable, "stopped");
  });
  TextHarness harness(translate_element());
  harness.push(kFirst);
  harness.push(kSecond);
  {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return is_asked; });
  }
  harness.flush();
  EXPECT_EQ(harness.push(phrase_of_text("After the flush.", {9s, 10s})), GST_FLOW_OK);
  EXPECT_THAT(texts_of(harness), ElementsAre(TextOut{"es: After the flush.", {9s, 10s}}));
}

TEST_F(TideTranslateTest, StoppingWakesAStreamThatWaitsForALane) {
  std::mutex mutex;
  std::condition_variable_any changed;
  bool is_asked = false;
  translate_with(
      [&](std::span<const std::string>, const TranslationRequest& request) -> Result<Texts> {
        std::unique_lock lock(mutex);
        is_asked = true;
        changed.notify_all();
        changed.wait(lock, request.stop, [] { return false; });
        return make_error(ErrorCode::kUnavailable, "stopped");
      });
  TextHarness harness(translate_element());
  GstFlowReturn flow = GST_FLOW_OK;
  std::jthread stream([&] {
    for (int second = 0; second < 100 && flow == GST_FLOW_OK; ++second) {
      const MediaTime begin = std::chrono::seconds(second);
      flow = harness.push(phrase_of_text("A word.", {begin, begin + 1s}));
    }
  });
  {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return is_asked; });
  }
  gst_element_set_state(harness.element(), GST_STATE_READY);
  stream.join();
  EXPECT_EQ(flow, GST_FLOW_FLUSHING);
}

TEST_F(TideTranslateTest, StartsAfreshAfterItWasStopped) {
  TextHarness harness(translate_element());
  harness.push(phrase_of_text("Never finished", {0s, 1s}));
  gst_element_set_state(harness.element(), GST_STATE_READY);
  gst_harness_play(harness.get());
  gst_harness_set_src_caps_str(harness.get(), "text/x-raw, format=(string)utf8");
  EXPECT_EQ(harness.push(kFirst), GST_FLOW_OK);
  EXPECT_THAT(texts_of(harness), ElementsAre(kFirstOut));
}

Result<Texts> fail_on_budget(std::span<const std::string> sentences,
                             const TranslationRequest& request) {
  for (const std::string& text : sentences) {
    if (text.find("budget") != std::string::npos) {
      return make_error(ErrorCode::kUnavailable, "fake: no answer");
    }
  }
  return tag_texts(sentences, request);
}

TEST_F(TideTranslateTest, AFailureLeavesAGapAndTheStreamGoesOn) {
  translate_with(fail_on_budget);
  TextHarness harness(translate_element());
  harness.push(kFirst);
  harness.push(kSecond);
  EXPECT_EQ(harness.pull(), kSecondOut);
  std::vector<Gap> gaps;
  for (const EventPtr& event : harness.pull_events()) {
    if (const auto gap = read_gap_notice(event.get())) gaps.push_back(*gap);
  }
  const Gap expected{{1s, 3s}, "translator_failed"};
  EXPECT_THAT(gaps, ElementsAre(expected));
  const MessagePtr warning = harness.message(GST_MESSAGE_WARNING);
  ASSERT_NE(warning, nullptr);
  EXPECT_EQ(read_error(warning.get()).message, "fake: no answer");
}

TEST_F(TideTranslateTest, AFailingBatchCostsOnlyTheBadSentence) {
  translate_with(fail_on_budget);
  TextHarness harness(translate_element("batch", 3U));
  harness.push(phrase_of_text("One.", {0s, 1s}));
  harness.push(kFirst);
  harness.push(kSecond);
  EXPECT_THAT(texts_of(harness), ElementsAre(TextOut{"es: One.", {0s, 1s}}, kSecondOut));
}

TEST_F(TideTranslateTest, AFailureLeavesTheMarkedSourceWhenAskedTo) {
  translate_with(fail_on_budget);
  ElementPtr element = translate_element();
  gst_util_set_object_arg(G_OBJECT(element.get()), "on-failure", "source");
  TextHarness harness(std::move(element));
  harness.push(kFirst);
  EXPECT_THAT(texts_of(harness), ElementsAre(TextOut{"[The budget is ready.]", {1s, 3s}}));
}

TEST_F(TideTranslateTest, EmptyRunawayAndMiscountedAnswersAreFailures) {
  for (const Texts& answer : {Texts{""}, Texts{std::string(100000, 'x')}, Texts{"uno", "dos"}}) {
    translate_with([&](std::span<const std::string>, const TranslationRequest&) {
      return Result<Texts>(answer);
    });
    TextHarness harness(translate_element());
    harness.push(kFirst);
    EXPECT_THAT(texts_of(harness), IsEmpty());
    EXPECT_NE(harness.message(GST_MESSAGE_WARNING), nullptr);
  }
}

TEST_F(TideTranslateTest, AThrowingTranslatorIsAFailureToo) {
  translate_with([](std::span<const std::string>, const TranslationRequest&) -> Result<Texts> {
    throw std::runtime_error("thrown");
  });
  TextHarness harness(translate_element());
  harness.push(kFirst);
  EXPECT_THAT(texts_of(harness), IsEmpty());
  EXPECT_EQ(read_error(harness.message(GST_MESSAGE_WARNING).get()).message, "thrown");
}

TEST_F(TideTranslateTest, TextInTheTargetLanguagePassesUntouched) {
  TextHarness harness(translate_element());
  harness.push(phrase_of_text("Hola a todos.", {1s, 2s}, "es-MX"));
  EXPECT_THAT(texts_of(harness), ElementsAre(TextOut{"Hola a todos.", {1s, 2s}}));
}

TEST_F(TideTranslateTest, TheGlossaryForcesItsTranslation) {
  const std::string path = testing::TempDir() + "translate_test_glossary.json";
  std::ofstream(path) << R"({"translation": {"es": {"budget": "presupuesto"}}})";
  TextHarness harness(translate_element("glossary", path.c_str()));
  harness.push(kFirst);
  EXPECT_THAT(texts_of(harness), ElementsAre(TextOut{"es: The presupuesto is ready.", {1s, 3s}}));
}

TEST_F(TideTranslateTest, TheLanguageTagBecomesTheTarget) {
  TextHarness harness(translate_element());
  harness.push(EventPtr(gst_event_new_tag(gst_tag_list_new(GST_TAG_LANGUAGE_CODE, "en", nullptr))));
  harness.push_end();
  int tags = 0;
  while (true) {
    const EventPtr event(gst_harness_pull_event(harness.get()));
    ASSERT_NE(event, nullptr);
    if (GST_EVENT_TYPE(event.get()) == GST_EVENT_EOS) break;
    if (GST_EVENT_TYPE(event.get()) != GST_EVENT_TAG) continue;
    ++tags;
    GstTagList* list = nullptr;
    gst_event_parse_tag(event.get(), &list);
    gchar* code = nullptr;
    ASSERT_TRUE(gst_tag_list_get_string(list, GST_TAG_LANGUAGE_CODE, &code));
    EXPECT_STREQ(TextPtr(code).get(), "es");
  }
  EXPECT_EQ(tags, 2);
}

TEST_F(TideTranslateTest, TellsItsModelInTheStreamAndBesideIt) {
  TextHarness harness(translate_element());
  harness.push_end();
  std::optional<LoadedModel> model;
  while (!model) {
    const EventPtr event(gst_harness_pull_event(harness.get()));
    ASSERT_NE(event, nullptr);
    model = read_loaded_model(event.get());
  }
  EXPECT_EQ(*model, (LoadedModel{"translator", "fake:test", "of the test"}));
  const MessagePtr message = harness.message(GST_MESSAGE_ELEMENT);
  ASSERT_NE(message, nullptr);
  EXPECT_EQ(read_loaded_model(message.get())->role, "translator:es");
}

TEST_F(TideTranslateTest, AGapPassesUpToTheSentenceUnderWay) {
  TextHarness harness(translate_element());
  harness.push(phrase_of_text("The budget is", {2s, 3s}));
  harness.push_gap({0s, 3500ms});
  const EventPtr gap = harness.pull_event(GST_EVENT_GAP);
  ASSERT_NE(gap, nullptr);
  EXPECT_EQ(span_of_gap(gap.get()), (TimeSpan{0s, 2s}));
}

TEST_F(TideTranslateTest, LiveWhatWasLetOutIsNotWaitedFor) {
  TextHarness harness(translate_element("max-delay", guint64{3 * GST_SECOND}));
  harness.push(phrase_of_text("The budget is", {2s, 3s}));
  harness.push_gap({0s, 3500ms});
  harness.push(make_event(LiveEdge{60s}));
  EXPECT_EQ(harness.pull().text, "es: The budget is");
  MediaTime told = 0s;
  while (told < 3500ms) {
    const EventPtr gap = harness.pull_event(GST_EVENT_GAP);
    ASSERT_NE(gap, nullptr) << "told up to " << format_clock(told);
    told = span_of_gap(gap.get())->end;
  }
  EXPECT_EQ(told, 3500ms);
}

TEST_F(TideTranslateTest, RefusesToStartWithoutTargetLanguage) {
  const ElementPtr element = make_element("tidetranslate");
  const auto refusal = refusal_of(element.get());
  ASSERT_TRUE(refusal.has_value());
  EXPECT_EQ(refusal->code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(refusal->message, HasSubstr("target-language"));
}

TEST_F(TideTranslateTest, RefusesAModelThatIsNotThere) {
  const ElementPtr element = translate_element("translator", "babelfish");
  const auto refusal = refusal_of(element.get());
  ASSERT_TRUE(refusal.has_value());
  EXPECT_EQ(refusal->code, ErrorCode::kNotFound);
  EXPECT_THAT(refusal->message, HasSubstr("babelfish"));
}

TEST_F(TideTranslateTest, AddsNoLatencyToWhatIsNotLive) {
  TextHarness harness(translate_element());
  EXPECT_EQ(gst_harness_query_latency(harness.get()), 0U);
}

TEST_F(TideTranslateTest, AddsTenSecondsToALiveLatency) {
  TextHarness harness(translate_element());
  gst_harness_set_live(harness.get(), TRUE);
  gst_harness_set_upstream_latency(harness.get(), GST_SECOND);
  EXPECT_EQ(gst_harness_query_latency(harness.get()), 11 * GST_SECOND);
}

TEST_F(TideTranslateTest, LiveASentenceThatGoesOnTooLongIsCutAndWordsAreNeverSaidTwice) {
  TextHarness harness(translate_element("batch", 8U, "max-delay", guint64{3 * GST_SECOND}));
  harness.push(phrase_of_text("When it rained, we all", {0s, 2s}));
  harness.push(make_event(LiveEdge{3s}));
  EXPECT_THAT(harness.pull_all(), IsEmpty());
  harness.push(make_event(LiveEdge{4s}));
  EXPECT_EQ(harness.pull().text, "es: When it rained,");
  harness.push(phrase_of_text("went home.", {2s, 3s}));
  harness.push(make_event(LiveEdge{4s}));
  EXPECT_EQ(harness.pull().text, "es: we all went home.");
}

TEST_F(TideTranslateTest, LiveTheEdgeFollowsWhatItLetOut) {
  TextHarness harness(translate_element());
  harness.push(kFirst);
  harness.push(make_event(LiveEdge{60s}));
  EXPECT_EQ(harness.pull(), kFirstOut);
  while (const EventPtr event = EventPtr(gst_harness_pull_event(harness.get()))) {
    if (!read_live_edge(event.get())) continue;
    EXPECT_EQ(read_live_edge(event.get())->time, 60s);
    return;
  }
  FAIL() << "no edge came";
}

TEST_F(TideTranslateTest, AnEpochEndsTheSentenceUnderWay) {
  TextHarness harness(translate_element());
  harness.push(phrase_of_text("The budget", {1s, 2s}));
  harness.push(make_event(Epoch{1, 2s, 60s, {}, "reconnect"}));
  EXPECT_EQ(harness.pull().text, "es: The budget");
}

}  // namespace
}  // namespace subtide
