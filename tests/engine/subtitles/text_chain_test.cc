#include "engine/subtitles/text_chain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/engine/subtitles/layout_phrases.h"

namespace subtide {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::phrase_of;
using ::testing::SizeIs;
using testing::spoken;
using testing::word;

/// What one transform makes of phrases, and what it notes.
struct Outcome {
  std::vector<std::string> texts;
  std::vector<TextNote> notes;
  std::vector<Phrase> phrases;
};

Outcome outcome_of(TextTransform& transform, const std::vector<Phrase>& phrases) {
  Outcome outcome;
  for (const Phrase& phrase : phrases) {
    for (Phrase& result : transform.push(phrase, outcome.notes)) outcome.phrases.push_back(result);
  }
  for (Phrase& result : transform.finish(outcome.notes)) outcome.phrases.push_back(result);
  for (const Phrase& phrase : outcome.phrases) outcome.texts.push_back(to_text(phrase.words));
  return outcome;
}

Phrase raw(std::string_view text, std::string language = "en") {
  Phrase phrase = spoken(text, 1.0, 0.08, std::move(language));
  phrase.is_punctuated = false;
  return phrase;
}

TEST(ControlStripper, RemovesControlCharactersAndBidiOverrides) {
  const auto strip = make_control_stripper();
  const auto outcome =
      outcome_of(*strip, {phrase_of({word("a\x01"
                                          "b\x7f",
                                          1, 2),
                                     word("\u202e", 2, 3), word("\u2067שלום\u2069", 3, 4)})});
  EXPECT_THAT(outcome.texts, ElementsAre("ab שלום"));
  EXPECT_EQ(outcome.phrases[0].words[1].span, (TimeSpan{3s, 4s}));
}

TEST(ControlStripper, KeepsTheJoinersThatScriptsNeed) {
  const auto strip = make_control_stripper();
  EXPECT_THAT(
      outcome_of(*strip,
                 {phrase_of({word("می\u200cخواهم", 1, 2), word("👩‍👩‍👧", 2, 3)})})
          .texts,
      ElementsAre("می\u200cخواهم 👩‍👩‍👧"));
}

TEST(ControlStripper, DropsAPhraseOfNothingElse) {
  const auto strip = make_control_stripper();
  EXPECT_THAT(outcome_of(*strip, {phrase_of({word("\u202e", 2, 3)})}).texts, IsEmpty());
}

TEST(LoopRemover, KeepsOneOfThreeOrMore) {
  const auto loops = make_loop_remover();
  const auto outcome =
      outcome_of(*loops, {spoken("we go on and on and on and on to the end"),
                          spoken("thank you for this Thank you for this, thank you for this.")});
  EXPECT_THAT(outcome.texts, ElementsAre("we go on and on to the end", "thank you for this."));
  ASSERT_THAT(outcome.notes, SizeIs(2));
  EXPECT_EQ(outcome.notes[0].transform, "remove_loops");
  EXPECT_EQ(outcome.notes[0].reason, "repeated_words");
  EXPECT_EQ(outcome.notes[1].text, "Thank you for this, thank you for this.");
}

TEST(LoopRemover, KeepsWhatIsSaidTwice) {
  const auto loops = make_loop_remover();
  const auto outcome = outcome_of(*loops, {spoken("never never do that do that")});
  EXPECT_THAT(outcome.texts, ElementsAre("never never do that do that"));
  EXPECT_THAT(outcome.notes, IsEmpty());
}

TEST(LoopRemover, KeepsRepeatedDigits) {
  const auto loops = make_loop_remover();
  EXPECT_THAT(outcome_of(*loops, {spoken("call 9 9 9 now")}).texts, ElementsAre("call 9 9 9 now"));
}

TEST(LoopRemover, HearsALoopAcrossPhrases) {
  const auto loops = make_loop_remover();
  const auto outcome =
      outcome_of(*loops, {spoken("Thank you.", 1), spoken("Thank you.", 3), spoken("Thank you.", 5),
                          spoken("Thank you.", 7), spoken("Thank me.", 9)});
  EXPECT_THAT(outcome.texts, ElementsAre("Thank you.", "Thank you.", "Thank me."));
  EXPECT_THAT(outcome.notes, SizeIs(2));
}

TEST(LoopRemover, ForgetsWhatWasSaidLongAgo) {
  const auto loops = make_loop_remover();
  EXPECT_THAT(
      outcome_of(*loops, {spoken("Next.", 1), spoken("Next.", 61), spoken("Next.", 121)}).texts,
      SizeIs(3));
}

TEST(Punctuator, EndsSentencesAtPausesAndAtTheEnd) {
  const auto punctuate = make_punctuator();
  std::vector<Word> words{word("he", 1, 1.2), word("left", 1.2, 1.6), word("nobody", 2.3, 2.6),
                          word("knew", 2.65, 3.0)};
  Phrase phrase = phrase_of(words);
  phrase.is_punctuated = false;
  const auto outcome = outcome_of(*punctuate, {phrase});
  EXPECT_THAT(outcome.texts, ElementsAre("He left. Nobody knew."));
  EXPECT_TRUE(outcome.phrases[0].is_punctuated);
  EXPECT_EQ(outcome.phrases[0].words[2].span, words[2].span);
}

TEST(Punctuator, DoesNotEndASentenceAfterAnArticle) {
  const auto punctuate = make_punctuator();
  Phrase phrase = phrase_of({word("the", 1, 1.2), word("end", 2.0, 2.4)});
  phrase.is_punctuated = false;
  EXPECT_THAT(outcome_of(*punctuate, {phrase}).texts, ElementsAre("The end."));
}

TEST(Punctuator, WritesTheEnglishICapital) {
  const auto punctuate = make_punctuator();
  EXPECT_THAT(outcome_of(*punctuate, {raw("so i think i'm right")}).texts,
              ElementsAre("So I think I'm right."));
}

TEST(Punctuator, FollowsTheLanguage) {
  const auto punctuate = make_punctuator();
  EXPECT_THAT(outcome_of(*punctuate, {raw("istanbul", "tr"), raw("élan vital", "fr"),
                                      raw("明日", "ja"), raw("ijsland", "nl")})
                  .texts,
              ElementsAre("İstanbul.", "Élan vital.", "明日。", ::testing::EndsWith("sland.")));
}

TEST(Punctuator, LeavesPunctuatedPhrasesAlone) {
  const auto punctuate = make_punctuator();
  EXPECT_THAT(outcome_of(*punctuate, {spoken("as it was || written")}).texts,
              ElementsAre("as it was written"));
}

TEST(Speller, WritesTermsOfSeveralWordsWhateverTheirCase) {
  const auto speller = make_speller({{"sub tide", "subtide"}, {"g streamer", "GStreamer"}});
  const auto outcome = outcome_of(
      *speller, {phrase_of({word("Use", 1, 2), word("\"Sub", 2, 3), word("tide\",", 3, 4),
                            word("not", 4, 5), word("g", 5, 6), word("streamer.", 6, 7)})});
  EXPECT_THAT(outcome.texts, ElementsAre("Use \"subtide\", not GStreamer."));
  EXPECT_EQ(outcome.phrases[0].words[1].span, (TimeSpan{2s, 4s}));
}

TEST(Speller, SharesTimeWhenATermGrows) {
  const auto speller = make_speller({{"nyc", "New York"}});
  Phrase phrase = phrase_of({word("in", 1, 2), word("NYC", 2, 3.8), word("today", 4, 5)});
  phrase.preferred_breaks = {2};
  const auto outcome = outcome_of(*speller, {phrase});
  EXPECT_THAT(outcome.texts, ElementsAre("in New York today"));
  EXPECT_EQ(outcome.phrases[0].words[1].span, (TimeSpan{2s, 2800ms}));
  EXPECT_EQ(outcome.phrases[0].words[2].span, (TimeSpan{2800ms, 3800ms}));
  EXPECT_THAT(outcome.phrases[0].preferred_breaks, ElementsAre(3U));
}

TEST(Speller, TakesTheLongerTermAndRespectsPunctuation) {
  const auto speller = make_speller({{"york", "Yorck"}, {"new york", "NY"}});
  EXPECT_THAT(outcome_of(*speller, {spoken("new york but new, york")}).texts,
              ElementsAre("NY but new, Yorck"));
}

TEST(Profanity, MasksAllButTheFirstCharacter) {
  const auto filter = make_profanity_filter(ProfanityMode::kMask);
  const auto outcome = outcome_of(*filter, {spoken("What the Fuck, man")});
  EXPECT_THAT(outcome.texts, ElementsAre("What the F***, man"));
  ASSERT_THAT(outcome.notes, SizeIs(1));
  EXPECT_EQ(outcome.notes[0].reason, "profanity_masked");
  EXPECT_EQ(outcome.notes[0].text, "Fuck,");
}

TEST(Profanity, DropsWordsAndKeepsTheFullStop) {
  const auto filter = make_profanity_filter(ProfanityMode::kDrop);
  Phrase phrase = spoken("He ran like shit. Really.");
  phrase.preferred_breaks = {4};
  const auto outcome = outcome_of(*filter, {phrase, spoken("Shit!")});
  EXPECT_THAT(outcome.texts, ElementsAre("He ran like. Really."));
  EXPECT_THAT(outcome.phrases[0].preferred_breaks, ElementsAre(3U));
  EXPECT_THAT(outcome.notes, SizeIs(2));
}

TEST(Profanity, UsesTheListOfThePhrasesLanguage) {
  const auto filter = make_profanity_filter(ProfanityMode::kMask);
  EXPECT_THAT(
      outcome_of(*filter, {spoken("¡Mierda!", 1, 0.08, "es-MX"), spoken("Mierda", 1)}).texts,
      ElementsAre("¡M*****!", "Mierda"));
  EXPECT_FALSE(is_profane("Scunthorpe", WordLists::for_language("en"), "en"));
}

TEST(Profanity, NamesItsModes) {
  EXPECT_EQ(parse_profanity_mode("drop").value(), ProfanityMode::kDrop);
  EXPECT_EQ(parse_profanity_mode("hide").error().message,
            "profanity \"hide\" is not known; choose one of keep, mask, drop");
}

TEST(TextChain, RunsItsTransformsInOrder) {
  TextChainOptions options;
  options.profanity = ProfanityMode::kMask;
  options.glossary.spelling = {{"sub tide", "subtide"}};
  TextChain chain(options);
  EXPECT_THAT(chain.names(),
              ElementsAre("strip_controls", "remove_loops", "punctuate", "spell", "profanity"));
  const TextChainOutput output = chain.push(raw("sub tide is is is the shit"));
  ASSERT_THAT(output.phrases, SizeIs(1));
  EXPECT_EQ(to_text(output.phrases[0].words), "subtide is the s***.");
  EXPECT_THAT(output.notes, SizeIs(2));
  EXPECT_THAT(chain.finish().phrases, IsEmpty());
}

TEST(TextChain, LeavesOutWhatHasNothingToDo) {
  EXPECT_THAT(TextChain(TextChainOptions()).names(),
              ElementsAre("strip_controls", "remove_loops", "punctuate"));
}

TEST(Glossary, ReadsSpellingsAndTranslations) {
  const auto glossary = parse_glossary(
      R"({"spelling": {"sub tide": "subtide"}, "translation": {"es": {"budget": "presupuesto"}}})",
      "g.json");
  ASSERT_TRUE(glossary) << glossary.error().message;
  EXPECT_EQ(glossary->spelling.at("sub tide"), "subtide");
  EXPECT_EQ(glossary->translation.at("es").at("budget"), "presupuesto");
}

TEST(Glossary, NamesTheLineAndTheFieldThatIsWrong) {
  const auto message = [](std::string_view text) {
    const auto glossary = parse_glossary(text, "g.json");
    return glossary ? std::string() : glossary.error().message;
  };
  EXPECT_EQ(message("{\n\"spelling\": {\n\"a\" \"b\"}}"),
            "glossary g.json, line 3: this is not valid JSON");
  EXPECT_EQ(message("{\"spelling\": 7e7777}"), "glossary g.json: this is not valid JSON");
  EXPECT_EQ(message("[]"),
            "glossary g.json, line 1: expected an object with \"spelling\" and/or \"translation\"");
  EXPECT_EQ(message("{\n \"speling\": {}}"),
            "glossary g.json, line 2: \"speling\" is not known; expected \"spelling\" or "
            "\"translation\"");
  EXPECT_EQ(message("{\"spelling\": {\n\n\"foo\": 3}}"),
            "glossary g.json, line 3: \"spelling.foo\" must be a string");
  EXPECT_EQ(message("{\"translation\":\n {\"es\": []}}"),
            "glossary g.json, line 2: \"translation.es\" must be an object of terms");
  EXPECT_EQ(message("{\"spelling\": {\"a\": \" \"}}"),
            "glossary g.json, line 1: \"spelling.a\" must not be empty");
  EXPECT_FALSE(message("{\"spelling\": {\"\xff\": \"x\"}}").empty());
  EXPECT_FALSE(message("").empty());
}

TEST(Punctuator, APhraseThatGoesOnEndsNoSentence) {
  const auto punctuate = make_punctuator();
  Phrase begun = raw("the budget");
  begun.goes_on = true;
  EXPECT_THAT(outcome_of(*punctuate, {begun, raw("is ready"), raw("so")}).texts,
              ElementsAre("The budget", "is ready.", "So."));
}

}  // namespace
}  // namespace subtide
