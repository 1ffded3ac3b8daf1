#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/metadata/bytes.h"

namespace subtide {

/// A universal label of SMPTE 298; all begin with 06 0E 2B 34.
using KlvKey = std::array<std::uint8_t, 16>;

/// One key, length, value of SMPTE 336. The value points into the bytes that were split.
struct KlvItem {
  KlvKey key{};
  ByteView value;
};

/// One item inside a local set: a short tag instead of the key.
struct KlvLocalItem {
  std::uint64_t tag = 0;
  ByteView value;
};

/// Splits bytes into whole KLV items, which must fill them. Errors: kBadInput says at which byte.
Result<std::vector<KlvItem>> split_klv(ByteView bytes);

/// Splits the value of a local set with BER-OID tags and BER lengths (as MISB ST 0601).
Result<std::vector<KlvLocalItem>> split_local_set(ByteView value);

/// Hex digits in groups of four bytes: "060E2B34.02050101.0E010301.01000000".
std::string to_string(const KlvKey& key);

/// Key, BER length in its shortest form, value.
Bytes write_klv(const KlvKey& key, ByteView value);

}  // namespace subtide
