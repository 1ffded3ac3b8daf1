#include "engine/subtitles/forced_terms.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace subtide {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

ForcedTerms spanish_terms(const std::string& language = "es") {
  Glossary glossary;
  glossary.translation["es"] = {
      {"budget", "presupuesto"}, {"budget office", "oficina"}, {"Prime Minister", "premier"}};
  return ForcedTerms(glossary, language);
}

TEST(ForcedTerms, ReplacesTheTermAndKeepsThePunctuationAroundIt) {
  const auto covered = spanish_terms().cover({"The", "\"Budget\",", "again."});
  EXPECT_THAT(covered.text, Not(HasSubstr("udget")));
  EXPECT_EQ(ForcedTerms::uncover(covered.text, covered), "The \"presupuesto\", again.");
}

TEST(ForcedTerms, OfSeveralTermsTheLongestWins) {
  const auto covered = spanish_terms().cover({"The", "budget", "office", "budget."});
  EXPECT_THAT(covered.replacements, ElementsAre("oficina", "presupuesto"));
  EXPECT_EQ(ForcedTerms::uncover(covered.text, covered), "The oficina presupuesto.");
}

TEST(ForcedTerms, ATermInsideAWordIsNone) {
  const auto covered = spanish_terms().cover({"Budgeting", "it"});
  EXPECT_THAT(covered.replacements, IsEmpty());
  EXPECT_EQ(covered.text, "Budgeting it");
}

TEST(ForcedTerms, ARegionTakesTheTermsOfItsLanguage) {
  EXPECT_THAT(spanish_terms("es-MX").cover({"prime", "minister"}).replacements,
              ElementsAre("premier"));
  EXPECT_THAT(spanish_terms("it").cover({"budget"}).replacements, IsEmpty());
}

TEST(ForcedTerms, FindsTheMadeUpWordWhateverItsCaseBecame) {
  const auto covered = spanish_terms().cover({"budget"});
  std::string upper = covered.text;
  for (char& letter : upper) letter = static_cast<char>(std::toupper(letter));
  EXPECT_EQ(ForcedTerms::uncover(upper, covered), "presupuesto");
}

TEST(ForcedTerms, SaysWhenTheTranslatorLostAMadeUpWord) {
  const auto covered = spanish_terms().cover({"The", "budget."});
  EXPECT_EQ(ForcedTerms::uncover("El gasto.", covered), std::nullopt);
}

}  // namespace
}  // namespace subtide
