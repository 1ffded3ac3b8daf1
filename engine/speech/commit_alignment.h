#pragma once

#include <cstddef>
#include <vector>

#include "engine/base/media_time.h"
#include "engine/speech/transcript.h"

namespace subtide {

/// How many of a decode's first words are ones that were committed before: the border that fits
/// best, by the text and times of the last committed words and by the time they end, `frontier`.
///
/// Neither text nor time alone will do: people say a word twice, and decoders move times.
std::size_t committed_words(const std::vector<Word>& decode, const std::vector<Word>& committed,
                            MediaTime frontier);

}  // namespace subtide
