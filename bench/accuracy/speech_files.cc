#include "bench/accuracy/speech_files.h"

#include <sndfile.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "engine/base/atomic_file.h"
#include "engine/subtitles/sidecar.h"
#include "tests/support/program.h"
#include "tests/support/shared_files.h"

namespace subtide {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

constexpr std::size_t kLimit = 256U << 20U;

json parse(const fs::path& file) {
  std::ifstream in(file);
  if (!in) throw std::runtime_error("cannot read " + file.string());
  return json::parse(in);
}

Word to_word(const json& item) {
  return {.text = item.at("text").get<std::string>(),
          .span = {from_seconds(item.at("start").get<double>()),
                   from_seconds(item.at("end").get<double>())},
          .confidence = item.value("is_guess", false) ? 0.0F : 1.0F};
}

}  // namespace

std::vector<std::int16_t> read_speech(const fs::path& file) {
  SF_INFO format{};
  SNDFILE* sound = sf_open(file.c_str(), SFM_READ, &format);
  const bool is_plain = sound != nullptr && format.samplerate == 16000 && format.channels == 1;
  std::vector<std::int16_t> samples;
  if (is_plain) {
    samples.resize(static_cast<std::size_t>(format.frames));
    samples.resize(static_cast<std::size_t>(sf_read_short(sound, samples.data(), format.frames)));
  }
  if (sound != nullptr) sf_close(sound);
  if (is_plain) return samples;
  const TemporaryFolder folder;
  const fs::path plain = folder / "plain.wav";
  const ProgramResult result = run_program(
      {"ffmpeg", "-v", "error", "-i", file.string(), "-ac", "1", "-ar", "16000", plain.string()});
  if (!result.succeeded()) throw std::runtime_error(file.string() + ": " + result.summary());
  return read_speech(plain);
}

void write_speech(const fs::path& file, const std::vector<std::int16_t>& samples) {
  SF_INFO format{};
  format.samplerate = 16000;
  format.channels = 1;
  format.format = SF_FORMAT_WAV | SF_FORMAT_PCM_16;
  SNDFILE* sound = sf_open(file.c_str(), SFM_WRITE, &format);
  if (sound == nullptr) throw std::runtime_error("cannot write " + file.string());
  sf_write_short(sound, samples.data(), static_cast<sf_count_t>(samples.size()));
  sf_close(sound);
}

void write_truth(const fs::path& file, const SpokenText& spoken) {
  json words = json::array();
  for (const Word& word : spoken.words) {
    words.push_back({{"text", word.text},
                     {"start", to_seconds(word.span.begin)},
                     {"end", to_seconds(word.span.end)},
                     {"is_guess", word.confidence <= 0.0F}});
  }
  std::ofstream(file) << json{{"words", words}}.dump(1) << '\n';
}

std::vector<Word> read_truth(const fs::path& file) {
  std::vector<Word> words;
  const json truth = parse(file);
  for (const json& item : truth.at("words")) words.push_back(to_word(item));
  return words;
}

std::vector<Cue> read_sidecar_cues(const fs::path& file) {
  const auto bytes = read_file(file, kLimit);
  if (!bytes) throw std::runtime_error(bytes.error().message);
  auto sidecar = read_sidecar(SidecarFormat::kJson, *bytes);
  if (!sidecar) throw std::runtime_error(sidecar.error().message);
  return std::move(sidecar->cues);
}

std::vector<Word> words_of(const std::vector<Cue>& cues) {
  std::vector<Word> words;
  for (const Cue& cue : cues) words.insert(words.end(), cue.words.begin(), cue.words.end());
  return words;
}

std::vector<Clip> english_clips(const fs::path& media_folder) {
  std::vector<Clip> clips;
  const json manifest = parse(media_folder / "MANIFEST.json");
  for (const json& entry : manifest) {
    const std::string name = entry.at("file");
    // jfk.mp3 is the same speech as jfk.wav.
    const bool counts = name.starts_with("en/") && entry.at("kind") == "speech" &&
                        entry.at("transcript").is_string() && name != "en/jfk.mp3";
    if (!counts) continue;
    const json& timings = entry.at("timings_file_or_null");
    clips.push_back(
        {.name = name,
         .file = media_folder / name,
         .transcript = entry.at("transcript"),
         .timings = timings.is_string() ? media_folder / timings.get<std::string>() : fs::path()});
  }
  return clips;
}

std::vector<Word> read_timings(const fs::path& file) {
  if (file.empty()) return {};
  const json timings = parse(file);
  std::vector<Word> words;
  if (timings.at("unit") != "word") return words;
  for (const json& item : timings.at("items")) words.push_back(to_word(item));
  return words;
}

}  // namespace subtide
