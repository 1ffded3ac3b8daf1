// Word errors and onset errors of the recognisers, beside those of their own programs.
//
//   speech_accuracy pocketsphinx                 English clips: ours and pocketsphinx_continuous
//   speech_accuracy whisper [--sentences 60]     fresh sentences: ours and whisper-cli, same
//   windows speech_accuracy programme [--sentences 60]   the same through `subtide subtitle`, cues
//   and all speech_accuracy speak OUT.wav OUT.json       sentences with their true word times
//   speech_accuracy score SIDECAR.json TRUTH.json
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <map>
#include <stdexcept>

#include "bench/accuracy/detected_windows.h"
#include "bench/accuracy/speech_files.h"
#include "engine/speech/window_packer.h"
#include "models/pocketsphinx/pocketsphinx_recognizer.h"
#include "models/whisper/whisper_recognizer.h"
#include "tests/support/program.h"
#include "tests/support/shared_files.h"
#include "tests/support/word_errors.h"

namespace subtide {
namespace {

namespace fs = std::filesystem;
using Window = std::shared_ptr<const AudioWindow>;

constexpr std::chrono::milliseconds kPatience = std::chrono::minutes(10);

struct Options {
  int sentences = 60;
  std::uint32_t seed = 7;
  double window = 12.0;
  std::string first;
  std::string second;
};

template <typename T>
T required(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  return std::move(*result);
}

void print_words(std::string_view name, const WordErrors& errors) {
  fmt::print("{:<36} WER {:6.2f} %  ({} words: {} wrong, {} lost, {} invented)\n", name,
             100.0 * errors.rate(), errors.reference_words, errors.substituted, errors.lost,
             errors.invented);
}

void print_times(std::string_view name, const TimeErrors& errors) {
  if (errors.count() == 0) return;
  fmt::print("{:<36} median {:.0f} ms, p95 {:.0f} ms, bias {:+.0f} ms  ({} words)\n", name,
             1000.0 * errors.percentile(0.5), 1000.0 * errors.percentile(0.95),
             1000.0 * errors.bias(), errors.count());
}

std::vector<Word> recognize(Recognizer& model, const std::vector<Window>& windows,
                            const RecognitionRequest& request = {}) {
  std::vector<Word> words;
  for (const Window& window : windows) {
    const Transcript transcript = required(model.recognize(*window, request));
    words.insert(words.end(), transcript.words.begin(), transcript.words.end());
  }
  return words;
}

/// Windows of speech without pauses left out, cut where it is quiet.
std::vector<Window> plain_windows(const std::vector<std::int16_t>& samples, MediaDuration maximum) {
  WindowPacker packer = required(WindowPacker::create({.maximum = maximum}));
  packer.assume_speech();
  std::vector<Window> windows = packer.push(MediaTime(0), samples);
  for (Window& window : packer.finish()) windows.push_back(std::move(window));
  return windows;
}

std::string output_of(const std::vector<std::string>& command) {
  ProgramOptions options;
  options.timeout = kPatience;
  const ProgramResult result = run_program(command, options);
  if (!result.succeeded()) throw std::runtime_error(command.front() + ": " + result.summary());
  return result.out;
}

void compare_pocketsphinx() {
  const auto model = required(make_pocketsphinx_recognizer({}));
  const TemporaryFolder folder;
  WordErrors ours;
  WordErrors theirs;
  TimeErrors onsets;
  for (const Clip& clip : english_clips(shared_folder() / "media")) {
    const auto samples = read_speech(clip.file);
    write_speech(folder / "clip.wav", samples);
    const auto words = recognize(*model, plain_windows(samples, model->traits().max_window));
    const std::string peer =
        output_of({"pocketsphinx_continuous", "-infile", (folder / "clip.wav").string()});
    const WordErrors errors = normalized_word_errors(clip.transcript, to_text(words));
    const WordErrors peer_errors = normalized_word_errors(clip.transcript, peer);
    print_words(clip.name, errors);
    print_words("  pocketsphinx_continuous", peer_errors);
    ours += errors;
    theirs += peer_errors;
    const TimeErrors clip_onsets = onset_errors(read_timings(clip.timings), words);
    onsets.seconds.insert(onsets.seconds.end(), clip_onsets.seconds.begin(),
                          clip_onsets.seconds.end());
  }
  print_words("all clips, ours", ours);
  print_words("all clips, pocketsphinx_continuous", theirs);
  print_times("word onsets, clips with timings", onsets);
}

/// whisper-cli's text of each window, as a file of its own.
std::string whisper_cli(const std::vector<Window>& windows, const fs::path& model) {
  const fs::path program = built_program("whisper-cli");
  if (!fs::exists(program)) return {};
  const TemporaryFolder folder;
  std::string text;
  for (const Window& window : windows) {
    const auto samples = window->samples();
    write_speech(folder / "window.wav", {samples.begin(), samples.end()});
    text += output_of({program.string(), "-m", model.string(), "-t", "1", "-np", "-nt", "-f",
                       (folder / "window.wav").string()});
  }
  return text;
}

SpokenText spoken_sentences(const Options& options) {
  SpokenGrammar grammar(shared_folder() / "models" / "mini-grammar.json", options.seed);
  return grammar.programme(options.sentences);
}

void compare_whisper(const Options& options) {
  WhisperOptions whisper;
  whisper.model_file = shared_model("ggml-mini.en.bin");
  whisper.spec = "whisper:mini.en";
  const auto model = required(make_whisper_recognizer(whisper));
  const SpokenText spoken = spoken_sentences(options);
  const auto windows = pack_sentences(spoken, from_seconds(options.window));
  const auto words = recognize(*model, windows);
  fmt::print("{} sentences in {} windows of up to {} s\n", options.sentences, windows.size(),
             options.window);
  print_words("ours", normalized_word_errors(spoken.text(), to_text(words)));
  const std::string peer = whisper_cli(windows, whisper.model_file);
  if (peer.empty()) {
    fmt::print("whisper-cli is not built: no comparison\n");
  } else {
    print_words("whisper-cli, the same windows", normalized_word_errors(spoken.text(), peer));
  }
  print_times("word onsets", onset_errors(spoken.words, words));
  print_times("word ends", end_errors(spoken.words, words));
}

/// What live recognition gives up for its speed, by the length of windows.
void compare_live(const Options& options) {
  WhisperOptions whisper;
  whisper.model_file = shared_model("ggml-mini.en.bin");
  whisper.spec = "whisper:mini.en";
  const auto model = required(make_whisper_recognizer(whisper));
  const SpokenText spoken = spoken_sentences(options);
  RecognitionRequest cut;
  cut.audio_context = AudioContext::kWindow;
  RecognitionRequest quick = cut;
  quick.effort = SearchEffort::kQuick;
  const std::pair<const char*, RecognitionRequest> requests[] = {
      {"whole context, beam", {}},
      {"context of the window, beam", cut},
      {"the same, quick", quick}};
  for (const double seconds : {3.0, 6.0, 12.0}) {
    const auto windows = pack_sentences(spoken, from_seconds(seconds));
    fmt::print("{} sentences in {} windows of up to {} s\n", options.sentences, windows.size(),
               seconds);
    for (const auto& [name, request] : requests) {
      const auto before = std::chrono::steady_clock::now();
      const auto words = recognize(*model, windows, request);
      const auto took = std::chrono::steady_clock::now() - before;
      print_words(name, normalized_word_errors(spoken.text(), to_text(words)));
      print_times("  word onsets", onset_errors(spoken.words, words));
      fmt::print("  {:.0f} ms a window\n",
                 1000.0 * to_seconds(took) / static_cast<double>(windows.size()));
    }
  }
}

void print_score(const std::vector<Word>& truth, const std::vector<Cue>& cues) {
  const std::vector<Word> heard = words_of(cues);
  print_words("raw", raw_word_errors(to_text(truth), to_text(heard)));
  print_words("normalised", normalized_word_errors(to_text(truth), to_text(heard)));
  print_times("word onsets", onset_errors(truth, heard));
  print_times("word ends", end_errors(truth, heard));
  std::map<std::size_t, MediaTime> groups;
  std::size_t first = 0;
  for (const Cue& cue : cues) {
    groups[first] = cue.span.begin;
    first += cue.words.size();
  }
  print_times("cue onsets", group_onset_errors(truth, heard, groups));
}

void score(const Options& options) {
  print_score(read_truth(options.second), read_sidecar_cues(options.first));
}

/// The whole program on one long recording of sentences spoken one after the other, and whisper-cli
/// on the windows that the program cuts it into.
void measure_programme(const Options& options) {
  const SpokenText spoken = spoken_sentences(options);
  const TemporaryFolder folder;
  write_speech(folder / "programme.wav", spoken.samples);
  ProgramOptions run;
  run.timeout = kPatience;
  const ProgramResult result = run_program(
      {built_program("subtide").string(), "subtitle", (folder / "programme.wav").string(), "-o",
       folder.path().string(), "--formats", "json", "--recognizer", "whisper:mini.en"},
      run);
  if (!result.succeeded()) throw std::runtime_error("subtide: " + result.summary());
  const auto windows = detected_windows(spoken.samples, shared_model("ggml-silero-v6.2.0.bin"),
                                        from_seconds(options.window));
  fmt::print("{} sentences, {} windows of up to {} s\n", options.sentences, windows.size(),
             options.window);
  print_score(spoken.words, read_sidecar_cues(folder / "programme.en.json"));
  const std::string peer = whisper_cli(windows, shared_model("ggml-mini.en.bin"));
  if (!peer.empty()) {
    print_words("whisper-cli, the same windows", normalized_word_errors(spoken.text(), peer));
  }
}

void save_sentences(const Options& options) {
  const SpokenText spoken = spoken_sentences(options);
  write_speech(options.first, spoken.samples);
  write_truth(options.second, spoken);
}

int run(int argc, char** argv) {
  CLI::App app("Word errors and onset errors of the recognisers.");
  app.require_subcommand(1);
  Options options;
  app.add_subcommand("pocketsphinx", "English clips, beside pocketsphinx_continuous")
      ->callback(compare_pocketsphinx);
  auto* whisper = app.add_subcommand("whisper", "fresh sentences, beside whisper-cli");
  auto* speak = app.add_subcommand("speak", "write sentences and their true word times");
  auto* programme = app.add_subcommand("programme", "the same through the whole program");
  auto* live = app.add_subcommand("live", "what a cut encoder context and a quick search cost");
  for (auto* command : {whisper, programme, speak, live}) {
    command->add_option("--sentences", options.sentences, "how many");
    command->add_option("--seed", options.seed, "which");
  }
  for (auto* command : {whisper, programme}) {
    command->add_option("--window", options.window, "seconds");
  }
  speak->add_option("wav", options.first)->required();
  speak->add_option("truth", options.second)->required();
  auto* scored = app.add_subcommand("score", "a JSON sidecar against the truth");
  scored->add_option("sidecar", options.first)->required();
  scored->add_option("truth", options.second)->required();
  programme->callback([&] { measure_programme(options); });
  whisper->callback([&] { compare_whisper(options); });
  live->callback([&] { compare_live(options); });
  speak->callback([&] { save_sentences(options); });
  scored->callback([&] { score(options); });
  CLI11_PARSE(app, argc, argv);
  return 0;
}

}  // namespace
}  // namespace subtide

int main(int argc, char** argv) {
  try {
    return subtide::run(argc, argv);
  } catch (const std::exception& error) {
    fmt::print(stderr, "speech_accuracy: {}\n", error.what());
    return 1;
  }
}
