#pragma once

#include <cstdint>

#include "engine/metadata/bytes.h"

namespace subtide {

/// A transport stream of one programme with a splice stream (SCTE-35) more: its PMT names it, and
/// `section` comes `times` times, one after the other, from the middle on.
Bytes with_splices(ByteView stream, ByteView section, int times);

}  // namespace subtide
