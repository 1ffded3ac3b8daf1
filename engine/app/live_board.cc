#include "engine/app/live_board.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "engine/app/console.h"

namespace subtide {
namespace {

/// The end of `text` that fits, cut where a character begins.
std::string fit_end(const std::string& text, std::size_t room) {
  if (text.size() <= room) return text;
  constexpr std::string_view kDots = "…";
  if (room <= kDots.size()) return "";
  std::size_t begin = text.size() - (room - kDots.size());
  while (begin < text.size() && (static_cast<unsigned char>(text[begin]) & 0xC0U) == 0x80U) ++begin;
  return std::string(kDots) + text.substr(begin);
}

std::string whole_seconds(MediaTime time) {
  const std::string clock = format_clock(time);
  return clock.substr(0, clock.rfind('.'));
}

}  // namespace

LiveBoard::Output& LiveBoard::output(const std::string& target) {
  const auto found = std::ranges::find(outputs, target, &Output::target);
  if (found != outputs.end()) return *found;
  return outputs.emplace_back(Output{target, "ok"});
}

std::string to_json(const LiveBoard& board) {
  nlohmann::ordered_json value = {
      {"title", board.title},           {"state", board.state},
      {"language", board.language},     {"translations", board.translations},
      {"epoch", board.epoch},           {"position", to_seconds(board.position)},
      {"caption_delay", nullptr},       {"rung", board.rung},
      {"last_words", board.last_words}, {"outputs", nlohmann::ordered_json::array()}};
  if (board.caption_delay) value["caption_delay"] = to_seconds(*board.caption_delay);
  for (const auto& output : board.outputs) {
    value["outputs"].push_back({{"target", output.target}, {"state", output.state}});
  }
  return value.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

std::string status_line(const LiveBoard& board, int width) {
  std::string line =
      fmt::format("{}  {}  epoch {}", board.state, whole_seconds(board.position), board.epoch);
  if (board.caption_delay)
    line += fmt::format("  captions +{:.1f} s", to_seconds(*board.caption_delay));
  if (board.rung > 0) line += fmt::format("  less work: step {}", board.rung);
  for (const auto& output : board.outputs) {
    line += "  " + printable(output.target);
    if (output.state != "ok") line += " (" + output.state + ")";
  }
  const auto room = static_cast<std::size_t>(std::max(width, 0));
  if (line.size() > room) return line.substr(0, room);
  const std::string words = printable(board.last_words);
  if (words.empty() || line.size() + 12 > room) return line;
  return line + "  \"" + fit_end(words, room - line.size() - 4) + "\"";
}

}  // namespace subtide
