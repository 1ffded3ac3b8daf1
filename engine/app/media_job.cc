#include "engine/app/media_job.h"

#include <gst/gst.h>

#include <chrono>
#include <utility>

#include "elements/register.h"
#include "engine/app/former_work.h"
#include "engine/app/graph_values.h"
#include "engine/app/open_input.h"
#include "engine/app/preview_page.h"
#include "engine/app/session_told.h"
#include "engine/pipeline/media_input.h"
#include "engine/pipeline/media_probe.h"
#include "engine/pipeline/session.h"

namespace subtide {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

class MediaJob {
 public:
  MediaJob(const JobSurroundings& around, const GraphSpec& graph, const JobTask& task)
      : around_(around), graph_(graph), task_(task) {
    report_.input = task.item.name;
  }

  JobReport run() {
    const auto start = Clock::now();
    if (const auto worked = work(); !worked) {
      if (around_.stop.stop_requested()) {
        interrupted();
      } else {
        fail(report_, ending_, worked.error());
      }
    }
    around_.console.end_progress();
    if (report_.wall_seconds == 0) report_.wall_seconds = seconds_since(start);
    return std::move(report_);
  }

 private:
  Status work() {
    ending_ = Ending::kFailed;
    if (const auto started = start_media_engine(nullptr); !started) return started;
    auto input = open_input(around_, task_.item);
    if (!input) return fail_as_input(input.error());
    const auto media = probe_media(*input, {}, around_.stop);
    if (!media) return fail_as_input(media.error());
    around_.events.emit(task_.id, to_event(*media));
    report_.media_duration = media->duration;
    const auto track = choose_audio_track(*media, around_.options.audio_track);
    if (!track) return track.error();
    if (const auto made = make_output_folder(task_.names); !made) return made;
    return run_session(*input, *media, *track);
  }

  Error fail_as_input(const Error& error) {
    ending_ = ending_of_input_error(error.code);
    return error;
  }

  Status run_session(const MediaInput& input, const MediaInformation& media,
                     const AudioTrack& track) {
    const auto values = graph_values(graph_, around_.options, task_.names);
    if (!values) return values.error();
    SessionOptions options;
    options.track = track;
    options.start = around_.options.start;
    options.duration = around_.options.duration;
    options.time_offset = around_.options.time_offset;
    options.models = around_.models;
    auto session = Session::create(graph_, *values, input, media, options);
    if (!session) return session.error();
    SessionTold told_session(around_, task_, report_, find_text(*session));
    const auto start = Clock::now();
    const auto result = session->run(told_session, around_.stop);
    report_.wall_seconds = seconds_since(start);
    if (!result) {
      if (result.error().code == ErrorCode::kBadInput) ending_ = Ending::kUnreadable;
      return result.error();
    }
    keep_result(*result, report_);
    if (result->is_stopped) {
      interrupted();
      return ok();
    }
    add_hints(report_);
    return finish_outputs(around_, task_, media_source(), media.video.has_value(),
                          media.frame_rate_or_default(), report_);
  }

  /// What was recognised before need not be heard again. Otherwise: under what to keep it.
  std::optional<std::string> find_text(Session& session) const {
    auto settings = around_.former != nullptr ? session.text_settings() : std::nullopt;
    auto record = settings ? around_.former->text(task_, *settings) : std::nullopt;
    if (!record) return settings;
    around_.console.line("{}: all of its speech was recognised before and is not heard again",
                         task_.item.name);
    session.use_text(*std::move(record));
    return std::nullopt;
  }

  std::string media_source() const {
    if (task_.item.kind == InputKind::kUrl) return task_.item.url;
    return relative_url(task_.item.path, task_.names.folder);
  }

  void interrupted() {
    fail(report_, Ending::kInterrupted,
         make_error(ErrorCode::kUnavailable, "{}: interrupted; nothing was written for it",
                    task_.item.name));
  }

  const JobSurroundings& around_;
  const GraphSpec& graph_;
  const JobTask& task_;
  JobReport report_;
  Ending ending_ = Ending::kFailed;
};

}  // namespace

JobReport run_media_job(const JobSurroundings& around, const GraphSpec& graph,
                        const JobTask& task) {
  return MediaJob(around, graph, task).run();
}

Status start_media_engine(std::shared_ptr<ModelProvider> models) {
  static const Status started = [&]() -> Status {
    GError* failure = nullptr;
    if (gst_init_check(nullptr, nullptr, &failure) == FALSE) {
      const std::string why = failure != nullptr ? failure->message : "no reason given";
      g_clear_error(&failure);
      return make_error(ErrorCode::kInternal, "GStreamer does not start: {}", why);
    }
    if (!register_elements(nullptr, std::move(models))) {
      return make_error(ErrorCode::kInternal, "GStreamer refused an element of subtide");
    }
    return ok();
  }();
  return started;
}

}  // namespace subtide
