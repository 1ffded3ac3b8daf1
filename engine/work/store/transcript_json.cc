// Results as JSON; the one file of the folder that includes the JSON library.
#include "engine/work/store/transcript_json.h"

#include <algorithm>
#include <cctype>
#include <initializer_list>
#include <limits>
#include <nlohmann/json.hpp>

namespace subtide {
namespace {

using Json = nlohmann::json;
using OrderedJson = nlohmann::ordered_json;  // for writing only: reading it takes quadratic time

// A window of an hour has some 10,000 words of about 100 bytes each.
constexpr std::size_t kMostBytes = std::size_t{4} << 20;
constexpr int kDeepest = 4;
constexpr std::size_t kLongestWord = 1000;
constexpr std::size_t kLongestLanguage = 35;  // BCP 47's longest tag in practice

struct Mistake {
  std::string field;
  std::string_view what;
};

std::string item(std::string_view field, std::size_t index) {
  return fmt::format("{}[{}]", field, index);
}

std::string dump(const OrderedJson& value) {
  return value.dump(-1, ' ', false, OrderedJson::error_handler_t::replace);
}

/// The object's members, all of them and no others.
void check_object(const Json& value, const std::string& field,
                  std::initializer_list<const char*> names) {
  const std::string name_of_it = field.empty() ? "document" : field;
  if (!value.is_object()) throw Mistake{name_of_it, "expected an object"};
  for (const char* name : names) {
    if (!value.contains(name)) throw Mistake{name_of_it, "a field is missing"};
  }
  if (value.size() != names.size()) throw Mistake{name_of_it, "has an unknown field"};
}

const Json& check_array(const Json& value, const std::string& field) {
  if (!value.is_array()) throw Mistake{field, "expected a list"};
  return value;
}

std::int64_t read_integer(const Json& value, const std::string& field) {
  if (!value.is_number_integer()) throw Mistake{field, "expected a whole number"};
  if (value.is_number_unsigned() &&
      value.get<std::uint64_t>() > std::uint64_t{std::numeric_limits<std::int64_t>::max()}) {
    throw Mistake{field, "the number is too large"};
  }
  return value.get<std::int64_t>();
}

std::size_t read_index(const Json& value, const std::string& field) {
  const std::int64_t number = read_integer(value, field);
  if (number < 0) throw Mistake{field, "expected a number from 0 up"};
  return static_cast<std::size_t>(number);
}

bool read_bool(const Json& value, const std::string& field) {
  if (!value.is_boolean()) throw Mistake{field, "expected true or false"};
  return value.get<bool>();
}

std::string read_text(const Json& value, const std::string& field) {
  if (!value.is_string()) throw Mistake{field, "expected a string"};
  std::string text = value.get<std::string>();
  const bool has_control = std::any_of(text.begin(), text.end(), [](unsigned char c) {
    return (c < 0x20 && c != '\n' && c != '\t') || c == 0x7F;
  });
  if (has_control) throw Mistake{field, "has a control character"};
  return text;
}

std::string read_language(const Json& value, const std::string& field) {
  std::string text = read_text(value, field);
  const bool is_tag = std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return c == '-' || (c < 0x80 && std::isalnum(c) != 0);
  });
  if (!is_tag || text.size() > kLongestLanguage) throw Mistake{field, "is not a language tag"};
  return text;
}

float read_confidence(const Json& value, const std::string& field) {
  if (!value.is_number()) throw Mistake{field, "expected a number"};
  const auto number = value.get<double>();
  if (!(number >= 0 && number <= 1)) throw Mistake{field, "expected a number from 0 to 1"};
  return static_cast<float>(number);
}

Word read_word(const Json& value, const std::string& field) {
  check_object(value, field, {"text", "begin", "end", "confidence"});
  Word word;
  word.text = read_text(value["text"], field + ".text");
  if (word.text.empty()) throw Mistake{field + ".text", "is empty"};
  if (word.text.find_first_of(" \t\n") != std::string::npos) {
    throw Mistake{field + ".text", "has white space"};
  }
  if (word.text.size() > kLongestWord) throw Mistake{field + ".text", "is longer than any word"};
  word.span = {MediaTime(read_integer(value["begin"], field + ".begin")),
               MediaTime(read_integer(value["end"], field + ".end"))};
  if (word.span.end < word.span.begin) throw Mistake{field + ".end", "is before the begin"};
  word.confidence = read_confidence(value["confidence"], field + ".confidence");
  return word;
}

std::vector<Word> read_words(const Json& value) {
  std::vector<Word> words;
  for (const Json& entry : check_array(value, "words")) {
    const std::string field = item("words", words.size());
    Word word = read_word(entry, field);
    if (!words.empty() && word.span.begin < words.back().span.begin) {
      throw Mistake{field + ".begin", "is before the word above it"};
    }
    words.push_back(std::move(word));
  }
  return words;
}

std::vector<std::size_t> read_phrase_starts(const Json& value, std::size_t words) {
  std::vector<std::size_t> starts;
  for (const Json& entry : check_array(value, "phrase_starts")) {
    const std::string field = item("phrase_starts", starts.size());
    const std::size_t start = read_index(entry, field);
    if (start >= words) throw Mistake{field, "there is no such word"};
    if (!starts.empty() && start <= starts.back()) throw Mistake{field, "is out of order"};
    starts.push_back(start);
  }
  return starts;
}

std::vector<Gap> read_gaps(const Json& value) {
  std::vector<Gap> gaps;
  for (const Json& entry : check_array(value, "gaps")) {
    const std::string field = item("gaps", gaps.size());
    check_object(entry, field, {"begin", "end", "reason"});
    const TimeSpan span{MediaTime(read_integer(entry["begin"], field + ".begin")),
                        MediaTime(read_integer(entry["end"], field + ".end"))};
    if (span.end < span.begin) throw Mistake{field + ".end", "is before the begin"};
    gaps.push_back({span, read_text(entry["reason"], field + ".reason")});
  }
  return gaps;
}

Transcript read_transcript(const Json& value) {
  check_object(value, "",
               {"language", "final", "punctuated", "words", "phrase_starts", "model", "gaps"});
  Transcript transcript;
  transcript.language = read_language(value["language"], "language");
  transcript.is_final = read_bool(value["final"], "final");
  transcript.is_punctuated = read_bool(value["punctuated"], "punctuated");
  transcript.words = read_words(value["words"]);
  transcript.phrase_starts = read_phrase_starts(value["phrase_starts"], transcript.words.size());
  transcript.model = read_text(value["model"], "model");
  transcript.gaps = read_gaps(value["gaps"]);
  return transcript;
}

TranslatedSentences read_translation(const Json& value) {
  check_object(value, "", {"language", "sentences"});
  TranslatedSentences translation;
  translation.language = read_language(value["language"], "language");
  for (const Json& entry : check_array(value["sentences"], "sentences")) {
    const std::string field = item("sentences", translation.sentences.size());
    translation.sentences.push_back(read_text(entry, field));
  }
  return translation;
}

std::vector<WindowPiece> read_pieces(const Json& value) {
  std::vector<WindowPiece> pieces;
  for (const Json& entry : check_array(value, "pieces")) {
    const std::string field = item("pieces", pieces.size());
    check_object(entry, field, {"first_sample", "begin"});
    pieces.push_back({read_index(entry["first_sample"], field + ".first_sample"),
                      MediaTime(read_integer(entry["begin"], field + ".begin"))});
  }
  return pieces;
}

Json parse(std::string_view text) {
  const auto refuse_deep = [](int depth, Json::parse_event_t, Json&) {
    if (depth > kDeepest) throw Mistake{"document", "is nested too deeply"};
    return true;
  };
  return Json::parse(text, refuse_deep);
}

/// Runs a reader; what it and the library throw becomes an error here.
template <typename Reader>
auto read_document(std::string_view text, std::string_view what, Reader reader)
    -> Result<decltype(reader(Json()))> {
  if (text.size() > kMostBytes) {
    return make_error(ErrorCode::kBadInput, "a {} of {} bytes is too large; at most {} are taken",
                      what, text.size(), kMostBytes);
  }
  try {
    return reader(parse(text));
  } catch (const Mistake& mistake) {
    return make_error(ErrorCode::kBadInput, "a {} is refused: {} {}", what, mistake.field,
                      mistake.what);
  } catch (const Json::parse_error& error) {
    return make_error(ErrorCode::kBadInput, "a {} is refused: not JSON from byte {} on", what,
                      error.byte);
  } catch (const Json::exception&) {
    return make_error(ErrorCode::kBadInput, "a {} is refused: a number is out of range", what);
  }
}

OrderedJson to_value(const Word& word) {
  return {{"text", word.text},
          {"begin", word.span.begin.count()},
          {"end", word.span.end.count()},
          {"confidence", word.confidence}};
}

}  // namespace

std::string to_json(const Transcript& transcript) {
  OrderedJson words = OrderedJson::array();
  for (const Word& word : transcript.words) words.push_back(to_value(word));
  OrderedJson gaps = OrderedJson::array();
  for (const Gap& gap : transcript.gaps) {
    gaps.push_back(
        {{"begin", gap.span.begin.count()}, {"end", gap.span.end.count()}, {"reason", gap.reason}});
  }
  return dump({{"language", transcript.language},
               {"final", transcript.is_final},
               {"punctuated", transcript.is_punctuated},
               {"words", std::move(words)},
               {"phrase_starts", transcript.phrase_starts},
               {"model", transcript.model},
               {"gaps", std::move(gaps)}});
}

std::string to_json(const TranslatedSentences& translation) {
  return dump({{"language", translation.language}, {"sentences", translation.sentences}});
}

std::string to_json(std::span<const WindowPiece> pieces) {
  OrderedJson value = OrderedJson::array();
  for (const WindowPiece& piece : pieces) {
    value.push_back({{"first_sample", piece.first_sample}, {"begin", piece.begin.count()}});
  }
  return dump(value);
}

Result<Transcript> transcript_from_json(std::string_view text) {
  return read_document(text, "transcript", read_transcript);
}

Result<TranslatedSentences> translation_from_json(std::string_view text) {
  return read_document(text, "translation", read_translation);
}

Result<std::vector<WindowPiece>> pieces_from_json(std::string_view text) {
  return read_document(text, "window's list of pieces", read_pieces);
}

}  // namespace subtide
