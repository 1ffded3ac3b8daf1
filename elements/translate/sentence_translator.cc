#include "elements/translate/sentence_translator.h"

#include <exception>
#include <utility>

#include "engine/subtitles/time_projection.h"

namespace subtide {
namespace {

constexpr const char* kFailed = "translator_failed";

/// A translation may be longer than its source, but not by this much: then a model ran away.
constexpr std::size_t kMostGrowth = 10;
constexpr std::size_t kAlwaysAllowed = 1000;

std::string main_part(const std::string& language) {
  return language.substr(0, language.find('-'));
}

std::vector<std::string> texts_of(const std::vector<Word>& words) {
  std::vector<std::string> texts;
  for (const Word& word : words) texts.push_back(word.text);
  return texts;
}

Status check_answer(const std::string& source, const std::string& answer) {
  if (answer.size() > kAlwaysAllowed + kMostGrowth * source.size()) {
    return make_error(ErrorCode::kInternal,
                      "the translation of \"{:.60}\" is absurdly long: {} bytes", source,
                      answer.size());
  }
  return ok();
}

}  // namespace

SentenceTranslator::SentenceTranslator(std::shared_ptr<Translator> model,
                                       SentenceTranslatorOptions options)
    : model_(std::move(model)),
      options_(std::move(options)),
      terms_(options_.glossary, options_.target_language) {}

TranslatedBatch SentenceTranslator::translate(const SentenceBatch& batch,
                                              std::stop_token stop) const {
  Error failure;
  try {
    return translate_or_throw(batch, std::move(stop));
  } catch (const std::exception& exception) {
    failure = make_error(ErrorCode::kInternal, "{}", exception.what());
  } catch (...) {
    failure = make_error(ErrorCode::kInternal, "an exception of unknown type");
  }
  TranslatedBatch translated;
  for (const Phrase& sentence : batch.sentences) {
    translated.sentences.push_back(stand_in(sentence));
  }
  translated.failure = std::move(failure);
  return translated;
}

TranslatedBatch SentenceTranslator::translate_or_throw(const SentenceBatch& batch,
                                                       std::stop_token stop) const {
  TranslatedBatch translated;
  TranslationRequest request = request_for(batch, std::move(stop));
  if (main_part(request.source_language) == main_part(request.target_language)) {
    for (const Phrase& sentence : batch.sentences) {
      translated.sentences.push_back({std::make_shared<const Phrase>(sentence), {}});
    }
    return translated;
  }
  std::vector<ForcedTerms::Covered> covered;
  std::vector<std::string> texts;
  for (const Phrase& sentence : batch.sentences) {
    covered.push_back(terms_.cover(texts_of(sentence.words)));
    texts.push_back(covered.back().text);
  }
  const auto answers = ask(texts, request);
  for (std::size_t index = 0; index < texts.size(); ++index) {
    const Phrase& sentence = batch.sentences[index];
    auto phrase = answers            ? finish(sentence, covered[index], (*answers)[index], request)
                  : texts.size() > 1 ? translate_alone(sentence, covered[index], request)
                                     : Result<Phrase>(answers.error());
    if (phrase) {
      translated.sentences.push_back({std::make_shared<const Phrase>(std::move(*phrase)), {}});
      continue;
    }
    translated.sentences.push_back(stand_in(sentence));
    if (!translated.failure) translated.failure = phrase.error();
  }
  return translated;
}

TranslationRequest SentenceTranslator::request_for(const SentenceBatch& batch,
                                                   std::stop_token stop) const {
  TranslationRequest request;
  request.source_language = options_.source_language == "auto" ? batch.sentences.front().language
                                                               : options_.source_language;
  request.target_language = options_.target_language;
  request.context = batch.context;
  request.stop = std::move(stop);
  return request;
}

Result<std::vector<std::string>> SentenceTranslator::ask(std::span<const std::string> texts,
                                                         const TranslationRequest& request) const {
  auto answers = model_->translate(texts, request);
  if (answers && answers->size() != texts.size()) {
    return make_error(ErrorCode::kInternal, "{} gave {} translations for {} sentences",
                      model_->traits().spec, answers->size(), texts.size());
  }
  return answers;
}

Result<Phrase> SentenceTranslator::finish(const Phrase& sentence,
                                          const ForcedTerms::Covered& covered,
                                          const std::string& answer,
                                          const TranslationRequest& request) const {
  const Status checked = check_answer(covered.text, answer);
  if (!checked) return checked.error();
  const auto text = ForcedTerms::uncover(answer, covered);
  // A translator that swallows made-up words still translates; only the glossary is not heeded.
  if (!text) {
    const std::string plain = to_text(sentence.words);
    return translate_alone(sentence, {plain, {}}, request);
  }
  auto phrase = project_times(sentence, *text, options_.target_language);
  if (phrase) return std::move(*phrase);
  return make_error(ErrorCode::kInternal, "{} translated \"{:.60}\" into nothing",
                    model_->traits().spec, covered.text);
}

Result<Phrase> SentenceTranslator::translate_alone(const Phrase& sentence,
                                                   const ForcedTerms::Covered& covered,
                                                   const TranslationRequest& request) const {
  const std::vector<std::string> texts = {covered.text};
  const auto answers = ask(texts, request);
  if (!answers) return answers.error();
  return finish(sentence, covered, answers->front(), request);
}

TranslatedSentence SentenceTranslator::stand_in(const Phrase& sentence) const {
  TranslatedSentence translated;
  translated.gap = {sentence.span(), kFailed};
  if (options_.on_failure == OnFailure::kGap) return translated;
  Phrase source = sentence;
  source.language = options_.target_language;
  source.words.front().text = "[" + source.words.front().text;
  source.words.back().text += "]";
  translated.phrase = std::make_shared<const Phrase>(std::move(source));
  return translated;
}

}  // namespace subtide
