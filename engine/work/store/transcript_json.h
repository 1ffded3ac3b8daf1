#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/speech/audio_window.h"
#include "engine/speech/transcript.h"

namespace subtide {

/// Sentences as a translator gave them back.
struct TranslatedSentences {
  std::string language;  ///< BCP 47 of the translation
  std::vector<std::string> sentences;
  bool operator==(const TranslatedSentences&) const = default;
};

/// What workers give back and stores keep, as JSON of one line. Times are whole nanoseconds and a
/// confidence comes back to the last bit, so reading gives what was written.
///
/// Threads: any. Text that is not UTF-8 gets U+FFFD in the place of the wrong bytes.
std::string to_json(const Transcript& transcript);
std::string to_json(const TranslatedSentences& translation);
/// The pieces of an audio window; its samples are in the blob store.
std::string to_json(std::span<const WindowPiece> pieces);

/// Readers for texts that nobody vouches for: size and depth are limited, unknown or missing
/// fields, wrong types, times that run backward and control characters are refused. Errors:
/// kBadInput names the field and what is wrong with it.
Result<Transcript> transcript_from_json(std::string_view text);
Result<TranslatedSentences> translation_from_json(std::string_view text);
/// Order and lengths are checked by AudioWindow::create(), which knows the samples.
Result<std::vector<WindowPiece>> pieces_from_json(std::string_view text);

}  // namespace subtide
