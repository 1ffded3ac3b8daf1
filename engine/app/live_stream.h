#pragma once

#include <stop_token>

#include "engine/app/exit_code.h"
#include "engine/app/live_options.h"

namespace subtide {

/// Does what `subtide live` was asked, until the source ends or `stop`.
ExitCode run_live_stream(const LiveOptions& options, std::stop_token stop);

}  // namespace subtide
