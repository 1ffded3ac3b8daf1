#include "models/openai/transcription_answer.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "models/openai/whisper_languages.h"

namespace subtide {
namespace {

using Json = nlohmann::json;

// A word on the time of the audio that was sent.
struct HeardWord {
  std::string text;
  double begin = 0;
  double end = 0;
  float confidence = 1.0F;
};

struct HeardSegment {
  std::string text;
  double begin = 0;
  double end = 0;
  float confidence = 1.0F;
  std::vector<HeardWord> words;
};

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> words;
  bool is_inside = false;
  for (const char c : text) {
    if (is_space(c)) {
      is_inside = false;
    } else {
      if (!is_inside) words.emplace_back();
      words.back() += c;
      is_inside = true;
    }
  }
  return words;
}

std::string text_of(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::optional<double> number_of(const Json& json, const char* key) {
  const auto found = json.find(key);
  if (found == json.end() || !found->is_number()) return std::nullopt;
  const auto value = found->get<double>();
  return std::isfinite(value) ? std::optional(value) : std::nullopt;
}

const Json& array_of(const Json& json, const char* key) {
  static const Json kNone = Json::array();
  const auto found = json.find(key);
  return found != json.end() && found->is_array() ? *found : kNone;
}

float to_confidence(std::optional<double> value) {
  return value ? static_cast<float>(std::clamp(*value, 0.0, 1.0)) : 1.0F;
}

// Pieces that begin with a space begin a word. Where none does, each piece is a word.
std::vector<HeardWord> read_words(const Json& pieces) {
  const bool has_spaces = std::any_of(pieces.begin(), pieces.end(), [](const Json& piece) {
    const auto text = piece.is_object() ? text_of(piece, "word") : std::string();
    return !text.empty() && is_space(text.front());
  });
  std::vector<HeardWord> words;
  for (const auto& piece : pieces) {
    if (!piece.is_object()) return {};
    const auto begin = number_of(piece, "start");
    const auto end = number_of(piece, "end");
    if (!begin || !end) return {};  // no times, no use
    const auto text = text_of(piece, "word");
    const float confidence = to_confidence(number_of(piece, "probability"));
    const bool goes_on = has_spaces && !words.empty() && !text.empty() && !is_space(text.front());
    if (goes_on) {
      words.back().text += text;
      words.back().end = std::max(words.back().end, *end);
      words.back().confidence = std::min(words.back().confidence, confidence);
    } else {
      words.push_back({text, *begin, *end, confidence});
    }
  }
  for (auto& word : words) {
    const auto parts = split(word.text);
    word.text.clear();
    for (const auto& part : parts) word.text += part;
  }
  std::erase_if(words, [](const HeardWord& word) { return word.text.empty(); });
  return words;
}

// Letters and digits alone, ASCII in lower case: what two spellings of a word share.
std::string bare(std::string_view text) {
  std::string kept;
  for (const char c : text) {
    if (c >= 'A' && c <= 'Z') kept += static_cast<char>(c - 'A' + 'a');
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c & 0x80) != 0) kept += c;
  }
  return kept;
}

// The words of the text, punctuation and all, with the times of the bare words, when they are the
// same words.
void take_spelling(std::vector<HeardWord>& words, const std::vector<std::string>& spelled) {
  std::vector<std::string> joined;  // a dash alone belongs to the word before
  for (const auto& text : spelled) {
    if (bare(text).empty() && !joined.empty()) {
      joined.back() += text;
    } else {
      joined.push_back(text);
    }
  }
  if (joined.size() != words.size()) return;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (bare(joined[i]) != bare(words[i].text)) return;
  }
  for (std::size_t i = 0; i < words.size(); ++i) words[i].text = joined[i];
}

// Times by length, one letter more for the space.
std::vector<HeardWord> spread(const std::vector<std::string>& texts, const HeardSegment& segment) {
  double total = 0;
  for (const auto& text : texts) total += static_cast<double>(text.size() + 1);
  std::vector<HeardWord> words;
  double at = segment.begin;
  for (const auto& text : texts) {
    const double share = static_cast<double>(text.size() + 1) / total;
    const double end = at + share * (segment.end - segment.begin);
    words.push_back({text, at, end, segment.confidence});
    at = end;
  }
  return words;
}

HeardSegment read_segment(const Json& json, double length) {
  HeardSegment segment;
  segment.text = text_of(json, "text");
  segment.begin = std::clamp(number_of(json, "start").value_or(0), 0.0, length);
  segment.end = std::clamp(number_of(json, "end").value_or(length), segment.begin, length);
  if (const auto logarithm = number_of(json, "avg_logprob")) {
    segment.confidence = to_confidence(std::exp(*logarithm));
  }
  segment.words = read_words(array_of(json, "words"));
  if (segment.words.empty()) segment.words = spread(split(segment.text), segment);
  return segment;
}

// One for each segment of the answer; one for the whole where there are none.
std::vector<HeardSegment> read_segments(const Json& json, double length) {
  std::vector<HeardSegment> segments;
  for (const auto& entry : array_of(json, "segments")) {
    if (entry.is_object()) segments.push_back(read_segment(entry, length));
  }
  if (segments.empty()) segments.push_back(read_segment(json, length));
  return segments;
}

// OpenAI gives words for the whole; they go to the segments in order, by the segments' ends.
void share_out(std::vector<HeardWord> words, std::vector<HeardSegment>& segments) {
  for (auto& segment : segments) segment.words.clear();
  std::size_t index = 0;
  for (auto& word : words) {
    const double middle = (word.begin + word.end) / 2;
    while (index + 1 < segments.size() && middle >= segments[index].end) ++index;
    segments[index].words.push_back(std::move(word));
  }
}

std::vector<HeardSegment> read_all(const Json& json, double length) {
  auto segments = read_segments(json, length);
  auto words = read_words(array_of(json, "words"));
  const bool has_own_segments = !array_of(json, "segments").empty();
  if (words.empty() || !has_own_segments) {
    if (!words.empty()) take_spelling(segments.front().words, split(text_of(json, "text")));
    return segments;
  }
  take_spelling(words, split(text_of(json, "text")));
  share_out(std::move(words), segments);
  return segments;
}

MediaDuration as_offset(double seconds) {
  constexpr double kLongest = 86400;
  return from_seconds(std::clamp(seconds, 0.0, kLongest));
}

Word to_word(const HeardWord& heard, const AudioWindow& window, MediaTime not_before) {
  Word word;
  word.text = heard.text;
  word.confidence = heard.confidence;
  word.span.begin =
      std::max(not_before, window.media_time(as_offset(heard.begin), AudioWindow::Border::kBegin));
  word.span.end =
      std::max(word.span.begin, window.media_time(as_offset(heard.end), AudioWindow::Border::kEnd));
  return word;
}

bool looks_punctuated(const std::vector<HeardSegment>& segments) {
  return std::any_of(segments.begin(), segments.end(), [](const HeardSegment& segment) {
    return std::any_of(segment.words.begin(), segment.words.end(), [](const HeardWord& word) {
      return word.text.find_first_of(".,?!ABCDEFGHIJKLMNOPQRSTUVWXYZ") != std::string::npos;
    });
  });
}

}  // namespace

Result<Transcript> read_transcription(std::string_view text, const AudioWindow& window) {
  const Json json = Json::parse(text, nullptr, false);
  const bool has_text = json.is_object() && json.contains("text") && json["text"].is_string();
  if (!has_text && (!json.is_object() || !json.contains("segments"))) {
    return make_error(ErrorCode::kBadInput, "not a transcription");
  }
  const auto segments = read_all(json, to_seconds(window.duration()));
  Transcript transcript;
  transcript.language = language_code(text_of(json, "language"));
  transcript.is_punctuated = looks_punctuated(segments);
  MediaTime last = window.span().begin;
  for (const auto& segment : segments) {
    if (!segment.words.empty()) transcript.phrase_starts.push_back(transcript.words.size());
    for (const auto& heard : segment.words) {
      transcript.words.push_back(to_word(heard, window, last));
      last = transcript.words.back().span.begin;
    }
  }
  return transcript;
}

}  // namespace subtide
