#include "engine/subtitles/cea608_steps.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace subtide {

std::int64_t slots_of(std::span<const Cea608Step> steps) {
  std::int64_t slots = 0;
  for (const Cea608Step& step : steps) slots += step.slots();
  return slots;
}

void Cea608Steps::command(Cea608Command command) { add({command_pair(channel_, command), true}); }

void Cea608Steps::rows(std::span<const Cea608Row> rows, int base_row, Cea608Alignment alignment) {
  const int count = static_cast<int>(rows.size());
  int row = std::max(1, base_row - count + 1);
  for (const Cea608Row& one : rows) {
    const int width = static_cast<int>(one.characters.size());
    const bool is_centred = alignment == Cea608Alignment::kCentre;
    place(row++, is_centred ? (kCea608Columns - width) / 2 : 0);
    characters(one.characters);
  }
}

std::vector<Cea608Step> Cea608Steps::take() { return std::exchange(steps_, {}); }

void Cea608Steps::add(Cea608Step step) {
  if (!steps_.empty() && steps_.back() == step) steps_.push_back({});
  steps_.push_back(step);
}

void Cea608Steps::place(int row, int column) {
  add({position_pair(channel_, row, column / 4 * 4), true});
  if (column % 4 != 0) add({tab_pair(channel_, column % 4), true});
}

void Cea608Steps::characters(const std::vector<Cea608Character>& characters) {
  for (const Cea608Character& character : characters) {
    if (character.set == 0) {
      basic(character.code);
      continue;
    }
    if (character.is_extended()) basic(character.fallback);
    flush_single();
    add({wide_character_pair(channel_, character.set, character.code), true});
  }
  flush_single();
}

void Cea608Steps::basic(std::uint8_t code) {
  if (single_ == 0) {
    single_ = code;
    return;
  }
  const Cea608Step step{text_pair(single_, code), false};
  const bool is_repeat = !steps_.empty() && steps_.back() == step;
  if (is_repeat) {
    flush_single();
    single_ = code;
  } else {
    add(step);
    single_ = 0;
  }
}

void Cea608Steps::flush_single() {
  if (single_ != 0) add({text_pair(std::exchange(single_, 0), 0), false});
}

}  // namespace subtide
