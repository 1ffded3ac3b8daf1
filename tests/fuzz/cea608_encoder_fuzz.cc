// CEA-608: any text in any mode gives pairs with odd parity, one a frame without a hole, and a
// decoder reads back the characters that the text was spelled with.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "engine/subtitles/cea608_decoder.h"
#include "engine/subtitles/cea608_encoder.h"
#include "engine/subtitles/plain_text.h"

namespace {

using subtide::Cea608Mode;

void require(bool holds) {
  if (!holds) std::abort();
}

std::string without_spaces(std::string text) {
  std::erase(text, ' ');
  return text;
}

std::string spelled(const subtide::Cue& cue) {
  std::string text;
  for (const subtide::Cea608Row& row : subtide::cea608_rows(cue).rows) {
    for (const subtide::Cea608Character& one : row.characters) {
      const auto meaning = subtide::cea608_meaning(one.set, one.code);
      require(meaning.has_value());
      subtide::append_utf8(text, *meaning);
    }
  }
  return without_spaces(text);
}

subtide::Cue cue_of(const std::uint8_t* data, std::size_t size) {
  subtide::Cue cue;
  const std::string_view text(reinterpret_cast<const char*>(data + 2), size - 2);
  const std::size_t half = text.find('\n');
  cue.lines.emplace_back(text.substr(0, half));
  if (half != std::string_view::npos) cue.lines.emplace_back(text.substr(half + 1));
  cue.span = {std::chrono::seconds(data[1]), std::chrono::seconds(data[1] + 5)};
  return cue;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2 || size > 1000) return 0;
  subtide::Cea608Options options;
  options.mode = static_cast<Cea608Mode>(data[0] % 5);
  options.channel = static_cast<subtide::Cea608Channel>(data[0] / 5 % 4 + 1);
  auto encoder = subtide::Cea608Encoder::create(options);
  const subtide::Cue cue = cue_of(data, size);
  encoder->push(cue);
  encoder->finish();
  subtide::Cea608Decoder decoder(options.channel);
  std::string pages;
  subtide::MediaTime at{0};
  while (const auto slot = encoder->next()) {
    require(slot->span.begin == at);
    at = slot->span.end;
    require(subtide::has_odd_parity(slot->pair.first) &&
            subtide::has_odd_parity(slot->pair.second));
    if (!decoder.push(slot->pair) || options.mode != Cea608Mode::kPopOn) continue;
    for (const auto& row : decoder.shown()) pages += row.text;
  }
  require(decoder.shown().empty());
  if (options.mode == Cea608Mode::kPopOn) require(without_spaces(pages) == spelled(cue));
  return 0;
}
