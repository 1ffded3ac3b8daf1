#include "engine/pipeline/side_output.h"

#include <fmt/format.h>

#include <array>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "engine/gst/error.h"
#include "engine/gst/pointer.h"
#include "engine/ingest/backoff.h"

namespace subtide {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kTurn(100);
constexpr MediaDuration kTapQueue = std::chrono::seconds(5);
constexpr MediaDuration kCleared = std::chrono::seconds(1);  ///< a queue this short is no jam
/// SRT forgets what it has not sent yet when it is closed, and the end comes in one burst.
constexpr milliseconds kLinger(1000);
/// A jam is over when so long nothing waited: what was dropped leaves the queue short for a moment.
constexpr milliseconds kEase(3000);
/// Buffers by which a target took something: while it still connects, a sink takes what stands
/// before the first picture, and holds that.
constexpr std::uint64_t kTaken = 20;
/// Taking a pipeline down waits for servers that do not answer; nobody waits for that longer.
constexpr milliseconds kLongestFarewell(3000);

const char* mux_of(SideOutputKind kind) {
  switch (kind) {
    case SideOutputKind::kSrt:
      return "mpegtsmux name=mux alignment=7 ! srtsink name=sink sync=false "
             "wait-for-connection=false";
    case SideOutputKind::kRtmp:
      // A slow target is jammed before it counts as dead.
      return "flvmux name=mux streamable=true ! rtmp2sink name=sink sync=false timeout=15";
    case SideOutputKind::kMp4:
      return "mp4mux name=mux fragment-duration=2000 fragment-mode=first-moov-then-finalise ! "
             "filesink name=sink sync=false";
    case SideOutputKind::kMatroska:
      return "matroskamux name=mux offset-to-zero=false ! filesink name=sink sync=false";
  }
  return "";
}

/// What stands between a stream and the muxer.
std::string parser_of(const SideOutputStream& stream) {
  switch (stream.kind) {
    case SideOutputStream::Kind::kVideo:
      return "h264parse";
    case SideOutputStream::Kind::kAudio:
      return "aacparse";
    case SideOutputStream::Kind::kText:
      return "capsfilter caps=text/x-raw,format=utf8 ! taginject name=language";
  }
  return "";
}

/// One element, or several as a bin with pads. Null: one of them is missing.
ElementPtr make_parser(const SideOutputStream& stream) {
  GError* failure = nullptr;
  ElementPtr made =
      own_object(gst_parse_bin_from_description(parser_of(stream).c_str(), TRUE, &failure));
  const ErrorPtr held(failure);
  if (held) return nullptr;
  if (const ElementPtr tags(gst_bin_get_by_name(GST_BIN(made.get()), "language"));
      tags && !stream.language.empty()) {
    g_object_set(tags.get(), "tags", ("language-code=" + stream.language).c_str(), nullptr);
  }
  return made;
}

ElementPtr make(const char* factory) {
  return own_object(gst_element_factory_make(factory, nullptr));
}

using Counter = std::shared_ptr<std::atomic<std::uint64_t>>;

GstPadProbeReturn count_one(GstPad*, GstPadProbeInfo*, gpointer counter) {
  ++**static_cast<Counter*>(counter);
  return GST_PAD_PROBE_OK;
}

/// Counts what comes to a sink, which may outlive whoever asks.
Counter count_buffers(GstElement* sink) {
  auto counter = std::make_shared<std::atomic<std::uint64_t>>(0);
  const PadPtr entry(gst_element_get_static_pad(sink, "sink"));
  gst_pad_add_probe(
      entry.get(),
      static_cast<GstPadProbeType>(GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST),
      &count_one, new Counter(counter), [](gpointer held) { delete static_cast<Counter*>(held); });
  return counter;
}

/// The queue inside of a proxysrc.
ElementPtr inner_queue(GstElement* proxysrc) {
  const GstPtr<GstIterator> each(gst_bin_iterate_elements(GST_BIN(proxysrc)));
  ElementPtr found;
  GValue item = G_VALUE_INIT;
  while (gst_iterator_next(each.get(), &item) == GST_ITERATOR_OK) {
    auto* element = GST_ELEMENT(g_value_get_object(&item));
    const auto* factory = gst_element_get_factory(element);
    if (factory != nullptr && std::string_view(GST_OBJECT_NAME(factory)) == "queue") {
      found = own_object(element);
    }
    g_value_unset(&item);
  }
  return found;
}

}  // namespace

std::string_view to_string(SideOutputState state) {
  switch (state) {
    case SideOutputState::kConnecting:
      return "connecting";
    case SideOutputState::kFlowing:
      return "ok";
    case SideOutputState::kCongested:
      return "congested";
    case SideOutputState::kRetrying:
      return "retrying";
    case SideOutputState::kFailed:
      return "failed";
    case SideOutputState::kEnded:
      return "ended";
  }
  return "failed";
}

ElementPtr make_tap(GstElement* tee) {
  const ElementPtr queue = make("queue");
  ElementPtr tap = make("proxysink");
  const ElementPtr bin(GST_ELEMENT(gst_object_get_parent(GST_OBJECT(tee))));
  if (!queue || !tap || !bin) return nullptr;
  g_object_set(queue.get(), "max-size-buffers", 0U, "max-size-bytes", 0U, "max-size-time",
               static_cast<guint64>(kTapQueue.count()), nullptr);
  gst_bin_add_many(GST_BIN(bin.get()), GST_ELEMENT(gst_object_ref(queue.get())),
                   GST_ELEMENT(gst_object_ref(tap.get())), nullptr);
  gst_element_sync_state_with_parent(tap.get());
  gst_element_sync_state_with_parent(queue.get());
  if (!gst_element_link_many(tee, queue.get(), tap.get(), nullptr)) return nullptr;
  return tap;
}

/// One stream's way in.
struct Inlet {
  SideOutputStream stream;
  ElementPtr source;  ///< proxysrc
  ElementPtr queue;   ///< inside of it
  std::atomic<bool> needs_key_frame = true;
};

struct SideOutput::State {
  explicit State(SideOutputOptions wanted)
      : options(std::move(wanted)), backoff(std::random_device{}()) {}

  Status build();
  Status add(const SideOutputStream& stream);
  void take_down();
  void prepare();
  bool play();
  void connect_taps();
  void run();
  /// True when it has to be built anew.
  bool watch();
  bool is_at_ease() const;
  void look_at_queues();
  void tell(SideOutputState now, const std::string& detail);
  bool pause_for(milliseconds time);
  void begin_at(GstClockTime base);
  void set_base_time();
  static GstPadProbeReturn on_segment(GstPad* pad, GstPadProbeInfo* info, gpointer self);
  static GstPadProbeReturn on_buffer(GstPad* pad, GstPadProbeInfo* info, gpointer inlet);
  static void on_overrun(GstElement* queue, gpointer self);

  SideOutputOptions options;
  Backoff backoff;
  ElementPtr pipeline;
  std::vector<std::unique_ptr<Inlet>> inlets;
  std::atomic<GstClockTime> base = 0;  ///< where the stream begins in the main pipeline's time
  std::atomic<std::uint64_t> overruns = 0;
  std::uint64_t seen_overruns = 0;
  std::optional<std::chrono::steady_clock::time_point> at_ease_since;
  Counter taken;  ///< buffers that came to the sink
  mutable std::mutex mutex;
  std::condition_variable changed;
  SideOutputState state = SideOutputState::kConnecting;
  bool is_stopping = false;
  bool is_done = false;
  std::thread thread;
};

GstPadProbeReturn SideOutput::State::on_buffer(GstPad*, GstPadProbeInfo* info, gpointer inlet) {
  auto* self = static_cast<Inlet*>(inlet);
  GstBuffer* buffer = GST_PAD_PROBE_INFO_BUFFER(info);
  if (!self->needs_key_frame) return GST_PAD_PROBE_OK;
  const bool is_delta = GST_BUFFER_FLAG_IS_SET(buffer, GST_BUFFER_FLAG_DELTA_UNIT);
  if (is_delta && self->stream.kind == SideOutputStream::Kind::kVideo) return GST_PAD_PROBE_DROP;
  self->needs_key_frame = false;
  return GST_PAD_PROBE_OK;
}

/// Base times are handed down in changes of state only.
void SideOutput::State::set_base_time() {
  const GstClockTime time = gst_element_get_base_time(GST_ELEMENT(options.main)) + base;
  gst_element_set_base_time(pipeline.get(), time);
  const GstPtr<GstIterator> each(gst_bin_iterate_recurse(GST_BIN(pipeline.get())));
  gst_iterator_foreach(
      each.get(),
      [](const GValue* item, gpointer wanted) {
        gst_element_set_base_time(GST_ELEMENT(g_value_get_object(item)),
                                  *static_cast<GstClockTime*>(wanted));
      },
      const_cast<GstClockTime*>(&time));
}

void SideOutput::State::begin_at(GstClockTime time) {
  if (base.exchange(time) != time) set_base_time();
}

/// The stream's own time is told, which does not count how long its source let wait for itself.
/// What the clock shows at each of its moments stays the same.
GstPadProbeReturn SideOutput::State::on_segment(GstPad*, GstPadProbeInfo* info, gpointer self) {
  GstEvent* event = GST_PAD_PROBE_INFO_EVENT(info);
  if (GST_EVENT_TYPE(event) != GST_EVENT_SEGMENT) return GST_PAD_PROBE_OK;
  GstSegment segment;
  gst_event_copy_segment(event, &segment);
  if (segment.format != GST_FORMAT_TIME) return GST_PAD_PROBE_OK;
  static_cast<State*>(self)->begin_at(segment.base);
  segment.base = 0;
  GST_PAD_PROBE_INFO_DATA(info) = gst_event_new_segment(&segment);
  gst_event_unref(event);
  return GST_PAD_PROBE_OK;
}

void SideOutput::State::on_overrun(GstElement* queue, gpointer self) {
  auto* state = static_cast<State*>(self);
  for (const auto& inlet : state->inlets) {
    if (inlet->queue.get() == queue) inlet->needs_key_frame = true;
  }
  ++state->overruns;
}

Status SideOutput::State::add(const SideOutputStream& stream) {
  auto inlet = std::make_unique<Inlet>();
  inlet->stream = stream;
  inlet->source = make("proxysrc");
  const ElementPtr parser = make_parser(stream);
  if (!inlet->source || !parser) {
    return make_error(ErrorCode::kUnsupported, "GStreamer's proxy or parser plug-in is missing");
  }
  inlet->queue = inner_queue(inlet->source.get());
  if (!inlet->queue) return make_error(ErrorCode::kInternal, "proxysrc has no queue");
  const bool is_text = stream.kind == SideOutputStream::Kind::kText;
  const MediaDuration length = is_text ? options.queue + options.text_lead : options.queue;
  g_object_set(inlet->queue.get(), "max-size-time", static_cast<guint64>(length.count()),
               "max-size-bytes", 0U, "max-size-buffers", 0U, nullptr);
  gst_util_set_object_arg(G_OBJECT(inlet->queue.get()), "leaky", "downstream");
  g_signal_connect(inlet->queue.get(), "overrun", G_CALLBACK(&State::on_overrun), this);
  gst_bin_add_many(GST_BIN(pipeline.get()), inlet->source.get(), parser.get(), nullptr);
  const PadPtr src(gst_element_get_static_pad(inlet->source.get(), "src"));
  gst_pad_add_probe(src.get(), GST_PAD_PROBE_TYPE_BUFFER, &State::on_buffer, inlet.get(), nullptr);
  gst_pad_add_probe(src.get(), GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, &State::on_segment, this,
                    nullptr);
  const ElementPtr mux(gst_bin_get_by_name(GST_BIN(pipeline.get()), "mux"));
  if (!gst_element_link(inlet->source.get(), parser.get()) ||
      !gst_element_link(parser.get(), mux.get())) {
    return make_error(ErrorCode::kUnsupported, "{}: this kind of stream does not fit into it",
                      options.target.shown);
  }
  inlets.push_back(std::move(inlet));
  return ok();
}

Status SideOutput::State::build() {
  GError* failure = nullptr;
  pipeline = own_object(
      gst_parse_launch(fmt::format("( {} )", mux_of(options.target.kind)).c_str(), &failure));
  const ErrorPtr held(failure);
  if (!pipeline || held) {
    return make_error(ErrorCode::kUnsupported, "{}: {}", options.target.shown,
                      held ? held->message : "an element is missing");
  }
  ElementPtr top = own_object(gst_pipeline_new(nullptr));
  gst_bin_add(GST_BIN(top.get()), pipeline.get());
  const ElementPtr sink(gst_bin_get_by_name(GST_BIN(top.get()), "sink"));
  g_object_set(sink.get(),
               is_file(options.target.kind)                  ? "location"
               : options.target.kind == SideOutputKind::kSrt ? "uri"
                                                             : "location",
               options.target.address.c_str(), nullptr);
  pipeline = std::move(top);
  taken = count_buffers(sink.get());
  for (const auto& stream : options.streams) {
    if (auto added = add(stream); !added) return added;
  }
  return ok();
}

void SideOutput::State::tell(SideOutputState now, const std::string& detail) {
  {
    const std::lock_guard lock(mutex);
    if (state == now) return;
    state = now;
  }
  if (options.on_state) options.on_state(now, detail);
}

bool SideOutput::State::pause_for(milliseconds time) {
  std::unique_lock lock(mutex);
  return !changed.wait_for(lock, time, [this] { return is_stopping; });
}

/// Every stream flows, and hardly anything waits.
bool SideOutput::State::is_at_ease() const {
  const bool has_taken = is_file(options.target.kind) || *taken >= kTaken;
  return has_taken && std::ranges::all_of(inlets, [](const auto& inlet) {
           guint64 level = 0;
           g_object_get(inlet->queue.get(), "current-level-time", &level, nullptr);
           return MediaDuration(static_cast<std::int64_t>(level)) < kCleared &&
                  !inlet->needs_key_frame;
         });
}

void SideOutput::State::look_at_queues() {
  const auto now = std::chrono::steady_clock::now();
  const std::uint64_t lost = overruns;
  if (lost != std::exchange(seen_overruns, lost)) {
    at_ease_since.reset();
    return tell(
        SideOutputState::kCongested,
        fmt::format("its queue of {} s is full; the oldest is dropped",
                    std::chrono::duration_cast<std::chrono::seconds>(options.queue).count()));
  }
  if (!is_at_ease()) return at_ease_since.reset();
  if (!at_ease_since) at_ease_since = now;
  const bool was_jammed = state == SideOutputState::kCongested;
  if (was_jammed && now - *at_ease_since < kEase) return;
  tell(SideOutputState::kFlowing, "");
}

bool SideOutput::State::watch() {
  const GstPtr<GstBus> bus(gst_element_get_bus(pipeline.get()));
  while (true) {
    const MessagePtr message(gst_bus_timed_pop_filtered(
        bus.get(), static_cast<GstClockTime>(std::chrono::nanoseconds(kTurn).count()),
        static_cast<GstMessageType>(GST_MESSAGE_ERROR | GST_MESSAGE_EOS)));
    {
      const std::lock_guard lock(mutex);
      if (is_stopping) return false;
    }
    if (!message) {
      look_at_queues();
      continue;
    }
    if (GST_MESSAGE_TYPE(message.get()) == GST_MESSAGE_EOS) {
      if (options.target.kind == SideOutputKind::kSrt) pause_for(kLinger);
      tell(SideOutputState::kEnded, "");
      return false;
    }
    const std::string why = read_error(message.get()).message;
    tell(is_file(options.target.kind) ? SideOutputState::kFailed : SideOutputState::kRetrying, why);
    return !is_file(options.target.kind);
  }
}

/// Off this thread, since a sink may wait for a server that does not answer.
void SideOutput::State::take_down() {
  if (!pipeline) return;
  for (const auto& inlet : inlets) {
    g_object_set(inlet->source.get(), "proxysink", nullptr, nullptr);
    g_signal_handlers_disconnect_by_data(inlet->queue.get(), this);
  }
  auto gone = std::make_shared<std::atomic<bool>>(false);
  auto held = std::make_shared<std::pair<ElementPtr, std::vector<std::unique_ptr<Inlet>>>>(
      std::move(pipeline), std::move(inlets));
  inlets.clear();
  std::thread([held, gone]() mutable {
    gst_element_set_state(held->first.get(), GST_STATE_NULL);
    held.reset();
    *gone = true;
  }).detach();
  held.reset();
  for (milliseconds waited(0); !*gone && waited < kLongestFarewell; waited += milliseconds(10)) {
    std::this_thread::sleep_for(milliseconds(10));
  }
}

/// What comes from now on is taken, into the queues at first.
void SideOutput::State::prepare() {
  // A failure comes as a message too.
  gst_element_set_state(pipeline.get(), GST_STATE_PAUSED);
  connect_taps();
}

/// False when it is to stop before the main pipeline plays.
bool SideOutput::State::play() {
  GstState main_state = GST_STATE_NULL;
  while (main_state != GST_STATE_PLAYING) {
    gst_element_get_state(GST_ELEMENT(options.main), &main_state, nullptr, 0);
    if (main_state != GST_STATE_PLAYING && !pause_for(milliseconds(20))) return false;
  }
  const GstPtr<GstClock> clock(gst_element_get_clock(GST_ELEMENT(options.main)));
  gst_pipeline_use_clock(GST_PIPELINE(pipeline.get()), clock.get());
  gst_element_set_start_time(pipeline.get(), GST_CLOCK_TIME_NONE);
  set_base_time();
  gst_element_set_state(pipeline.get(), GST_STATE_PLAYING);
  set_base_time();
  gst_bin_recalculate_latency(GST_BIN(pipeline.get()));
  return true;
}

/// A tap tells a source only what comes from now on, so caps and segment are copied first.
void SideOutput::State::connect_taps() {
  for (const auto& inlet : inlets) {
    const PadPtr queue_sink(gst_element_get_static_pad(inlet->queue.get(), "sink"));
    const PadPtr inner(gst_pad_get_peer(queue_sink.get()));
    const PadPtr tap_sink(gst_element_get_static_pad(inlet->stream.tap, "sink"));
    gst_pad_sticky_events_foreach(
        tap_sink.get(),
        [](GstPad*, GstEvent** event, gpointer target) -> gboolean {
          gst_pad_store_sticky_event(static_cast<GstPad*>(target), *event);
          return TRUE;
        },
        inner.get());
    g_object_set(inlet->source.get(), "proxysink", inlet->stream.tap, nullptr);
  }
}

void SideOutput::State::run() {
  bool is_first = true;
  while (true) {
    if (!is_first) {
      const auto pause = backoff.next();
      if (!pause_for(pause)) break;
      if (const auto built = build(); !built) {
        tell(SideOutputState::kFailed, built.error().message);
        break;
      }
      prepare();
    }
    is_first = false;
    if (!play() || !watch()) break;
    take_down();
  }
  take_down();
  const std::lock_guard lock(mutex);
  is_done = true;
  changed.notify_all();
}

Result<std::unique_ptr<SideOutput>> SideOutput::create(SideOutputOptions options) {
  auto state = std::make_unique<State>(std::move(options));
  if (const auto built = state->build(); !built) return built.error();
  return std::unique_ptr<SideOutput>(new SideOutput(std::move(state)));
}

SideOutput::SideOutput(std::unique_ptr<State> state) : state_(std::move(state)) {}

SideOutput::~SideOutput() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->is_stopping = true;
    state_->changed.notify_all();
  }
  if (state_->thread.joinable()) state_->thread.join();
  state_->take_down();
}

void SideOutput::start() {
  if (state_->thread.joinable()) return;
  state_->prepare();
  state_->thread = std::thread([state = state_.get()] { state->run(); });
}

bool SideOutput::finish(milliseconds most) {
  std::unique_lock lock(state_->mutex);
  const bool has_connection =
      state_->state != SideOutputState::kRetrying && state_->state != SideOutputState::kConnecting;
  if (!has_connection && !is_file(state_->options.target.kind)) return false;
  state_->changed.wait_for(lock, most, [this] { return state_->is_done; });
  return state_->state == SideOutputState::kEnded;
}

SideOutputState SideOutput::state() const {
  const std::lock_guard lock(state_->mutex);
  return state_->state;
}

}  // namespace subtide
