#pragma once

#include <optional>

#include "engine/base/result.h"
#include "engine/metadata/bytes.h"
#include "engine/metadata/timed_metadata.h"

namespace subtide {

/// Writes an item as an ID3v2.4 tag. JSON goes into a TXXX frame (UTF-8) whose description is the
/// class; bytes of another kind into a PRIV frame whose owner is the class. A second TXXX frame,
/// "io.subtide.item", holds id, duration and kind. A payload that is a tag already stays as it is.
Bytes write_id3(const TimedMetadata& item);

/// Reads the first tag of `bytes`. A tag of ours gives the item back; a foreign one is an item of
/// kind kId3 that holds the tag, its class the first TXXX description or PRIV owner, its id empty.
/// `at` is left at zero, since the carrier has it; the origin is "source".
///
/// Errors: kBadInput (no tag, cut short, frames beyond its end).
Result<TimedMetadata> read_id3(ByteView bytes);

/// The length of the tag that `bytes` begin with, its header and footer too; it may be more than
/// there are bytes. Nothing where no tag begins.
std::optional<std::size_t> id3_size(ByteView bytes);

}  // namespace subtide
