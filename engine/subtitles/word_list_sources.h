#pragma once

#include <span>
#include <string_view>

namespace subtide {

/// One file of words/, built into the program.
struct WordListSource {
  std::string_view language;
  std::string_view text;
};

/// All of them; the build writes this function from the files.
std::span<const WordListSource> word_list_sources();

}  // namespace subtide
