#include "engine/subtitles/webvtt_text.h"

#include <algorithm>
#include <array>

#include "engine/subtitles/plain_text.h"
#include "engine/subtitles/sidecar_reading.h"
#include "engine/subtitles/webvtt_time.h"

namespace subtide {
namespace {

constexpr std::array<std::string_view, 8> kTags{"c", "i", "b", "u", "ruby", "rt", "v", "lang"};

bool needs_annotation(std::string_view tag) { return tag == "v" || tag == "lang"; }

std::string unescape(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const auto reference = character_reference(text);
    if (reference && !reference->text.empty()) {
      result += reference->text;
      text.remove_prefix(reference->size);
    } else {
      result += text.front();
      text.remove_prefix(1);
    }
  }
  return plain_text(result);
}

/// Walks over one payload and keeps its text and the open tags.
class PayloadReader {
 public:
  PayloadReader(std::string_view payload, int line) : rest_(payload), line_(line) {}

  Result<WebVttText> read() {
    while (!rest_.empty()) {
      const Status status = rest_.front() == '<'   ? read_tag()
                            : rest_.front() == '&' ? read_reference()
                                                   : read_character();
      if (!status) return status.error();
    }
    // A voice that speaks the whole cue need not be closed.
    const bool has_only_voice = open_.size() == 1 && open_.front() == "v";
    if (!open_.empty() && !has_only_voice) {
      return bad_line(line_, "tag <{}> is not closed", open_.back());
    }
    WebVttText result{split_lines(text_), std::nullopt};
    if (voices_ == 1 && !has_text_outside_voice_ && !voice_.empty()) result.speaker = voice_;
    return result;
  }

 private:
  void append(std::string_view text) {
    if (std::find(open_.begin(), open_.end(), "rt") != open_.end()) return;
    text_ += text;
    const bool is_in_voice = std::find(open_.begin(), open_.end(), "v") != open_.end();
    if (!is_in_voice && !plain_text(text).empty()) has_text_outside_voice_ = true;
  }

  Status read_character() {
    if (rest_.front() == '\n') ++line_;
    const std::size_t end = rest_.find_first_of("<&\n", 1);
    append(rest_.substr(0, end));
    rest_.remove_prefix(std::min(end, rest_.size()));
    return ok();
  }

  Status read_reference() {
    const auto reference = character_reference(rest_);
    if (!reference) return bad_line(line_, "a lone '&'; write '&amp;'");
    append(reference->text.empty() ? rest_.substr(0, reference->size) : reference->text);
    rest_.remove_prefix(reference->size);
    return ok();
  }

  Status read_tag() {
    const std::size_t end = rest_.find('>');
    if (end == std::string_view::npos) return bad_line(line_, "'<' begins no tag; write '&lt;'");
    const std::string_view tag = rest_.substr(1, end - 1);
    rest_.remove_prefix(end + 1);
    const Status status = tag.starts_with('/')                          ? close(tag.substr(1))
                          : !tag.empty() && is_ascii_digit(tag.front()) ? check_timestamp(tag)
                                                                        : open(tag);
    line_ += static_cast<int>(std::count(tag.begin(), tag.end(), '\n'));
    return status;
  }

  Status check_timestamp(std::string_view tag) {
    TextScanner scanner(tag);
    if (take_webvtt_time(scanner) && scanner.at_end()) return ok();
    return bad_line(line_, "expected a time such as <00:01.000>, found '<{}>'", excerpt(tag));
  }

  Status open(std::string_view tag) {
    const std::string_view name = tag.substr(0, tag.find_first_of(". \t\n"));
    if (std::find(kTags.begin(), kTags.end(), name) == kTags.end()) {
      return bad_line(line_, "unknown tag '<{}>'; write '&lt;' for a '<'", excerpt(tag));
    }
    if (name == "rt" && (open_.empty() || open_.back() != "ruby")) {
      return bad_line(line_, "tag <rt> is only allowed inside <ruby>");
    }
    const std::size_t blank = tag.find_first_of(" \t\n");
    const std::string annotation =
        blank == std::string_view::npos ? std::string() : unescape(tag.substr(blank));
    if (needs_annotation(name) && annotation.empty()) {
      return bad_line(line_, "tag <{}> needs a name or language", name);
    }
    if (!needs_annotation(name) && !annotation.empty()) {
      return bad_line(line_, "tag <{}> takes no annotation", name);
    }
    open_.push_back(name);
    if (name == "v") {
      ++voices_;
      voice_ = annotation;
    }
    return ok();
  }

  Status close(std::string_view name) {
    // </ruby> also closes an open <rt>.
    if (name == "ruby" && !open_.empty() && open_.back() == "rt") open_.pop_back();
    if (open_.empty() || open_.back() != name) {
      return bad_line(line_, "tag </{}> closes nothing", excerpt(name));
    }
    open_.pop_back();
    return ok();
  }

  std::string_view rest_;
  int line_;
  std::string text_;
  std::vector<std::string_view> open_;
  std::string voice_;
  int voices_ = 0;
  bool has_text_outside_voice_ = false;
};

}  // namespace

Result<WebVttText> read_webvtt_text(std::string_view payload, int first_line) {
  return PayloadReader(payload, first_line).read();
}

}  // namespace subtide
