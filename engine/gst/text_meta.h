#pragma once

#include <gst/gst.h>

#include <memory>

#include "engine/speech/phrase.h"
#include "engine/subtitles/cue.h"

namespace subtide {

/// What a text buffer means besides its text: the phrase (recognised or translated words) or the
/// cue it was made from. It rides in the GstMeta "TideTextMeta", which copies of the buffer keep.
///
/// Time: spans are on the buffers' own timeline (PTS).

/// Replaces what the buffer held. The buffer must be writable.
void attach_phrase(GstBuffer* buffer, std::shared_ptr<const Phrase> phrase);
void attach_cue(GstBuffer* buffer, std::shared_ptr<const Cue> cue);

/// Null when the buffer holds none.
std::shared_ptr<const Phrase> phrase_of(GstBuffer* buffer);
std::shared_ptr<const Cue> cue_of(GstBuffer* buffer);

}  // namespace subtide
