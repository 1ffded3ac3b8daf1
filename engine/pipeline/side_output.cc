#include "engine/pipeline/side_output.h"

#include <fmt/format.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <random>
#include <thread>
#include <utility>

#include "engine/gst/error.h"
#include "engine/ingest/backoff.h"

namespace subtide {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kTurn(100);
/// SRT forgets what it has not sent yet when it is closed, and the end comes in one burst.
constexpr milliseconds kLinger(1000);
/// A jam is over when so long nothing waited: what was dropped leaves the queue short for a moment.
constexpr milliseconds kEase(3000);
/// Taking a pipeline down waits for servers that do not answer; nobody waits for that longer.
constexpr milliseconds kLongestFarewell(3000);

bool is_playing(GstPipeline* pipeline) {
  GstState state = GST_STATE_NULL;
  gst_element_get_state(GST_ELEMENT(pipeline), &state, nullptr, 0);
  return state == GST_STATE_PLAYING;
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

struct SideOutput::State {
  explicit State(SideOutputOptions wanted)
      : options(std::move(wanted)), backoff(std::random_device{}()) {}

  Status build();
  void take_down();
  bool play();
  void run();
  bool watch();
  bool on_message(GstMessage* message);
  void look_at_queues();
  void tell(SideOutputState now, const std::string& detail);
  bool pause_for(milliseconds time);

  SideOutputOptions options;
  Backoff backoff;
  std::unique_ptr<SidePipeline> pipeline;
  std::uint64_t seen_overruns = 0;
  std::optional<std::chrono::steady_clock::time_point> at_ease_since;
  mutable std::mutex mutex;
  std::condition_variable changed;
  SideOutputState state = SideOutputState::kConnecting;
  bool is_stopping = false;
  bool is_done = false;
  std::thread thread;
};

Status SideOutput::State::build() {
  auto made = SidePipeline::create(options);
  if (!made) return made.error();
  pipeline = std::move(*made);
  seen_overruns = 0;
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

void SideOutput::State::look_at_queues() {
  const auto now = std::chrono::steady_clock::now();
  const std::uint64_t lost = pipeline->overruns();
  if (lost != std::exchange(seen_overruns, lost)) {
    at_ease_since.reset();
    return tell(
        SideOutputState::kCongested,
        fmt::format("its queue of {} s is full; the oldest is dropped",
                    std::chrono::duration_cast<std::chrono::seconds>(options.queue).count()));
  }
  if (!pipeline->is_at_ease()) return at_ease_since.reset();
  if (!at_ease_since) at_ease_since = now;
  const bool was_jammed = state == SideOutputState::kCongested;
  if (was_jammed && now - *at_ease_since < kEase) return;
  backoff.succeeded();
  tell(SideOutputState::kFlowing, "");
}

/// True when it has to be built anew.
bool SideOutput::State::on_message(GstMessage* message) {
  if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_EOS) {
    if (options.target.kind == SideOutputKind::kSrt) pause_for(kLinger);
    tell(SideOutputState::kEnded, "");
    return false;
  }
  const bool is_lost = is_file(options.target.kind);
  tell(is_lost ? SideOutputState::kFailed : SideOutputState::kRetrying,
       read_error(message).message);
  return !is_lost;
}

/// True when it has to be built anew.
bool SideOutput::State::watch() {
  while (true) {
    const MessagePtr message = pipeline->next_message(kTurn);
    {
      const std::lock_guard lock(mutex);
      if (is_stopping) return false;
    }
    if (message) return on_message(message.get());
    look_at_queues();
  }
}

/// Off this thread, since a sink may wait for a server that does not answer.
void SideOutput::State::take_down() {
  if (!pipeline) return;
  pipeline->disconnect();
  auto gone = std::make_shared<std::atomic<bool>>(false);
  std::thread([held = std::move(pipeline), gone]() mutable {
    held.reset();
    *gone = true;
  }).detach();
  for (milliseconds waited(0); !*gone && waited < kLongestFarewell; waited += milliseconds(10)) {
    std::this_thread::sleep_for(milliseconds(10));
  }
}

/// False when it is to stop before the main pipeline plays.
bool SideOutput::State::play() {
  while (!is_playing(options.main)) {
    if (!pause_for(milliseconds(20))) return false;
  }
  pipeline->play();
  return true;
}

void SideOutput::State::run() {
  while (play() && watch()) {
    take_down();
    if (!pause_for(backoff.next())) break;
    if (const auto built = build(); !built) {
      tell(SideOutputState::kFailed, built.error().message);
      break;
    }
    pipeline->prepare();
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
  state_->pipeline->prepare();
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
