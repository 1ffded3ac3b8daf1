#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace subtide {

/// One line of text as any sidecar may carry it.
///
/// Control characters, bidi overrides, embeddings and isolates, byte order marks and noncharacters
/// are dropped; white space and line separators become single spaces, none at the ends; what is not
/// UTF-8 becomes U+FFFD. Joiners, no-break spaces and direction marks stay. Doing it twice changes
/// nothing.
std::string plain_text(std::string_view text);

/// Where the first byte is that is not UTF-8, or is NUL.
std::optional<std::size_t> find_foreign_byte(std::string_view text);

/// Appends the code point as UTF-8; U+FFFD for what is none.
void append_utf8(std::string& text, char32_t code_point);

}  // namespace subtide
