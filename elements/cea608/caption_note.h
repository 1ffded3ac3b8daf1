#pragma once

#include <gst/gst.h>

#include <optional>

#include "engine/subtitles/cea608_rows.h"

namespace subtide {

/// The message "tide/caption-note": what became of a cue on its way to CEA-608. Fields: "kind"
/// ("unspelled", "wrapped", "split", "late"), "cue", "start", "end", "line", "position", "text",
/// "instead", "late". Times are nanoseconds of stream time.

/// Posts an element message. Threads: any.
void post_caption_note(GstElement* element, const Cea608Note& note);

/// Nothing when the message is another one.
std::optional<Cea608Note> read_caption_note(GstMessage* message);

}  // namespace subtide
