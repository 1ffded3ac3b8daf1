#pragma once

#include <gst/gst.h>

#include <optional>

#include "engine/subtitles/text_chain.h"

namespace subtide {

/// The message "tide/text-note": text that the text chain took away or changed, and why. Times are
/// stream time.

/// Posts an element message. Threads: any.
void post_text_note(GstElement* element, const TextNote& note);

/// Nothing when the message is another one.
std::optional<TextNote> read_text_note(GstMessage* message);

}  // namespace subtide
