#include "engine/app/quality_told.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "engine/quality/missing_sound.h"

namespace subtide {
namespace {

using Clock = std::chrono::steady_clock;

// dBTP. What comes out is to stay below -1; encoders add some tenths to peaks.
constexpr double kHighestPeak = -1.5;

/// Hears the pass that measures.
class MeasureTold : public SessionObserver {
 public:
  MeasureTold(const JobSurroundings& around, const JobTask& task, JobReport& report)
      : around_(around), task_(task), report_(report) {}

  void on_progress(const SessionProgress& progress) override {
    if (around_.meter != nullptr) return;  // among others, only what is finished counts
    around_.console.progress({task_.item.name + " (loudness)", progress.position, progress.total,
                              std::chrono::duration<double>(Clock::now() - start_)});
  }
  void on_loudness(std::size_t track, const Loudness& loudness) override {
    tell_loudness(around_, task_, report_, track, loudness);
  }
  void on_warning(const std::string& line) override {
    around_.console.line("{}: {}", task_.item.name, line);
  }

 private:
  const JobSurroundings& around_;
  const JobTask& task_;
  JobReport& report_;
  const Clock::time_point start_ = Clock::now();
};

std::vector<QualityFinding> findings_of(const QualityReport& report, int track) {
  std::vector<QualityFinding> found;
  for (const auto& one : report.findings) {
    if (one.track == track) found.push_back(one.finding);
  }
  return found;
}

}  // namespace

void begin_quality(const TranscodeOptions& options, const std::vector<std::string>& languages,
                   JobReport& report) {
  QualityReport& quality = report.quality.emplace();
  quality.is_checked = options.checks_quality;
  for (const auto& language : languages) {
    TrackLoudness& one = quality.loudness.emplace_back();
    one.track = static_cast<int>(quality.loudness.size());
    one.language = language;
    one.target = options.loudness;
  }
}

void tell_finding(const JobSurroundings& around, const JobTask& task, JobReport& report,
                  std::optional<std::size_t> track, const QualityFinding& finding) {
  if (!report.quality || !report.quality->is_checked) return;
  const auto number = track ? std::optional(static_cast<int>(*track) + 1) : std::nullopt;
  report.quality->findings.push_back({number, finding});
  around.events.emit(task.id, MediaQualityFound{std::string(to_string(finding.kind)), finding.span,
                                                number, finding.detail});
}

void tell_loudness(const JobSurroundings& around, const JobTask& task, JobReport& report,
                   std::size_t track, const Loudness& loudness) {
  if (!report.quality || track >= report.quality->loudness.size()) return;
  TrackLoudness& one = report.quality->loudness[track];
  if (one.measured) return;
  one.measured = loudness;
  around.events.emit(task.id, MediaLoudnessMeasured{one.track, loudness.integrated, loudness.range,
                                                    loudness.true_peak});
}

void tell_missing_sound(const JobSurroundings& around, const JobTask& task, JobReport& report,
                        const StreamSpans& streams) {
  if (!report.quality) return;
  const auto tell = [&](std::optional<std::size_t> track, const QualityFinding& finding) {
    tell_finding(around, task, report, track, finding);
  };
  if (streams.video && streams.audio.empty()) {
    for (const auto& one : missing_sound(*streams.video, std::nullopt)) tell(std::nullopt, one);
  }
  for (std::size_t i = 0; i < streams.audio.size(); ++i) {
    const auto& sound = streams.audio[i];
    if (streams.video) {
      for (const auto& one : missing_sound(*streams.video, sound)) tell(i, one);
    }
    if (!sound) continue;
    const auto found = findings_of(*report.quality, static_cast<int>(i) + 1);
    if (const auto mute = silent_throughout(*sound, found)) tell(i, *mute);
  }
  sort_findings(*report.quality);
}

Status check_sound(const JobSurroundings& around, const JobTask& task,
                   const MediaInformation& media, const DecodedStreams& streams,
                   JobReport& report) {
  for (std::size_t i = 0; i < streams.audio.size(); ++i) {
    if (streams.audio[i]) continue;
    const TimeSpan all{MediaTime(0), media.duration.value_or(MediaDuration(0))};
    tell_finding(around, task, report, i,
                 {QualityKind::kMissingAudio, all, "the track brings no sound"});
    return make_error(ErrorCode::kBadInput, "{}: sound track {} brings no sound", media.name,
                      i + 1);
  }
  return ok();
}

Status measure_loudness(const JobSurroundings& around, const JobTask& task, const GraphSpec& graph,
                        const MediaInput& input, const MediaInformation& media,
                        const MediaSelection& selection, double target, JobReport& report) {
  TranscodeSessionOptions options;
  options.selection.audio = selection.audio;
  auto session = TranscodeSession::open(input, media, options, around.stop);
  if (!session) return session.error();
  if (auto checked = check_sound(around, task, media, session->streams(), report); !checked) {
    return checked;
  }
  // The list has an item for each track, whatever it says.
  if (auto built = session->build(graph, {{"listen", selection.audio}}); !built) return built;
  MeasureTold told(around, task, report);
  const auto result = session->run(told, around.stop);
  around.console.end_progress();
  if (!result) return result.error();
  if (result->is_stopped) return make_error(ErrorCode::kUnavailable, "stopped");
  for (TrackLoudness& one : report.quality->loudness) {
    if (one.measured) one.gain = loudness_gain(*one.measured, target, kHighestPeak);
  }
  return ok();
}

}  // namespace subtide
