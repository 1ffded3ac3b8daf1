#include "tests/support/spoken_text.h"

#include <espeak-ng/speak_lib.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <mutex>
#include <nlohmann/json.hpp>
#include <numbers>
#include <sstream>
#include <stdexcept>
#include <utility>

namespace subtide {
namespace {

constexpr int kSpokenRate = 22050;
constexpr int kUp = 320;  // 22050 * 320 / 441 = 16000
constexpr int kDown = 441;
constexpr int kLoud = 200;  ///< below it espeak-ng is silent

struct WordMark {
  int milliseconds = 0;
  std::size_t offset = 0;  ///< in the text
  std::size_t length = 0;
};

struct Recording {
  std::vector<std::int16_t> samples;
  std::vector<WordMark> marks;
};

int collect(short* samples, int count, espeak_EVENT* events) {
  auto* recording = static_cast<Recording*>(events->user_data);
  if (samples != nullptr) {
    recording->samples.insert(recording->samples.end(), samples, samples + count);
  }
  for (; events->type != espeakEVENT_LIST_TERMINATED; ++events) {
    if (events->type != espeakEVENT_WORD || events->length <= 0) continue;
    recording->marks.push_back({.milliseconds = events->audio_position,
                                .offset = static_cast<std::size_t>(events->text_position - 1),
                                .length = static_cast<std::size_t>(events->length)});
  }
  return 0;
}

/// By file name ("en-us+f2"), else by language ("en-gb"), as the program espeak-ng does.
void select_voice(const std::string& name) {
  if (espeak_SetVoiceByName(name.c_str()) == EE_OK) return;
  espeak_VOICE wanted{};
  wanted.languages = name.c_str();
  if (espeak_SetVoiceByProperties(&wanted) != EE_OK) {
    throw std::runtime_error("espeak-ng has no voice " + name);
  }
}

Recording record(const std::string& text, const SpeakingVoice& voice) {
  static std::mutex mutex;
  const std::lock_guard lock(mutex);
  static const int rate =
      espeak_Initialize(AUDIO_OUTPUT_SYNCHRONOUS, 0, nullptr, espeakINITIALIZE_DONT_EXIT);
  if (rate != kSpokenRate) throw std::runtime_error("espeak-ng does not start");
  espeak_SetSynthCallback(collect);
  select_voice(voice.name);
  espeak_SetParameter(espeakRATE, voice.words_per_minute, 0);
  espeak_SetParameter(espeakPITCH, voice.pitch, 0);
  Recording recording;
  espeak_Synth(text.c_str(), text.size() + 1, 0, POS_CHARACTER, 0, espeakCHARS_UTF8, nullptr,
               &recording);
  espeak_Synchronize();
  if (recording.samples.empty()) throw std::runtime_error("espeak-ng said nothing");
  return recording;
}

/// Windowed sinc, 32 input samples wide, computed for each output sample.
std::vector<std::int16_t> resample(const std::vector<std::int16_t>& in) {
  constexpr int kHalf = 16;
  constexpr double kCutoff = 0.92 * kUp / kDown;
  std::vector<std::int16_t> out(in.size() * kUp / kDown);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const double at = static_cast<double>(i) * kDown / kUp;
    const int middle = static_cast<int>(at);
    double sum = 0.0;
    for (int k = middle - kHalf + 1; k <= middle + kHalf; ++k) {
      if (k < 0 || k >= static_cast<int>(in.size())) continue;
      const double x = at - k;
      const double phase = std::numbers::pi * x * kCutoff;
      const double sinc = std::abs(phase) < 1e-9 ? 1.0 : std::sin(phase) / phase;
      const double taper = 0.5 + 0.5 * std::cos(std::numbers::pi * x / kHalf);
      sum += in[static_cast<std::size_t>(k)] * kCutoff * sinc * taper;
    }
    out[i] = static_cast<std::int16_t>(std::clamp(std::lround(sum), -32768L, 32767L));
  }
  return out;
}

std::size_t end_of_sound(const std::vector<std::int16_t>& samples) {
  std::size_t end = samples.size();
  while (end > 1 && std::abs(samples[end - 1]) < kLoud) --end;
  return end;
}

MediaTime at_sample(std::size_t sample) {
  return samples_to_duration(static_cast<std::int64_t>(sample));
}

/// The words of `text`, which begins at `span.begin`; only the first one's begin is known.
void append_words(std::vector<Word>& words, const std::string& text, TimeSpan span) {
  std::istringstream in(text);
  std::size_t at = 0;
  float known = 1.0F;
  for (std::string word; in >> word; known = 0.0F) {
    const auto place = [&](std::size_t letters) {
      return span.begin + span.duration() * static_cast<std::int64_t>(letters) /
                              static_cast<std::int64_t>(text.size());
    };
    const MediaTime begin = place(at);
    at = std::min(at + word.size() + 1, text.size());
    words.push_back({.text = word, .span = {begin, place(at)}, .confidence = known});
  }
}

/// The text from each mark to the next: mostly a word with its punctuation.
std::vector<Word> timed_words(const std::string& text, const Recording& recording, MediaTime end) {
  std::vector<Word> words;
  for (std::size_t i = 0; i < recording.marks.size(); ++i) {
    const WordMark& mark = recording.marks[i];
    const bool is_last = i + 1 == recording.marks.size();
    const std::size_t stop = is_last ? text.size() : recording.marks[i + 1].offset;
    std::string part = text.substr(mark.offset, stop - mark.offset);
    while (!part.empty() && part.back() == ' ') part.pop_back();
    const MediaTime begin = std::chrono::milliseconds(mark.milliseconds);
    const MediaTime next =
        is_last ? end : MediaTime(std::chrono::milliseconds(recording.marks[i + 1].milliseconds));
    append_words(words, part, {begin, std::max(begin, next)});
  }
  return words;
}

/// Numbers that are the same on every machine, unlike std::uniform_int_distribution's.
class Chance {
 public:
  explicit Chance(std::uint32_t seed) : state_(seed * 2654435761U + 12345U) {}

  std::uint32_t below(std::size_t limit) {
    state_ = state_ * 6364136223846793005ULL + 1442695040888963407ULL;
    return static_cast<std::uint32_t>((state_ >> 33U) % limit);
  }
  double between(double low, double high) {
    return low + (high - low) * below(1'000'001) / 1'000'000.0;
  }

 private:
  std::uint64_t state_;
};

void append_silence(SpokenText& spoken, double seconds) {
  spoken.samples.resize(spoken.samples.size() + static_cast<std::size_t>(seconds * 16000.0));
}

void append(SpokenText& spoken, const SpokenText& more) {
  const MediaTime begin = at_sample(spoken.samples.size());
  spoken.phrase_starts.push_back(spoken.words.size());
  for (Word word : more.words) {
    word.span = word.span.shifted(begin);
    spoken.words.push_back(std::move(word));
  }
  spoken.samples.insert(spoken.samples.end(), more.samples.begin(), more.samples.end());
}

void add_noise(SpokenText& spoken, double decibels, Chance& chance) {
  const double amplitude = 32768.0 * std::pow(10.0, decibels / 20.0) * std::sqrt(3.0);
  for (std::int16_t& sample : spoken.samples) {
    const double noisy = sample + chance.between(-amplitude, amplitude);
    sample = static_cast<std::int16_t>(std::clamp(std::lround(noisy), -32768L, 32767L));
  }
}

}  // namespace

SpokenText speak(const std::string& text, const SpeakingVoice& voice) {
  const Recording recording = record(text, voice);
  SpokenText spoken;
  spoken.samples = resample(recording.samples);
  spoken.samples.resize(end_of_sound(spoken.samples));
  spoken.words = timed_words(text, recording, at_sample(spoken.samples.size()));
  spoken.phrase_starts = {0};
  return spoken;
}

struct SpokenGrammar::State {
  nlohmann::json grammar;
  Chance chance;

  std::string one_of(const nlohmann::json& list) {
    return list.at(chance.below(list.size())).get<std::string>();
  }
  int number_of(const nlohmann::json& list) {
    return list.at(chance.below(list.size())).get<int>();
  }
};

SpokenGrammar::SpokenGrammar(const std::filesystem::path& grammar_file, std::uint32_t seed) {
  std::ifstream in(grammar_file);
  if (!in) throw std::runtime_error("cannot read " + grammar_file.string());
  state_ = std::make_unique<State>(State{nlohmann::json::parse(in), Chance(seed)});
}
SpokenGrammar::SpokenGrammar(SpokenGrammar&&) noexcept = default;
SpokenGrammar::~SpokenGrammar() = default;

std::string SpokenGrammar::sentence() {
  std::string text = state_->one_of(state_->grammar.at("templates"));
  for (std::size_t open = text.find('{'); open != std::string::npos; open = text.find('{')) {
    const std::size_t close = text.find('}', open);
    const std::string slot = text.substr(open + 1, close - open - 1);
    text.replace(open, close - open + 1, state_->one_of(state_->grammar.at("slots").at(slot)));
  }
  text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
  return text + ".";
}

SpeakingVoice SpokenGrammar::voice() {
  const nlohmann::json& speech = state_->grammar.at("speech");
  SpeakingVoice voice;
  voice.name = state_->one_of(speech.at("voices"));
  voice.words_per_minute = state_->number_of(speech.at("speed_words_per_minute"));
  voice.pitch = state_->number_of(speech.at("pitch"));
  return voice;
}

SpokenText SpokenGrammar::programme(int sentences) {
  SpokenText spoken;
  for (int i = 0; i < sentences; ++i) {
    append_silence(spoken, state_->chance.between(0.25, 1.2));
    const std::string text = sentence();
    append(spoken, speak(text, voice()));
  }
  append_silence(spoken, 0.5);
  add_noise(spoken, state_->chance.between(-90.0, -57.0), state_->chance);
  return spoken;
}

std::vector<std::shared_ptr<const AudioWindow>> pack_sentences(const SpokenText& spoken,
                                                               MediaDuration maximum) {
  constexpr MediaDuration kMargin = std::chrono::milliseconds(150);
  std::vector<TimeSpan> stretches;
  for (std::size_t i = 0; i < spoken.phrase_starts.size(); ++i) {
    const bool is_last = i + 1 == spoken.phrase_starts.size();
    const std::size_t stop = is_last ? spoken.words.size() : spoken.phrase_starts[i + 1];
    TimeSpan span = {spoken.words[spoken.phrase_starts[i]].span.begin - kMargin,
                     spoken.words[stop - 1].span.end + kMargin};
    span.begin = std::max(span.begin, stretches.empty() ? MediaTime(0) : stretches.back().end);
    stretches.push_back(span);
  }
  std::vector<std::shared_ptr<const AudioWindow>> windows;
  std::vector<std::int16_t> samples;
  std::vector<WindowPiece> pieces;
  const auto close_window = [&] {
    if (!samples.empty()) {
      windows.push_back(*AudioWindow::create(std::move(samples), std::move(pieces)));
    }
    samples.clear();
    pieces.clear();
  };
  for (const TimeSpan& span : stretches) {
    const auto first = duration_to_samples(span.begin);
    const auto last = std::min<std::int64_t>(duration_to_samples(span.end),
                                             static_cast<std::int64_t>(spoken.samples.size()));
    const auto length = static_cast<std::size_t>(last - first);
    if (at_sample(samples.size() + length) > maximum) close_window();
    pieces.push_back({.first_sample = samples.size(), .begin = samples_to_duration(first)});
    samples.insert(samples.end(), spoken.samples.begin() + first, spoken.samples.begin() + last);
  }
  close_window();
  return windows;
}

}  // namespace subtide
