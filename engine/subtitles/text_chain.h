#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/speech/phrase.h"
#include "engine/subtitles/glossary.h"
#include "engine/subtitles/profanity.h"

namespace subtide {

/// Something a transform took away or changed that a person may want to know of.
struct TextNote {
  std::string transform;  ///< its name
  std::string reason;     ///< stable lower-case name: "repeated_words", "profanity_masked", …
  TimeSpan span;
  std::string text;  ///< what was there before
  bool operator==(const TextNote&) const = default;
};

/// One step of the chain: phrases in, phrases out. A phrase that loses all its words goes.
///
/// Time:    words keep their times; where the number of words changes, the new words share the span
///          of those they replace. Threads: one at a time. Errors: none.
class TextTransform {
 public:
  virtual ~TextTransform() = default;
  virtual std::string_view name() const = 0;
  virtual std::vector<Phrase> push(Phrase phrase, std::vector<TextNote>& notes) = 0;
  /// Gives what was held back; the next phrase starts afresh.
  virtual std::vector<Phrase> finish(std::vector<TextNote>& notes) = 0;
};

/// Removes control characters and bidirectional overrides.
std::unique_ptr<TextTransform> make_control_stripper();
/// Keeps one of three or more repetitions in a row of the same words, as models stuck in a loop
/// give them; also across phrases, where what was given stays and the third goes.
std::unique_ptr<TextTransform> make_loop_remover();
/// Gives phrases without punctuation capitals and full stops, by their pauses.
std::unique_ptr<TextTransform> make_punctuator();
/// Writes terms as the glossary spells them.
std::unique_ptr<TextTransform> make_speller(std::map<std::string, std::string> spelling);
/// Masks or drops profane words.
std::unique_ptr<TextTransform> make_profanity_filter(ProfanityMode mode);

struct TextChainOptions {
  ProfanityMode profanity = ProfanityMode::kKeep;
  Glossary glossary;
};

/// What one call of the chain gave.
struct TextChainOutput {
  std::vector<Phrase> phrases;
  std::vector<TextNote> notes;
};

/// The ordered transforms between recognition and layout: strip_controls, remove_loops, punctuate,
/// spell, profanity; the last two only when there is something for them to do.
///
/// Owner:   the caller; movable. Threads: one at a time. Errors: none.
class TextChain {
 public:
  explicit TextChain(TextChainOptions options);
  explicit TextChain(std::vector<std::unique_ptr<TextTransform>> transforms);

  TextChainOutput push(const Phrase& phrase);
  /// The end, or a jump in time.
  TextChainOutput finish();

  std::vector<std::string_view> names() const;

 private:
  void run(std::size_t first, std::vector<Phrase> phrases, TextChainOutput& output);

  std::vector<std::unique_ptr<TextTransform>> transforms_;
};

}  // namespace subtide
