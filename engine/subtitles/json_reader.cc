// Reads the JSON sidecar; the one file of the folder that includes the JSON library.
#include <algorithm>
#include <initializer_list>
#include <nlohmann/json.hpp>

#include "engine/subtitles/plain_text.h"
#include "engine/subtitles/sidecar_formats.h"
#include "engine/subtitles/sidecar_reading.h"
#include "engine/subtitles/sidecar_writing.h"

namespace subtide {
namespace {

using Json = nlohmann::json;

// A sidecar nests five deep; deeper text is refused before it costs memory.
constexpr int kDeepest = 8;

struct Mistake {
  std::string field;
  std::string what;
};

std::string item(const std::string& field, std::size_t index) {
  return fmt::format("{}[{}]", field, index);
}

const Json& member(const Json& object, const std::string& field, const char* name) {
  const auto found = object.find(name);
  if (found == object.end()) throw Mistake{field + name, "missing"};
  return *found;
}

void check_object(const Json& value, const std::string& field,
                  std::initializer_list<std::string_view> names) {
  if (!value.is_object()) throw Mistake{field.empty() ? "document" : field, "expected an object"};
  for (const auto& [name, ignored] : value.items()) {
    if (std::find(names.begin(), names.end(), name) != names.end()) continue;
    throw Mistake{field + (field.empty() ? "" : ".") + excerpt(name), "unknown field"};
  }
}

const Json& check_array(const Json& value, const std::string& field) {
  if (!value.is_array()) throw Mistake{field, "expected a list"};
  return value;
}

std::string read_text(const Json& value, const std::string& field) {
  if (!value.is_string()) throw Mistake{field, "expected a string"};
  return plain_text(value.get_ref<const std::string&>());
}

double read_number(const Json& value, const std::string& field, double most) {
  if (!value.is_number()) throw Mistake{field, "expected a number"};
  const auto number = value.get<double>();
  if (!(number >= 0 && number <= most)) {
    throw Mistake{field, fmt::format("expected a number from 0 to {}", most)};
  }
  return number;
}

MediaTime read_time(const Json& value, const std::string& field) {
  return from_seconds(read_number(value, field, to_seconds(kLatestTime)));
}

TimeSpan read_span(const Json& value, const std::string& field) {
  return {read_time(member(value, field + ".", "start"), field + ".start"),
          read_time(member(value, field + ".", "end"), field + ".end")};
}

Word read_word(const Json& value, const std::string& field) {
  check_object(value, field, {"text", "start", "end", "confidence"});
  Word word;
  word.text = read_text(member(value, field + ".", "text"), field + ".text");
  if (word.text.empty()) throw Mistake{field + ".text", "a word without text"};
  word.span = read_span(value, field);
  if (word.span.end < word.span.begin) throw Mistake{field + ".end", "before the start"};
  const Json& confidence = member(value, field + ".", "confidence");
  word.confidence = static_cast<float>(read_number(confidence, field + ".confidence", 1.0));
  return word;
}

std::vector<Word> read_words(const Json& value, const std::string& field) {
  std::vector<Word> words;
  for (const Json& entry : check_array(value, field)) {
    const std::string at = item(field, words.size());
    words.push_back(read_word(entry, at));
    if (words.size() > 1 && words.back().span.begin < words[words.size() - 2].span.begin) {
      throw Mistake{at + ".start", "before the word above it"};
    }
  }
  return words;
}

std::vector<std::string> read_lines(const Json& value, const std::string& field) {
  std::vector<std::string> lines;
  for (const Json& entry : check_array(value, field)) {
    std::string line = read_text(entry, field);
    if (!line.empty()) lines.push_back(std::move(line));
  }
  return lines;
}

Cue read_cue(const Json& value, const std::string& field, MediaTime previous_begin) {
  check_object(value, field, {"id", "start", "end", "lines", "speaker", "words"});
  Cue cue;
  cue.id = read_text(member(value, field + ".", "id"), field + ".id");
  cue.span = read_span(value, field);
  if (const auto mistake = time_mistake(cue.span, previous_begin)) throw Mistake{field, *mistake};
  cue.lines = read_lines(member(value, field + ".", "lines"), field + ".lines");
  const Json& speaker = member(value, field + ".", "speaker");
  if (!speaker.is_null()) cue.speaker = read_text(speaker, field + ".speaker");
  cue.words = read_words(member(value, field + ".", "words"), field + ".words");
  return cue;
}

std::vector<Cue> read_cues(const Json& value, const std::string& language) {
  std::vector<Cue> cues;
  MediaTime previous_begin(0);
  std::size_t index = 0;
  for (const Json& entry : check_array(value, "cues")) {
    Cue cue = read_cue(entry, item("cues", index++), previous_begin);
    previous_begin = cue.span.begin;
    cue.language = language;
    if (!cue.lines.empty()) cues.push_back(std::move(cue));
  }
  return cues;
}

std::vector<Gap> read_gaps(const Json& value) {
  std::vector<Gap> gaps;
  for (const Json& entry : check_array(value, "gaps")) {
    const std::string field = item("gaps", gaps.size());
    check_object(entry, field, {"start", "end", "reason"});
    gaps.push_back({read_span(entry, field),
                    read_text(member(entry, field + ".", "reason"), field + ".reason")});
    if (gaps.back().span.empty()) throw Mistake{field + ".end", "not after the start"};
  }
  return gaps;
}

void read_media(const Json& value, Sidecar& sidecar) {
  check_object(value, "media", {"name", "duration"});
  sidecar.header.media_name = read_text(member(value, "media.", "name"), "media.name");
  const Json& duration = member(value, "media.", "duration");
  if (!duration.is_null()) sidecar.footer.media_duration = read_time(duration, "media.duration");
}

void read_models(const Json& value, const std::string& field, SidecarHeader& header) {
  if (!value.is_object()) throw Mistake{field, "expected an object"};
  for (const auto& [role, model] : value.items()) {
    header.models[plain_text(role)] = read_text(model, field + "." + excerpt(role));
  }
}

Sidecar read_document(const Json& root) {
  check_object(root, "",
               {"version", "media", "language", "models", "cues", "gaps", "later_models"});
  if (member(root, "", "version") != 1) throw Mistake{"version", "expected 1"};
  Sidecar sidecar;
  sidecar.header.language = read_text(member(root, "", "language"), "language");
  read_models(member(root, "", "models"), "models", sidecar.header);
  if (root.contains("later_models")) {
    read_models(root["later_models"], "later_models", sidecar.header);
  }
  read_media(member(root, "", "media"), sidecar);
  sidecar.cues = read_cues(member(root, "", "cues"), sidecar.header.language);
  sidecar.footer.gaps = read_gaps(member(root, "", "gaps"));
  return sidecar;
}

/// Where the text nests deeper than a sidecar can.
std::optional<std::size_t> find_depth(std::string_view text) {
  int depth = 0;
  bool is_string = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (is_string && text[at] == '\\') {
      ++at;
    } else if (text[at] == '"') {
      is_string = !is_string;
    } else if (!is_string && (text[at] == '{' || text[at] == '[')) {
      if (++depth > kDeepest) return at;
    } else if (!is_string && (text[at] == '}' || text[at] == ']')) {
      --depth;
    }
  }
  return std::nullopt;
}

}  // namespace

Result<Sidecar> read_json_sidecar(std::string_view text) {
  if (const auto offset = find_depth(text)) {
    return bad_line(line_at(text, *offset), "nests more than {} deep", kDeepest);
  }
  try {
    return read_document(Json::parse(text));
  } catch (const Mistake& mistake) {
    return make_error(ErrorCode::kBadInput, "field '{}': {}", mistake.field, mistake.what);
  } catch (const Json::parse_error& error) {
    return bad_line(line_at(text, error.byte > 0 ? error.byte - 1 : 0), "not valid JSON");
  } catch (const Json::exception& error) {
    return make_error(ErrorCode::kBadInput, "not valid JSON: {}", excerpt(error.what()));
  }
}

}  // namespace subtide
