#include "engine/speech/language_tag.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>
#include <utility>

namespace subtide {
namespace {

constexpr std::size_t kLongestTag = 35;  // BCP 47's longest in practice

/// Codes that models use for one another: ISO 639's old ones, and parts of a whole.
constexpr std::array<std::pair<std::string_view, std::string_view>, 9> kSame{{{"iw", "he"},
                                                                              {"in", "id"},
                                                                              {"ji", "yi"},
                                                                              {"jw", "jv"},
                                                                              {"nb", "no"},
                                                                              {"nn", "no"},
                                                                              {"cmn", "zh"},
                                                                              {"yue", "zh"},
                                                                              {"fil", "tl"}}};

std::string base_of(std::string_view tag) {
  std::string base(tag.substr(0, tag.find_first_of("-_")));
  std::ranges::transform(base, base.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const auto* same = std::ranges::find(kSame, std::string_view(base),
                                       &std::pair<std::string_view, std::string_view>::first);
  return same == kSame.end() ? base : std::string(same->second);
}

}  // namespace

bool is_language_tag(std::string_view text) {
  return !text.empty() && text.size() <= kLongestTag &&
         std::ranges::all_of(
             text, [](unsigned char c) { return c == '-' || (c < 0x80 && std::isalnum(c) != 0); });
}

bool is_same_language(std::string_view asked, std::string_view told) {
  const bool is_open = asked.empty() || asked == "auto" || told.empty() || told == "auto";
  return is_open || base_of(asked) == base_of(told);
}

}  // namespace subtide
