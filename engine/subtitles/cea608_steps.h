#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/subtitles/cea608_code.h"
#include "engine/subtitles/cea608_rows.h"

namespace subtide {

/// One thing to send: a pair, and whether it goes out twice in a row, as control codes must.
struct Cea608Step {
  Cea608Pair pair;
  bool is_doubled = false;

  std::int64_t slots() const { return is_doubled ? 2 : 1; }
  bool operator==(const Cea608Step&) const = default;
};

std::int64_t slots_of(std::span<const Cea608Step> steps);

enum class Cea608Alignment { kLeft, kCentre };

/// Writes commands, positions and rows as steps for one caption channel. Equal steps are kept
/// apart, text by pairing it anew, the rest by a null pair: there are decoders that take any pair
/// that comes again for the same one.
///
/// Owner: the caller. Threads: one at a time. Errors: none.
class Cea608Steps {
 public:
  explicit Cea608Steps(Cea608Channel channel) : channel_(channel) {}

  void command(Cea608Command command);
  /// Rows one below the other, the last at `base_row`, or lower where they need the room.
  void rows(std::span<const Cea608Row> rows, int base_row, Cea608Alignment alignment);
  std::vector<Cea608Step> take();

 private:
  void place(int row, int column);
  void characters(const std::vector<Cea608Character>& characters);
  void basic(std::uint8_t code);
  void flush_single();
  void add(Cea608Step step);

  Cea608Channel channel_;
  std::vector<Cea608Step> steps_;
  std::uint8_t single_ = 0;  ///< a character that waits for the other half of its pair
};

}  // namespace subtide
