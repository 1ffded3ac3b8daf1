#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace subtide {

/// "line 3, column 7": where the `byte`th byte of `text` is, counted from 1 as JSON's parser does.
std::string text_place(std::string_view text, std::size_t byte);

}  // namespace subtide
