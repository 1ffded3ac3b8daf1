#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "engine/packaging/former_programme.h"
#include "engine/subtitles/cue.h"

namespace subtide {

/// What an event that broke off had shown as captions, read back from its WebVTT segments.
struct FormerCaptions {
  /// Each cue once, in order, at its times in the programme; by folder: "subs_en".
  std::map<std::string, std::vector<Cue>> cues;
  /// Number of the next cue: the ones before are ids in one language at least.
  std::uint64_t next_number = 1;
};

/// Segments that cannot be read are left out. Threads: any. Errors: none.
FormerCaptions read_former_captions(const std::filesystem::path& folder,
                                    const FormerProgramme& programme);

}  // namespace subtide
