#include <cstdlib>
#include <utility>

#include "models/fake/fake.h"
#include "models/fake/fake_script.h"
#include "models/fake/tone_listener.h"

namespace subtide {
namespace {

constexpr MediaDuration kGrid = std::chrono::milliseconds(500);
constexpr MediaDuration kWordLength = std::chrono::milliseconds(400);
constexpr std::size_t kHugeBytes = 10'000'000;

class FakeRecognizer : public Recognizer {
 public:
  explicit FakeRecognizer(FakeScript script) : script_(std::move(script)) {
    traits_.spec = script_.name.empty() ? "fake" : "fake:" + script_.name;
    traits_.detail = "scripted words, for tests";
    traits_.languages = {script_.language};
    traits_.max_window = script_.max_window;
    traits_.is_punctuated = script_.is_punctuated;
  }

  const ModelTraits& traits() const override { return traits_; }

  Result<Transcript> recognize(const AudioWindow& window,
                               const RecognitionRequest& request) override {
    if (auto waited = fake_delay(script_.delay, request.stop, request.progress); !waited)
      return waited.error();
    Transcript transcript;
    transcript.language = script_.language;
    transcript.is_punctuated = script_.is_punctuated;
    transcript.words = words_in(window);
    for (const FakeTrouble& trouble : script_.troubles) {
      if (request.attempt >= trouble.attempts) continue;
      if (!befalls(trouble, window, transcript)) continue;
      const MediaDuration delay =
          trouble.delay + from_seconds(trouble.pace * to_seconds(window.duration()));
      if (auto waited = fake_delay(delay, request.stop, request.progress); !waited)
        return waited.error();
      if (auto spoiled = spoil(trouble, window, transcript); !spoiled) return spoiled.error();
    }
    return transcript;
  }

 private:
  std::vector<Word> words_in(const AudioWindow& window) const {
    if (script_.hears_tones) return hear_tones(window);
    return script_.words.empty() ? words_of_time(window) : scripted_words(window);
  }

  static bool befalls(const FakeTrouble& trouble, const AudioWindow& window,
                      const Transcript& transcript) {
    return trouble.lasts() && (!trouble.at || window.span().contains(*trouble.at)) &&
           to_text(transcript.words).find(trouble.text) != std::string::npos;
  }

  /// A word belongs to the window that holds its begin: each comes exactly once.
  static bool holds(const AudioWindow& window, MediaTime time) {
    const auto pieces = window.pieces();
    for (std::size_t i = 0; i < pieces.size(); ++i) {
      if (piece_span(window, i).contains(time)) return true;
    }
    return false;
  }
  static TimeSpan piece_span(const AudioWindow& window, std::size_t index) {
    const auto pieces = window.pieces();
    const std::size_t next =
        index + 1 < pieces.size() ? pieces[index + 1].first_sample : window.samples().size();
    const auto count = static_cast<std::int64_t>(next - pieces[index].first_sample);
    return {pieces[index].begin, pieces[index].begin + samples_to_duration(count)};
  }

  std::vector<Word> scripted_words(const AudioWindow& window) const {
    std::vector<Word> words;
    for (const Word& word : script_.words) {
      if (holds(window, word.span.begin)) words.push_back(word);
    }
    return words;
  }

  std::vector<Word> words_of_time(const AudioWindow& window) const {
    std::vector<Word> words;
    for (std::size_t i = 0; i < window.pieces().size(); ++i) {
      const TimeSpan span = piece_span(window, i);
      const std::int64_t first = (span.begin + kGrid - MediaDuration(1)) / kGrid;
      for (std::int64_t slot = first; slot * kGrid < span.end; ++slot) {
        const MediaTime begin = slot * kGrid;
        words.push_back({word_of_slot(slot), {begin, std::min(begin + kWordLength, span.end)}});
      }
    }
    return words;
  }

  std::string word_of_slot(std::int64_t slot) const {
    if (!script_.refrain.empty()) {
      return script_.refrain[static_cast<std::size_t>(slot) % script_.refrain.size()];
    }
    return fmt::format("s{}{}", slot / 2, slot % 2 == 0 ? "" : "h");
  }

  static Status spoil(const FakeTrouble& trouble, const AudioWindow& window,
                      Transcript& transcript) {
    const TimeSpan span = window.span();
    switch (trouble.fault) {
      case FakeFault::kFail:
        return make_error(trouble.code, "fake model: told to fail at {}", format_clock(span.begin));
      case FakeFault::kCrash:
        std::abort();
      case FakeFault::kHang:
        fake_hang();
      case FakeFault::kEmpty:
      case FakeFault::kCount:
        transcript.words.clear();
        break;
      case FakeFault::kLoop:
        transcript.words = loop(span);
        break;
      case FakeFault::kHuge:
        transcript.words.resize(1);
        transcript.words[0] = {std::string(kHugeBytes, 'a'), span};
        break;
      case FakeFault::kOutside:
        for (Word& word : transcript.words) {
          word.span = {span.end + (span.end - word.span.begin) * 10, MediaTime(-1)};
        }
        break;
      case FakeFault::kLanguage:
        transcript.language = "xx";
        break;
      case FakeFault::kSlow:
        break;
      case FakeFault::kBytes:
        for (Word& word : transcript.words) word.text += "\xFF\xC0";
        break;
    }
    return ok();
  }

  static std::vector<Word> loop(TimeSpan span) {
    constexpr const char* kWords[] = {"thank", "you", "all"};
    std::vector<Word> words;
    for (MediaTime at = span.begin; at + kWordLength <= span.end; at += kWordLength) {
      words.push_back({kWords[words.size() % 3], {at, at + kWordLength}});
    }
    return words;
  }

  const FakeScript script_;
  ModelTraits traits_;
};

}  // namespace

Result<std::shared_ptr<Recognizer>> make_fake_recognizer(std::string_view spec_rest,
                                                         const ModelOptions&) {
  auto script = read_fake_script(spec_rest);
  if (!script) return script.error();
  return std::make_shared<FakeRecognizer>(std::move(*script));
}

}  // namespace subtide
