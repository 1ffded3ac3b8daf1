#include "engine/subtitles/text_chain.h"

#include <utility>

#include "engine/subtitles/phrase_edit.h"
#include "engine/subtitles/unicode_text.h"

namespace subtide {

namespace {

class ControlStripper final : public TextTransform {
 public:
  std::string_view name() const override { return "strip_controls"; }

  std::vector<Phrase> push(Phrase phrase, std::vector<TextNote>&) override {
    std::vector<bool> is_empty(phrase.words.size(), false);
    for (std::size_t i = 0; i < phrase.words.size(); ++i) {
      std::string& text = phrase.words[i].text;
      text = strip_controls(text);
      is_empty[i] = text.empty();
    }
    return remove_words(std::move(phrase), is_empty);
  }

  std::vector<Phrase> finish(std::vector<TextNote>&) override { return {}; }
};

std::vector<std::unique_ptr<TextTransform>> standard_transforms(TextChainOptions options) {
  std::vector<std::unique_ptr<TextTransform>> transforms;
  transforms.push_back(make_control_stripper());
  transforms.push_back(make_loop_remover());
  transforms.push_back(make_punctuator());
  if (!options.glossary.spelling.empty()) {
    transforms.push_back(make_speller(std::move(options.glossary.spelling)));
  }
  if (options.profanity != ProfanityMode::kKeep) {
    transforms.push_back(make_profanity_filter(options.profanity));
  }
  return transforms;
}

}  // namespace

std::unique_ptr<TextTransform> make_control_stripper() {
  return std::make_unique<ControlStripper>();
}

TextChain::TextChain(TextChainOptions options)
    : transforms_(standard_transforms(std::move(options))) {}

TextChain::TextChain(std::vector<std::unique_ptr<TextTransform>> transforms)
    : transforms_(std::move(transforms)) {}

void TextChain::run(std::size_t first, std::vector<Phrase> phrases, TextChainOutput& output) {
  for (std::size_t i = first; i < transforms_.size(); ++i) {
    std::vector<Phrase> next;
    for (Phrase& phrase : phrases) {
      for (Phrase& result : transforms_[i]->push(std::move(phrase), output.notes)) {
        next.push_back(std::move(result));
      }
    }
    phrases = std::move(next);
  }
  for (Phrase& phrase : phrases) output.phrases.push_back(std::move(phrase));
}

TextChainOutput TextChain::push(const Phrase& phrase) {
  TextChainOutput output;
  if (!phrase.words.empty()) run(0, {phrase}, output);
  return output;
}

TextChainOutput TextChain::finish() {
  TextChainOutput output;
  for (std::size_t i = 0; i < transforms_.size(); ++i) {
    run(i + 1, transforms_[i]->finish(output.notes), output);
  }
  return output;
}

std::vector<std::string_view> TextChain::names() const {
  std::vector<std::string_view> names;
  for (const auto& transform : transforms_) names.push_back(transform->name());
  return names;
}

}  // namespace subtide
