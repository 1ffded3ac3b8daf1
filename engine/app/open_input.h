#pragma once

#include "engine/app/job_surroundings.h"
#include "engine/pipeline/media_input.h"

namespace subtide {

/// Opens the media file, or fetches what the URL names into a file without a name, telling people
/// how far that has come. Threads: the caller's. Errors: as MediaInput::open() and fetch().
Result<MediaInput> open_input(const JobSurroundings& around, const InputItem& item);

}  // namespace subtide
