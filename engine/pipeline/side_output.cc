#include "engine/pipeline/side_output.h"

#include <fmt/format.h>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <optional>
#include <random>
#include <system_error>
#include <thread>
#include <utility>

#include "engine/base/log.h"
#include "engine/gst/error.h"
#include "engine/ingest/backoff.h"
#include "engine/pipeline/movie_end.h"

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
/// How often a full disk is looked at, and what counts as room: some seconds of a recording.
constexpr milliseconds kLookForRoom(1000);
constexpr std::uintmax_t kRoom = 8U << 20U;
/// With less than that a disk is full, whatever the error was called.
constexpr std::uintmax_t kNoRoom = 256U << 10U;

bool is_playing(GstPipeline* pipeline) {
  GstState state = GST_STATE_NULL;
  gst_element_get_state(GST_ELEMENT(pipeline), &state, nullptr, 0);
  return state == GST_STATE_PLAYING;
}

/// Where the file lies; nothing when that cannot be told.
std::optional<std::uintmax_t> room_of(const SideOutputTarget& file) {
  std::error_code failure;
  const auto folder = std::filesystem::absolute(file.address, failure).parent_path();
  const auto space = std::filesystem::space(folder, failure);
  if (failure) return std::nullopt;
  return space.available;
}

bool is_disk_full(const SideOutputTarget& file, ErrorCode code) {
  return code == ErrorCode::kNoSpace ||
         (code == ErrorCode::kIo && room_of(file).value_or(kRoom) < kNoRoom);
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
    case SideOutputState::kFull:
      return "full";
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
  bool take_down();
  bool play();
  bool wait_to_go_on();
  void begin_next_file();
  void run();
  bool watch();
  bool on_message(GstMessage* message);
  void look_at_queues();
  void tell(SideOutputState now, const std::string& detail);
  bool pause_for(milliseconds time);

  SideOutputOptions options;  ///< its target: the file that is written now
  const SideOutputTarget first = options.target;
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
  if (options.on_state) options.on_state(options.target.shown, now, detail);
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
  const Error error = read_error(message);
  if (!is_file(options.target.kind)) {
    tell(SideOutputState::kRetrying, error.message);
    return true;
  }
  if (!is_disk_full(options.target, error.code)) {
    tell(SideOutputState::kFailed, error.message);
    return false;
  }
  tell(SideOutputState::kFull,
       "the disk is full; it ends here, and goes on in another file when there is room");
  return true;
}

/// False when it is to stop.
bool SideOutput::State::wait_to_go_on() {
  if (!is_file(options.target.kind)) return pause_for(backoff.next());
  while (pause_for(kLookForRoom)) {
    if (room_of(options.target).value_or(0) < kRoom) continue;
    begin_next_file();
    return true;
  }
  return false;
}

void SideOutput::State::begin_next_file() {
  const std::lock_guard lock(mutex);
  options.target = next_file(first);
  state = SideOutputState::kConnecting;
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

/// Off this thread, since a sink may wait for a server that does not answer. True when it is gone.
bool SideOutput::State::take_down() {
  if (!pipeline) return true;
  pipeline->disconnect();
  auto gone = std::make_shared<std::atomic<bool>>(false);
  std::thread([held = std::move(pipeline), gone]() mutable {
    held.reset();
    *gone = true;
  }).detach();
  for (milliseconds waited(0); !*gone && waited < kLongestFarewell; waited += milliseconds(10)) {
    std::this_thread::sleep_for(milliseconds(10));
  }
  return *gone;
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
    const bool is_closed = take_down();
    if (is_closed && options.target.kind == SideOutputKind::kMp4) {
      if (auto cut = cut_behind_fragments(options.target.address); !cut) {
        log_warning("{}", cut.error().message);
      }
    }
    if (!wait_to_go_on()) break;
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
  if (!has_connection && !is_file(state_->first.kind)) return false;
  if (state_->state == SideOutputState::kFull) return false;
  state_->changed.wait_for(lock, most, [this] { return state_->is_done; });
  return state_->state == SideOutputState::kEnded;
}

SideOutputState SideOutput::state() const {
  const std::lock_guard lock(state_->mutex);
  return state_->state;
}

}  // namespace subtide
