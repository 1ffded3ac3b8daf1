#pragma once

#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/speech/phrase.h"
#include "engine/speech/ports.h"
#include "engine/subtitles/forced_terms.h"
#include "engine/subtitles/glossary.h"
#include "engine/subtitles/sentence_batcher.h"

namespace subtide {

/// What stands for a sentence that could not be translated.
enum class OnFailure { kGap, kSource };

struct SentenceTranslatorOptions {
  std::string source_language = "auto";  ///< BCP 47; "auto": that of each sentence
  std::string target_language;           ///< BCP 47
  OnFailure on_failure = OnFailure::kGap;
  Glossary glossary;
};

/// One sentence after translation: text with times, or the gap that it left.
struct TranslatedSentence {
  std::shared_ptr<const Phrase> phrase;  ///< null: there is only the gap
  Gap gap;
};

struct TranslatedBatch {
  std::vector<TranslatedSentence> sentences;  ///< as many as the batch had
  std::optional<Error> failure;               ///< why the first of the failed ones failed
};

/// Translates batches and gives the sentences their times.
///
/// A batch that fails is tried again sentence by sentence, so that one bad sentence costs only
/// itself. A sentence that is in the target language already passes as it is. An answer that is
/// empty or absurdly long counts as a failure.
///
/// Owner:   the caller; shares the model. Threads: any; calls may overlap.
/// Errors:  never throws; failures become gaps ("translator_failed"), or the source text in square
///          brackets, as the options say.
class SentenceTranslator {
 public:
  SentenceTranslator(std::shared_ptr<Translator> model, SentenceTranslatorOptions options);

  TranslatedBatch translate(const SentenceBatch& batch, std::stop_token stop) const;

  const ModelTraits& traits() const { return model_->traits(); }

 private:
  TranslatedBatch translate_or_throw(const SentenceBatch& batch, std::stop_token stop) const;
  TranslationRequest request_for(const SentenceBatch& batch, std::stop_token stop) const;
  Result<std::vector<std::string>> ask(std::span<const std::string> texts,
                                       const TranslationRequest& request) const;
  Result<Phrase> finish(const Phrase& sentence, const ForcedTerms::Covered& covered,
                        const std::string& answer, const TranslationRequest& request) const;
  Result<Phrase> translate_alone(const Phrase& sentence, const ForcedTerms::Covered& covered,
                                 const TranslationRequest& request) const;
  TranslatedSentence stand_in(const Phrase& sentence) const;

  std::shared_ptr<Translator> model_;
  SentenceTranslatorOptions options_;
  ForcedTerms terms_;
};

}  // namespace subtide
