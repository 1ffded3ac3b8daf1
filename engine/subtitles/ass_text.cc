#include "engine/subtitles/ass_text.h"

#include "engine/subtitles/markup_guard.h"
#include "engine/subtitles/sidecar_reading.h"

namespace subtide {
namespace {

bool is_code(char c) { return std::string_view("Nnh{}").find(c) != std::string_view::npos; }

bool begins_code(std::string_view text) {
  return text.size() > 1 && text[0] == '\\' && is_code(text[1]);
}

// Another backslash may be an escape's own, and behind the end of a line comes "\N".
bool may_begin_code(char first, std::string_view rest) {
  return first == '\\' && (rest.empty() || rest.front() == '\\' || is_code(rest.front()));
}

// "\p1" begins a drawing, "\p0" ends it; "\pos" and "\pbo" are something else.
bool is_drawing_after(std::string_view overrides, bool is_drawing) {
  for (std::size_t at = overrides.find("\\p"); at != std::string_view::npos;
       at = overrides.find("\\p", at + 2)) {
    const std::string_view rest = overrides.substr(at + 2);
    if (!rest.empty() && is_ascii_digit(rest.front())) is_drawing = rest.front() != '0';
  }
  return is_drawing;
}

std::string_view decoded(char code, SoftBreak soft_break) {
  switch (code) {
    case 'N':
      return "\n";
    case 'n':
      return soft_break == SoftBreak::kLine ? "\n" : " ";
    case 'h':
      return "\u00A0";
    case '{':
      return "{";
    default:
      return "}";
  }
}

}  // namespace

std::string escape_ass_text(std::string_view line) {
  std::string text;
  for (std::size_t at = 0; at < line.size(); ++at) {
    if (line[at] == '{' || line[at] == '}') text += '\\';
    text += line[at];
    if (is_guard_place(line, at, may_begin_code)) text += kWordJoiner;
  }
  return text;
}

std::string unescape_ass_text(std::string_view text, SoftBreak soft_break) {
  std::string plain;
  bool is_drawing = false;
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] == '{') {
      const std::size_t end = text.find('}', at);
      if (end != std::string_view::npos) {
        is_drawing = is_drawing_after(text.substr(at, end - at), is_drawing);
        at = end + 1;
        continue;
      }
    }
    std::string_view piece = text.substr(at, 1);
    std::size_t size = 1;
    if (has_guard(text, at, may_begin_code)) {
      size += kWordJoiner.size();
    } else if (begins_code(text.substr(at))) {
      piece = decoded(text[at + 1], soft_break);
      size = 2;
    }
    if (!is_drawing) plain += piece;
    at += size;
  }
  return plain;
}

}  // namespace subtide
