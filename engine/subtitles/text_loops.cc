#include <algorithm>
#include <optional>
#include <utility>

#include "engine/subtitles/phrase_edit.h"
#include "engine/subtitles/text_chain.h"
#include "engine/subtitles/unicode_text.h"

namespace subtide {

namespace {

constexpr std::size_t kLongestLoop = 12;  // words
constexpr std::size_t kRepeats = 3;
constexpr std::size_t kHistory = kLongestLoop * kRepeats;
/// Words said again after so long are said again, not a model in a loop.
constexpr MediaDuration kMemory = std::chrono::seconds(30);

std::string key_of(const Word& word, std::string_view language) {
  const std::string_view core = trim_punctuation(word.text).core;
  return lookup_form(core.empty() ? std::string_view(word.text) : core, language);
}

bool is_all_digits(const std::string& key) {
  return !key.empty() &&
         std::all_of(key.begin(), key.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// A run of words that repeats with a period.
struct Loop {
  std::size_t begin = 0;
  std::size_t period = 0;
  std::size_t length = 0;  ///< words that follow the period, a part of one at the end included

  std::size_t whole_end() const { return begin + length / period * period; }
};

std::optional<Loop> loop_at(const std::vector<std::string>& keys, std::size_t begin) {
  for (std::size_t period = 1; period <= kLongestLoop; ++period) {
    if (begin + period * kRepeats > keys.size()) break;
    if (period == 1 && is_all_digits(keys[begin])) continue;  // "one one one" is a number
    std::size_t length = period;
    while (begin + length < keys.size() && keys[begin + length] == keys[begin + length - period]) {
      ++length;
    }
    if (length >= period * kRepeats) return Loop{begin, period, length};
  }
  return std::nullopt;
}

class LoopRemover final : public TextTransform {
 public:
  std::string_view name() const override { return "remove_loops"; }

  std::vector<Phrase> push(Phrase phrase, std::vector<TextNote>& notes) override {
    forget_if_unrelated(phrase);
    std::vector<std::string> keys = history_;
    for (const Word& word : phrase.words) keys.push_back(key_of(word, phrase.language));
    std::vector<bool> is_removed(phrase.words.size(), false);
    for (std::size_t at = 0; at < keys.size();) {
      const std::optional<Loop> loop = loop_at(keys, at);
      if (loop) remove(*loop, keys.size(), phrase, is_removed, notes);
      at = loop ? loop->whole_end() : at + 1;
    }
    const std::size_t surplus = keys.size() - std::min(keys.size(), kHistory);
    history_.assign(keys.begin() + static_cast<std::ptrdiff_t>(surplus), keys.end());
    return remove_words(std::move(phrase), is_removed);
  }

  std::vector<Phrase> finish(std::vector<TextNote>&) override {
    history_.clear();
    return {};
  }

 private:
  void forget_if_unrelated(const Phrase& phrase) {
    if (phrase.span().begin > last_end_ + kMemory || phrase.speaker != speaker_ ||
        phrase.language != language_) {
      history_.clear();
    }
    last_end_ = phrase.span().end;
    speaker_ = phrase.speaker;
    language_ = phrase.language;
  }

  void remove(const Loop& loop, std::size_t key_count, Phrase& phrase,
              std::vector<bool>& is_removed, std::vector<TextNote>& notes) const {
    const std::size_t known = history_.size();
    const std::size_t run_end = loop.begin + loop.length;
    const bool fills_phrase = loop.begin < known && run_end == key_count;
    const std::size_t first = std::max(loop.begin + loop.period, known) - known;
    const std::size_t end = fills_phrase ? run_end : loop.whole_end();
    if (end <= known + first) return;
    const std::size_t last = end - known;
    TextNote note{std::string(name()),
                  "repeated_words",
                  {phrase.words[first].span.begin, phrase.words[last - 1].span.end},
                  ""};
    note.text = to_text({phrase.words.begin() + static_cast<std::ptrdiff_t>(first),
                         phrase.words.begin() + static_cast<std::ptrdiff_t>(last)});
    notes.push_back(std::move(note));
    std::fill(is_removed.begin() + static_cast<std::ptrdiff_t>(first),
              is_removed.begin() + static_cast<std::ptrdiff_t>(last), true);
    if (loop.begin + loop.period <= known) return;
    Word& kept = phrase.words[first - 1];
    const TrimmedWord parts = trim_punctuation(kept.text);
    kept.text = std::string(parts.prefix)
                    .append(parts.core)
                    .append(trim_punctuation(phrase.words[last - 1].text).suffix);
  }

  std::vector<std::string> history_;  ///< keys of the words before, also of those removed
  MediaTime last_end_{0};
  std::optional<std::string> speaker_;
  std::string language_;
};

}  // namespace

std::unique_ptr<TextTransform> make_loop_remover() { return std::make_unique<LoopRemover>(); }

}  // namespace subtide
