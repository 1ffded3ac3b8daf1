#include "engine/pipeline/session.h"

#include <fmt/format.h>
#include <gst/gst.h>

#include <algorithm>
#include <chrono>
#include <mutex>
#include <thread>
#include <utility>

#include "engine/gst/clock_time.h"
#include "engine/gst/element_type.h"
#include "engine/gst/error.h"
#include "engine/gst/notices.h"
#include "engine/gst/pointer.h"
#include "engine/pipeline/audio_source.h"
#include "engine/pipeline/graph_bin.h"
#include "engine/pipeline/pipeline_end.h"
#include "engine/pipeline/recognition_part.h"
#include "engine/pipeline/session_notices.h"
#include "engine/pipeline/session_texts.h"
#include "engine/pipeline/sink_watch.h"
#include "engine/pipeline/text_replay.h"
#include "engine/speech/output_check.h"

namespace subtide {
namespace {

using Clock = std::chrono::steady_clock;

constexpr const char* kAudioArrived = "subtide-audio-arrived";
constexpr const char* kNoAudio = "subtide-no-audio";
constexpr const char* kTextEnded = "subtide-text-ended";
constexpr const char* kWake = "subtide-wake";
constexpr auto kBusStep = std::chrono::milliseconds(100);
// Decoders need some audio before the wanted point to settle.
constexpr MediaDuration kSeekLead = std::chrono::milliseconds(500);
// A file that ends this much before the end it tells was cut off: headers round, and streams of
// one file differ by a frame or two.
constexpr MediaDuration kEndTolerance = std::chrono::seconds(2);
// A repeated packet or two is no loss.
constexpr MediaDuration kRepeatTolerance = std::chrono::seconds(1);
constexpr auto kTeardownLimit = std::chrono::seconds(10);

TimeSpan wanted_range(const MediaInformation& media, const SessionOptions& options) {
  TimeSpan range{MediaTime::min(), MediaTime::max()};
  if (options.start > MediaTime(0)) range.begin = media.time_zero + options.start;
  if (options.duration) range.end = media.time_zero + options.start + *options.duration;
  return range;
}

void post_application(GstElement* pipeline, const char* name) {
  gst_element_post_message(
      pipeline, gst_message_new_application(GST_OBJECT(pipeline), gst_structure_new_empty(name)));
}

}  // namespace

/// Everything of one run. Shared with the thread that takes the pipeline down, which may outlive
/// run() when an element hangs.
struct Session::State {
  State(MediaInformation information, SessionOptions session_options)
      : media(std::move(information)),
        options(std::move(session_options)),
        wanted(wanted_range(media, options)),
        pipeline(own_object(gst_pipeline_new("session"))),
        bus(gst_element_get_bus(pipeline.get())) {
    if (options.models) give_provider(GST_BIN(pipeline.get()), options.models);
  }

  Status build(const GraphSpec& graph, const ParameterValues& values, const MediaInput& input);
  Result<SessionResult> run(SessionObserver& user, const std::stop_token& stop);

  const MediaInformation media;
  const SessionOptions options;
  const TimeSpan wanted;
  const ElementPtr pipeline;
  const GstPtr<GstBus> bus;
  std::unique_ptr<AudioSource> source;  ///< null when text is replayed
  std::unique_ptr<SinkWatch> sinks;
  std::optional<RecognitionPart> recognition;
  std::unique_ptr<SessionTexts> texts;
  std::unique_ptr<TextReplay> replay;

  std::optional<std::string> text_settings() const;
  void use_text(TextRecord record);

 private:
  enum class Step { kGoOn, kDone };
  Result<Step> handle(GstMessage* message);
  Result<Step> handle_error(GstMessage* message);
  Result<Step> handle_source_error(const std::string& what);
  Result<Step> handle_application(GstMessage* message);
  void begin_flow();
  void begin_replay();
  void tell_texts();
  void tell_text_record();
  std::optional<TimeSpan> covered() const;
  bool has_lost_audio() const;
  GstEvent* last_words();
  std::optional<Gap> lost_end() const;
  void report_progress(bool is_last);
  Status check_stall();
  void add_lost_end();
  void add_time_stamp_troubles();
  SessionResult finished();
  MediaTime from_zero(MediaTime time) const { return time - media.time_zero; }
  TimeSpan from_zero(TimeSpan span) const { return span.shifted(-media.time_zero); }

  SessionObserver* observer = nullptr;
  SessionResult result;
  SessionNotices notices{result, media.time_zero};
  ElementPtr graph_bin;
  Clock::time_point last_progress;
  Clock::time_point last_activity;
  std::uint64_t seen_activity = 0;
  std::optional<TimeSpan> seen_audio;
  std::jthread finisher;
  mutable std::mutex mutex;        ///< guards the two below, which streaming threads touch
  bool has_source_failed = false;  ///< reading broke off by an error
  std::optional<Gap> lost;         ///< in file time
};

Status Session::State::build(const GraphSpec& graph, const ParameterValues& values,
                             const MediaInput& input) {
  auto bin = make_graph_bin(graph, values, media, options.time_offset);
  if (!bin) return bin.error();
  auto made = AudioSource::create(
      input, options.track.stream, wanted,
      {[this] { post_application(pipeline.get(), kAudioArrived); }, [this] { return last_words(); },
       [this] { post_application(pipeline.get(), kNoAudio); }});
  if (!made) return made.error();
  source = *std::move(made);
  gst_bin_add_many(GST_BIN(pipeline.get()), source->element(), bin->get(), nullptr);
  if (gst_element_link_pads(source->element(), "src", bin->get(), "sink") == FALSE) {
    return make_error(ErrorCode::kBadInput, "graph {}: 'source' does not take raw audio",
                      graph.name());
  }
  sinks = std::make_unique<SinkWatch>(GST_BIN(bin->get()));
  graph_bin = *std::move(bin);
  recognition = find_recognition(GST_BIN(graph_bin.get()));
  texts = std::make_unique<SessionTexts>(GST_BIN(graph_bin.get()),
                                         recognition ? recognition->recognizer.get() : nullptr,
                                         [this] { post_application(pipeline.get(), kTextEnded); });
  return ok();
}

std::optional<std::string> Session::State::text_settings() const {
  if (!recognition) return std::nullopt;
  return fmt::format("track {} from {} to {}\n{}", options.track.stream, wanted.begin.count(),
                     wanted.end.count(), recognition->settings);
}

void Session::State::use_text(TextRecord record) {
  texts->forget_recognizer();
  const ElementPtr reader = own_object(source->element());
  gst_bin_remove(GST_BIN(pipeline.get()), reader.get());
  gst_element_set_state(reader.get(), GST_STATE_NULL);  // parts of it were prepared at once
  PadPtr after = cut_off(GST_BIN(graph_bin.get()), *recognition);
  source.reset();
  replay = std::make_unique<TextReplay>(std::move(record), std::move(after));
}

Result<SessionResult> Session::State::run(SessionObserver& user, const std::stop_token& stop) {
  observer = &user;
  notices.tell(user);
  last_activity = Clock::now();
  const std::stop_callback wake(stop, [this] { post_application(pipeline.get(), kWake); });
  // A refused state change has put its reason on the bus.
  const bool has_started =
      gst_element_set_state(pipeline.get(), GST_STATE_PLAYING) != GST_STATE_CHANGE_FAILURE;
  if (replay && has_started) begin_replay();
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

Result<Session::State::Step> Session::State::handle(GstMessage* message) {
  // Only what matters here; everything else of GStreamer's messages is of no interest.
  switch (static_cast<int>(GST_MESSAGE_TYPE(message))) {
    case GST_MESSAGE_EOS:
      return Step::kDone;
    case GST_MESSAGE_ERROR:
      return handle_error(message);
    case GST_MESSAGE_WARNING:
      observer->on_warning(read_error(message).message);
      return Step::kGoOn;
    case GST_MESSAGE_APPLICATION:
      return handle_application(message);
    case GST_MESSAGE_ELEMENT:
      last_activity = Clock::now();
      notices.read(message);
      return Step::kGoOn;
    default:
      return Step::kGoOn;
  }
}

Result<Session::State::Step> Session::State::handle_error(GstMessage* message) {
  const Error error = read_error(message);
  const bool is_of_source =
      source != nullptr && (GST_MESSAGE_SRC(message) == GST_OBJECT(source->element()) ||
                            gst_object_has_as_ancestor(GST_MESSAGE_SRC(message),
                                                       GST_OBJECT(source->element())) != FALSE);
  if (is_of_source) {
    const std::string& missing = notices.missing_decoder();
    return handle_source_error(missing.empty() ? error.message : missing);
  }
  if (result.outputs.empty()) return error;
  result.reasons.push_back(error.message);
  return Step::kDone;
}

// What was read until then is worth finishing: the stream is ended in its place.
Result<Session::State::Step> Session::State::handle_source_error(const std::string& what) {
  if (source->timeline().has_ended()) return Step::kGoOn;
  const auto audio = source->timeline().covered();
  if (!audio) {
    return make_error(ErrorCode::kBadInput, "{}: the audio cannot be decoded: {}", media.name,
                      what);
  }
  result.reasons.push_back(fmt::format("{}: reading broke off at {}: {}", media.name,
                                       format_clock(from_zero(audio->end)), what));
  {
    const std::lock_guard lock(mutex);
    if (std::exchange(has_source_failed, true)) return Step::kGoOn;
  }
  finisher = std::jthread([this] { source->timeline().finish(); });
  return Step::kGoOn;
}

Result<Session::State::Step> Session::State::handle_application(GstMessage* message) {
  if (gst_message_has_name(message, kAudioArrived) != FALSE) begin_flow();
  if (gst_message_has_name(message, kTextEnded) != FALSE) tell_text_record();
  if (gst_message_has_name(message, kNoAudio) == FALSE) return Step::kGoOn;
  if (options.start > MediaTime(0)) {
    return make_error(ErrorCode::kBadInput, "{}: has no audio from {} on", media.name,
                      format_clock(options.start));
  }
  return make_error(ErrorCode::kBadInput, "{}: no audio could be decoded", media.name);
}

void Session::State::begin_flow() {
  AudioTimeline& timeline = source->timeline();
  const MediaTime target =
      wanted.begin == MediaTime::min() ? MediaTime(0) : wanted.begin - kSeekLead;
  // Where the seek is refused, everything before the start is decoded and dropped.
  if (target > MediaTime(0) && media.is_seekable) (void)timeline.seek(target);
  timeline.release();
}

// What recognition told the first time is told again, at once.
void Session::State::begin_replay() {
  for (const auto& segment : replay->record().speech) notices.tell_speech(segment);
  for (const auto& model : replay->record().models) notices.tell_model(model);
  for (const auto& gap : replay->record().gaps) notices.tell_gap(gap);
  replay->start();
}

void Session::State::tell_texts() {
  for (Phrase& phrase : texts->take_transcript()) {
    observer->on_transcript(shifted(std::move(phrase), -media.time_zero));
  }
  for (Phrase& phrase : texts->take_translations()) {
    observer->on_translation(shifted(std::move(phrase), -media.time_zero));
  }
}

/// A window that failed may be recognised another time: then there is nothing to go by.
void Session::State::tell_text_record() {
  auto record = texts->take_record();
  const bool is_final = std::ranges::all_of(result.gaps, is_disbelieved);
  if (!record || !recognition || !is_final || has_lost_audio()) return;
  record->speech = notices.speech();
  record->models = result.models;
  std::erase_if(record->models,
                [](const ModelUse& model) { return model.role.starts_with("translator"); });
  record->gaps = result.gaps;
  record->processed = covered().value_or(TimeSpan{}).duration();
  observer->on_text_record(*record);
}

std::optional<TimeSpan> Session::State::covered() const {
  return source ? source->timeline().covered() : replay->covered();
}

/// The input itself ended wrongly.
bool Session::State::has_lost_audio() const {
  const std::lock_guard lock(mutex);
  return has_source_failed || lost.has_value();
}

std::optional<Gap> Session::State::lost_end() const {
  const auto audio = source->timeline().covered();
  const auto told = source->told_end();
  if (!audio || !told) return std::nullopt;
  const TimeSpan missing{audio->end, std::min(*told, wanted.end)};
  const bool is_cut_off = std::max(source->reached(), audio->end) + kEndTolerance < *told;
  if (missing.empty() || !(is_cut_off || has_source_failed)) return std::nullopt;
  return Gap{missing, has_source_failed ? "input_damaged" : "input_truncated"};
}

GstEvent* Session::State::last_words() {
  const std::lock_guard lock(mutex);
  lost = lost_end();
  return lost ? make_event(*lost).release() : nullptr;
}

void Session::State::report_progress(bool is_last) {
  const auto now = Clock::now();
  if (!is_last && now - last_progress < options.progress_step) return;
  last_progress = now;
  const auto audio = covered();
  if (!audio) return;
  SessionProgress progress;
  progress.decoded = from_zero(audio->end);
  progress.position =
      is_last ? progress.decoded
              : std::min(progress.decoded, from_zero(sinks->position().value_or(audio->begin)));
  progress.total = media.duration;
  if (options.duration) {
    const auto end = options.start + *options.duration;
    progress.total = std::min(end, media.duration.value_or(end));
  }
  observer->on_progress(progress);
}

Status Session::State::check_stall() {
  const auto now = Clock::now();
  const auto audio = covered();
  const auto activity = sinks->activity();
  if (activity != seen_activity || audio != seen_audio) last_activity = now;
  seen_activity = activity;
  seen_audio = audio;
  if (now - last_activity < options.stall_limit) return ok();
  return make_error(ErrorCode::kDeadline, "{}: nothing moved for {:.0f} s at {}", media.name,
                    to_seconds(options.stall_limit),
                    format_clock(audio ? from_zero(audio->end) : MediaTime(0)));
}

void Session::State::add_lost_end() {
  const std::lock_guard lock(mutex);
  if (!lost) return;
  const Gap gap{from_zero(lost->span), lost->reason};
  if (!has_source_failed) {
    result.reasons.push_back(fmt::format("{}: ends at {} although it tells a length of {}",
                                         media.name, format_clock(gap.span.begin),
                                         format_clock(gap.span.end)));
  }
  if (std::ranges::find(result.gaps, gap) != result.gaps.end()) return;
  result.gaps.push_back(gap);
  observer->on_gap(gap);
}

void Session::State::add_time_stamp_troubles() {
  if (!source) return;
  if (const auto repeated = source->timeline().repeated(); repeated > kRepeatTolerance) {
    result.reasons.push_back(
        fmt::format("{}: its time stamps overlap; {:.1f} s of sound were left out, convert the "
                    "file to another format",
                    media.name, to_seconds(repeated)));
  }
  if (const auto shift = source->timeline().shift(); shift > MediaDuration(0)) {
    observer->on_warning(
        fmt::format("{}: its time stamps fall back by {:.1f} s in all; what "
                    "follows was put behind what came before",
                    media.name, to_seconds(shift)));
  }
}

SessionResult Session::State::finished() {
  tell_texts();
  report_progress(true);
  if (const auto audio = covered()) result.processed = audio->duration();
  if (replay) result.processed = replay->record().processed;
  add_lost_end();
  add_time_stamp_troubles();
  return std::move(result);
}

Session::Session(std::shared_ptr<State> state) : state_(std::move(state)) {}
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;
Session::~Session() = default;

Result<Session> Session::create(const GraphSpec& graph, const ParameterValues& values,
                                const MediaInput& input, const MediaInformation& media,
                                const SessionOptions& options) {
  if (options.start < MediaTime(0) || (options.duration && *options.duration <= MediaTime(0))) {
    return make_error(ErrorCode::kInvalidArgument,
                      "start must not be negative, and duration must be more than zero");
  }
  auto state = std::make_shared<State>(media, options);
  if (auto built = state->build(graph, values, input); !built) return built.error();
  return Session(std::move(state));
}

std::optional<std::string> Session::text_settings() const { return state_->text_settings(); }
void Session::use_text(TextRecord record) { state_->use_text(std::move(record)); }

Result<SessionResult> Session::run(SessionObserver& observer, std::stop_token stop) {
  auto outcome = state_->run(observer, stop);
  take_down_within(kTeardownLimit, [state = state_] {
    gst_element_set_state(state->pipeline.get(), GST_STATE_NULL);
  });
  return outcome;
}

}  // namespace subtide
