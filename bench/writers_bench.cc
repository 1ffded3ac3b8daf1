// Words a second that each sidecar writer takes: cues of twelve words with all their times.
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "engine/subtitles/sidecar.h"

namespace subtide {
namespace {

constexpr std::size_t kWordsPerCue = 12;

Cue cue_of_speech(int index) {
  static const std::vector<std::string> kWords{
      "The",    "president", "will", "sign",           "the",   "new",
      "budget", "tomorrow,", "and",  "\u00BFqu\u00E9", "then?", "Q&A."};
  Cue cue;
  cue.id = std::to_string(index + 1);
  cue.span.begin = std::chrono::milliseconds(4000 * index);
  cue.span.end = cue.span.begin + std::chrono::milliseconds(3900);
  cue.lines = {"The president will sign the new budget", "tomorrow, and \u00BFqu\u00E9 then? Q&A."};
  for (std::size_t i = 0; i < kWordsPerCue; ++i) {
    const MediaTime begin = cue.span.begin + std::chrono::milliseconds(300 * i);
    cue.words.push_back({kWords[i], {begin, begin + std::chrono::milliseconds(250)}, 0.93F});
  }
  return cue;
}

void write_cues(benchmark::State& state, SidecarFormat format) {
  std::vector<Cue> cues;
  for (int i = 0; i < 1000; ++i) cues.push_back(cue_of_speech(i));
  SidecarHeader header;
  header.language = "en";
  std::size_t bytes = 0;
  for (auto _ : state) {
    const std::string text = write_sidecar(format, header, cues, {});
    bytes += text.size();
    benchmark::DoNotOptimize(text.data());
  }
  state.SetItemsProcessed(state.iterations() *
                          static_cast<std::int64_t>(cues.size() * kWordsPerCue));
  state.SetBytesProcessed(static_cast<std::int64_t>(bytes));
}

BENCHMARK_CAPTURE(write_cues, srt, SidecarFormat::kSrt);
BENCHMARK_CAPTURE(write_cues, vtt, SidecarFormat::kWebVtt);
BENCHMARK_CAPTURE(write_cues, ttml, SidecarFormat::kTtml);
BENCHMARK_CAPTURE(write_cues, ass, SidecarFormat::kAss);
BENCHMARK_CAPTURE(write_cues, json, SidecarFormat::kJson);

}  // namespace
}  // namespace subtide

BENCHMARK_MAIN();
