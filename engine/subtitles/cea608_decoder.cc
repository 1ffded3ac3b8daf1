#include "engine/subtitles/cea608_decoder.h"

#include <algorithm>
#include <utility>

#include "engine/subtitles/cea608_text.h"
#include "engine/subtitles/plain_text.h"

namespace subtide {
namespace {

constexpr std::uint8_t kSevenBits = 0x7F;
constexpr std::uint8_t kSecondOfField = 0x08;

bool is_second_of_field(Cea608Channel channel) {
  return channel == Cea608Channel::kCc2 || channel == Cea608Channel::kCc4;
}

/// Rows by the lower three bits of a preamble's first byte; the second byte's 0x20 chooses.
int row_of(std::uint8_t first, std::uint8_t second) {
  constexpr std::array<std::array<int, 2>, 8> kRows = {
      {{11, 11}, {1, 2}, {3, 4}, {12, 13}, {14, 15}, {5, 6}, {7, 8}, {9, 10}}};
  return kRows[first & 0x07][(second & 0x20) != 0 ? 1 : 0];
}

int indent_of(std::uint8_t second) {
  return (second & 0x10) != 0 ? ((second & 0x0E) >> 1) * 4 : 0;  // else a colour
}

}  // namespace

Cea608Decoder::Cea608Decoder(Cea608Channel channel) : channel_(channel) {}

bool Cea608Decoder::push(Cea608Pair pair) {
  if (!has_odd_parity(pair.first) || !has_odd_parity(pair.second)) return false;
  const auto first = static_cast<std::uint8_t>(pair.first & kSevenBits);
  const auto second = static_cast<std::uint8_t>(pair.second & kSevenBits);
  if (first == 0 && second == 0) return false;
  const Memory before = shown_;
  if (first >= 0x10 && first < 0x20) {
    const bool is_repeat = last_control_ == pair;
    last_control_.reset();
    if (is_repeat) return false;
    last_control_ = pair;
    control(first, second);
  } else if (first >= 0x20 || first == 0) {
    last_control_.reset();
    for (const std::uint8_t code : {first, second}) {
      const auto character = cea608_meaning(0, code);
      if (character) write(*character);
    }
  } else {
    is_ours_ = false;  // extended data services
  }
  return shown_ != before;
}

void Cea608Decoder::control(std::uint8_t first, std::uint8_t second) {
  is_ours_ = ((first & kSecondOfField) != 0) == is_second_of_field(channel_);
  if (!is_ours_ || second < 0x20) return;
  const auto group = static_cast<std::uint8_t>(first & ~kSecondOfField);
  if (second >= 0x40) return move_to(row_of(group, second), indent_of(second));
  if (group == 0x14 || group == 0x15) return command(static_cast<Cea608Command>(second));
  if (group == 0x17 && second >= 0x21 && second <= 0x23) {
    return move_to(row_, std::min(column_ + second - 0x20, kCea608Columns - 1));
  }
  if (group == 0x11 && second < 0x30) return write(U' ');  // a change of style fills a column
  const auto character = cea608_meaning(group, second);
  if (!character) return;
  if (group == 0x11) return write(*character);
  write_over(*character);
}

void Cea608Decoder::command(Cea608Command command) {
  switch (command) {
    case Cea608Command::kResumeCaptionLoading:
      mode_ = Mode::kPopOn;
      return;
    case Cea608Command::kResumeDirectCaptioning:
      mode_ = Mode::kPaintOn;
      return;
    case Cea608Command::kRollUp2:
    case Cea608Command::kRollUp3:
    case Cea608Command::kRollUp4:
      return roll_up(static_cast<int>(command) - static_cast<int>(Cea608Command::kRollUp2) + 2);
    case Cea608Command::kBackspace:
      return back();
    case Cea608Command::kDeleteToEndOfRow:
      if (mode_ != Mode::kNone) std::fill(row().begin() + column_, row().end(), U'\0');
      return;
    case Cea608Command::kEraseDisplayedMemory:
      shown_ = {};
      return;
    case Cea608Command::kEraseNonDisplayedMemory:
      hidden_ = {};
      return;
    case Cea608Command::kCarriageReturn:
      if (mode_ == Mode::kRollUp) roll();
      return;
    case Cea608Command::kEndOfCaption:
      mode_ = Mode::kPopOn;
      std::swap(shown_, hidden_);
      return;
  }
}

void Cea608Decoder::roll_up(int rows) {
  window_ = rows;
  if (mode_ == Mode::kRollUp) return;
  mode_ = Mode::kRollUp;
  shown_ = {};
  hidden_ = {};
  row_ = kCea608Rows;
  column_ = 0;
}

void Cea608Decoder::roll() {
  const int top = std::max(1, row_ - window_ + 1);
  for (int row = 1; row <= kCea608Rows; ++row) {
    const bool moves_up = row >= top && row < row_;
    const auto at = static_cast<std::size_t>(row - 1);
    shown_[at] = moves_up ? shown_[at + 1] : Row{};
  }
  column_ = 0;
}

void Cea608Decoder::move_to(int row, int column) {
  row_ = row;
  column_ = column;
}

void Cea608Decoder::write(char32_t character) {
  if (!is_ours_ || mode_ == Mode::kNone) return;
  row()[static_cast<std::size_t>(column_)] = character;
  column_ = std::min(column_ + 1, kCea608Columns - 1);
}

void Cea608Decoder::write_over(char32_t character) {
  column_ = std::max(column_ - 1, 0);
  write(character);
}

void Cea608Decoder::back() {
  if (mode_ == Mode::kNone || column_ == 0) return;
  --column_;
  row()[static_cast<std::size_t>(column_)] = U'\0';
}

std::vector<Cea608ScreenRow> Cea608Decoder::shown() const {
  std::vector<Cea608ScreenRow> rows;
  for (std::size_t index = 0; index < shown_.size(); ++index) {
    const Row& row = shown_[index];
    const auto is_visible = [](char32_t c) { return c != 0 && c != U' '; };
    const auto first = std::ranges::find_if(row, is_visible);
    if (first == row.end()) continue;
    const auto last = std::find_if(row.rbegin(), row.rend(), is_visible).base();
    std::string text;
    for (auto at = first; at != last; ++at) append_utf8(text, *at == 0 ? U' ' : *at);
    rows.push_back({static_cast<int>(index) + 1, static_cast<int>(first - row.begin()), text});
  }
  return rows;
}

}  // namespace subtide
