#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace subtide {

/// What stands in fragmented MP4, read by code that shares nothing with the writer. The readers
/// throw std::runtime_error, with the box's name, at the first thing that is not as ISO/IEC
/// 14496-12 and CMAF have it.

struct CmafInit {
  std::string handler;  ///< "vide", "soun"
  std::uint32_t timescale = 0;
  std::string entry;   ///< "avc1", "hvc1", "mp4a"
  std::string config;  ///< avcC, hvcC or AudioSpecificConfig
  int width = 0;
  int height = 0;
  int channels = 0;
};

struct CmafSample {
  std::uint64_t decode = 0;  ///< ticks
  std::int64_t offset = 0;   ///< presentation less decode
  std::uint32_t duration = 0;
  bool is_sync = false;
  std::string bytes;
};

struct CmafChunk {
  std::uint32_t sequence = 0;
  std::uint64_t decode = 0;
  std::vector<std::string> events;  ///< whole emsg boxes before it
  std::vector<CmafSample> samples;
};

CmafInit read_cmaf_init(std::string_view bytes);
std::vector<CmafChunk> read_cmaf_chunks(std::string_view bytes);

}  // namespace subtide
