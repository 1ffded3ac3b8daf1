#pragma once

#include <string_view>

namespace subtide {

/// Whether `text` has the form of a BCP 47 tag; nothing is said of what it means.
bool is_language_tag(std::string_view text);

/// Whether an answer in `told` is one to a request for `asked`: regions and scripts do not count,
/// old codes and members of one language ("iw" and "he", "nb" and "no") are the same, and where
/// either is open (empty, "auto") there is nothing to contradict.
bool is_same_language(std::string_view asked, std::string_view told);

}  // namespace subtide
