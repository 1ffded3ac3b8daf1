// The JSON sidecar (schema/sidecar.schema.json), one cue a line. It is a stream that must not grow
// in memory, so the few brackets are written here; reading is left to the JSON library.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "engine/subtitles/plain_text.h"
#include "engine/subtitles/sidecar_formats.h"
#include "engine/subtitles/sidecar_writing.h"

namespace subtide {
namespace {

// Plain text holds no control characters, so these two are all that JSON wants escaped.
void append_plain(std::string& out, std::string_view plain) {
  out += '"';
  for (const char c : plain) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  out += '"';
}

void append_string(std::string& out, std::string_view text) { append_plain(out, plain_text(text)); }

// "1.24", "12.0": seconds or shares told in thousandths.
void append_thousandths(std::string& out, std::int64_t value) {
  fmt::format_to(std::back_inserter(out), "{}.{:03}", value / 1000, value % 1000);
  for (int digit = 0; digit < 2 && out.back() == '0'; ++digit) out.pop_back();
}

void append_span(std::string& out, const StepSpan& span) {
  out += "\"start\": ";
  append_thousandths(out, span.begin);
  out += ", \"end\": ";
  append_thousandths(out, span.end);
}

// Unlike a cue, a word may have no length.
StepSpan word_steps(const TimeSpan& span) {
  StepSpan steps = to_steps(span, std::chrono::milliseconds(1));
  if (span.empty()) steps.end = steps.begin;
  return steps;
}

std::int64_t thousandths(float confidence) {
  return std::isnan(confidence) ? 0 : std::lround(std::clamp(confidence, 0.0F, 1.0F) * 1000.0F);
}

class JsonWriter final : public CueWriter {
 public:
  explicit JsonWriter(const SidecarHeader& header) : header_(header) {}

  std::string begin() override {
    std::string text = "{\"version\": 1, \"language\": ";
    append_string(text, header_.language);
    text += ", \"models\": ";
    append_models(text, header_.models);
    text += ",\n \"cues\": [";
    return text;
  }

  std::string add(const Cue& cue) override {
    const auto lines = plain_lines(cue);
    if (lines.empty()) return {};
    std::string text = is_first_ ? "\n  {\"id\": " : ",\n  {\"id\": ";
    is_first_ = false;
    append_string(text, cue.id);
    text += ", ";
    append_span(text, to_steps(cue.span, std::chrono::milliseconds(1)));
    text += ", \"lines\": [";
    for (std::size_t i = 0; i < lines.size(); ++i) {
      if (i > 0) text += ", ";
      append_plain(text, lines[i]);
    }
    text += "], \"speaker\": ";
    append_speaker(text, cue);
    text += ",\n   \"words\": [";
    append_words(text, cue.words);
    text += "]}";
    return text;
  }

  // The media's length is known last, so `media` stands behind the cues.
  std::string end(const SidecarFooter& footer) override {
    std::string text = "],\n \"gaps\": [";
    std::string_view separator;
    for (const Gap& gap : footer.gaps) {
      text.append(separator).append("{");
      append_span(text, to_steps(gap.span, std::chrono::milliseconds(1)));
      text += ", \"reason\": ";
      append_string(text, gap.reason);
      text += '}';
      separator = ", ";
    }
    text += "],\n ";
    if (!footer.models.empty()) {
      text += "\"later_models\": ";
      append_models(text, footer.models);
      text += ",\n ";
    }
    text += "\"media\": {\"name\": ";
    append_string(text, header_.media_name);
    text += ", \"duration\": ";
    if (footer.media_duration) {
      const TimeSpan whole{MediaTime(0), *footer.media_duration};
      append_thousandths(text, word_steps(whole).end);
    } else {
      text += "null";
    }
    text += "}}\n";
    return text;
  }

 private:
  static void append_models(std::string& text, const std::map<std::string, std::string>& models) {
    text += '{';
    std::string_view separator;
    for (const auto& [role, model] : models) {
      text += separator;
      append_string(text, role);
      text += ": ";
      append_string(text, model);
      separator = ", ";
    }
    text += '}';
  }

  static void append_speaker(std::string& text, const Cue& cue) {
    if (cue.speaker) {
      append_string(text, *cue.speaker);
    } else {
      text += "null";
    }
  }

  static void append_words(std::string& text, const std::vector<Word>& words) {
    std::string_view separator;
    for (const Word& word : words) {
      const std::string plain = plain_text(word.text);
      if (plain.empty()) continue;
      text.append(separator).append("{\"text\": ");
      append_plain(text, plain);
      text += ", ";
      append_span(text, word_steps(word.span));
      text += ", \"confidence\": ";
      append_thousandths(text, thousandths(word.confidence));
      text += '}';
      separator = ", ";
    }
  }

  SidecarHeader header_;
  bool is_first_ = true;
};

}  // namespace

std::unique_ptr<CueWriter> make_json_writer(const SidecarHeader& header) {
  return std::make_unique<JsonWriter>(header);
}

}  // namespace subtide
