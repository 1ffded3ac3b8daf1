#include "engine/base/fault_point.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <charconv>
#include <cstdlib>
#include <iterator>
#include <mutex>

#include "engine/base/log.h"

namespace subtide {
namespace {

struct NamedPoint {
  FaultPoint point;
  std::string_view name;
};

constexpr NamedPoint kNamed[] = {
    {FaultPoint::kDatabaseCreating, "database.creating"},
    {FaultPoint::kDatabaseCreated, "database.created"},
    {FaultPoint::kRunCommitBegun, "run.commit.begun"},
    {FaultPoint::kRunCommitJobs, "run.commit.jobs"},
    {FaultPoint::kRunCommitTasks, "run.commit.tasks"},
    {FaultPoint::kRunCommitEvents, "run.commit.events"},
    {FaultPoint::kRunCommitted, "run.committed"},
    {FaultPoint::kRunWitnessed, "run.witnessed"},
    {FaultPoint::kEffectPutBegun, "effect.put.begun"},
    {FaultPoint::kEffectPutWritten, "effect.put.written"},
    {FaultPoint::kEffectPutCommitted, "effect.put.committed"},
    {FaultPoint::kEffectRemoving, "effect.removing"},
    {FaultPoint::kEffectRemoved, "effect.removed"},
    {FaultPoint::kLetterWritten, "letter.written"},
    {FaultPoint::kLetterCommitted, "letter.committed"},
    {FaultPoint::kBlobEncoded, "blob.encoded"},
    {FaultPoint::kBlobWritten, "blob.written"},
    {FaultPoint::kBlobSynced, "blob.synced"},
    {FaultPoint::kBlobRemoving, "blob.removing"},
    {FaultPoint::kInputHashed, "input.hashed"},
    {FaultPoint::kInputKept, "input.kept"},
    {FaultPoint::kFileCreated, "file.created"},
    {FaultPoint::kFileWritten, "file.written"},
    {FaultPoint::kFileFlushed, "file.flushed"},
    {FaultPoint::kFileHidden, "file.hidden"},
    {FaultPoint::kFileNamed, "file.named"},
    {FaultPoint::kSidecarBegun, "sidecar.begun"},
    {FaultPoint::kSidecarEnded, "sidecar.ended"},
    {FaultPoint::kSidecarNamed, "sidecar.named"},
    {FaultPoint::kRunFolderMade, "run.folder_made"},
    {FaultPoint::kRunStoresOpen, "run.stores_open"},
    {FaultPoint::kRunFindable, "run.findable"},
    {FaultPoint::kWorkersStarted, "workers.started"},
    {FaultPoint::kJobAccepted, "job.accepted"},
    {FaultPoint::kJobBegun, "job.begun"},
    {FaultPoint::kJobWorked, "job.worked"},
    {FaultPoint::kJobEnded, "job.ended"},
    {FaultPoint::kWorkerGreeted, "worker.greeted"},
    {FaultPoint::kTaskAdded, "task.added"},
    {FaultPoint::kTurnCommitted, "turn.committed"},
    {FaultPoint::kTurnSent, "turn.sent"},
    {FaultPoint::kResultArrived, "result.arrived"},
    {FaultPoint::kResultKept, "result.kept"},
    {FaultPoint::kTaskDone, "task.done"},
    {FaultPoint::kResultAnswered, "result.answered"},
    {FaultPoint::kJobClosed, "job.closed"},
    {FaultPoint::kLeaseTaken, "lease.taken"},
    {FaultPoint::kWorkDone, "work.done"},
    {FaultPoint::kAnswerSent, "answer.sent"},
};

constexpr auto kAll = [] {
  std::array<FaultPoint, std::size(kNamed)> all{};
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = kNamed[i].point;
  return all;
}();

/// The list must hold every point, and each at its own number.
constexpr bool is_in_order() {
  for (std::size_t i = 0; i < kAll.size(); ++i) {
    if (static_cast<std::size_t>(kAll[i]) != i) return false;
  }
  return true;
}
static_assert(is_in_order());
static_assert(kAll.size() == static_cast<std::size_t>(FaultPoint::kAnswerSent) + 1);

constexpr int kUnread = -2;  // the environment has not been looked at
constexpr int kNothing = -1;

std::atomic<int> armed_point{kUnread};
std::atomic<std::int64_t> passes_left{0};

void arm_from_environment() {
  static std::once_flag once;
  std::call_once(once, [] {
    int unread = kUnread;
    const char* text = std::getenv("SUBTIDE_FAULT_POINT");
    if (text == nullptr || *text == '\0') {
      armed_point.compare_exchange_strong(unread, kNothing);
    } else if (const Status armed = arm_fault_point(text); !armed) {
      log_error("SUBTIDE_FAULT_POINT: {}", armed.error().message);
      std::abort();
    }
  });
}

/// Of all processes with this variable, only one is killed.
bool may_kill() {
  const char* mark = std::getenv("SUBTIDE_FAULT_ONCE");
  if (mark == nullptr) return true;
  const int descriptor = ::open(mark, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
  if (descriptor < 0) return false;
  ::close(descriptor);
  return true;
}

}  // namespace

std::string_view to_string(FaultPoint point) {
  return kNamed[static_cast<std::size_t>(point)].name;
}

std::span<const FaultPoint> all_fault_points() { return kAll; }

std::optional<FaultPoint> find_fault_point(std::string_view name) {
  for (const NamedPoint& each : kNamed) {
    if (each.name == name) return each.point;
  }
  return std::nullopt;
}

void fault_point(FaultPoint point) {
  int armed = armed_point.load(std::memory_order_relaxed);
  if (armed == kNothing) return;
  if (armed == kUnread) {
    arm_from_environment();
    armed = armed_point.load();
  }
  if (armed != static_cast<int>(point) || passes_left.fetch_sub(1) != 1 || !may_kill()) return;
  ::kill(::getpid(), SIGKILL);
}

Status arm_fault_point(std::string_view text) {
  const std::size_t colon = text.find(':');
  const std::string_view name = text.substr(0, colon);
  const auto point = find_fault_point(name);
  if (!point) {
    return make_error(ErrorCode::kInvalidArgument, "there is no fault point '{}'", name);
  }
  std::int64_t pass = 1;
  if (colon != std::string_view::npos) {
    const std::string_view digits = text.substr(colon + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), pass);
    if (error != std::errc() || end != digits.data() + digits.size() || pass < 1) {
      return make_error(ErrorCode::kInvalidArgument,
                        "fault point '{}': '{}' is not a number of passes from 1 up", name, digits);
    }
  }
  passes_left.store(pass);
  armed_point.store(static_cast<int>(*point));
  return ok();
}

}  // namespace subtide
