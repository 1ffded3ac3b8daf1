#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

namespace subtide {

/// One record of a CSV text.
struct CsvRow {
  std::size_t line = 0;  ///< where it begins, counted from 1
  std::vector<std::string> cells;
  bool operator==(const CsvRow&) const = default;
};

/// Reads comma-separated values row by row (RFC 4180), so that only one row is held at a time.
///
/// A cell in double quotes may hold commas, line breaks and doubled quotes. Lines end with LF,
/// CRLF or CR; empty lines are passed over; a byte order mark at the beginning is too. Spaces
/// belong to the cell.
///
/// Owner:   the caller, who also keeps the text. Threads: one at a time.
/// Errors:  next(): kBadInput that begins with "line N": a quote out of place or never closed,
///          more than kMostCells cells, bytes that are no UTF-8 text. After one, it is of no more
///          use.
class CsvReader {
 public:
  static constexpr std::size_t kMostCells = 1000;

  explicit CsvReader(std::string_view text);

  /// The next row; nothing at the end.
  Result<std::optional<CsvRow>> next();

 private:
  Status read_cell(CsvRow& row);
  Result<std::string> quoted();
  std::string plain();
  bool at_end() const { return at_ == text_.size(); }
  bool at_line_end() const { return at_end() || text_[at_] == '\n' || text_[at_] == '\r'; }
  void skip_line_end();

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
};

/// True when all of `text` is well-formed UTF-8 without NUL.
bool is_plain_utf8(std::string_view text);

}  // namespace subtide
