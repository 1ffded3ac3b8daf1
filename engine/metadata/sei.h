#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "engine/base/result.h"
#include "engine/metadata/bytes.h"
#include "engine/metadata/timed_metadata.h"

namespace subtide {

enum class VideoCodec { kH264, kH265 };

/// Begins the user data of our SEI messages; a cue line (write_cue_line()) follows.
inline constexpr std::array<std::uint8_t, 16> kItemUuid = {
    0x8F, 0x1B, 0x6E, 0x52, 0xC3, 0x0A, 0x4D, 0x77, 0xA1, 0x5D, 0x73, 0x75, 0x62, 0x74, 0x69, 0x64};

/// One message of an SEI NAL unit, its payload free of emulation prevention.
struct SeiMessage {
  std::uint32_t type = 0;
  Bytes payload;

  bool operator==(const SeiMessage&) const = default;
};

/// What a caption construct of cc_data carries (CEA-708: cc_type).
enum class CaptionType : std::uint8_t {
  kField1 = 0,    ///< CEA-608, line 21 field 1
  kField2 = 1,    ///< CEA-608, field 2
  k708Data = 2,   ///< DTVCC packet data
  k708Start = 3,  ///< DTVCC packet start
};

/// Two bytes of captions, parity and all.
struct CaptionPair {
  CaptionType type = CaptionType::kField1;
  std::array<std::uint8_t, 2> bytes{};
  bool is_valid = true;

  bool operator==(const CaptionPair&) const = default;
};

/// The most pairs that one cc_data holds.
inline constexpr std::size_t kMostCaptionPairs = 31;

/// A whole NAL unit, without start code or length, with emulation prevention. In H.265 it is a
/// prefix SEI. Nothing is checked: `payload` is the message's own.
Bytes write_sei(VideoCodec codec, const SeiMessage& message);

/// The messages of one SEI NAL unit (header included).
/// Errors: kBadInput (another kind of NAL unit, a message beyond its end).
Result<std::vector<SeiMessage>> read_sei(VideoCodec codec, ByteView nal);

/// user_data_unregistered with our UUID.
SeiMessage make_item_sei(const TimedMetadata& item);
/// The item in a message of ours, `at` as it was asked for; nothing for any other message.
std::optional<TimedMetadata> item_of(const SeiMessage& message);

/// ATSC A/53 cc_data in user_data_registered_itu_t_t35. Takes the first kMostCaptionPairs.
SeiMessage make_caption_sei(const std::vector<CaptionPair>& pairs);
/// The pairs of such a message; nothing for any other message, or a cut one.
std::optional<std::vector<CaptionPair>> captions_of(const SeiMessage& message);

}  // namespace subtide
