#include "engine/pipeline/session_texts.h"

#include <utility>

#include "engine/pipeline/recognition_part.h"

namespace subtide {
namespace {

void take_from(TextRecorder& recorder, std::vector<Phrase>& phrases) {
  for (const RecordedPhrase& phrase : recorder.take_phrases()) phrases.push_back(*phrase);
}

PadPtr text_pad(GstElement* element) { return PadPtr(gst_element_get_static_pad(element, "src")); }

}  // namespace

SessionTexts::SessionTexts(GstBin* bin, GstElement* recognizer, std::function<void()> on_end) {
  if (recognizer != nullptr) {
    recognizer_ = std::make_unique<TextRecorder>(text_pad(recognizer), TextRecorder::Mode::kAll,
                                                 std::move(on_end));
  }
  for (const ElementPtr& translator : elements_of(bin, "tidetranslate")) {
    translators_.push_back(std::make_unique<TextRecorder>(text_pad(translator.get()),
                                                          TextRecorder::Mode::kPhrases, [] {}));
  }
}

SessionTexts::SessionTexts(GstBin* bin) : SessionTexts(bin, nullptr, [] {}) {
  const auto recognizers = elements_of(bin, "tidetranscribe");
  if (recognizers.empty()) return;
  recognizer_ = std::make_unique<TextRecorder>(text_pad(recognizers.front().get()),
                                               TextRecorder::Mode::kPhrases, [] {});
}

std::vector<Phrase> SessionTexts::take_transcript() {
  std::vector<Phrase> phrases;
  if (recognizer_) take_from(*recognizer_, phrases);
  return phrases;
}

std::vector<Phrase> SessionTexts::take_translations() {
  std::vector<Phrase> phrases;
  for (const auto& translator : translators_) take_from(*translator, phrases);
  return phrases;
}

std::optional<TextRecord> SessionTexts::take_record() {
  return recognizer_ ? recognizer_->take_record() : std::nullopt;
}

Phrase shifted(Phrase phrase, MediaDuration by) {
  for (Word& word : phrase.words) word.span = word.span.shifted(by);
  return phrase;
}

}  // namespace subtide
