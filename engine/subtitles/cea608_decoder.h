#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/subtitles/cea608_code.h"

namespace subtide {

/// A row of the screen that shows something.
struct Cea608ScreenRow {
  int row = 1;     ///< 1 to 15
  int column = 0;  ///< of the first visible character
  std::string text;
  bool operator==(const Cea608ScreenRow&) const = default;
};

/// Reads one caption channel: pairs of its field in, the text on the screen out. Colours, italics
/// and text mode are not kept.
///
/// Time:    one pair after the other, as they came; it keeps no time.
/// Owner:   the caller; copyable. Threads: one at a time.
/// Errors:  none: bytes with even parity and codes of other services are passed over.
class Cea608Decoder {
 public:
  explicit Cea608Decoder(Cea608Channel channel);

  /// True when what is shown changed.
  bool push(Cea608Pair pair);
  std::vector<Cea608ScreenRow> shown() const;

 private:
  using Row = std::array<char32_t, kCea608Columns>;  // 0: transparent
  using Memory = std::array<Row, kCea608Rows>;
  enum class Mode { kNone, kPopOn, kPaintOn, kRollUp };

  void control(std::uint8_t first, std::uint8_t second);
  void command(Cea608Command command);
  void roll_up(int rows);
  void roll();
  void move_to(int row, int column);
  void write(char32_t character);
  void write_over(char32_t character);
  void back();
  Memory& target() { return mode_ == Mode::kPopOn ? hidden_ : shown_; }
  Row& row() { return target()[static_cast<std::size_t>(row_ - 1)]; }

  Cea608Channel channel_;
  Memory shown_{};
  Memory hidden_{};
  Mode mode_ = Mode::kNone;
  int window_ = 2;
  int row_ = kCea608Rows;
  int column_ = 0;
  bool is_ours_ = false;  ///< the characters that follow belong to this channel
  std::optional<Cea608Pair> last_control_;
};

}  // namespace subtide
