#include "engine/subtitles/cea608_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/subtitles/cea608_code.h"
#include "engine/subtitles/cea608_rows.h"
#include "engine/subtitles/plain_text.h"

namespace subtide {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

std::string read_back(const std::vector<Cea608Character>& characters) {
  std::string text;
  for (const auto& one : characters) {
    append_utf8(text, cea608_meaning(one.set, one.code).value_or(U'\uFFFD'));
  }
  return text;
}

std::string spelled(std::string_view text) { return read_back(cea608_text(text).characters); }

Cue cue_of_lines(std::vector<std::string> lines) {
  Cue cue;
  cue.id = "7";
  cue.span = {2s, 6s};
  cue.lines = std::move(lines);
  return cue;
}

std::vector<std::string> row_texts(const Cue& cue) {
  std::vector<std::string> texts;
  for (const Cea608Row& row : cea608_rows(cue).rows) texts.push_back(read_back(row.characters));
  return texts;
}

TEST(Cea608Code, EveryByteHasOddParity) {
  EXPECT_EQ(with_odd_parity(0x00), 0x80);
  EXPECT_EQ(with_odd_parity(0x14), 0x94);
  EXPECT_EQ(with_odd_parity(0x20), 0x20);
  for (int byte = 0; byte < 256; ++byte) {
    EXPECT_TRUE(has_odd_parity(with_odd_parity(static_cast<std::uint8_t>(byte))));
  }
}

TEST(Cea608Code, KnowsTheCodesThatEveryCaptionFileHas) {
  const auto cc1 = Cea608Channel::kCc1;
  EXPECT_EQ(command_pair(cc1, Cea608Command::kResumeCaptionLoading), (Cea608Pair{0x94, 0x20}));
  EXPECT_EQ(command_pair(cc1, Cea608Command::kEraseNonDisplayedMemory), (Cea608Pair{0x94, 0xAE}));
  EXPECT_EQ(command_pair(cc1, Cea608Command::kEndOfCaption), (Cea608Pair{0x94, 0x2F}));
  EXPECT_EQ(command_pair(cc1, Cea608Command::kEraseDisplayedMemory), (Cea608Pair{0x94, 0x2C}));
  EXPECT_EQ(position_pair(cc1, 15, 0), (Cea608Pair{0x94, 0x70}));
  EXPECT_EQ(position_pair(cc1, 14, 4), (Cea608Pair{0x94, 0x52}));
  EXPECT_EQ(tab_pair(cc1, 2), (Cea608Pair{0x97, 0xA2}));
  EXPECT_EQ(wide_character_pair(cc1, 0x11, 0x37), (Cea608Pair{0x91, 0x37}));
}

TEST(Cea608Code, KeepsTheFourChannelsApart) {
  const auto command = Cea608Command::kCarriageReturn;
  EXPECT_EQ(command_pair(Cea608Channel::kCc2, command), text_pair(0x1C, 0x2D));
  EXPECT_EQ(command_pair(Cea608Channel::kCc3, command), text_pair(0x15, 0x2D));
  EXPECT_EQ(command_pair(Cea608Channel::kCc4, command), text_pair(0x1D, 0x2D));
  EXPECT_EQ(position_pair(Cea608Channel::kCc3, 1, 0), text_pair(0x11, 0x50));
  EXPECT_EQ(position_pair(Cea608Channel::kCc4, 1, 0), text_pair(0x19, 0x50));
  EXPECT_EQ(field_of(Cea608Channel::kCc2), Cea608Field::kFirst);
  EXPECT_EQ(field_of(Cea608Channel::kCc3), Cea608Field::kSecond);
}

TEST(Cea608Text, SpellsPlainTextInOneByteEach) {
  const Cea608Text text = cea608_text("Hi, you 2!");
  EXPECT_THAT(text.unspelled, IsEmpty());
  EXPECT_EQ(text.characters.size(), 10U);
  EXPECT_EQ(text.characters[0], (Cea608Character{0, 'H', 0}));
}

TEST(Cea608Text, EveryCodeIsSpelledAsItIsRead) {
  int count = 0;
  for (const int set : {0x00, 0x11, 0x12, 0x13}) {
    for (int code = 0x20; code < 0x80; ++code) {
      const auto meaning =
          cea608_meaning(static_cast<std::uint8_t>(set), static_cast<std::uint8_t>(code));
      if (!meaning || *meaning == U'\'' || (set != 0 && *meaning == U' ')) continue;
      const auto character = cea608_character(*meaning);
      ASSERT_TRUE(character.has_value()) << set << " " << code;
      EXPECT_EQ(character->set, set);
      EXPECT_EQ(character->code, code);
      EXPECT_EQ(character->is_extended(), set >= 0x12);
      ++count;
    }
  }
  EXPECT_EQ(count, 96 + 15 + 31 + 32);
}

TEST(Cea608Text, ExtendedCharactersHaveAFallbackOfTheBasicSet) {
  EXPECT_EQ(cea608_character(U'Ä'), (Cea608Character{0x13, 0x30, 'A'}));
  EXPECT_EQ(cea608_character(U'À'), (Cea608Character{0x12, 0x30, 'A'}));
  EXPECT_EQ(cea608_character(U'«'), (Cea608Character{0x12, 0x3E, '<'}));
  EXPECT_EQ(cea608_character(U'é'), (Cea608Character{0, 0x5C, 0}));
  EXPECT_EQ(cea608_character(U'♪'), (Cea608Character{0x11, 0x37, 0}));
}

TEST(Cea608Text, SpellsTypographyWithTheNearestSign) {
  EXPECT_EQ(spelled("It's – well… “so” it‑is\u00A0ok"), "It’s - well... “so” it-is ok");
  EXPECT_THAT(cea608_text("It's – well…").unspelled, IsEmpty());
  EXPECT_EQ(spelled("cafe\u0301"), "café");
}

TEST(Cea608Text, KeepsTheLetterWhereItDoesNotKnowTheAccentAndTells) {
  const Cea608Text text = cea608_text("Dvořák, Łódź");
  EXPECT_EQ(read_back(text.characters), "Dvorák, Lódz");
  EXPECT_THAT(text.unspelled,
              ElementsAre(Cea608Unspelled{3, "ř", "r"}, Cea608Unspelled{8, "Ł", "L"},
                          Cea608Unspelled{11, "ź", "z"}));
}

TEST(Cea608Text, LeavesOutWhatItCannotSpellAndTellsWhereItStood) {
  const Cea608Text text = cea608_text("a 日本語 b Привет 👩‍👩‍👧!");
  EXPECT_EQ(read_back(text.characters), "a  b  !");
  EXPECT_THAT(text.unspelled,
              ElementsAre(Cea608Unspelled{2, "日本語", ""}, Cea608Unspelled{8, "Привет", ""},
                          Cea608Unspelled{15, "👩‍👩‍👧", ""}));
}

TEST(Cea608Text, BytesThatAreNoUtf8AreToldAndNeverShown) {
  const Cea608Text text = cea608_text("a\xFFz");
  EXPECT_EQ(read_back(text.characters), "az");
  EXPECT_EQ(text.unspelled.size(), 1U);
}

TEST(Cea608Rows, KeepsLinesThatFit) {
  const Cue cue = cue_of_lines({"The budget is ready and nobody s", "has seen it."});
  EXPECT_THAT(row_texts(cue), ElementsAre("The budget is ready and nobody s", "has seen it."));
  EXPECT_THAT(cea608_rows(cue).notes, IsEmpty());
}

TEST(Cea608Rows, BreaksALongLineBetweenWordsAndTells) {
  const Cue cue = cue_of_lines({"The budget is ready and nobody has seen it."});
  EXPECT_THAT(row_texts(cue), ElementsAre("The budget is ready and nobody", "has seen it."));
  const auto notes = cea608_rows(cue).notes;
  ASSERT_EQ(notes.size(), 1U);
  EXPECT_EQ(notes[0].kind, Cea608Note::Kind::kWrapped);
  EXPECT_EQ(notes[0].text, cue.lines[0]);
  EXPECT_EQ(notes[0].cue_id, "7");
}

TEST(Cea608Rows, BreaksAWordThatIsWiderThanTheScreen) {
  const Cue cue = cue_of_lines({"so " + std::string(40, 'x')});
  EXPECT_THAT(row_texts(cue), ElementsAre("so", std::string(32, 'x'), std::string(8, 'x')));
}

TEST(Cea608Rows, PutsNoExtendedCharacterIntoTheLastColumn) {
  const std::string text = std::string(28, 'x') + " yyÄ";
  EXPECT_THAT(row_texts(cue_of_lines({text})), ElementsAre(std::string(28, 'x'), "yyÄ"));
}

TEST(Cea608Rows, TellsLineAndPositionOfWhatItLeftOut) {
  const auto made = cea608_rows(cue_of_lines({"Hello", "dear 世界, yes"}));
  ASSERT_EQ(made.notes.size(), 1U);
  EXPECT_EQ(made.notes[0].kind, Cea608Note::Kind::kUnspelled);
  EXPECT_EQ(made.notes[0].line, 1U);
  EXPECT_EQ(made.notes[0].position, 5U);
  EXPECT_EQ(made.notes[0].text, "世界");
  EXPECT_THAT(row_texts(cue_of_lines({"世界", "yes"})), ElementsAre("yes"));
}

TEST(Cea608Rows, ARowBeginsWithItsFirstWord) {
  Cue cue = cue_of_lines({"One two", "three"});
  cue.words = {{"One", {2s, 3s}}, {"two", {3s, 3500ms}}, {"three", {5s, 6s}}};
  const auto rows = cea608_rows(cue).rows;
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].begin, 2s);
  EXPECT_EQ(rows[1].begin, 5s);
}

TEST(Cea608Rows, WithoutWordsARowBeginsByItsShareOfTheText) {
  const auto rows = cea608_rows(cue_of_lines({"12345678", "12345678"})).rows;
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[1].begin, 4s);
}

}  // namespace
}  // namespace subtide
