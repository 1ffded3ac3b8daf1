#include "engine/config/csv_text.h"

#include <utility>

namespace subtide {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

/// Bytes of the UTF-8 sequence at the beginning of `text`; 0 when there is no good one.
std::size_t sequence_length(std::string_view text) {
  const auto byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return first == 0 ? 0 : 1;
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0U) != 0x80U) return 0;
  }
  // Longer than needed, a surrogate, or beyond U+10FFFF.
  if ((first == 0xE0 && byte(1) < 0xA0) || (first == 0xED && byte(1) > 0x9F)) return 0;
  if ((first == 0xF0 && byte(1) < 0x90) || (first == 0xF4 && byte(1) > 0x8F)) return 0;
  return length;
}

Error at_line(std::size_t line, std::string_view what) {
  return make_error(ErrorCode::kBadInput, "line {}: {}", line, what);
}

}  // namespace

bool is_plain_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = sequence_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

CsvReader::CsvReader(std::string_view text) : text_(text) {
  if (text_.starts_with(kByteOrderMark)) at_ = kByteOrderMark.size();
}

void CsvReader::skip_line_end() {
  if (at_end()) return;
  if (text_.substr(at_).starts_with("\r\n")) ++at_;
  ++at_;
  ++line_;
}

Result<std::optional<CsvRow>> CsvReader::next() {
  while (!at_end() && at_line_end()) skip_line_end();
  if (at_end()) return std::optional<CsvRow>();
  CsvRow row;
  row.line = line_;
  while (true) {
    if (row.cells.size() == kMostCells) {
      return at_line(line_, fmt::format("more than {} cells", kMostCells));
    }
    if (auto read = read_cell(row); !read) return read.error();
    if (at_line_end()) break;
    ++at_;  // the comma
  }
  skip_line_end();
  return std::optional(std::move(row));
}

Status CsvReader::read_cell(CsvRow& row) {
  const std::size_t line = line_;
  const bool is_quoted = !at_end() && text_[at_] == '"';
  auto cell = is_quoted ? quoted() : plain();
  if (!cell) return cell.error();
  if (!is_plain_utf8(*cell)) return at_line(line, "not UTF-8 text; save the file as UTF-8");
  if (!is_quoted && cell->find('"') != std::string::npos) {
    return at_line(line, "a quote inside a cell; put the cell in quotes and double this one");
  }
  if (!at_line_end() && text_[at_] != ',') {
    return at_line(line_, "text behind a closing quote; quotes inside a cell are doubled");
  }
  row.cells.push_back(std::move(*cell));
  return ok();
}

std::string CsvReader::plain() {
  const std::size_t end = std::min(text_.find_first_of(",\r\n", at_), text_.size());
  const std::size_t begin = std::exchange(at_, end);
  return std::string(text_.substr(begin, end - begin));
}

Result<std::string> CsvReader::quoted() {
  const std::size_t opened = line_;
  std::string cell;
  for (++at_; !at_end(); ++at_) {
    const char letter = text_[at_];
    const bool is_doubled = text_.substr(at_).starts_with("\"\"");
    if (letter == '"' && !is_doubled) {
      ++at_;
      return cell;
    }
    if (is_doubled) ++at_;
    if (letter == '\n' || (letter == '\r' && !text_.substr(at_).starts_with("\r\n"))) ++line_;
    cell += letter;
  }
  return at_line(opened, "a quote that is never closed");
}

}  // namespace subtide
