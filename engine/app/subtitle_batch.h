#pragma once

#include <istream>
#include <stop_token>

#include "engine/app/exit_code.h"
#include "engine/app/subtitle_options.h"

namespace subtide {

/// Does what `subtide subtitle` was asked: see run_media_batch().
ExitCode run_subtitle_batch(const SubtitleOptions& options, std::istream& list,
                            std::stop_token stop);

}  // namespace subtide
