#include "tests/support/tone_speech.h"

#include <fmt/format.h>
#include <sndfile.h>

#include <cmath>
#include <numbers>
#include <stdexcept>

namespace subtide {
namespace {

constexpr int kTones = 60;
constexpr int kFileRate = 48000;
constexpr double kLevel = 9000;

double frequency_of(const std::string& text) { return 300 + 50 * std::stod(text.substr(1)); }

std::size_t sample_at(MediaTime time, int rate) {
  return static_cast<std::size_t>(std::llround(to_seconds(time) * rate));
}

}  // namespace

std::vector<ToneWord> tone_words(MediaDuration length, const ToneSpeech& speech) {
  std::vector<ToneWord> words;
  MediaTime at = speech.first;
  while (at + speech.word + speech.pause <= length) {
    const auto number = static_cast<int>(words.size());
    words.push_back({fmt::format("t{}", number % kTones), {at, at + speech.word}});
    const bool ends_sentence = (number + 1) % speech.sentence == 0;
    at += speech.word + (ends_sentence ? speech.rest : speech.pause);
  }
  return words;
}

std::vector<std::int16_t> tone_samples(const std::vector<ToneWord>& words, MediaDuration length,
                                       int rate) {
  std::vector<std::int16_t> samples(sample_at(length, rate), 0);
  for (const auto& word : words) {
    const std::size_t begin = sample_at(word.span.begin, rate);
    const std::size_t end = std::min(sample_at(word.span.end, rate), samples.size());
    const double step = 2 * std::numbers::pi * frequency_of(word.text) / rate;
    for (std::size_t i = begin; i < end; ++i) {
      samples[i] =
          static_cast<std::int16_t>(kLevel * std::sin(step * static_cast<double>(i - begin)));
    }
  }
  return samples;
}

void write_tone_speech(const std::filesystem::path& path, const std::vector<ToneWord>& words,
                       MediaDuration length) {
  SF_INFO format{};
  format.samplerate = kFileRate;
  format.channels = 1;
  format.format = SF_FORMAT_WAV | SF_FORMAT_PCM_16;
  SNDFILE* file = sf_open(path.c_str(), SFM_WRITE, &format);
  if (file == nullptr) throw std::runtime_error(path.string() + ": " + sf_strerror(nullptr));
  const auto samples = tone_samples(words, length, kFileRate);
  sf_write_short(file, samples.data(), static_cast<sf_count_t>(samples.size()));
  sf_close(file);
}

}  // namespace subtide
