#pragma once

#include <gst/gst.h>

#include <optional>
#include <string>
#include <string_view>

#include "engine/gst/pointer.h"
#include "engine/subtitles/cue.h"

namespace subtide {

/// The cue's lines, `line_end` behind them, over its span; the cue rides along.
BufferPtr make_cue_buffer(const Cue& cue, std::string_view line_end);

}  // namespace subtide
