#include "models/openai/whisper_languages.h"

#include <algorithm>
#include <array>

namespace subtide {
namespace {

struct LanguageName {
  std::string_view code;
  std::string_view name;
};

// The languages of Whisper's tokenizer.
constexpr std::array kLanguages{
    LanguageName{"en", "english"},        LanguageName{"zh", "chinese"},
    LanguageName{"de", "german"},         LanguageName{"es", "spanish"},
    LanguageName{"ru", "russian"},        LanguageName{"ko", "korean"},
    LanguageName{"fr", "french"},         LanguageName{"ja", "japanese"},
    LanguageName{"pt", "portuguese"},     LanguageName{"tr", "turkish"},
    LanguageName{"pl", "polish"},         LanguageName{"ca", "catalan"},
    LanguageName{"nl", "dutch"},          LanguageName{"ar", "arabic"},
    LanguageName{"sv", "swedish"},        LanguageName{"it", "italian"},
    LanguageName{"id", "indonesian"},     LanguageName{"hi", "hindi"},
    LanguageName{"fi", "finnish"},        LanguageName{"vi", "vietnamese"},
    LanguageName{"he", "hebrew"},         LanguageName{"uk", "ukrainian"},
    LanguageName{"el", "greek"},          LanguageName{"ms", "malay"},
    LanguageName{"cs", "czech"},          LanguageName{"ro", "romanian"},
    LanguageName{"da", "danish"},         LanguageName{"hu", "hungarian"},
    LanguageName{"ta", "tamil"},          LanguageName{"no", "norwegian"},
    LanguageName{"th", "thai"},           LanguageName{"ur", "urdu"},
    LanguageName{"hr", "croatian"},       LanguageName{"bg", "bulgarian"},
    LanguageName{"lt", "lithuanian"},     LanguageName{"la", "latin"},
    LanguageName{"mi", "maori"},          LanguageName{"ml", "malayalam"},
    LanguageName{"cy", "welsh"},          LanguageName{"sk", "slovak"},
    LanguageName{"te", "telugu"},         LanguageName{"fa", "persian"},
    LanguageName{"lv", "latvian"},        LanguageName{"bn", "bengali"},
    LanguageName{"sr", "serbian"},        LanguageName{"az", "azerbaijani"},
    LanguageName{"sl", "slovenian"},      LanguageName{"kn", "kannada"},
    LanguageName{"et", "estonian"},       LanguageName{"mk", "macedonian"},
    LanguageName{"br", "breton"},         LanguageName{"eu", "basque"},
    LanguageName{"is", "icelandic"},      LanguageName{"hy", "armenian"},
    LanguageName{"ne", "nepali"},         LanguageName{"mn", "mongolian"},
    LanguageName{"bs", "bosnian"},        LanguageName{"kk", "kazakh"},
    LanguageName{"sq", "albanian"},       LanguageName{"sw", "swahili"},
    LanguageName{"gl", "galician"},       LanguageName{"mr", "marathi"},
    LanguageName{"pa", "punjabi"},        LanguageName{"si", "sinhala"},
    LanguageName{"km", "khmer"},          LanguageName{"sn", "shona"},
    LanguageName{"yo", "yoruba"},         LanguageName{"so", "somali"},
    LanguageName{"af", "afrikaans"},      LanguageName{"oc", "occitan"},
    LanguageName{"ka", "georgian"},       LanguageName{"be", "belarusian"},
    LanguageName{"tg", "tajik"},          LanguageName{"sd", "sindhi"},
    LanguageName{"gu", "gujarati"},       LanguageName{"am", "amharic"},
    LanguageName{"yi", "yiddish"},        LanguageName{"lo", "lao"},
    LanguageName{"uz", "uzbek"},          LanguageName{"fo", "faroese"},
    LanguageName{"ht", "haitian creole"}, LanguageName{"ps", "pashto"},
    LanguageName{"tk", "turkmen"},        LanguageName{"nn", "nynorsk"},
    LanguageName{"mt", "maltese"},        LanguageName{"sa", "sanskrit"},
    LanguageName{"lb", "luxembourgish"},  LanguageName{"my", "myanmar"},
    LanguageName{"bo", "tibetan"},        LanguageName{"tl", "tagalog"},
    LanguageName{"mg", "malagasy"},       LanguageName{"as", "assamese"},
    LanguageName{"tt", "tatar"},          LanguageName{"haw", "hawaiian"},
    LanguageName{"ln", "lingala"},        LanguageName{"ha", "hausa"},
    LanguageName{"ba", "bashkir"},        LanguageName{"jw", "javanese"},
    LanguageName{"su", "sundanese"},      LanguageName{"yue", "cantonese"},
};

}  // namespace

std::string language_code(std::string_view name) {
  std::string lower(name);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  for (const auto& language : kLanguages) {
    if (language.name == lower || language.code == lower) return std::string(language.code);
  }
  const bool is_code =
      lower.size() == 2 || lower.size() == 3 || (lower.size() > 3 && lower[2] == '-');
  return is_code ? std::string(name) : std::string();
}

}  // namespace subtide
