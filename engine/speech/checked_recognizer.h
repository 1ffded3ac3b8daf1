#pragma once

#include <memory>

#include "engine/speech/ports.h"

namespace subtide {

/// A recogniser whose answers can be believed: words are tidy (tidy_words) and plausible
/// (check_output), so what is kept of them needs no second look.
///
/// An answer that is not believed is asked for once more with the next `attempt`, which models take
/// as other parameters; of two such answers the one that lost less counts, and what was taken out
/// is in its gaps. Words over silence that leave other words standing are just taken out: a second
/// answer could not say more. Partial windows are not asked again either: the next one is. The same
/// window gives the same words, whatever was asked before.
///
/// Threads: as the model. Errors: as the model; where it does not support another attempt the first
///          answer counts.
std::shared_ptr<Recognizer> make_checked_recognizer(std::shared_ptr<Recognizer> model);

}  // namespace subtide
