#include "engine/events/envelope_text.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace subtide {
namespace {

using Json = nlohmann::json;

/// In the order of Attribute.
constexpr std::array<std::string_view, kAttributeCount> kNames = {
    "specversion",     "type",     "source",        "id",          "subject", "time",
    "datacontenttype", "sequence", "correlationid", "causationid", "data"};

template <typename... Args>
Error bad(fmt::format_string<Args...> what, Args&&... args) {
  return make_error(ErrorCode::kBadInput, "event refused: {}; see envelope.json",
                    fmt::format(what, std::forward<Args>(args)...));
}

bool is_plain(char letter) {
  return letter >= 0x20 && letter < 0x7f && letter != '"' && letter != '\\';
}

/// Goes through a JSON text from left to right. It finds where values end; whether they are
/// values is for the JSON library to say.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  bool is_at_end() {
    skip_space();
    return place_ == text_.size();
  }
  char next() {
    skip_space();
    return place_ < text_.size() ? text_[place_] : '\0';
  }
  bool take(char letter) {
    if (next() != letter) return false;
    ++place_;
    return true;
  }

  /// A string, unescaped; nothing when there is none.
  std::optional<std::string> take_string() {
    if (next() != '"') return std::nullopt;
    const std::size_t begin = place_++;
    while (place_ < text_.size() && is_plain(text_[place_])) ++place_;
    const bool is_all_plain = place_ < text_.size() && text_[place_] == '"';
    if (is_all_plain) {
      const std::string_view inside = text_.substr(begin + 1, place_ - begin - 1);
      ++place_;
      return std::string(inside);
    }
    place_ = begin;
    skip_string();
    const Json value = Json::parse(text_.substr(begin, place_ - begin), nullptr, false);
    return value.is_string() ? std::optional(value.get<std::string>()) : std::nullopt;
  }

  /// The text of an object; nothing when there is none.
  std::optional<std::string_view> take_object() {
    if (next() != '{') return std::nullopt;
    const std::size_t begin = place_;
    std::size_t depth = 0;
    do {
      const char letter = text_[place_];
      if (letter == '"') {
        skip_string();
        continue;
      }
      if (letter == '{') ++depth;
      if (letter == '}') --depth;
      ++place_;
    } while (depth > 0 && place_ < text_.size());
    const std::string_view object = text_.substr(begin, place_ - begin);
    if (depth > 0 || !Json::accept(object)) return std::nullopt;
    return object;
  }

 private:
  void skip_space() {
    while (place_ < text_.size() && (text_[place_] == ' ' || text_[place_] == '\n' ||
                                     text_[place_] == '\t' || text_[place_] == '\r')) {
      ++place_;
    }
  }
  void skip_string() {
    for (++place_; place_ < text_.size() && text_[place_] != '"'; ++place_) {
      if (text_[place_] == '\\') ++place_;
    }
    place_ = std::min(place_ + 1, text_.size());
  }

  std::string_view text_;
  std::size_t place_ = 0;
};

Result<std::string> take_value(Scanner& scanner, std::size_t attribute) {
  const bool is_data = attribute == static_cast<std::size_t>(Attribute::kData);
  if (is_data) {
    const auto object = scanner.take_object();
    if (!object) return bad("data is not a JSON object");
    return std::string(*object);
  }
  auto text = scanner.take_string();
  if (!text || text->empty()) return bad("{} is no text", kNames[attribute]);
  return std::move(*text);
}

}  // namespace

Result<EnvelopeText> EnvelopeText::read(std::string_view json) {
  EnvelopeText envelope;
  Scanner scanner(json);
  if (!scanner.take('{')) return bad("it is not a JSON object");
  do {
    const auto name = scanner.take_string();
    if (!name || !scanner.take(':')) return bad("it is not JSON");
    const auto known = std::ranges::find(kNames, *name);
    if (known == kNames.end()) return bad("attribute '{:.40}' is not of the envelope", *name);
    const auto attribute = static_cast<std::size_t>(known - kNames.begin());
    if (envelope.texts_[attribute]) return bad("{} is there twice", *name);
    auto value = take_value(scanner, attribute);
    if (!value) return value.error();
    envelope.texts_[attribute] = std::move(*value);
  } while (scanner.take(','));
  if (!scanner.take('}') || !scanner.is_at_end()) return bad("it is not JSON");
  return envelope;
}

}  // namespace subtide
