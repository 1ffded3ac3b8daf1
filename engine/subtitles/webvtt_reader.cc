// The file syntax of W3C's WebVTT, chapter 4, read as a validator reads it.
#include <algorithm>
#include <array>

#include "engine/subtitles/plain_text.h"
#include "engine/subtitles/sidecar_formats.h"
#include "engine/subtitles/sidecar_reading.h"
#include "engine/subtitles/webvtt_settings.h"
#include "engine/subtitles/webvtt_text.h"
#include "engine/subtitles/webvtt_time.h"

namespace subtide {
namespace {

bool has_arrow(std::string_view line) { return line.find("-->") != std::string_view::npos; }

bool is_note(std::string_view line) {
  return line == "NOTE" || line.starts_with("NOTE ") || line.starts_with("NOTE\t");
}

bool is_block(std::string_view line, std::string_view name) {
  return line.starts_with(name) && is_blank_line(line.substr(name.size()));
}

/// "name: value" of a header or of our own note.
std::optional<std::pair<std::string, std::string>> named_value(std::string_view line) {
  const std::size_t colon = line.find(": ");
  if (colon == std::string_view::npos || colon == 0) return std::nullopt;
  return std::pair{plain_text(line.substr(0, colon)), plain_text(line.substr(colon + 2))};
}

class WebVttReader {
 public:
  explicit WebVttReader(std::string_view text) : lines_(text) {}

  Result<Sidecar> read() {
    if (const Status status = read_header(); !status) return status.error();
    for (skip_empty_lines(); !lines_.at_end(); skip_empty_lines()) {
      if (const Status status = read_block(); !status) return status.error();
    }
    return std::move(sidecar_);
  }

 private:
  bool in_block() const { return !lines_.at_end() && !lines_.line().empty(); }

  void skip_empty_lines() {
    while (!lines_.at_end() && lines_.line().empty()) lines_.advance();
  }

  // Lines between the signature and the first empty line are what HLS (X-TIMESTAMP-MAP) and other
  // writers put there; W3C's parser skips them.
  Status read_header() {
    const std::string_view line = lines_.line();
    if (!line.starts_with("WEBVTT") || (line.size() > 6 && line[6] != ' ' && line[6] != '\t')) {
      return bad_line(1, "expected 'WEBVTT', found '{}'", excerpt(line));
    }
    if (has_arrow(line)) return bad_line(1, "'-->' in the line of the signature");
    for (lines_.advance(); in_block(); lines_.advance()) {
      const std::size_t separator = lines_.line().find_first_of(":=");
      if (has_arrow(lines_.line()) || separator == std::string_view::npos || separator == 0) {
        return bad_line(lines_.number(), "expected an empty line after the header, found '{}'",
                        excerpt(lines_.line()));
      }
      const auto value = named_value(lines_.line());
      if (value && value->first == "Language") sidecar_.header.language = value->second;
    }
    return ok();
  }

  Status read_block() {
    if (is_note(lines_.line())) return read_note();
    if (is_block(lines_.line(), "STYLE")) return read_definition("STYLE");
    if (is_block(lines_.line(), "REGION")) return read_definition("REGION");
    return read_cue();
  }

  Status read_note() {
    const bool is_ours = lines_.line() == "NOTE subtide";
    for (bool is_first = true; in_block(); lines_.advance(), is_first = false) {
      if (has_arrow(lines_.line())) return bad_line(lines_.number(), "'-->' in a NOTE");
      const auto value = named_value(lines_.line());
      if (!is_ours || is_first || !value) continue;
      if (value->first == "language") {
        sidecar_.header.language = value->second;
      } else if (value->first == "media") {
        sidecar_.header.media_name = value->second;
      } else {
        sidecar_.header.models[value->first] = value->second;
      }
    }
    return ok();
  }

  Status read_definition(std::string_view name) {
    if (has_cue_) return bad_line(lines_.number(), "{} must stand before the first cue", name);
    for (lines_.advance(); in_block(); lines_.advance()) {
      if (has_arrow(lines_.line())) return bad_line(lines_.number(), "'-->' in a {}", name);
      if (name != "REGION") continue;
      if (const auto mistake = region_mistake(lines_.line())) {
        return bad_line(lines_.number(), "{}", *mistake);
      }
    }
    return ok();
  }

  Status read_cue() {
    Cue cue;
    has_cue_ = true;
    if (!has_arrow(lines_.line())) {
      cue.id = plain_text(lines_.line());
      lines_.advance();
      if (!in_block() || !has_arrow(lines_.line())) {
        return bad_line(lines_.number(), "expected the times of cue '{}', found '{}'",
                        excerpt(cue.id), excerpt(lines_.line()));
      }
    }
    TextScanner scanner(lines_.line());
    const auto begin = take_webvtt_time(scanner);
    const bool has_separator =
        begin && scanner.take_blanks() && scanner.take("-->") && scanner.take_blanks();
    const auto end = has_separator ? take_webvtt_time(scanner) : std::nullopt;
    if (!end) {
      return bad_line(lines_.number(), "expected 'HH:MM:SS.mmm --> HH:MM:SS.mmm', found '{}'",
                      excerpt(lines_.line()));
    }
    cue.span = {*begin, *end};
    auto mistake = time_mistake(cue.span, previous_begin_);
    if (!mistake) mistake = settings_mistake(scanner.rest());
    if (mistake) return bad_line(lines_.number(), "{}", *mistake);
    previous_begin_ = *begin;
    return read_text(std::move(cue));
  }

  Status read_text(Cue cue) {
    lines_.advance();
    const int first_line = lines_.number();
    std::string payload;
    for (; in_block(); lines_.advance()) {
      if (has_arrow(lines_.line())) {
        return bad_line(lines_.number(), "'-->' in the text; is an empty line missing above?");
      }
      payload += lines_.line();
      payload += '\n';
    }
    auto text = read_webvtt_text(payload, first_line);
    if (!text) return text.error();
    cue.lines = std::move(text->lines);
    cue.speaker = std::move(text->speaker);
    if (!cue.lines.empty()) sidecar_.cues.push_back(std::move(cue));
    return ok();
  }

  LineCursor lines_;
  MediaTime previous_begin_{0};
  bool has_cue_ = false;
  Sidecar sidecar_;
};

}  // namespace

Result<Sidecar> read_webvtt(std::string_view text) { return WebVttReader(text).read(); }

}  // namespace subtide
