#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/media_time.h"
#include "engine/speech/transcript.h"
#include "tests/ingest/test_media.h"
#include "tests/support/program.h"
#include "tests/support/shared_files.h"

namespace subtide {

/// What a test programme is made of.
struct ProgrammeOptions {
  MediaDuration length = std::chrono::seconds(12);
  bool has_video = true;
  double starts_at = 1.4;  ///< seconds, of its first time stamps
};

/// All of a file; empty when it is not there.
std::string read_text(const std::filesystem::path& path);

/// Writes an MPEG-TS of tones, and of test pictures, with ffmpeg.
void write_programme(const std::filesystem::path& path, const ProgrammeOptions& options);

/// What a run is asked for beside its options.
struct LiveRunSetting {
  std::string recognizer = R"(fake:{"tones": true, "language": "en"})";
  std::filesystem::path hls{};  ///< empty: in the run's own folder
  bool keeps_all = true;        ///< else a live window
};

/// One run of `subtide live`, in a folder of its own.
class LiveRun {
 public:
  /// Listens for SRT, for send().
  explicit LiveRun(const std::vector<std::string>& options, const LiveRunSetting& setting = {});
  LiveRun(const std::string& source, const std::vector<std::string>& options);
  ~LiveRun();

  /// Sends a programme at the speed of the clock, over and over or once.
  std::unique_ptr<RunningProgram> send(const std::filesystem::path& programme) const;
  /// Waits until the published sound or the captions have come so far; false after `most`.
  bool wait_for_segments(const std::string& rendition, std::size_t count,
                         std::chrono::seconds most = std::chrono::seconds(120)) const;
  /// As Ctrl-C does, or as it is told.
  ProgramResult end(int signal = 2);
  RunningProgram& program() { return *program_; }

  const std::filesystem::path& folder() const { return folder_.path(); }
  std::filesystem::path hls() const { return hls_; }
  std::filesystem::path state() const { return folder_.path() / "state"; }
  int http_port() const { return http_port_; }

  /// Data of all events of that name, in order, so far.
  std::vector<nlohmann::json> events(const std::string& name) const;
  /// All events whole, in order, so far.
  std::vector<nlohmann::json> events() const;

 private:
  void start(const std::string& source, const std::vector<std::string>& options,
             const LiveRunSetting& setting);

  TemporaryFolder folder_;
  std::filesystem::path hls_;
  int srt_port_ = 0;
  int http_port_ = free_port();
  std::unique_ptr<RunningProgram> program_;
  std::string out_;
};

/// A segment of a media playlist, with the times in it.
struct ListedSegment {
  std::string uri;
  double seconds = 0;
  bool is_gap = false;
  bool is_discontinuous = false;
};
std::vector<ListedSegment> read_segments(const std::filesystem::path& playlist);

/// The words that sound in an audio rendition, at its own media times, as ffmpeg decodes it.
std::vector<Word> heard_words(const std::filesystem::path& rendition);

/// The same of a file, whose times are taken to begin at `origin`.
std::vector<Word> heard_words_in(const std::filesystem::path& file, MediaTime origin = {});

/// The segments of a rendition behind each other, as one MP4 file.
void join_segments(const std::filesystem::path& rendition, const std::filesystem::path& file);

/// The cues of a WebVTT rendition, each once; fails the test when one comes back changed.
struct ShownCue {
  std::string id;
  TimeSpan span;
  std::string text;
};
std::vector<ShownCue> shown_cues(const std::filesystem::path& rendition);

}  // namespace subtide
