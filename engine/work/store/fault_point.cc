#include "engine/work/store/fault_point.h"

#include <signal.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <charconv>
#include <cstdlib>
#include <mutex>

#include "engine/base/log.h"

namespace subtide {
namespace {

constexpr std::array kAll = {
    FaultPoint::kDatabaseCreating, FaultPoint::kDatabaseCreated,    FaultPoint::kRunCommitBegun,
    FaultPoint::kRunCommitJobs,    FaultPoint::kRunCommitTasks,     FaultPoint::kRunCommitEvents,
    FaultPoint::kRunCommitted,     FaultPoint::kRunWitnessed,       FaultPoint::kEffectPutBegun,
    FaultPoint::kEffectPutWritten, FaultPoint::kEffectPutCommitted, FaultPoint::kEffectRemoving,
    FaultPoint::kEffectRemoved,    FaultPoint::kLetterWritten,      FaultPoint::kLetterCommitted,
    FaultPoint::kBlobEncoded,      FaultPoint::kBlobWritten,        FaultPoint::kBlobNamed,
    FaultPoint::kBlobSynced,       FaultPoint::kBlobRemoving,       FaultPoint::kInputHashed,
    FaultPoint::kInputKept};

// The list must hold every point, and each at its own number.
static_assert(kAll.size() == static_cast<std::size_t>(FaultPoint::kInputKept) + 1);

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

}  // namespace

std::string_view to_string(FaultPoint point) {
  switch (point) {
    case FaultPoint::kDatabaseCreating:
      return "database.creating";
    case FaultPoint::kDatabaseCreated:
      return "database.created";
    case FaultPoint::kRunCommitBegun:
      return "run.commit.begun";
    case FaultPoint::kRunCommitJobs:
      return "run.commit.jobs";
    case FaultPoint::kRunCommitTasks:
      return "run.commit.tasks";
    case FaultPoint::kRunCommitEvents:
      return "run.commit.events";
    case FaultPoint::kRunCommitted:
      return "run.committed";
    case FaultPoint::kRunWitnessed:
      return "run.witnessed";
    case FaultPoint::kEffectPutBegun:
      return "effect.put.begun";
    case FaultPoint::kEffectPutWritten:
      return "effect.put.written";
    case FaultPoint::kEffectPutCommitted:
      return "effect.put.committed";
    case FaultPoint::kEffectRemoving:
      return "effect.removing";
    case FaultPoint::kEffectRemoved:
      return "effect.removed";
    case FaultPoint::kLetterWritten:
      return "letter.written";
    case FaultPoint::kLetterCommitted:
      return "letter.committed";
    case FaultPoint::kBlobEncoded:
      return "blob.encoded";
    case FaultPoint::kBlobWritten:
      return "blob.written";
    case FaultPoint::kBlobNamed:
      return "blob.named";
    case FaultPoint::kBlobSynced:
      return "blob.synced";
    case FaultPoint::kBlobRemoving:
      return "blob.removing";
    case FaultPoint::kInputHashed:
      return "input.hashed";
    case FaultPoint::kInputKept:
      return "input.kept";
  }
  return "unknown";
}

std::span<const FaultPoint> all_fault_points() { return kAll; }

std::optional<FaultPoint> find_fault_point(std::string_view name) {
  for (const FaultPoint point : kAll) {
    if (to_string(point) == name) return point;
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
  if (armed != static_cast<int>(point) || passes_left.fetch_sub(1) != 1) return;
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
