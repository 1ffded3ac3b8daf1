#include "tests/live/said_words.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <regex>
#include <sstream>

#include "engine/subtitles/sidecar.h"

namespace subtide {
namespace {

using std::chrono::milliseconds;

constexpr MediaDuration kTolerance = milliseconds(100);
/// A word this close to a break of the source may be cut by it.
constexpr MediaDuration kBreak = milliseconds(1500);

bool is_near(MediaTime time, const std::vector<MediaTime>& breaks) {
  return std::ranges::any_of(breaks,
                             [&](MediaTime at) { return std::chrono::abs(time - at) < kBreak; });
}

/// What ffmpeg writes as SRT, without its markup.
std::vector<ShownCue> read_srt(const std::string& bytes) {
  const auto sidecar = read_sidecar(SidecarFormat::kSrt, bytes);
  if (!sidecar) {
    ADD_FAILURE() << sidecar.error().message << "\n" << bytes;
    return {};
  }
  std::vector<ShownCue> cues;
  for (const Cue& cue : sidecar->cues) {
    ShownCue shown{cue.id, cue.span, ""};
    for (const auto& line : cue.lines) {
      const std::string bare = std::regex_replace(line, std::regex(R"(<[^>]*>|\{[^}]*\})"), "");
      if (!shown.text.empty()) shown.text += ' ';
      shown.text += std::regex_replace(bare, std::regex(R"(\\h)"), " ");
    }
    cues.push_back(std::move(shown));
  }
  return cues;
}

std::vector<ShownCue> read_by_ffmpeg(const std::vector<std::string>& input,
                                     const std::filesystem::path& folder) {
  std::vector<std::string> command = {"ffmpeg", "-v", "fatal", "-copyts"};
  command.insert(command.end(), input.begin(), input.end());
  command.insert(command.end(), {"-f", "srt", "-"});
  ProgramOptions options;
  options.folder = folder;
  const auto result = run_program(command, options);
  EXPECT_TRUE(result.succeeded()) << result.summary();
  return read_srt(result.out);
}

}  // namespace

std::string Offsets::summary() {
  if (ms.empty()) return "none";
  std::ranges::sort(ms);
  char text[128];
  std::snprintf(text, sizeof text, "%zu words, %.0f to %.0f ms, median %.0f", ms.size(), ms.front(),
                ms.back(), ms[ms.size() / 2]);
  return text;
}

std::vector<Word> words_of_events(const LiveRun& run) {
  std::vector<Word> words;
  for (const auto& event : run.events("transcript.final")) {
    for (const auto& word : event["words"]) {
      for (const auto& text : words_of(word["text"].get<std::string>())) {
        words.push_back({text, {from_seconds(word["start"]), from_seconds(word["end"])}});
      }
    }
  }
  return words;
}

std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> words;
  std::istringstream in(text);
  for (std::string word; in >> word;) {
    std::erase_if(word, [](unsigned char c) { return std::isalnum(c) == 0; });
    std::ranges::transform(word, word.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (!word.empty()) words.push_back(word);
  }
  return words;
}

std::vector<ShownCue> captions_in(const std::filesystem::path& video, const std::string& field) {
  return read_by_ffmpeg({"-data_field", field, "-f", "lavfi", "-i",
                         "movie=" + video.filename().string() + "[out0+subcc]", "-map", "0:s"},
                        video.parent_path());
}

std::vector<ShownCue> text_track_of(const std::filesystem::path& file) {
  return read_by_ffmpeg({"-i", file.string(), "-map", "0:s:0"}, file.parent_path());
}

Offsets compare_words(const std::vector<Word>& truth, const std::vector<Word>& said,
                      const std::vector<MediaTime>& breaks, MediaTime until) {
  Offsets offsets;
  std::size_t next = 0;
  for (const auto& word : truth) {
    if (is_near(word.span.begin, breaks) || word.span.end > until) continue;
    while (next < said.size() && said[next].span.begin < word.span.begin - kTolerance) ++next;
    const bool is_there = next < said.size() && said[next].text == word.text;
    EXPECT_TRUE(is_there) << word.text << " sounds at " << format_clock(word.span.begin) << "; "
                          << (next < said.size()
                                  ? said[next].text + " at " + format_clock(said[next].span.begin)
                                  : std::string("nothing"))
                          << " was written";
    if (!is_there) continue;
    EXPECT_LE(std::chrono::abs(said[next].span.begin - word.span.begin), kTolerance) << word.text;
    offsets.add(said[next].span.begin - word.span.begin);
    ++next;
  }
  return offsets;
}

void expect_nothing_doubled(const std::vector<Word>& said) {
  for (std::size_t i = 1; i < said.size(); ++i) {
    EXPECT_LE(said[i - 1].span.begin, said[i].span.begin) << "order of " << said[i].text;
    EXPECT_FALSE(said[i].text == said[i - 1].text &&
                 said[i].span.begin - said[i - 1].span.begin < milliseconds(300))
        << said[i].text << " is there twice";
  }
}

std::vector<MediaTime> long_silences(const std::vector<Word>& truth) {
  std::vector<MediaTime> ends;
  for (std::size_t i = 1; i < truth.size(); ++i) {
    if (truth[i].span.begin - truth[i - 1].span.end <= std::chrono::seconds(2)) continue;
    ends.push_back(truth[i - 1].span.end);
    ends.push_back(truth[i].span.begin);
  }
  return ends;
}

}  // namespace subtide
