#include "engine/pipeline/media_probe.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gst/gst.h>
#include <gst/tag/tag.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <memory>
#include <utility>

#include "engine/gst/clock_time.h"
#include "engine/gst/pointer.h"
#include "engine/pipeline/demuxer.h"
#include "engine/pipeline/pipeline_end.h"
#include "engine/pipeline/stream_survey.h"

namespace subtide {
namespace {

using Kind = SurveyedStream::Kind;

constexpr const char* kSettled = "subtide-settled";
constexpr double kDefaultFrameRate = 25.0;
constexpr auto kTeardownLimit = std::chrono::seconds(5);

std::string to_bcp47(const std::string& tagged) {
  if (tagged.empty() || tagged == "und" || tagged == "zxx" || tagged == "mul") return "";
  const gchar* two_letters = gst_tag_get_language_code_iso_639_1(tagged.c_str());
  return two_letters != nullptr ? two_letters : tagged;
}

// Containers that count milliseconds are up to one off at each frame.
constexpr double kJitter = 0.0025;

/// The presentation times in order, without the newest, between which frames may still be missing.
std::vector<MediaTime> settled_times(std::vector<MediaTime> times) {
  constexpr std::size_t kUnsure = 4;
  std::sort(times.begin(), times.end());
  times.resize(times.size() - std::min(times.size(), kUnsure));
  return times;
}

/// Whether each step is a whole number of frames (some containers time only some of them).
bool fits_rate(const std::vector<MediaTime>& times, double rate) {
  for (std::size_t i = 1; i < times.size(); ++i) {
    const double frames = to_seconds(times[i] - times[i - 1]) * rate;
    if (std::abs(frames - std::round(frames)) > kJitter * rate) return false;
  }
  return true;
}

/// Frames per second of evenly spaced presentation times; nothing when they are not.
std::optional<double> measured_rate(const std::vector<MediaTime>& times) {
  constexpr std::size_t kEnough = 4;
  if (times.size() < kEnough) return std::nullopt;
  const auto steps = static_cast<double>(times.size() - 1);
  const double step = to_seconds(times.back() - times.front()) / steps;
  for (std::size_t i = 1; i < times.size(); ++i) {
    if (std::abs(to_seconds(times[i] - times[i - 1]) - step) > kJitter) return std::nullopt;
  }
  constexpr std::array kStandard = {12.0, 12.5, 15.0, 24000.0 / 1001, 24.0, 25.0, 30000.0 / 1001,
                                    30.0, 48.0, 50.0, 60000.0 / 1001, 60.0};
  const auto nearest = *std::min_element(
      kStandard.begin(), kStandard.end(),
      [&](double a, double b) { return std::abs(1 / a - step) < std::abs(1 / b - step); });
  return std::abs(1 / nearest - step) <= 2 * kJitter / steps ? nearest : 1 / step;
}

std::optional<double> frame_rate(const SurveyedStream& stream) {
  const auto times = settled_times(stream.times);
  if (!stream.declared_rate) return measured_rate(times);
  return fits_rate(times, *stream.declared_rate) ? stream.declared_rate : std::nullopt;
}

std::optional<MediaTime> earliest(const std::vector<SurveyedStream>& streams, Kind kind) {
  std::optional<MediaTime> result;
  for (const auto& stream : streams) {
    if (stream.kind != kind) continue;
    for (const auto time : stream.times) result = result ? std::min(*result, time) : time;
  }
  return result;
}

void add_stream(MediaInformation& media, const SurveyedStream& stream) {
  switch (stream.kind) {
    case Kind::kAudio:
      media.audio.push_back({static_cast<int>(media.audio.size()) + 1, stream.name,
                             to_bcp47(stream.language), stream.title, stream.codec, stream.channels,
                             stream.sample_rate});
      break;
    case Kind::kVideo:
      if (!media.video) {
        media.video =
            VideoTrack{stream.name, stream.codec, stream.width, stream.height, frame_rate(stream)};
      }
      break;
    case Kind::kSubtitle:
      media.subtitles.push_back({stream.name, to_bcp47(stream.language), stream.codec});
      break;
    case Kind::kOther:
      break;
  }
}

/// One probe: a pipeline that is brought to life, listened to, and taken down.
class Probe {
 public:
  Probe(const MediaInput& input, const ProbeOptions& options)
      : input_(input),
        options_(options),
        pipeline_(own_object(gst_pipeline_new("probe"))),
        bus_(gst_element_get_bus(pipeline_.get())),
        survey_(options.maximum_streams, [this] { post_settled(); }) {}
  ~Probe() { gst_element_set_state(pipeline_.get(), GST_STATE_NULL); }
  Probe(const Probe&) = delete;
  Probe& operator=(const Probe&) = delete;

  Result<MediaInformation> run(std::stop_token stop) {
    auto demuxer = Demuxer::create(
        input_, GST_BIN(pipeline_.get()),
        {[this](GstPad* pad) { survey_.watch(pad); }, [this] { survey_.no_more_streams(); }});
    if (!demuxer) return demuxer.error();
    demuxer_ = std::move(*demuxer);
    const std::stop_callback wake(stop, [this] { post_settled(); });
    gst_element_set_state(pipeline_.get(), GST_STATE_PAUSED);
    const Status waited = wait(stop);
    if (survey_.has_too_many_streams()) {
      return make_error(ErrorCode::kUnsupported, "{}: has more than {} streams", input_.name(),
                        options_.maximum_streams);
    }
    if (!waited && !has_media()) return waited.error();
    return describe(*demuxer_);
  }

 private:
  void post_settled() {
    gst_element_post_message(pipeline_.get(),
                             gst_message_new_application(GST_OBJECT(pipeline_.get()),
                                                         gst_structure_new_empty(kSettled)));
  }

  /// Something was shown of what is needed.
  bool has_media() const {
    const auto streams = survey_.streams();
    return earliest(streams, Kind::kAudio).has_value() ||
           (!options_.needs_audio && earliest(streams, Kind::kVideo).has_value());
  }

  Status wait(const std::stop_token& stop) {
    const auto deadline = to_clock_time(options_.limit);
    const MessagePtr message(gst_bus_timed_pop_filtered(
        bus_.get(), deadline,
        static_cast<GstMessageType>(GST_MESSAGE_ERROR | GST_MESSAGE_APPLICATION)));
    if (stop.stop_requested()) return make_error(ErrorCode::kUnavailable, "stopped");
    if (!message) {
      return make_error(ErrorCode::kDeadline, "{}: showed no {} within {} s of reading",
                        input_.name(), options_.needs_audio ? "audio" : "media",
                        to_seconds(options_.limit));
    }
    if (GST_MESSAGE_TYPE(message.get()) == GST_MESSAGE_APPLICATION) return ok();
    GError* error = nullptr;
    gst_message_parse_error(message.get(), &error, nullptr);
    return make_error(ErrorCode::kBadInput, "{}: is damaged or no media file: {}", input_.name(),
                      ErrorPtr(error)->message);
  }

  Result<MediaInformation> describe(const Demuxer& demuxer) {
    const auto streams = survey_.streams();
    MediaInformation media;
    media.name = input_.name();
    media.container = demuxer.container();
    for (const auto& stream : streams) add_stream(media, stream);
    if (media.audio.empty() && options_.needs_audio) {
      return make_error(ErrorCode::kBadInput, "{}: has no audio track", input_.name());
    }
    if (media.audio.empty() && !media.video) {
      return make_error(ErrorCode::kBadInput, "{}: has neither sound nor pictures", input_.name());
    }
    const auto audio = earliest(streams, Kind::kAudio);
    media.time_zero = earliest(streams, Kind::kVideo).value_or(audio.value_or(MediaTime(0)));
    query(demuxer, media);
    return media;
  }

  static void query(const Demuxer& demuxer, MediaInformation& media) {
    const QueryPtr length(gst_query_new_duration(GST_FORMAT_TIME));
    gint64 duration = -1;
    if (demuxer.query(length.get())) gst_query_parse_duration(length.get(), nullptr, &duration);
    if (duration > 0) {
      media.duration = std::max(MediaTime(duration) - media.time_zero, MediaTime(0));
    }
    const QueryPtr seeking(gst_query_new_seeking(GST_FORMAT_TIME));
    gboolean is_seekable = FALSE;
    if (demuxer.query(seeking.get())) {
      gst_query_parse_seeking(seeking.get(), nullptr, &is_seekable, nullptr, nullptr);
    }
    media.is_seekable = is_seekable != FALSE;
  }

  const MediaInput& input_;
  const ProbeOptions options_;
  const ElementPtr pipeline_;
  const GstPtr<GstBus> bus_;
  StreamSurvey survey_;
  std::unique_ptr<Demuxer> demuxer_;  ///< its callbacks come until the pipeline is down
};

std::string list_tracks(const MediaInformation& media) {
  std::vector<std::string> tracks;
  for (const auto& track : media.audio) {
    tracks.push_back(fmt::format("{} ({}{}{})", track.number, track.language,
                                 track.language.empty() ? "" : ", ", track.codec));
  }
  return fmt::format("{}", fmt::join(tracks, ", "));
}

bool speaks(const AudioTrack& track, std::string_view language) {
  return track.language == language ||
         (track.language.size() > language.size() && track.language.starts_with(language) &&
          track.language[language.size()] == '-');
}

}  // namespace

double MediaInformation::frame_rate_or_default() const {
  return video ? video->frame_rate.value_or(kDefaultFrameRate) : kDefaultFrameRate;
}

Result<MediaInformation> probe_media(const MediaInput& input, const ProbeOptions& options,
                                     std::stop_token stop) {
  auto probe = std::make_shared<Probe>(input, options);
  auto media = probe->run(std::move(stop));
  // A demuxer that is busy with what a file made up for it cannot be stopped: it is left behind.
  take_down_within(kTeardownLimit, [kept = std::move(probe)]() mutable { kept.reset(); });
  return media;
}

Result<AudioTrack> choose_audio_track(const MediaInformation& media, std::string_view choice) {
  if (choice.empty()) return media.audio.front();
  int number = 0;
  const auto [end, error] = std::from_chars(choice.data(), choice.data() + choice.size(), number);
  const bool is_number = error == std::errc() && end == choice.data() + choice.size();
  const auto language = is_number ? std::string() : to_bcp47(std::string(choice));
  for (const auto& track : media.audio) {
    if (is_number ? track.number == number : !language.empty() && speaks(track, language)) {
      return track;
    }
  }
  return make_error(ErrorCode::kInvalidArgument, "{}: has no audio track '{}'; it has: {}",
                    media.name, choice, list_tracks(media));
}

}  // namespace subtide
