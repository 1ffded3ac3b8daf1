// SubRip: numbered cues, milliseconds behind a comma. It has no escapes and no standard; tags in
// angle brackets and overrides in braces are what players agree on.
#include <fmt/format.h>

#include <iterator>

#include "engine/subtitles/markup_guard.h"
#include "engine/subtitles/plain_text.h"
#include "engine/subtitles/sidecar_formats.h"
#include "engine/subtitles/sidecar_reading.h"
#include "engine/subtitles/sidecar_writing.h"

namespace subtide {
namespace {

bool looks_like_reference(std::string_view rest) {
  return character_reference("&" + std::string(rest.substr(0, 40))).has_value();
}

bool looks_like_markup(char first, std::string_view rest) {
  switch (first) {
    case '<':
      return !rest.empty() && (is_ascii_letter(rest.front()) || rest.front() == '/');
    case '{':
      return rest.starts_with('\\') ||
             (rest.size() > 1 && is_ascii_letter(rest[0]) && rest[1] == ':');
    case '\\':
      return rest.starts_with('N') || rest.starts_with('n') || rest.starts_with('h');
    case '-':
      return rest.starts_with("->");
    case '&':
      return looks_like_reference(rest);
    default:
      return false;
  }
}

class SrtWriter final : public CueWriter {
 public:
  std::string begin() override { return {}; }

  std::string add(const Cue& cue) override {
    const auto lines = plain_lines(cue);
    if (lines.empty()) return {};
    const StepSpan span = to_steps(cue.span, std::chrono::milliseconds(1));
    std::string text = number_ == 0 ? "" : "\n";
    fmt::format_to(std::back_inserter(text), "{}\n", ++number_);
    append_clock(text, span.begin, ',');
    text += " --> ";
    append_clock(text, span.end, ',');
    text += '\n';
    for (const std::string& line : lines) text += guard_markup(line, looks_like_markup) + '\n';
    return text;
  }

  std::string end(const SidecarFooter&) override { return {}; }

 private:
  std::int64_t number_ = 0;
};

std::optional<MediaTime> take_time(TextScanner& scanner) {
  const auto hours = scanner.take_number(1, 6);
  if (!hours || !scanner.take(':')) return std::nullopt;
  const auto minutes = scanner.take_number(2, 2);
  if (!minutes || *minutes > 59 || !scanner.take(':')) return std::nullopt;
  const auto seconds = scanner.take_number(2, 2);
  if (!seconds || *seconds > 59 || !scanner.take(',')) return std::nullopt;
  const auto milliseconds = scanner.take_number(3, 3);
  if (!milliseconds) return std::nullopt;
  return std::chrono::hours(*hours) + std::chrono::minutes(*minutes) +
         std::chrono::seconds(*seconds) + std::chrono::milliseconds(*milliseconds);
}

// Old players' picture coordinates behind the times: "X1:040 X2:600 Y1:020 Y2:050".
bool take_coordinates(TextScanner& scanner) {
  for (const std::string_view name : {"X1:", "X2:", "Y1:", "Y2:"}) {
    if (!scanner.take_blanks()) return scanner.at_end();
    if (scanner.at_end()) return true;
    if (!scanner.take(name) || !scanner.take_number(1, 6)) return false;
  }
  scanner.take_blanks();
  return scanner.at_end();
}

std::optional<TimeSpan> parse_times(std::string_view line) {
  TextScanner scanner(line);
  const auto begin = take_time(scanner);
  if (!begin || !scanner.take_blanks() || !scanner.take("-->") || !scanner.take_blanks()) {
    return std::nullopt;
  }
  const auto end = take_time(scanner);
  if (!end || !take_coordinates(scanner)) return std::nullopt;
  return TimeSpan{*begin, *end};
}

// Bytes of the tag or override at the beginning of `text`; 0 when there is none.
std::size_t markup_size(std::string_view text) {
  if (!looks_like_markup(text.front(), text.substr(1))) return 0;
  const char closing = text.front() == '<' ? '>' : text.front() == '{' ? '}' : '\0';
  if (closing == '\0') return 0;
  const std::size_t end = text.find(closing);
  return end == std::string_view::npos ? 0 : end + 1;
}

std::string without_markup(std::string_view line) {
  std::string text;
  for (std::size_t at = 0; at < line.size();) {
    if (has_guard(line, at, looks_like_markup)) {
      text += line[at];
      at += 1 + kWordJoiner.size();
    } else if (const std::size_t size = markup_size(line.substr(at)); size > 0) {
      at += size;
    } else if (const auto reference = character_reference(line.substr(at));
               reference && !reference->text.empty()) {
      text += reference->text;
      at += reference->size;
    } else {
      text += line[at++];
    }
  }
  return plain_text(text);
}

/// Reads cue after cue.
class SrtReader {
 public:
  explicit SrtReader(std::string_view text) : lines_(text) {}

  Result<Sidecar> read() {
    for (skip_blank_lines(); !lines_.at_end(); skip_blank_lines()) {
      if (const Status status = read_cue(); !status) return status.error();
    }
    return std::move(sidecar_);
  }

 private:
  void skip_blank_lines() {
    while (!lines_.at_end() && is_blank_line(lines_.line())) lines_.advance();
  }

  Status read_cue() {
    Cue cue;
    const std::string_view number = trim_blanks(lines_.line());
    if (number.size() > 18 || !std::all_of(number.begin(), number.end(), is_ascii_digit)) {
      return bad_line(lines_.number(), "expected a cue number, found '{}'", excerpt(number));
    }
    cue.id = number;
    lines_.advance();
    const auto span = parse_times(lines_.line());
    if (!span) {
      return bad_line(lines_.number(), "expected 'HH:MM:SS,mmm --> HH:MM:SS,mmm', found '{}'",
                      excerpt(lines_.line()));
    }
    if (const auto mistake = time_mistake(*span, previous_begin_)) {
      return bad_line(lines_.number(), "{}", *mistake);
    }
    cue.span = *span;
    previous_begin_ = span->begin;
    return read_text(std::move(cue));
  }

  Status read_text(Cue cue) {
    for (lines_.advance(); !lines_.at_end() && !is_blank_line(lines_.line()); lines_.advance()) {
      if (parse_times(lines_.line())) {
        return bad_line(lines_.number(), "expected an empty line before the next cue");
      }
      std::string line = without_markup(lines_.line());
      if (!line.empty()) cue.lines.push_back(std::move(line));
    }
    if (!cue.lines.empty()) sidecar_.cues.push_back(std::move(cue));
    return ok();
  }

  LineCursor lines_;
  MediaTime previous_begin_{0};
  Sidecar sidecar_;
};

}  // namespace

std::unique_ptr<CueWriter> make_srt_writer() { return std::make_unique<SrtWriter>(); }

Result<Sidecar> read_srt(std::string_view text) { return SrtReader(text).read(); }

}  // namespace subtide
