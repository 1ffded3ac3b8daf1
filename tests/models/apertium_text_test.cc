#include "models/apertium/apertium_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/apertium/apertium_languages.h"

namespace subtide {
namespace {

using testing::ElementsAre;
using testing::Optional;

TEST(ApertiumText, EscapesTheCharactersOfTheStreamFormat) {
  EXPECT_EQ(to_apertium("a [b] ^c$ @d {e} <f> g/h \\.").text,
            "a \\[b\\] \\^c\\$ \\@d \\{e\\} \\<f\\> g\\/h \\\\.");
}

TEST(ApertiumText, MakesOneLineOfASentence) {
  EXPECT_EQ(to_apertium(std::string("  two\r\n lines\0here. ", 20)).text, "two lines here.");
}

TEST(ApertiumText, AddsAStopAndTakesItAwayAgain) {
  const auto open = to_apertium("Hello world");
  EXPECT_EQ(open.text, "Hello world.");
  EXPECT_EQ(from_apertium("Hola Mundo.", open, "Hello world"), "Hola Mundo");
  const auto closed = to_apertium("Hello world.");
  EXPECT_EQ(from_apertium("Hola Mundo.", closed, "Hello world."), "Hola Mundo.");
}

TEST(ApertiumText, TakesAwayTheMarksOfUnknownWords) {
  const auto input = to_apertium("I saw xyzzy.");
  EXPECT_EQ(from_apertium("Vi *xyzzy @foo #bar.", input, "I saw xyzzy."), "Vi xyzzy foo bar.");
}

TEST(ApertiumText, KeepsMarksThatTheSentenceHasItself) {
  const auto input = to_apertium("See #tag and a*b.");
  EXPECT_EQ(from_apertium("Ve #tag y a*b.", input, "See #tag and a*b."), "Ve #tag y a*b.");
  const auto mail = to_apertium("Write to me@example.org.");
  EXPECT_EQ(from_apertium("Escribe a me\\@example.org.", mail, "Write to me@example.org."),
            "Escribe a me@example.org.");
}

TEST(ApertiumText, SpanishQuestionsAreOpened) {
  EXPECT_EQ(polish_translation("Dónde está?", "Where is it?", "spa"), "¿Dónde está?");
  EXPECT_EQ(polish_translation("Hola. Cómo estás? Bien!", "Hello. How are you? Good!", "spa"),
            "Hola. ¿Cómo estás? ¡Bien!");
  EXPECT_EQ(polish_translation("¿Dónde está?", "Where is it?", "spa"), "¿Dónde está?");
  EXPECT_EQ(polish_translation("¿Dove è?", "¿Dónde está?", "ita"), "Dove è?");
}

TEST(ApertiumText, CapitalsFollowTheSource) {
  EXPECT_EQ(polish_translation("él viene.", "He comes.", "spa"), "Él viene.");
  EXPECT_EQ(polish_translation("qué pasa?", "What happens?", "spa"), "¿Qué pasa?");
  EXPECT_EQ(polish_translation("xyzzy Es aquí.", "xyzzy is here.", "spa"), "xyzzy es aquí.");
  EXPECT_EQ(polish_translation("Vive en París.", "He lives in Paris.", "spa"), "Vive en París.");
  EXPECT_EQ(polish_translation("La NASA llama.", "the nasa calls.", "spa"), "La NASA llama.");
  EXPECT_EQ(polish_translation("He comes on Monday.", "Viene el lunes.", "eng"),
            "He comes on Monday.");
}

TEST(ApertiumText, NoSpaceStandsBeforePunctuation) {
  EXPECT_EQ(polish_translation("Hola , mundo .", "Hello, world.", "spa"), "Hola, mundo.");
}

TEST(ApertiumLanguages, CodesGoBothWays) {
  EXPECT_EQ(to_iso639_3("en-GB"), "eng");
  EXPECT_EQ(to_iso639_3("ES"), "spa");
  EXPECT_EQ(to_iso639_3("ast"), "ast");
  EXPECT_EQ(to_bcp47("ita"), "it");
  EXPECT_EQ(to_bcp47("ast"), "ast");
}

TEST(ApertiumLanguages, ModesOfOldAndNewPackagesAreRead) {
  EXPECT_EQ(parse_apertium_mode("eng-spa")->target, "spa");
  EXPECT_EQ(parse_apertium_mode("es-pt")->source, "spa");
  EXPECT_TRUE(parse_apertium_mode("spa-eng_US")->has_variant);
  EXPECT_FALSE(parse_apertium_mode("eng-spa-tagger"));
  EXPECT_FALSE(parse_apertium_mode("readme"));
}

TEST(ApertiumRoute, TakesTheFewestPairsAndPrefersPlainOnes) {
  std::vector<ApertiumPair> pairs;
  for (const char* mode : {"spa-eng_US", "spa-eng", "eng-spa", "spa-ita", "spa-cat", "cat-ita"}) {
    pairs.push_back(*parse_apertium_mode(mode));
  }
  EXPECT_THAT(find_apertium_route(pairs, "eng", "ita"),
              Optional(ElementsAre("eng-spa", "spa-ita")));
  EXPECT_THAT(find_apertium_route(pairs, "spa", "eng"), Optional(ElementsAre("spa-eng")));
  EXPECT_THAT(find_apertium_route(pairs, "eng", "eng"), Optional(ElementsAre()));
  EXPECT_EQ(find_apertium_route(pairs, "ita", "eng"), std::nullopt);
}

}  // namespace
}  // namespace subtide
