#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/base/media_time.h"
#include "engine/base/result.h"
#include "engine/config/graph_spec.h"
#include "engine/pipeline/media_input.h"
#include "engine/pipeline/media_probe.h"
#include "engine/pipeline/text_record.h"
#include "engine/quality/loudness_meter.h"
#include "engine/quality/quality_finding.h"
#include "engine/speech/phrase.h"
#include "engine/speech/ports.h"
#include "engine/speech/speech_segment.h"

namespace subtide {

/// A file that was finished.
struct OutputFile {
  std::filesystem::path path;
  std::string language;
  std::string format;  ///< "srt", "vtt", …
  std::uint64_t cues = 0;
  bool operator==(const OutputFile&) const = default;
};

struct SessionProgress {
  MediaTime position{0};  ///< outputs are done up to here, counted from time zero
  MediaTime decoded{0};   ///< audio was read up to here
  std::optional<MediaDuration> total;
};

/// Hears what happens while a session runs. All calls come on the thread that called run(), in
/// order; times count from time zero. Override what is of interest.
class SessionObserver {
 public:
  virtual ~SessionObserver() = default;
  virtual void on_progress(const SessionProgress&) {}
  virtual void on_speech(const SpeechSegment&) {}
  virtual void on_gap(const Gap&) {}
  virtual void on_model(const ModelUse&) {}
  virtual void on_output(const OutputFile&) {}
  /// Words that were written down, and that were translated; what was shown is the cues.
  virtual void on_transcript(const Phrase&) {}
  virtual void on_translation(const Phrase&) {}
  /// Recognition is over, nothing of it failed, and this is all of it.
  virtual void on_text_record(const TextRecord&) {}
  /// What elements that check pictures and sound say; a number is the track's in the selection.
  virtual void on_picture_finding(const QualityFinding&) {}
  virtual void on_sound_finding(std::size_t, const QualityFinding&) {}
  virtual void on_loudness(std::size_t, const Loudness&) {}
  /// A line for people: something odd that does not stop the work.
  virtual void on_warning(const std::string&) {}
};

struct SessionOptions {
  AudioTrack track;                                       ///< from choose_audio_track()
  MediaTime start{0};                                     ///< counted from time zero
  std::optional<MediaDuration> duration;                  ///< nothing: to the end
  MediaDuration time_offset{0};                           ///< added to every time in the outputs
  MediaDuration stall_limit = std::chrono::seconds(300);  ///< wall time without any progress
  MediaDuration progress_step = std::chrono::milliseconds(250);  ///< wall time between on_progress
  std::shared_ptr<ModelProvider> models;  ///< that elements ask; null: as they were registered
};

/// What a session did.
struct SessionResult {
  MediaDuration processed{0};  ///< media that was worked through
  MediaDuration speech{0};
  std::vector<ModelUse> models;
  std::vector<OutputFile> outputs;
  std::vector<Gap> gaps;             ///< no text although there should be; from time zero
  bool is_stopped = false;           ///< the stop token ended it; nothing was written
  std::vector<std::string> reasons;  ///< why it is degraded, one line each; empty when all is well

  bool is_degraded() const { return !reasons.empty() || !gaps.empty(); }
};

/// One run of one graph over one input.
///
/// The input is opened, demuxed and audio-decoded here, by an allowlist, and plugged into the sink
/// pad of the graph's element named `source`: decoded audio whose PTS is the file's own timeline.
/// Elements of the graph that have them get `time-zero`, `media-duration`, `media-name`
/// and `frame-rate` set. Where the input
/// breaks off after audio flowed, what was read is finished and the rest is a gap.
///
/// Recognition need not be done twice: what on_text_record() told of one session can be given to
/// another with the same text_settings() over the same input and models; it then reads no media.
///
/// Time:    everything told and returned counts from MediaInformation::time_zero, but for a
///          TextRecord's items.
/// Owner:   the caller; `input` must outlive it.
/// Threads: run() blocks; call it once. Stopping by the token ends it as soon as the elements let
///          go, and then no output appears that had not appeared before. Elements that never let
///          go are left behind after ten seconds, so run() always returns.
/// Errors:  create(): as GraphSpec::bind(), and kInvalidArgument for what the elements refuse.
///          run(): kBadInput when no audio could be decoded, kDeadline when nothing moved for the
///          stall limit, otherwise what the element that failed said.
class Session {
 public:
  static Result<Session> create(const GraphSpec& graph, const ParameterValues& values,
                                const MediaInput& input, const MediaInformation& media,
                                const SessionOptions& options);
  Session(Session&&) noexcept;
  Session& operator=(Session&&) noexcept;
  ~Session();

  /// How the graph makes text of sound, and of which part of the input; nothing when that part of
  /// the graph cannot be left out.
  std::optional<std::string> text_settings() const;
  /// Before run(): text that need not be made. Only where text_settings() gave something.
  void use_text(TextRecord record);

  Result<SessionResult> run(SessionObserver& observer, std::stop_token stop);

 private:
  struct State;
  explicit Session(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace subtide
