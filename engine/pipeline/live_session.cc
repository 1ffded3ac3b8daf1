#include "engine/pipeline/live_session.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <string_view>
#include <thread>
#include <utility>

#include "engine/gst/error.h"
#include "engine/gst/notices.h"
#include "engine/gst/text_meta.h"
#include "engine/ingest/source_address.h"
#include "engine/pipeline/graph_bin.h"
#include "engine/pipeline/side_output.h"

namespace subtide {
namespace {

using SteadyClock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kTurn(100);
/// The formats of the source's streams come a moment after their pads.
constexpr milliseconds kLongestFormat(1000);
constexpr int kMostTranslations = 64;
/// Taking a pipeline down waits for elements; nobody waits for those that never let go.
constexpr milliseconds kLongestFarewell(5000);

/// The graph's entry for a pad of the source: "video", or "audio" for decoded sound. Empty: the
/// sound as it was coded, which is not used, since it may change its form at any time.
std::string entry_of(GstPad* pad) {
  const TextPtr name(gst_pad_get_name(pad));
  const std::string_view text = name.get();
  if (text.starts_with("video_")) return "video";
  return text.starts_with("pcm_") ? "audio" : "";
}

std::optional<FrameRate> frame_rate_of(GstPad* pad) {
  const CapsPtr caps(gst_pad_get_current_caps(pad));
  if (!caps) return std::nullopt;
  FrameRate rate;
  const GstStructure* form = gst_caps_get_structure(caps.get(), 0);
  if (gst_structure_get_fraction(form, "framerate", &rate.numerator, &rate.denominator) == FALSE ||
      rate.numerator <= 0 || rate.denominator <= 0) {
    return std::nullopt;
  }
  return rate;
}

}  // namespace

struct LiveSession::State {
  State(GraphSpec of, LiveSessionOptions with) : graph(std::move(of)), options(std::move(with)) {}

  Status start();
  Status make_source();
  Status build();
  Status watch(const std::stop_token& stop);
  Status handle(GstMessage* message);
  void handle_element(GstMessage* message);
  bool knows_formats();
  void link_waiting();
  void begin_end();
  void take_down();
  void listen(const std::string& name, GstPadProbeCallback heard);
  void keep_position(GstBuffer* buffer);
  bool has_reached_duration() const;

  static void on_pad(GstElement* source, GstPad* pad, gpointer self);
  static void on_no_more_pads(GstElement* source, gpointer self);
  static GstPadProbeReturn hold(GstPad* pad, GstPadProbeInfo* info, gpointer self);
  static GstPadProbeReturn on_source_buffer(GstPad* pad, GstPadProbeInfo* info, gpointer self);
  static GstPadProbeReturn on_transcript(GstPad* pad, GstPadProbeInfo* info, gpointer self);
  static GstPadProbeReturn on_translation(GstPad* pad, GstPadProbeInfo* info, gpointer self);
  static GstPadProbeReturn on_cue(GstPad* pad, GstPadProbeInfo* info, gpointer self);
  static GstPadProbeReturn drop(GstPad* pad, GstPadProbeInfo* info, gpointer self);

  struct Waiting {
    PadPtr pad;
    std::string kind;
    gulong probe = 0;
  };

  const GraphSpec graph;
  const LiveSessionOptions options;
  LiveSession* session = nullptr;
  LiveObserver* observer = nullptr;
  ElementPtr pipeline;
  ElementPtr source;
  ElementPtr bin;  ///< the graph; null until the source's streams are known
  std::mutex mutex;
  std::vector<Waiting> waiting;  ///< pads of the source that are held until the graph is there
  bool knows_streams = false;
  SteadyClock::time_point streams_known_at{};
  std::vector<PadPtr> linked;
  std::atomic<std::int64_t> position = 0;
  std::atomic<SteadyClock::rep> position_at = 0;
  std::optional<Epoch> epoch;  ///< guarded by mutex
  bool is_ending = false;
  SteadyClock::time_point ending_since{};
};

/// Formats may pass, so that the graph can be made for them.
GstPadProbeReturn LiveSession::State::hold(GstPad*, GstPadProbeInfo* info, gpointer) {
  if ((info->type & GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM) == 0) return GST_PAD_PROBE_OK;
  const GstEventType type = GST_EVENT_TYPE(GST_PAD_PROBE_INFO_EVENT(info));
  const bool tells_format = type == GST_EVENT_STREAM_START || type == GST_EVENT_CAPS;
  return tells_format ? GST_PAD_PROBE_PASS : GST_PAD_PROBE_OK;
}

void LiveSession::State::on_pad(GstElement*, GstPad* pad, gpointer self) {
  auto* state = static_cast<State*>(self);
  const std::string kind = entry_of(pad);
  const gulong probe =
      gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_BLOCK_DOWNSTREAM, &State::hold, nullptr, nullptr);
  const std::lock_guard lock(state->mutex);
  state->waiting.push_back({own_object(pad), kind, probe});
}

void LiveSession::State::on_no_more_pads(GstElement*, gpointer self) {
  auto* state = static_cast<State*>(self);
  const std::lock_guard lock(state->mutex);
  state->knows_streams = true;
  state->streams_known_at = SteadyClock::now();
}

void LiveSession::State::keep_position(GstBuffer* buffer) {
  if (!GST_BUFFER_PTS_IS_VALID(buffer)) return;
  auto time = static_cast<std::int64_t>(GST_BUFFER_PTS(buffer));
  if (GST_BUFFER_DURATION_IS_VALID(buffer)) {
    time += static_cast<std::int64_t>(GST_BUFFER_DURATION(buffer));
  }
  if (time <= position) return;
  position = time;
  position_at = SteadyClock::now().time_since_epoch().count();
}

GstPadProbeReturn LiveSession::State::on_source_buffer(GstPad*, GstPadProbeInfo* info,
                                                       gpointer self) {
  static_cast<State*>(self)->keep_position(GST_PAD_PROBE_INFO_BUFFER(info));
  return GST_PAD_PROBE_OK;
}

GstPadProbeReturn LiveSession::State::on_transcript(GstPad*, GstPadProbeInfo* info, gpointer self) {
  const auto phrase = phrase_of(GST_PAD_PROBE_INFO_BUFFER(info));
  if (phrase) static_cast<State*>(self)->observer->on_transcript(*phrase);
  return GST_PAD_PROBE_OK;
}

GstPadProbeReturn LiveSession::State::on_translation(GstPad*, GstPadProbeInfo* info,
                                                     gpointer self) {
  const auto phrase = phrase_of(GST_PAD_PROBE_INFO_BUFFER(info));
  if (phrase) static_cast<State*>(self)->observer->on_translation(*phrase);
  return GST_PAD_PROBE_OK;
}

GstPadProbeReturn LiveSession::State::on_cue(GstPad*, GstPadProbeInfo* info, gpointer self) {
  const auto cue = cue_of(GST_PAD_PROBE_INFO_BUFFER(info));
  if (cue) static_cast<State*>(self)->observer->on_cue(*cue);
  return GST_PAD_PROBE_OK;
}

GstPadProbeReturn LiveSession::State::drop(GstPad*, GstPadProbeInfo*, gpointer) {
  return GST_PAD_PROBE_DROP;
}

Status LiveSession::State::make_source() {
  source = own_object(gst_element_factory_make("tideingest", "source"));
  if (!source) return make_error(ErrorCode::kInternal, "tideingest is not registered");
  if (auto set = set_property(G_OBJECT(source.get()), "uri", options.source); !set) return set;
  for (const auto& [name, value] : options.source_settings) {
    if (auto set = set_property(G_OBJECT(source.get()), name, value); !set) return set;
  }
  g_signal_connect(source.get(), "pad-added", G_CALLBACK(&State::on_pad), this);
  g_signal_connect(source.get(), "no-more-pads", G_CALLBACK(&State::on_no_more_pads), this);
  gst_bin_add(GST_BIN(pipeline.get()), source.get());
  return ok();
}

Status LiveSession::State::start() {
  pipeline = own_object(gst_pipeline_new(nullptr));
  if (auto made = make_source(); !made) return made;
  if (gst_element_set_state(pipeline.get(), GST_STATE_PLAYING) == GST_STATE_CHANGE_FAILURE) {
    const GstPtr<GstBus> bus(gst_element_get_bus(pipeline.get()));
    const MessagePtr why(gst_bus_pop_filtered(bus.get(), GST_MESSAGE_ERROR));
    if (why) return read_error(why.get());
    return make_error(ErrorCode::kInternal, "{}: the source does not start", options.source);
  }
  return ok();
}

void LiveSession::State::listen(const std::string& name, GstPadProbeCallback heard) {
  const ElementPtr element(gst_bin_get_by_name(GST_BIN(bin.get()), name.c_str()));
  const PadPtr src(element ? gst_element_get_static_pad(element.get(), "src") : nullptr);
  if (src) gst_pad_add_probe(src.get(), GST_PAD_PROBE_TYPE_BUFFER, heard, this, nullptr);
}

/// The graph for what the source carries.
Status LiveSession::State::build() {
  LiveStreams streams;
  {
    const std::lock_guard lock(mutex);
    for (const auto& one : waiting) {
      streams.has_video = streams.has_video || one.kind == "video";
      streams.has_audio = streams.has_audio || one.kind == "audio";
      if (one.kind == "video" && !streams.frame_rate) {
        streams.frame_rate = frame_rate_of(one.pad.get());
      }
    }
  }
  if (!streams.has_video && !streams.has_audio) {
    return make_error(ErrorCode::kBadInput, "the source carries neither sound nor pictures");
  }
  std::vector<std::string> entries;
  if (streams.has_video) entries.emplace_back("video");
  if (streams.has_audio) entries.emplace_back("audio");
  auto made = make_live_graph_bin(graph, options.values(streams), entries);
  if (!made) return made.error();
  bin = std::move(*made);
  gst_bin_add(GST_BIN(pipeline.get()), bin.get());
  listen("transcribe", &State::on_transcript);
  listen("cues", &State::on_cue);
  for (int i = 0; i < kMostTranslations; ++i) {
    listen("translate_" + std::to_string(i), &State::on_translation);
    listen("cues_" + std::to_string(i), &State::on_cue);
  }
  if (session->on_graph) {
    if (auto ready = session->on_graph(*session, streams); !ready) return ready;
  }
  if (!gst_element_sync_state_with_parent(bin.get())) {
    return make_error(ErrorCode::kInternal, "graph {}: it does not start", graph.name());
  }
  link_waiting();
  return ok();
}

/// True when the graph can be made: all streams are there, and say what they are.
bool LiveSession::State::knows_formats() {
  const std::lock_guard lock(mutex);
  if (!knows_streams) return false;
  const bool has_all = std::ranges::all_of(
      waiting, [](const Waiting& one) { return gst_pad_has_current_caps(one.pad.get()) != FALSE; });
  return has_all || SteadyClock::now() - streams_known_at > kLongestFormat;
}

/// Links what waits, and lets it flow. A second stream of a kind, or one that nobody wants, is
/// dropped.
void LiveSession::State::link_waiting() {
  std::vector<Waiting> ready;
  {
    const std::lock_guard lock(mutex);
    ready = std::exchange(waiting, {});
  }
  for (auto& one : ready) {
    const PadPtr sink(one.kind.empty() ? nullptr
                                       : gst_element_get_static_pad(bin.get(), one.kind.c_str()));
    const bool is_wanted = sink && !gst_pad_is_linked(sink.get());
    if (is_wanted && gst_pad_link(one.pad.get(), sink.get()) == GST_PAD_LINK_OK) {
      gst_pad_add_probe(one.pad.get(), GST_PAD_PROBE_TYPE_BUFFER, &State::on_source_buffer, this,
                        nullptr);
      linked.push_back(own_object(one.pad.get()));
    } else {
      gst_pad_add_probe(one.pad.get(), GST_PAD_PROBE_TYPE_DATA_DOWNSTREAM, &State::drop, nullptr,
                        nullptr);
    }
    gst_pad_remove_probe(one.pad.get(), one.probe);
  }
}

void LiveSession::State::handle_element(GstMessage* message) {
  if (const auto notice = read_ingest_notice(message)) return observer->on_source(*notice);
  if (const auto sound = read_sound_notice(message)) return observer->on_sound(*sound);
  if (const auto damage = read_damage_notice(message)) return observer->on_damage(*damage);
  if (const auto format = read_format_notice(message)) return observer->on_format(*format);
  if (const auto begun = read_epoch_notice(message)) {
    {
      const std::lock_guard lock(mutex);
      epoch = *begun;
    }
    return observer->on_epoch(*begun);
  }
  if (const auto speech = read_speech_end(message)) return observer->on_speech(*speech);
  if (const auto gap = read_gap_notice(message)) return observer->on_gap(*gap);
  if (const auto item = read_source_metadata(message)) return observer->on_metadata(*item);
  if (const auto model = read_loaded_model(message)) {
    return observer->on_model({model->role, model->spec, model->detail});
  }
  observer->on_message(message);
}

Status LiveSession::State::handle(GstMessage* message) {
  switch (static_cast<int>(GST_MESSAGE_TYPE(message))) {
    case GST_MESSAGE_ERROR:
      return read_error(message);
    case GST_MESSAGE_WARNING:
      observer->on_warning(read_error(message).message);
      return ok();
    case GST_MESSAGE_LATENCY:
      gst_bin_recalculate_latency(GST_BIN(pipeline.get()));
      return ok();
    case GST_MESSAGE_ELEMENT:
      handle_element(message);
      return ok();
    default:
      return ok();
  }
}

bool LiveSession::State::has_reached_duration() const {
  return options.duration && MediaTime(position.load()) >= *options.duration;
}

/// Nothing more is taken from the source, and what was taken is finished.
void LiveSession::State::begin_end() {
  if (is_ending) return;
  is_ending = true;
  ending_since = SteadyClock::now();
  for (const auto& pad : linked) {
    const PadPtr sink(gst_pad_get_peer(pad.get()));
    gst_pad_add_probe(pad.get(), GST_PAD_PROBE_TYPE_DATA_DOWNSTREAM, &State::drop, nullptr,
                      nullptr);
    if (sink) gst_pad_send_event(sink.get(), gst_event_new_eos());
  }
}

Status LiveSession::State::watch(const std::stop_token& stop) {
  const GstPtr<GstBus> bus(gst_element_get_bus(pipeline.get()));
  while (true) {
    const MessagePtr message(gst_bus_timed_pop(
        bus.get(), static_cast<GstClockTime>(std::chrono::nanoseconds(kTurn).count())));
    if (message) {
      if (GST_MESSAGE_TYPE(message.get()) == GST_MESSAGE_EOS) return ok();
      if (auto handled = handle(message.get()); !handled) return handled;
    }
    if (!bin) {
      if (knows_formats()) {
        if (auto built = build(); !built) return built;
      } else if (stop.stop_requested()) {
        const auto address = parse_source_address(options.source);
        return make_error(ErrorCode::kBadInput, "{}: nothing came from the source",
                          address ? address->shown : "");
      }
      continue;
    }
    link_waiting();
    if (stop.stop_requested() || has_reached_duration()) begin_end();
    if (is_ending && SteadyClock::now() - ending_since > options.longest_end) {
      return make_error(
          ErrorCode::kDeadline, "the outputs were not finished within {} s",
          std::chrono::duration_cast<std::chrono::seconds>(options.longest_end).count());
    }
    observer->on_turn();
  }
}

void LiveSession::State::take_down() {
  if (!pipeline) return;
  auto gone = std::make_shared<std::atomic<bool>>(false);
  // Off this thread: an element that never lets go must not keep the program from its end.
  std::thread([held = own_object(pipeline.get()), gone] {
    gst_element_set_state(held.get(), GST_STATE_NULL);
    *gone = true;
  }).detach();
  const auto until = SteadyClock::now() + kLongestFarewell;
  while (!*gone && SteadyClock::now() < until) std::this_thread::sleep_for(milliseconds(5));
}

LiveSession::LiveSession(const GraphSpec& graph, LiveSessionOptions options)
    : state_(std::make_unique<State>(graph, std::move(options))) {
  state_->session = this;
}

LiveSession::~LiveSession() { state_->take_down(); }

Status LiveSession::run(LiveObserver& observer, std::stop_token stop) {
  state_->observer = &observer;
  Status done = state_->start();
  if (done) done = state_->watch(stop);
  return done;
}

GstPipeline* LiveSession::pipeline() const { return GST_PIPELINE(state_->pipeline.get()); }

ElementPtr LiveSession::element(const std::string& name) const {
  if (!state_->bin) return nullptr;
  return ElementPtr(gst_bin_get_by_name(GST_BIN(state_->bin.get()), name.c_str()));
}

ElementPtr LiveSession::tap(const std::string& name) const {
  const ElementPtr tee = element(name);
  return tee ? make_tap(tee.get()) : nullptr;
}

MediaTime LiveSession::position() const { return MediaTime(state_->position.load()); }

MediaTime LiveSession::now() const {
  const SteadyClock::time_point at{SteadyClock::duration(state_->position_at.load())};
  const auto since = std::chrono::duration_cast<MediaDuration>(SteadyClock::now() - at);
  return position() + (state_->position_at == 0 ? MediaDuration(0) : since);
}

std::optional<Epoch> LiveSession::epoch() const {
  const std::lock_guard lock(state_->mutex);
  return state_->epoch;
}

}  // namespace subtide
