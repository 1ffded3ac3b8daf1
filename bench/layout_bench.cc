#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "engine/subtitles/cue_layout.h"
#include "engine/subtitles/text_chain.h"

namespace subtide {
namespace {

/// An hour of news, in phrases of one sentence; the same each time.
std::vector<Phrase> make_phrases(std::string_view language) {
  static const std::vector<std::string> kWords = {
      "The",     "president", "of",      "the",     "commission,", "who",     "has",
      "not",     "yet",       "decided", "whether", "member",      "states",  "will",
      "support", "a",         "new",     "plan",    "to",          "cut",     "emissions",
      "by",      "55",        "percent", "before",  "2030,",       "told",    "reporters",
      "in",      "Brussels",  "that",    "time",    "is",          "running", "out",
      "for",     "industry."};
  std::vector<Phrase> phrases;
  MediaTime at{0};
  for (int sentence = 0; sentence < 250; ++sentence) {
    Phrase phrase;
    phrase.language = language;
    phrase.is_punctuated = true;
    for (std::size_t i = 0; i < kWords.size(); ++i) {
      const std::string& text =
          kWords[(i * 7 + static_cast<std::size_t>(sentence)) % kWords.size()];
      const MediaDuration length = std::chrono::milliseconds(60 * (text.size() + 1));
      phrase.words.push_back({text, {at, at + length}, 1.0F});
      at += length + (text.back() == '.' ? std::chrono::milliseconds(500) : MediaDuration(0));
    }
    phrases.push_back(std::move(phrase));
  }
  return phrases;
}

std::int64_t word_count(const std::vector<Phrase>& phrases) {
  std::int64_t words = 0;
  for (const Phrase& phrase : phrases) words += static_cast<std::int64_t>(phrase.words.size());
  return words;
}

void layout_words(benchmark::State& state, const std::string& style) {
  const std::vector<Phrase> phrases = make_phrases("en");
  const LayoutRules rules = layout_rules(style, "en").value();
  for (auto _ : state) {
    auto layout = CueLayout::create(rules);
    for (const Phrase& phrase : phrases) benchmark::DoNotOptimize(layout->push(phrase));
    benchmark::DoNotOptimize(layout->finish());
  }
  state.SetItemsProcessed(state.iterations() * word_count(phrases));
}
BENCHMARK_CAPTURE(layout_words, netflix, std::string("netflix"));
BENCHMARK_CAPTURE(layout_words, cea608, std::string("cea608"));

void text_chain_words(benchmark::State& state) {
  std::vector<Phrase> phrases = make_phrases("en");
  for (Phrase& phrase : phrases) phrase.is_punctuated = false;
  TextChainOptions options;
  options.profanity = ProfanityMode::kMask;
  options.glossary.spelling = {{"member states", "Member States"}};
  for (auto _ : state) {
    TextChain chain(options);
    for (const Phrase& phrase : phrases) benchmark::DoNotOptimize(chain.push(phrase));
    benchmark::DoNotOptimize(chain.finish());
  }
  state.SetItemsProcessed(state.iterations() * word_count(phrases));
}
BENCHMARK(text_chain_words);

}  // namespace
}  // namespace subtide

BENCHMARK_MAIN();
