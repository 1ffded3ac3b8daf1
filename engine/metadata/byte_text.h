#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/metadata/bytes.h"

namespace subtide {

/// Bytes as text and back. The readers give nothing for anything that is not wholly well-formed.

/// Upper-case digits, no prefix.
std::string to_hex(ByteView bytes);
/// Takes both cases, and a leading "0x".
std::optional<Bytes> from_hex(std::string_view text);

/// The alphabet of RFC 4648 section 4, with padding; both are demanded of what is read.
std::string to_base64(ByteView bytes);
std::optional<Bytes> from_base64(std::string_view text);

/// CRC-32 of MPEG-2 sections (polynomial 0x04C11DB7, not reflected). Over a section with its CRC it
/// is 0.
std::uint32_t crc32_mpeg(ByteView bytes);

/// FNV-1a: a number that stays the same for a text over versions and machines.
std::uint32_t stable_hash(std::string_view text);

}  // namespace subtide
