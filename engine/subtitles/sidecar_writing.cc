#include "engine/subtitles/sidecar_writing.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "engine/subtitles/plain_text.h"

namespace subtide {
namespace {

std::int64_t rounded(MediaTime time, MediaDuration step) {
  const MediaTime clamped = std::clamp(time, MediaTime(0), kLatestTime);
  return (clamped + step / 2) / step;
}

}  // namespace

StepSpan to_steps(const TimeSpan& span, MediaDuration step) {
  const std::int64_t begin = std::min(rounded(span.begin, step), kLatestTime / step - 1);
  return {begin, std::max(rounded(span.end, step), begin + 1)};
}

std::vector<std::string> plain_lines(const Cue& cue) {
  std::vector<std::string> lines;
  lines.reserve(cue.lines.size());
  for (const std::string& line : cue.lines) {
    std::string plain = plain_text(line);
    if (!plain.empty()) lines.push_back(std::move(plain));
  }
  return lines;
}

void append_clock(std::string& text, std::int64_t milliseconds, char separator) {
  fmt::format_to(std::back_inserter(text), "{:02}:{:02}:{:02}{}{:03}", milliseconds / 3'600'000,
                 milliseconds / 60'000 % 60, milliseconds / 1000 % 60, separator,
                 milliseconds % 1000);
}

void append_escaped(std::string& out, std::string_view text, EscapeUse use) {
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += use == EscapeUse::kAttribute ? "&quot;" : "\"";
        break;
      default:
        out += c;
    }
  }
}

}  // namespace subtide
