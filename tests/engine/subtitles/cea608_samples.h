#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/subtitles/cea608_decoder.h"
#include "engine/subtitles/cea608_encoder.h"

namespace subtide {

inline Cue caption(MediaTime begin, MediaTime end, std::vector<std::string> lines) {
  Cue cue;
  cue.id = format_clock(begin);
  cue.span = {begin, end};
  cue.lines = std::move(lines);
  cue.language = "en";
  return cue;
}

inline Cea608Encoder encoder_of(const Cea608Options& options) {
  auto encoder = Cea608Encoder::create(options);
  if (!encoder) throw std::runtime_error(encoder.error().message);
  return *std::move(encoder);
}

inline std::vector<Cea608Slot> take_slots(Cea608Encoder& encoder) {
  std::vector<Cea608Slot> slots;
  while (const auto slot = encoder.next()) slots.push_back(*slot);
  return slots;
}

inline std::vector<Cea608Slot> encode(Cea608Encoder& encoder, const std::vector<Cue>& cues) {
  for (const Cue& cue : cues) encoder.push(cue);
  encoder.finish();
  return take_slots(encoder);
}

/// What the screen showed, and from when on; rows joined by '/'.
struct Shown {
  MediaTime begin{0};
  std::string text;
  bool operator==(const Shown&) const = default;
};

inline void PrintTo(const Shown& shown, std::ostream* stream) {
  *stream << format_clock(shown.begin) << " \"" << shown.text << '"';
}

inline std::string joined_rows(const std::vector<Cea608ScreenRow>& rows) {
  std::string text;
  for (const Cea608ScreenRow& row : rows) text += (text.empty() ? "" : "/") + row.text;
  return text;
}

inline std::vector<Shown> decode(const std::vector<Cea608Slot>& slots, Cea608Channel channel) {
  Cea608Decoder decoder(channel);
  std::vector<Shown> all;
  for (const Cea608Slot& slot : slots) {
    if (!decoder.push(slot.pair)) continue;
    const std::string text = joined_rows(decoder.shown());
    if (all.empty() || all.back().text != text) all.push_back({slot.span.begin, text});
  }
  return all;
}

}  // namespace subtide
