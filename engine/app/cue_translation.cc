#include "engine/app/cue_translation.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "engine/app/cue_edit.h"
#include "engine/app/cue_words.h"
#include "engine/subtitles/forced_terms.h"
#include "engine/subtitles/sentence_batcher.h"
#include "engine/subtitles/time_projection.h"

namespace subtide {
namespace {

constexpr std::size_t kSentencesPerCall = 8;
constexpr int kFailuresInARow = 2;

std::vector<std::string> texts_of(const Phrase& sentence) {
  std::vector<std::string> texts;
  for (const auto& word : sentence.words) texts.push_back(word.text);
  return texts;
}

/// Translates one file's sentences, batch by batch.
class Translation {
 public:
  Translation(const CueTranslation& wish, const Glossary& glossary,
              std::shared_ptr<Translator> translator, std::stop_token stop)
      : wish_(wish),
        terms_(glossary, wish.target_language),
        translator_(std::move(translator)),
        stop_(std::move(stop)) {}

  void add(const std::vector<SentenceBatch>& batches) {
    for (const auto& batch : batches) {
      if (!stop_.stop_requested()) add(batch);
    }
  }

  const std::vector<Phrase>& phrases() const { return phrases_; }
  const std::vector<Gap>& gaps() const { return gaps_; }
  const std::optional<Error>& first_error() const { return first_error_; }

 private:
  void add(const SentenceBatch& batch) {
    std::vector<ForcedTerms::Covered> covered;
    std::vector<std::string> texts;
    for (const auto& sentence : batch.sentences) {
      covered.push_back(terms_.cover(texts_of(sentence)));
      texts.push_back(covered.back().text);
    }
    const TranslationRequest request{wish_.source_language, wish_.target_language, batch.context,
                                     stop_};
    auto answers = translator_->translate(texts, request);
    if (!answers) return add_one_by_one(batch, request);
    for (std::size_t i = 0; i < batch.sentences.size(); ++i) {
      // A translator that loses a forced term gives its own word for it.
      auto text = ForcedTerms::uncover((*answers)[i], covered[i]);
      if (!text) text = translate_alone(batch.sentences[i], request);
      if (text) keep(batch.sentences[i], *text);
    }
  }

  /// One sentence may have spoilt the whole call; a translator that fails again and again is down.
  void add_one_by_one(const SentenceBatch& batch, const TranslationRequest& request) {
    int failures = 0;
    for (const auto& sentence : batch.sentences) {
      if (failures >= kFailuresInARow) {
        lose(sentence, *first_error_);
      } else if (const auto text = translate_alone(sentence, request)) {
        keep(sentence, *text);
        failures = 0;
      } else {
        ++failures;
      }
    }
  }

  std::optional<std::string> translate_alone(const Phrase& sentence,
                                             const TranslationRequest& request) {
    const std::vector<std::string> plain = {to_text(sentence.words)};
    auto answer = translator_->translate(plain, request);
    if (answer) return std::move(answer->front());
    lose(sentence, answer.error());
    return std::nullopt;
  }

  void keep(const Phrase& sentence, const std::string& text) {
    auto phrase = project_times(sentence, text, wish_.target_language);
    if (phrase) phrases_.push_back(*std::move(phrase));
  }

  void lose(const Phrase& sentence, const Error& error) {
    gaps_.push_back({sentence.span(), "translator_failed"});
    if (!first_error_) first_error_ = error;
  }

  const CueTranslation& wish_;
  const ForcedTerms terms_;
  const std::shared_ptr<Translator> translator_;
  const std::stop_token stop_;
  std::vector<Phrase> phrases_;
  std::vector<Gap> gaps_;
  std::optional<Error> first_error_;
};

}  // namespace

Result<TranslatedCues> translate_cues(const std::vector<Cue>& cues, const CueTranslation& wish,
                                      ModelProvider& models, std::stop_token stop) {
  const auto glossary = load_glossary(wish.glossary);
  if (!glossary) return glossary.error();
  ModelOptions options;
  options.language = wish.source_language;
  options.target_language = wish.target_language;
  auto translator = models.translator(wish.translator, options);
  if (!translator) return translator.error();
  Translation translation(wish, *glossary, *translator, stop);
  SentenceBatcher batcher(kSentencesPerCall);
  for (const auto& cue : cues) {
    for (const auto& phrase : phrase_of(cue)) translation.add(batcher.push(phrase));
  }
  translation.add(batcher.finish());
  if (stop.stop_requested()) return make_error(ErrorCode::kUnavailable, "interrupted");
  auto laid = lay_out(translation.phrases(), wish.style, wish.target_language);
  if (!laid) return laid.error();
  TranslatedCues result{*std::move(laid), (*translator)->traits(), translation.gaps(), {}};
  if (translation.first_error()) {
    result.reasons.push_back(fmt::format("{}: {} sentences are not translated: {}",
                                         wish.target_language, result.gaps.size(),
                                         translation.first_error()->message));
  }
  return result;
}

}  // namespace subtide
