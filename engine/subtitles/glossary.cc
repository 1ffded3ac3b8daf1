#include "engine/subtitles/glossary.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "engine/subtitles/unicode_text.h"

namespace subtide {

namespace {

using Json = nlohmann::json;
using Terms = std::map<std::string, std::string>;

std::size_t line_of(std::string_view text, std::size_t byte) {
  const std::string_view before = text.substr(0, std::min(byte, text.size()));
  return static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n')) + 1;
}

/// Line of the first place where `key` stands as a field name; 1 when it is spelt with escapes.
std::size_t line_of_key(std::string_view text, const std::string& key) {
  const std::size_t at = text.find(Json(key).dump());
  return at == std::string_view::npos ? 1 : line_of(text, at);
}

class GlossaryReader {
 public:
  GlossaryReader(std::string_view text, std::string_view name) : text_(text), name_(name) {}

  Result<Glossary> read() const {
    Json document;
    try {
      document = Json::parse(text_);
    } catch (const Json::parse_error& error) {
      return make_error(ErrorCode::kBadInput, "glossary {}, line {}: this is not valid JSON", name_,
                        line_of(text_, error.byte > 0 ? error.byte - 1 : 0));
    } catch (const Json::exception&) {  // a number too large for any type
      return make_error(ErrorCode::kBadInput, "glossary {}: this is not valid JSON", name_);
    }
    if (!document.is_object()) {
      return make_error(ErrorCode::kBadInput,
                        "glossary {}, line 1: expected an object with \"spelling\" and/or "
                        "\"translation\"",
                        name_);
    }
    Glossary glossary;
    for (const auto& [key, value] : document.items()) {
      Status status = read_field(key, value, glossary);
      if (!status) return status.error();
    }
    return glossary;
  }

 private:
  Status read_field(const std::string& key, const Json& value, Glossary& glossary) const {
    if (key == "spelling") return read_terms(key, key, value, glossary.spelling);
    if (key != "translation") {
      return fail(key, key, "is not known; expected \"spelling\" or \"translation\"");
    }
    if (!value.is_object()) return fail(key, key, "must be an object of languages");
    for (const auto& [language, terms] : value.items()) {
      const std::string field = key + "." + language;
      if (language.empty()) return fail(key, field, "needs a language such as \"es\"");
      Status status = read_terms(field, language, terms, glossary.translation[language]);
      if (!status) return status;
    }
    return ok();
  }

  Status read_terms(const std::string& field, const std::string& key, const Json& value,
                    Terms& terms) const {
    if (!value.is_object()) return fail(key, field, "must be an object of terms");
    for (const auto& [term, replacement] : value.items()) {
      const std::string name = field + "." + term;
      if (split_words(term).empty()) return fail(key, name, "is an empty term");
      if (!replacement.is_string()) return fail(term, name, "must be a string");
      if (split_words(replacement.get<std::string>()).empty()) {
        return fail(term, name, "must not be empty");
      }
      terms[term] = replacement.get<std::string>();
    }
    return ok();
  }

  Status fail(const std::string& key, const std::string& field, std::string_view what) const {
    return make_error(ErrorCode::kBadInput, "glossary {}, line {}: \"{}\" {}", name_,
                      line_of_key(text_, key), field, what);
  }

  std::string_view text_;
  std::string_view name_;
};

}  // namespace

Result<Glossary> parse_glossary(std::string_view text, std::string_view name) {
  return GlossaryReader(text, name).read();
}

}  // namespace subtide
