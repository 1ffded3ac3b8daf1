#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "engine/metadata/bytes.h"
#include "engine/metadata/sei.h"

namespace subtide {

/// How NAL units stand in an access unit: behind start codes, or behind lengths of 1, 2 or 4 bytes.
struct NalFraming {
  VideoCodec codec = VideoCodec::kH264;
  std::size_t length_size = 0;  ///< 0: start codes (byte-stream)

  bool operator==(const NalFraming&) const = default;
};

/// One NAL unit of an access unit.
struct NalUnit {
  std::size_t begin = 0;  ///< where its start code or length begins
  ByteView bytes;         ///< header and payload
};

/// The NAL units from the beginning up to and with the first slice. What is damaged ends them.
std::vector<NalUnit> units_up_to_slice(ByteView access_unit, const NalFraming& framing);

/// Where SEI NAL units belong: in front of the first slice, or of the prefix NAL unit that belongs
/// to it. Nothing when there is no slice.
std::optional<std::size_t> sei_place(ByteView access_unit, const NalFraming& framing);

/// True when an SEI NAL unit in front of the first slice holds captions already.
bool has_captions(ByteView access_unit, const NalFraming& framing);

/// A NAL unit with its start code or length in front. Nothing when the length has no room for it.
std::optional<Bytes> frame_nal(const NalFraming& framing, const Bytes& nal);

/// The size of NAL lengths that an avcC or hvcC record tells. Nothing when the record is damaged.
std::optional<std::size_t> nal_length_size(VideoCodec codec, ByteView codec_record);

}  // namespace subtide
