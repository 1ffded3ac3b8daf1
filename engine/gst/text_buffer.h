#pragma once

#include <gst/gst.h>

#include <memory>
#include <optional>
#include <string>

#include "engine/base/result.h"
#include "engine/gst/pointer.h"
#include "engine/speech/phrase.h"
#include "engine/subtitles/cue.h"

namespace subtide {

/// Text buffers (text/x-raw, UTF-8) as phrases and cues, and back.
///
/// Time: the buffers' own timeline (PTS).

/// What a buffer says. Of our own elements it is the phrase or cue that rides along; a cue becomes
/// a phrase that would rather start a new cue. Plain text of other elements is cut at white space
/// and its words are timed by their length over the buffer's span (without duration: at reading
/// speed); bytes that are no UTF-8 become U+FFFD. `language` is used where the buffer names none.
///
/// Null when there are no words. Errors: kBadInput for text without PTS or that cannot be read.
Result<std::shared_ptr<const Phrase>> read_phrase(GstBuffer* buffer, const std::string& language);

/// A cue as read_phrase() gives it.
Phrase to_phrase(const Cue& cue);

/// A cue from a buffer: the one that rides along, or one with the text's own lines.
Result<std::shared_ptr<const Cue>> read_cue(GstBuffer* buffer);

/// A buffer with `text` that appears over `span`.
BufferPtr make_text_buffer(const std::string& text, TimeSpan span);

/// The phrase as one line, with the phrase riding along.
BufferPtr make_phrase_buffer(std::shared_ptr<const Phrase> phrase);

/// The language that a TAG event names; nothing of other events.
std::optional<std::string> language_of_tag(GstEvent* event);

/// The caps of all text between our elements: text/x-raw, format=utf8.
CapsPtr text_caps();

}  // namespace subtide
