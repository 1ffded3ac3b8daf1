#include "models/apertium/apertium_languages.h"

#include <algorithm>
#include <array>
#include <deque>
#include <map>
#include <utility>

namespace subtide {
namespace {

struct LanguageCodes {
  std::string_view two;
  std::string_view three;
};

// The languages of Apertium's packages that have a two-letter code.
constexpr std::array kLanguages{
    LanguageCodes{"af", "afr"}, LanguageCodes{"an", "arg"}, LanguageCodes{"ar", "ara"},
    LanguageCodes{"be", "bel"}, LanguageCodes{"bg", "bul"}, LanguageCodes{"br", "bre"},
    LanguageCodes{"bs", "bos"}, LanguageCodes{"ca", "cat"}, LanguageCodes{"co", "cos"},
    LanguageCodes{"cs", "ces"}, LanguageCodes{"cy", "cym"}, LanguageCodes{"da", "dan"},
    LanguageCodes{"de", "deu"}, LanguageCodes{"el", "ell"}, LanguageCodes{"en", "eng"},
    LanguageCodes{"eo", "epo"}, LanguageCodes{"es", "spa"}, LanguageCodes{"et", "est"},
    LanguageCodes{"eu", "eus"}, LanguageCodes{"fi", "fin"}, LanguageCodes{"fo", "fao"},
    LanguageCodes{"fr", "fra"}, LanguageCodes{"fy", "fry"}, LanguageCodes{"ga", "gle"},
    LanguageCodes{"gl", "glg"}, LanguageCodes{"gv", "glv"}, LanguageCodes{"hi", "hin"},
    LanguageCodes{"hr", "hrv"}, LanguageCodes{"hu", "hun"}, LanguageCodes{"id", "ind"},
    LanguageCodes{"is", "isl"}, LanguageCodes{"it", "ita"}, LanguageCodes{"kk", "kaz"},
    LanguageCodes{"ky", "kir"}, LanguageCodes{"lt", "lit"}, LanguageCodes{"lv", "lav"},
    LanguageCodes{"mk", "mkd"}, LanguageCodes{"ms", "msa"}, LanguageCodes{"mt", "mlt"},
    LanguageCodes{"nb", "nob"}, LanguageCodes{"nl", "nld"}, LanguageCodes{"nn", "nno"},
    LanguageCodes{"oc", "oci"}, LanguageCodes{"pl", "pol"}, LanguageCodes{"pt", "por"},
    LanguageCodes{"ro", "ron"}, LanguageCodes{"ru", "rus"}, LanguageCodes{"sc", "srd"},
    LanguageCodes{"se", "sme"}, LanguageCodes{"sk", "slk"}, LanguageCodes{"sl", "slv"},
    LanguageCodes{"sq", "sqi"}, LanguageCodes{"sr", "srp"}, LanguageCodes{"sv", "swe"},
    LanguageCodes{"sw", "swa"}, LanguageCodes{"tr", "tur"}, LanguageCodes{"tt", "tat"},
    LanguageCodes{"uk", "ukr"}, LanguageCodes{"ur", "urd"}, LanguageCodes{"zh", "zho"},
};

std::string lower(std::string_view text) {
  std::string copy(text);
  std::transform(copy.begin(), copy.end(), copy.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return copy;
}

}  // namespace

std::string to_iso639_3(std::string_view tag) {
  const std::string code = lower(tag.substr(0, tag.find_first_of("-_")));
  if (code == "no") return "nob";
  for (const auto& language : kLanguages) {
    if (language.two == code) return std::string(language.three);
  }
  return code;
}

std::string to_bcp47(std::string_view code) {
  for (const auto& language : kLanguages) {
    if (language.three == code) return std::string(language.two);
  }
  return std::string(code);
}

std::optional<ApertiumPair> parse_apertium_mode(std::string_view mode) {
  const auto dash = mode.find('-');
  if (dash == std::string_view::npos || mode.find('-', dash + 1) != std::string_view::npos) {
    return std::nullopt;
  }
  const auto source = mode.substr(0, dash);
  const auto target = mode.substr(dash + 1);
  const auto is_language = [](std::string_view name) {
    const auto code = name.substr(0, name.find('_'));
    return (code.size() == 2 || code.size() == 3) &&
           std::all_of(code.begin(), code.end(), [](char c) { return c >= 'a' && c <= 'z'; });
  };
  if (!is_language(source) || !is_language(target)) return std::nullopt;
  return ApertiumPair{std::string(mode), to_iso639_3(source), to_iso639_3(target),
                      mode.find('_') != std::string_view::npos};
}

std::optional<std::vector<std::string>> find_apertium_route(const std::vector<ApertiumPair>& pairs,
                                                            const std::string& source,
                                                            const std::string& target) {
  std::vector<ApertiumPair> ordered = pairs;
  std::sort(ordered.begin(), ordered.end(), [](const ApertiumPair& a, const ApertiumPair& b) {
    return std::pair(a.has_variant, a.mode) < std::pair(b.has_variant, b.mode);
  });
  std::map<std::string, std::vector<std::string>> routes{{source, {}}};
  std::deque<std::string> open{source};
  while (!open.empty() && !routes.contains(target)) {
    const std::string language = open.front();
    open.pop_front();
    for (const auto& pair : ordered) {
      if (pair.source != language || routes.contains(pair.target)) continue;
      auto route = routes[language];
      route.push_back(pair.mode);
      routes.emplace(pair.target, std::move(route));
      open.push_back(pair.target);
    }
  }
  const auto found = routes.find(target);
  if (found == routes.end()) return std::nullopt;
  return found->second;
}

}  // namespace subtide
