#pragma once

#include <gst/gst.h>

#include <optional>
#include <vector>

#include "engine/base/result.h"
#include "engine/gst/pointer.h"
#include "engine/metadata/access_unit.h"
#include "engine/metadata/sei.h"

namespace subtide {

/// H.264 and H.265 in buffers: one access unit each.

/// How the stream of these caps frames its NAL units; nothing for other media.
/// Errors: kUnsupported (not whole access units; name the parser that helps), kBadInput (a codec
/// record that says no length).
Result<std::optional<NalFraming>> framing_of(const GstCaps* caps);

/// Where SEI may go in; nothing when the buffer holds no slice.
std::optional<std::size_t> sei_place(GstBuffer* buffer, const NalFraming& framing);
bool has_captions(GstBuffer* buffer, const NalFraming& framing);

/// The captions that rode beside the buffer: CEA-608 pairs, raw or S334-1A, and cc_data.
std::vector<CaptionPair> captions_beside(GstBuffer* buffer);

/// A buffer with the messages at `place`. The picture's bytes are shared, all else is kept.
/// Errors: kUnsupported when a message is too long for the stream's NAL lengths.
Result<BufferPtr> with_sei(BufferPtr buffer, const NalFraming& framing, std::size_t place,
                           const std::vector<SeiMessage>& messages);

}  // namespace subtide
