#include <algorithm>
#include <array>

#include "engine/subtitles/ass_text.h"
#include "engine/subtitles/plain_text.h"
#include "engine/subtitles/sidecar_formats.h"
#include "engine/subtitles/sidecar_reading.h"

namespace subtide {
namespace {

std::optional<MediaTime> parse_time(std::string_view text) {
  TextScanner scanner(trim_blanks(text));
  const auto hours = scanner.take_number(1, 6);
  if (!hours || !scanner.take(':')) return std::nullopt;
  const auto minutes = scanner.take_number(2, 2);
  if (!minutes || *minutes > 59 || !scanner.take(':')) return std::nullopt;
  const auto seconds = scanner.take_number(2, 2);
  if (!seconds || *seconds > 59 || !scanner.take('.')) return std::nullopt;
  const auto centiseconds = scanner.take_number(2, 2);
  if (!centiseconds || !scanner.at_end()) return std::nullopt;
  return std::chrono::hours(*hours) + std::chrono::minutes(*minutes) +
         std::chrono::seconds(*seconds) + std::chrono::milliseconds(*centiseconds * 10);
}

/// "Name: value", the form of every line outside of attachments.
struct Field {
  std::string_view name;
  std::string_view value;
};

std::optional<Field> split_field(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0) return std::nullopt;
  return Field{line.substr(0, colon), trim_blanks(line.substr(colon + 1))};
}

std::vector<std::string_view> split_commas(std::string_view text, std::size_t most) {
  std::vector<std::string_view> parts;
  while (parts.size() + 1 < most) {
    const std::size_t comma = text.find(',');
    if (comma == std::string_view::npos) break;
    parts.push_back(text.substr(0, comma));
    text.remove_prefix(comma + 1);
  }
  parts.push_back(text);
  return parts;
}

/// Which column of an event holds what, as the Format line says.
struct Columns {
  std::size_t count = 0;
  std::optional<std::size_t> start;
  std::optional<std::size_t> end;
  std::optional<std::size_t> style;
  std::optional<std::size_t> name;
};

class AssReader {
 public:
  explicit AssReader(std::string_view text) : lines_(text) {}

  Result<Sidecar> read() {
    for (; !lines_.at_end(); lines_.advance()) {
      if (is_blank_line(lines_.line())) continue;
      if (const Status status = read_line(trim_blanks(lines_.line())); !status) {
        return status.error();
      }
    }
    if (!columns_) return bad_line(lines_.number(), "no [Events] section with a Format line");
    std::stable_sort(sidecar_.cues.begin(), sidecar_.cues.end(),
                     [](const Cue& a, const Cue& b) { return a.span.begin < b.span.begin; });
    return std::move(sidecar_);
  }

 private:
  enum class Section { kNone, kScriptInfo, kStyles, kEvents, kOther };

  Status read_line(std::string_view line) {
    if (line.starts_with('[') && line.ends_with(']')) return open_section(line);
    switch (section_) {
      case Section::kNone:
        return bad_line(lines_.number(), "expected '[Script Info]', found '{}'", excerpt(line));
      case Section::kScriptInfo:
        return read_script_info(line);
      case Section::kStyles:
        return read_style(line);
      case Section::kEvents:
        return read_event(line);
      case Section::kOther:
        return ok();
    }
    return ok();
  }

  Status open_section(std::string_view line) {
    if (section_ == Section::kNone && line != "[Script Info]") {
      return bad_line(lines_.number(), "expected '[Script Info]', found '{}'", excerpt(line));
    }
    if (section_ == Section::kScriptInfo && !has_script_type_) {
      return bad_line(lines_.number(), "[Script Info] has no 'ScriptType: v4.00+'");
    }
    section_ = line == "[Script Info]"  ? Section::kScriptInfo
               : line == "[V4+ Styles]" ? Section::kStyles
               : line == "[Events]"     ? Section::kEvents
                                        : Section::kOther;
    return ok();
  }

  Status read_script_info(std::string_view line) {
    if (line.starts_with(';') || line.starts_with("!:")) {
      read_comment(trim_blanks(line.substr(1)));
      return ok();
    }
    const auto field = split_field(line);
    if (!field) {
      return bad_line(lines_.number(), "expected 'Name: value', found '{}'", excerpt(line));
    }
    if (field->name == "ScriptType") {
      has_script_type_ = field->value == "v4.00+" || field->value == "V4.00+";
      if (!has_script_type_) {
        return bad_line(lines_.number(), "only ScriptType v4.00+ can be read, not '{}'",
                        excerpt(field->value));
      }
    }
    if (field->name == "WrapStyle" && field->value == "2") soft_break_ = SoftBreak::kLine;
    if (field->name == "Title") sidecar_.header.media_name = plain_text(field->value);
    if (field->name == "Language") sidecar_.header.language = plain_text(field->value);
    return ok();
  }

  void read_comment(std::string_view comment) {
    if (comment == "subtide") {
      is_ours_ = true;
      return;
    }
    const std::size_t colon = comment.find(": ");
    if (!is_ours_ || colon == std::string_view::npos) return;
    sidecar_.header.models[std::string(comment.substr(0, colon))] =
        plain_text(comment.substr(colon + 2));
  }

  Status read_style(std::string_view line) {
    const auto field = split_field(line);
    if (line.starts_with(';') || (field && (field->name == "Format" || field->name == "Style"))) {
      return ok();
    }
    return bad_line(lines_.number(), "expected 'Format:' or 'Style:', found '{}'", excerpt(line));
  }

  Status read_event(std::string_view line) {
    static constexpr std::array<std::string_view, 5> kSilent{"Comment", "Picture", "Sound", "Movie",
                                                             "Command"};
    const auto field = split_field(line);
    if (line.starts_with(';')) return ok();
    if (field && field->name == "Format") return read_format(field->value);
    if (field && field->name == "Dialogue") return read_dialogue(field->value);
    if (field && std::find(kSilent.begin(), kSilent.end(), field->name) != kSilent.end()) {
      return ok();
    }
    return bad_line(lines_.number(), "expected 'Dialogue:', found '{}'", excerpt(line));
  }

  Status read_format(std::string_view value) {
    Columns columns;
    std::string_view last;
    for (const std::string_view part : split_commas(value, value.size() + 1)) {
      last = trim_blanks(part);
      if (last == "Start") columns.start = columns.count;
      if (last == "End") columns.end = columns.count;
      if (last == "Style") columns.style = columns.count;
      if (last == "Name" || last == "Actor") columns.name = columns.count;
      ++columns.count;
    }
    if (!columns.start || !columns.end || last != "Text") {
      return bad_line(lines_.number(), "Format must name Start, End and, last, Text");
    }
    columns_ = columns;
    return ok();
  }

  Status read_dialogue(std::string_view value) {
    if (!columns_) return bad_line(lines_.number(), "Dialogue before the Format line");
    const auto parts = split_commas(value, columns_->count);
    if (parts.size() < columns_->count) {
      return bad_line(lines_.number(), "expected {} fields, found {}", columns_->count,
                      parts.size());
    }
    const auto begin = parse_time(parts[*columns_->start]);
    const auto end = parse_time(parts[*columns_->end]);
    if (!begin || !end) {
      return bad_line(lines_.number(), "expected a time 'H:MM:SS.cc', found '{}'",
                      excerpt(parts[begin ? *columns_->end : *columns_->start]));
    }
    if (const auto mistake = time_mistake({*begin, *end}, MediaTime(0))) {
      return bad_line(lines_.number(), "{}", *mistake);
    }
    Cue cue{{}, {*begin, *end}, split_lines(unescape_ass_text(parts.back(), soft_break_)), {}, {},
            {}};
    if (cue.lines.empty()) return ok();
    if (columns_->name) {
      const std::string speaker = plain_text(parts[*columns_->name]);
      if (!speaker.empty()) cue.speaker = speaker;
    }
    if (columns_->style && trim_blanks(parts[*columns_->style]) == "Boxed") {
      sidecar_.header.style = "boxed";
    }
    sidecar_.cues.push_back(std::move(cue));
    return ok();
  }

  LineCursor lines_;
  Section section_ = Section::kNone;
  bool has_script_type_ = false;
  bool is_ours_ = false;
  SoftBreak soft_break_ = SoftBreak::kSpace;
  std::optional<Columns> columns_;
  Sidecar sidecar_;
};

}  // namespace

Result<Sidecar> read_ass(std::string_view text) { return AssReader(text).read(); }

}  // namespace subtide
