#include "engine/pipeline/transcode_session.h"

#include <fmt/format.h>
#include <gst/audio/audio.h>
#include <gst/video/video.h>

#include <algorithm>
#include <thread>
#include <utility>

#include "engine/gst/clock_time.h"
#include "engine/gst/element_type.h"
#include "engine/gst/error.h"
#include "engine/pipeline/encoder_delay.h"
#include "engine/pipeline/graph_bin.h"
#include "engine/pipeline/pipeline_end.h"
#include "engine/pipeline/session_notices.h"
#include "engine/pipeline/session_texts.h"
#include "engine/pipeline/sink_watch.h"
#include "engine/pipeline/unknown_language.h"

namespace subtide {
namespace {

using Clock = std::chrono::steady_clock;

constexpr const char* kArrived = "subtide-streams-arrived";
constexpr const char* kWake = "subtide-wake";
constexpr auto kBusStep = std::chrono::milliseconds(50);
constexpr auto kTeardownLimit = std::chrono::seconds(10);
// A file that ends this much before the end it tells was cut off: headers round, and streams of
// one file differ by a frame or two.
constexpr MediaDuration kEndTolerance = std::chrono::seconds(2);

void post_application(GstElement* pipeline, const char* name) {
  gst_element_post_message(
      pipeline, gst_message_new_application(GST_OBJECT(pipeline), gst_structure_new_empty(name)));
}

bool is_turned(const GstTagList* tags) {
  gchar* found = nullptr;
  if (gst_tag_list_get_string(tags, GST_TAG_IMAGE_ORIENTATION, &found) == FALSE) return false;
  const TextPtr orientation(found);
  const std::string_view text = orientation.get();
  return text.ends_with("rotate-90") || text.ends_with("rotate-270");
}

std::optional<PictureFormat> picture_format(const MediaSource& source) {
  const CapsPtr caps = source.caps("video");
  GstVideoInfo info;
  if (!caps || gst_video_info_from_caps(&info, caps.get()) == FALSE) return std::nullopt;
  PictureFormat format;
  format.width = info.width;
  format.height = info.height;
  format.aspect_numerator = std::max(info.par_n, 1);
  format.aspect_denominator = std::max(info.par_d, 1);
  format.rate_numerator = info.fps_n;
  format.rate_denominator = std::max(info.fps_d, 1);
  format.depth = static_cast<int>(GST_VIDEO_INFO_COMP_DEPTH(&info, 0));
  format.is_interlaced = GST_VIDEO_INFO_IS_INTERLACED(&info);
  format.is_high_dynamic_range = info.colorimetry.transfer == GST_VIDEO_TRANSFER_SMPTE2084 ||
                                 info.colorimetry.transfer == GST_VIDEO_TRANSFER_ARIB_STD_B67;
  format.is_turned = is_turned(source.tags("video").get());
  return format;
}

std::optional<SoundFormat> sound_format(const MediaSource& source, std::size_t index) {
  const CapsPtr caps = source.caps(fmt::format("audio_{}", index));
  GstAudioInfo info;
  if (!caps || gst_audio_info_from_caps(&info, caps.get()) == FALSE) return std::nullopt;
  return SoundFormat{info.channels, info.rate};
}

}  // namespace

/// Shared with the thread that takes the pipeline down.
struct TranscodeSession::State {
  State(MediaInformation information, TranscodeSessionOptions session_options)
      : media(std::move(information)),
        options(std::move(session_options)),
        pipeline(own_object(gst_pipeline_new("transcode"))),
        bus(gst_element_get_bus(pipeline.get())) {
    if (options.models) give_provider(GST_BIN(pipeline.get()), options.models);
  }

  Status open(const MediaInput& input, const std::stop_token& stop);
  Status build(const GraphSpec& graph, const ParameterValues& values);
  Result<SessionResult> run(SessionObserver& user, const std::stop_token& stop);

  const MediaInformation media;
  const TranscodeSessionOptions options;
  const ElementPtr pipeline;
  const GstPtr<GstBus> bus;
  std::unique_ptr<MediaSource> source;
  DecodedStreams streams;
  ElementPtr graph_bin;

 private:
  enum class Step { kGoOn, kDone };
  Status wait_for_streams(const std::stop_token& stop);
  void describe_streams();
  Status link_entry(const std::string& pad);
  Result<Step> handle(GstMessage* message);
  Result<Step> handle_error(GstMessage* message);
  bool is_of_source(GstMessage* message) const;
  std::optional<TimeSpan> covered() const;
  std::string reason_of(GstMessage* message) const;
  Status check_stall();
  void report_progress(bool is_last);
  void tell_texts();
  void add_lost_end();
  SessionResult finished();

  SessionObserver* observer = nullptr;
  SessionResult result;
  SessionNotices notices{result, MediaTime(0)};
  std::unique_ptr<SinkWatch> sinks;
  std::unique_ptr<SessionTexts> texts;
  Clock::time_point last_progress;
  Clock::time_point last_activity;
  std::uint64_t seen_activity = 0;
  std::optional<TimeSpan> seen_media;
  bool has_source_failed = false;
  std::jthread finisher;
};

Status TranscodeSession::State::open(const MediaInput& input, const std::stop_token& stop) {
  const bool has_streams = options.selection.video || !options.selection.audio.empty();
  if (!has_streams) return ok();  // the graph reads by itself
  auto made = MediaSource::create(input, options.selection, media.time_zero,
                                  {[this] { post_application(pipeline.get(), kArrived); }});
  if (!made) return made.error();
  source = *std::move(made);
  gst_bin_add(GST_BIN(pipeline.get()), source->element());
  gst_element_set_state(pipeline.get(), GST_STATE_PAUSED);
  if (auto waited = wait_for_streams(stop); !waited) return waited;
  describe_streams();
  const bool has_sound = std::ranges::any_of(streams.audio, [](const auto& one) { return !!one; });
  if (!streams.video && !has_sound) {
    return make_error(ErrorCode::kBadInput, "{}: nothing of it could be decoded", media.name);
  }
  return ok();
}

// A stream that does not come for long does not stop the others.
Status TranscodeSession::State::wait_for_streams(const std::stop_token& stop) {
  const std::stop_callback wake(stop, [this] { post_application(pipeline.get(), kWake); });
  const auto deadline = Clock::now() + options.open_limit;
  while (Clock::now() < deadline) {
    if (stop.stop_requested()) return make_error(ErrorCode::kUnavailable, "stopped");
    const MessagePtr message(gst_bus_timed_pop(bus.get(), to_clock_time(kBusStep)));
    if (!message) continue;
    notices.read_missing(message.get());
    if (gst_message_has_name(message.get(), kArrived) != FALSE) return ok();
    if (GST_MESSAGE_TYPE(message.get()) != GST_MESSAGE_ERROR) continue;
    describe_streams();
    const bool has_any = streams.video || std::ranges::any_of(streams.audio, [](const auto& one) {
                           return one.has_value();
                         });
    // What was decoded before it broke off is worth finishing.
    if (!has_any) {
      return make_error(ErrorCode::kBadInput, "{}: cannot be decoded: {}", media.name,
                        reason_of(message.get()));
    }
    has_source_failed = true;
    result.reasons.push_back(fmt::format("{}: reading broke off at the beginning: {}", media.name,
                                         reason_of(message.get())));
    return ok();
  }
  return ok();
}

void TranscodeSession::State::describe_streams() {
  streams = {};
  streams.video = picture_format(*source);
  for (std::size_t i = 0; i < options.selection.audio.size(); ++i) {
    streams.audio.push_back(sound_format(*source, i));
  }
}

Status TranscodeSession::State::link_entry(const std::string& pad) {
  const PadPtr from(gst_element_get_static_pad(source->element(), pad.c_str()));
  const PadPtr into(gst_element_get_static_pad(graph_bin.get(), pad.c_str()));
  if (from && into && gst_pad_link(from.get(), into.get()) == GST_PAD_LINK_OK) return ok();
  return make_error(ErrorCode::kBadInput, "the graph's '{}' does not take what the file carries",
                    pad);
}

Status TranscodeSession::State::build(const GraphSpec& graph, const ParameterValues& values) {
  MediaInformation told = media;
  told.time_zero = MediaTime(0);  // the source has taken it off
  auto bin = make_graph_bin_with_entries(graph, values, told);
  if (!bin) return bin.error();
  graph_bin = std::move(bin->bin);
  gst_bin_add(GST_BIN(pipeline.get()), graph_bin.get());
  for (const std::string& entry : bin->entries) {
    if (auto linked = link_entry(entry); !linked) return linked;
  }
  take_off_encoder_delay(GST_BIN(graph_bin.get()));
  tell_unknown_languages(GST_BIN(graph_bin.get()));
  sinks = std::make_unique<SinkWatch>(GST_BIN(graph_bin.get()));
  texts = std::make_unique<SessionTexts>(GST_BIN(graph_bin.get()));
  return ok();
}

Result<SessionResult> TranscodeSession::State::run(SessionObserver& user,
                                                   const std::stop_token& stop) {
  observer = &user;
  notices.tell(user);
  last_activity = Clock::now();
  const std::stop_callback wake(stop, [this] { post_application(pipeline.get(), kWake); });
  const bool has_started =
      gst_element_set_state(pipeline.get(), GST_STATE_PLAYING) != GST_STATE_CHANGE_FAILURE;
  if (source) source->release();
  if (has_source_failed) finisher = std::jthread([this] { source->finish(); });
  while (!stop.stop_requested()) {
    const MessagePtr message(gst_bus_timed_pop(bus.get(), to_clock_time(kBusStep)));
    if (message) {
      const auto step = handle(message.get());
      if (!step) return step.error();
      if (*step == Step::kDone) return finished();
    } else if (!has_started) {
      return make_error(ErrorCode::kInternal, "{}: the graph does not start", media.name);
    }
    tell_texts();
    report_progress(false);
    if (auto stall = check_stall(); !stall) return stall.error();
  }
  result.is_stopped = true;
  return std::move(result);
}

Result<TranscodeSession::State::Step> TranscodeSession::State::handle(GstMessage* message) {
  // Only what matters here; everything else of GStreamer's messages is of no interest.
  switch (static_cast<int>(GST_MESSAGE_TYPE(message))) {
    case GST_MESSAGE_EOS:
      return Step::kDone;
    case GST_MESSAGE_ERROR:
      return handle_error(message);
    case GST_MESSAGE_WARNING:
      observer->on_warning(read_error(message).message);
      return Step::kGoOn;
    case GST_MESSAGE_ELEMENT:
      last_activity = Clock::now();
      notices.read(message);
      return Step::kGoOn;
    default:
      return Step::kGoOn;
  }
}

std::optional<TimeSpan> TranscodeSession::State::covered() const {
  return source ? source->covered() : std::nullopt;
}

bool TranscodeSession::State::is_of_source(GstMessage* message) const {
  if (!source) return false;
  GstObject* from = GST_MESSAGE_SRC(message);
  GstObject* input = GST_OBJECT(source->element());
  return from == input || gst_object_has_as_ancestor(from, input) != FALSE;
}

std::string TranscodeSession::State::reason_of(GstMessage* message) const {
  const std::string& missing = notices.missing_decoder();
  return missing.empty() ? read_error(message).message : missing;
}

// What was read until then is worth finishing: the streams are ended in its place.
Result<TranscodeSession::State::Step> TranscodeSession::State::handle_error(GstMessage* message) {
  if (!is_of_source(message)) return read_error(message);
  if (source->has_ended() || std::exchange(has_source_failed, true)) return Step::kGoOn;
  const auto media_read = covered();
  if (!media_read) {
    return make_error(ErrorCode::kBadInput, "{}: cannot be decoded: {}", media.name,
                      reason_of(message));
  }
  result.reasons.push_back(fmt::format("{}: reading broke off at {}: {}", media.name,
                                       format_clock(media_read->end), reason_of(message)));
  finisher = std::jthread([this] { source->finish(); });
  return Step::kGoOn;
}

void TranscodeSession::State::tell_texts() {
  for (Phrase& phrase : texts->take_transcript()) observer->on_transcript(phrase);
  for (Phrase& phrase : texts->take_translations()) observer->on_translation(phrase);
}

void TranscodeSession::State::report_progress(bool is_last) {
  const auto now = Clock::now();
  if (!is_last && now - last_progress < options.progress_step) return;
  last_progress = now;
  const auto media_read = covered();
  if (!media_read) return;
  SessionProgress progress;
  progress.decoded = media_read->end;
  progress.position =
      is_last ? progress.decoded
              : std::min(progress.decoded, sinks->position().value_or(media_read->begin));
  progress.total = media.duration;
  observer->on_progress(progress);
}

Status TranscodeSession::State::check_stall() {
  const auto now = Clock::now();
  const auto media_read = covered();
  const auto activity = sinks->activity();
  if (activity != seen_activity || media_read != seen_media) last_activity = now;
  seen_activity = activity;
  seen_media = media_read;
  if (now - last_activity < options.stall_limit) return ok();
  return make_error(ErrorCode::kDeadline, "{}: nothing moved for {:.0f} s at {}", media.name,
                    to_seconds(options.stall_limit),
                    format_clock(media_read ? media_read->end : MediaTime(0)));
}

void TranscodeSession::State::add_lost_end() {
  const auto media_read = covered();
  const auto told = source ? source->told_end() : std::nullopt;
  if (!media_read || !told || media_read->end + kEndTolerance >= *told) return;
  const Gap gap{{media_read->end, *told}, has_source_failed ? "input_damaged" : "input_truncated"};
  if (!has_source_failed) {
    result.reasons.push_back(fmt::format("{}: ends at {} although it tells a length of {}",
                                         media.name, format_clock(gap.span.begin),
                                         format_clock(gap.span.end)));
  }
  notices.tell_gap(gap);
}

SessionResult TranscodeSession::State::finished() {
  tell_texts();
  report_progress(true);
  if (const auto media_read = covered()) result.processed = media_read->duration();
  add_lost_end();
  return std::move(result);
}

TranscodeSession::TranscodeSession(std::shared_ptr<State> state) : state_(std::move(state)) {}
TranscodeSession::TranscodeSession(TranscodeSession&&) noexcept = default;

TranscodeSession& TranscodeSession::operator=(TranscodeSession&& other) noexcept {
  close();
  state_ = std::move(other.state_);
  return *this;
}

TranscodeSession::~TranscodeSession() { close(); }

void TranscodeSession::close() {
  if (!state_) return;
  take_down_within(kTeardownLimit, [state = std::exchange(state_, nullptr)]() mutable {
    if (state->source) state->source->abandon();
    gst_element_set_state(state->pipeline.get(), GST_STATE_NULL);
    state.reset();
  });
}

Result<TranscodeSession> TranscodeSession::open(const MediaInput& input,
                                                const MediaInformation& media,
                                                TranscodeSessionOptions options,
                                                std::stop_token stop) {
  TranscodeSession session(std::make_shared<State>(media, std::move(options)));
  if (auto opened = session.state_->open(input, stop); !opened) return opened.error();
  return session;
}

const DecodedStreams& TranscodeSession::streams() const { return state_->streams; }

Status TranscodeSession::build(const GraphSpec& graph, const ParameterValues& values) {
  return state_->build(graph, values);
}

ElementPtr TranscodeSession::element(const std::string& name) const {
  if (!state_->graph_bin) return nullptr;
  return ElementPtr(gst_bin_get_by_name(GST_BIN(state_->graph_bin.get()), name.c_str()));
}

std::size_t TranscodeSession::pictures() const {
  return state_->source ? state_->source->pictures() : 0;
}

StreamSpans TranscodeSession::spans() const {
  const MediaSource& source = *state_->source;
  StreamSpans spans{source.covered("video"), {}};
  for (std::size_t i = 0; i < state_->options.selection.audio.size(); ++i) {
    spans.audio.push_back(source.covered(fmt::format("audio_{}", i)));
  }
  return spans;
}

Result<SessionResult> TranscodeSession::run(SessionObserver& observer, std::stop_token stop) {
  auto outcome = state_->run(observer, stop);
  // Files are complete only when their elements are down.
  take_down_within(kTeardownLimit, [state = state_] {
    if (state->source) state->source->abandon();
    gst_element_set_state(state->pipeline.get(), GST_STATE_NULL);
  });
  return outcome;
}

}  // namespace subtide
