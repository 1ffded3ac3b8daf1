#include "engine/gst/text_buffer.h"

#include <algorithm>
#include <cstddef>
#include <sstream>
#include <utility>
#include <vector>

#include "engine/gst/clock_time.h"
#include "engine/gst/text_meta.h"
#include "engine/subtitles/layout_rules.h"

namespace subtide {
namespace {

/// For text that does not say how long it stands: 16 characters a second.
constexpr MediaDuration kTimePerCharacter = std::chrono::microseconds(62500);

Result<std::string> read_text(GstBuffer* buffer) {
  if (gst_buffer_get_size(buffer) == 0) return std::string();
  GstMapInfo map = GST_MAP_INFO_INIT;
  if (!gst_buffer_map(buffer, &map, GST_MAP_READ)) {
    return make_error(ErrorCode::kBadInput, "text buffer cannot be read: its memory does not map");
  }
  const TextPtr valid(
      g_utf8_make_valid(reinterpret_cast<const gchar*>(map.data), static_cast<gssize>(map.size)));
  gst_buffer_unmap(buffer, &map);
  return std::string(valid.get());
}

std::vector<std::string> split_words(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

/// A word's share of the time: its characters and the space after it.
int weight_of(const std::string& word) { return character_count(word) + 1; }

std::vector<Word> time_words(const std::vector<std::string>& texts, TimeSpan span) {
  int total = 0;
  for (const std::string& text : texts) total += weight_of(text);
  if (span.empty()) span.end = span.begin + kTimePerCharacter * total;
  std::vector<Word> words;
  int passed = 0;
  for (const std::string& text : texts) {
    const MediaTime begin = span.begin + span.duration() * passed / total;
    passed += weight_of(text);
    words.push_back({text, {begin, span.begin + span.duration() * passed / total}});
  }
  return words;
}

std::vector<Word> words_of(const Cue& cue) {
  if (!cue.words.empty()) return cue.words;
  std::vector<std::string> texts;
  for (const std::string& line : cue.lines) {
    for (std::string& word : split_words(line)) texts.push_back(std::move(word));
  }
  return time_words(texts, cue.span);
}

std::shared_ptr<const Phrase> with_language(std::shared_ptr<const Phrase> phrase,
                                            const std::string& language) {
  if (!phrase->language.empty() || language.empty()) return phrase;
  Phrase named = *phrase;
  named.language = language;
  return std::make_shared<const Phrase>(std::move(named));
}

std::shared_ptr<const Phrase> shared_unless_empty(Phrase phrase, const std::string& language) {
  if (phrase.words.empty()) return nullptr;
  return with_language(std::make_shared<const Phrase>(std::move(phrase)), language);
}

Result<TimeSpan> required_span(GstBuffer* buffer) {
  const auto span = span_of(buffer);
  if (span) return *span;
  return make_error(ErrorCode::kBadInput,
                    "text buffer has no time: give every buffer a PTS, and a duration where known");
}

std::vector<std::string> split_lines(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (!line.empty()) lines.push_back(line);
  }
  return lines;
}

}  // namespace

Phrase to_phrase(const Cue& cue) {
  Phrase phrase;
  phrase.words = words_of(cue);
  phrase.language = cue.language;
  phrase.is_punctuated = true;
  phrase.speaker = cue.speaker;
  phrase.preferred_breaks = {0};
  return phrase;
}

Result<std::shared_ptr<const Phrase>> read_phrase(GstBuffer* buffer, const std::string& language) {
  if (auto phrase = phrase_of(buffer)) {
    if (phrase->words.empty()) return std::shared_ptr<const Phrase>();
    return with_language(std::move(phrase), language);
  }
  if (const auto cue = cue_of(buffer)) return shared_unless_empty(to_phrase(*cue), language);
  const auto text = read_text(buffer);
  if (!text) return text.error();
  const std::vector<std::string> words = split_words(*text);
  if (words.empty()) return std::shared_ptr<const Phrase>();
  const auto span = required_span(buffer);
  if (!span) return span.error();
  Phrase phrase;
  phrase.words = time_words(words, *span);
  phrase.is_punctuated = true;
  return shared_unless_empty(std::move(phrase), language);
}

Result<std::shared_ptr<const Cue>> read_cue(GstBuffer* buffer) {
  if (auto cue = cue_of(buffer)) return cue;
  const auto text = read_text(buffer);
  if (!text) return text.error();
  Cue cue;
  cue.lines = split_lines(*text);
  if (cue.lines.empty()) return std::shared_ptr<const Cue>();
  const auto span = required_span(buffer);
  if (!span) return span.error();
  cue.span = *span;
  if (const auto phrase = phrase_of(buffer)) {
    cue.words = phrase->words;
    cue.language = phrase->language;
    cue.speaker = phrase->speaker;
  }
  return std::make_shared<const Cue>(std::move(cue));
}

BufferPtr make_text_buffer(const std::string& text, TimeSpan span) {
  BufferPtr buffer(text.empty() ? gst_buffer_new()
                                : gst_buffer_new_memdup(text.data(), text.size()));
  set_span(buffer.get(), span);
  return buffer;
}

BufferPtr make_phrase_buffer(std::shared_ptr<const Phrase> phrase) {
  BufferPtr buffer = make_text_buffer(to_text(phrase->words), phrase->span());
  attach_phrase(buffer.get(), std::move(phrase));
  return buffer;
}

std::optional<std::string> language_of_tag(GstEvent* event) {
  if (GST_EVENT_TYPE(event) != GST_EVENT_TAG) return std::nullopt;
  GstTagList* tags = nullptr;
  gst_event_parse_tag(event, &tags);
  gchar* raw = nullptr;
  if (!gst_tag_list_get_string(tags, GST_TAG_LANGUAGE_CODE, &raw)) return std::nullopt;
  return std::string(TextPtr(raw).get());
}

CapsPtr text_caps() {
  return CapsPtr(gst_caps_new_simple("text/x-raw", "format", G_TYPE_STRING, "utf8", nullptr));
}

}  // namespace subtide
