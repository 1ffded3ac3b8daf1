#include "engine/config/csv_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace subtide {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

using Cells = std::vector<std::string>;

/// All rows, or the one error as a row of its own.
std::vector<CsvRow> rows_of(std::string_view text) {
  std::vector<CsvRow> rows;
  CsvReader reader(text);
  while (true) {
    auto row = reader.next();
    if (!row) return {{0, {row.error().message}}};
    if (!*row) return rows;
    rows.push_back(std::move(**row));
  }
}

std::string error_of(std::string_view text) {
  const auto rows = rows_of(text);
  return rows.size() == 1 && rows[0].line == 0 ? rows[0].cells[0] : "no error";
}

TEST(Csv, ReadsRowsOfCells) {
  EXPECT_THAT(rows_of("a,b\nc,d\n"),
              ElementsAre(CsvRow{1, Cells{"a", "b"}}, CsvRow{2, Cells{"c", "d"}}));
  EXPECT_THAT(rows_of("a,b\nc,"),
              ElementsAre(CsvRow{1, Cells{"a", "b"}}, CsvRow{2, Cells{"c", ""}}));
  EXPECT_THAT(rows_of(" a , b"), ElementsAre(CsvRow{1, Cells{" a ", " b"}}));
  EXPECT_THAT(rows_of(""), ElementsAre());
  EXPECT_THAT(rows_of(",\n"), ElementsAre(CsvRow{1, Cells{"", ""}}));
}

TEST(Csv, KnowsEachKindOfLineEndAndPassesOverEmptyLines) {
  EXPECT_THAT(rows_of("a\r\nb\rc\n\n\r\nd"),
              ElementsAre(CsvRow{1, Cells{"a"}}, CsvRow{2, Cells{"b"}}, CsvRow{3, Cells{"c"}},
                          CsvRow{6, Cells{"d"}}));
}

TEST(Csv, PassesOverAByteOrderMark) {
  EXPECT_THAT(rows_of("\xEF\xBB\xBFz"), ElementsAre(CsvRow{1, Cells{"z"}}));
  EXPECT_THAT(rows_of("\xEF\xBB\xBF"), ElementsAre());
}

TEST(Csv, QuotedCellsHoldCommasQuotesAndLineBreaks) {
  EXPECT_THAT(rows_of("\"a,b\",\"say \"\"hi\"\"\"\n\"x\r\ny\nz\r!\",\"\"\nlast"),
              ElementsAre(CsvRow{1, Cells{"a,b", "say \"hi\""}},
                          CsvRow{2, Cells{"x\r\ny\nz\r!", ""}}, CsvRow{6, Cells{"last"}}));
}

TEST(Csv, QuotesOutOfPlaceAreNamedWithTheirLine) {
  EXPECT_EQ(error_of("a\nb\"c"),
            "line 2: a quote inside a cell; put the cell in quotes and double this one");
  EXPECT_THAT(error_of("\"a\"b"), HasSubstr("line 1: text behind a closing quote"));
  EXPECT_THAT(error_of("\"a\n\"b"), HasSubstr("line 2: text behind a closing quote"));
  EXPECT_EQ(error_of("a\n\"b\nc\n"), "line 2: a quote that is never closed");
  EXPECT_EQ(error_of("\""), "line 1: a quote that is never closed");
}

TEST(Csv, OtherEncodingsAreRefused) {
  EXPECT_EQ(error_of("a\ncaf\xE9"), "line 2: not UTF-8 text; save the file as UTF-8");
  EXPECT_THAT(error_of(std::string_view("\xFF\xFEi\0n\0", 6)), HasSubstr("line 1: not UTF-8"));
  EXPECT_THAT(error_of(std::string_view("a\0b", 3)), HasSubstr("line 1: not UTF-8"));
}

TEST(Csv, ARowHasALimit) {
  EXPECT_EQ(rows_of(std::string(CsvReader::kMostCells - 1, ',')).at(0).cells.size(),
            CsvReader::kMostCells);
  EXPECT_EQ(error_of("a\n" + std::string(CsvReader::kMostCells, ',')),
            "line 2: more than 1000 cells");
}

TEST(PlainUtf8, IsWellFormedAndWithoutNul) {
  for (const char* good : {"", "a", "é", "€", "😀", "\xED\x9F\xBF", "\xF4\x8F\xBF\xBF"}) {
    EXPECT_TRUE(is_plain_utf8(good)) << good;
  }
  for (const char* wrong : {"\x80", "\xC3", "\xC0\xAF", "\xE0\x80\xAF", "\xED\xA0\x80", "\xE2\x82",
                            "\xF0\x80\x80\xAF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "a\xFF"}) {
    EXPECT_FALSE(is_plain_utf8(wrong)) << testing::PrintToString(std::string(wrong));
  }
  EXPECT_FALSE(is_plain_utf8(std::string_view("\0", 1)));
}

}  // namespace
}  // namespace subtide
