#include "engine/work/link/process_supervisor.h"

#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

namespace subtide {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

struct Child {
  pid_t pid = 0;
  int handle = -1;  ///< of the process; readable once it ended
};

/// Starts the program with the signal mask and handlers of a fresh process.
Result<Child> spawn(const std::vector<std::string>& command) {
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigset_t standard;
  sigemptyset(&none);
  sigemptyset(&standard);
  for (const int signal : {SIGINT, SIGTERM, SIGPIPE}) sigaddset(&standard, signal);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &standard);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  Child child;
  const int failure =
      ::posix_spawnp(&child.pid, arguments[0], nullptr, &attributes, arguments.data(), environ);
  posix_spawnattr_destroy(&attributes);
  if (failure != 0) {
    return make_error(failure == ENOENT ? ErrorCode::kNotFound : ErrorCode::kIo,
                      "{}: cannot be started: {}", command[0], ::strerror(failure));
  }
  // It is ours, so its number cannot be somebody else's. A call by number: glibc 2.36 declares
  // pidfd_open() for C only.
  child.handle = static_cast<int>(::syscall(SYS_pidfd_open, child.pid, 0));
  return child;
}

/// Waits for a child that has ended, or is about to.
ProcessEnd reap(const Child& child) {
  int status = 0;
  while (::waitpid(child.pid, &status, 0) < 0 && errno == EINTR) {
  }
  ::close(child.handle);
  ProcessEnd end;
  end.pid = child.pid;
  if (WIFSIGNALED(status)) end.signal = WTERMSIG(status);
  if (WIFEXITED(status)) end.exit_code = WEXITSTATUS(status);
  return end;
}

}  // namespace

bool ProcessEnd::is_crash() const {
  const bool is_killed = signal == SIGKILL || signal == SIGTERM || signal == SIGINT;
  return !is_killed && (signal != 0 || exit_code != 0);
}

std::string ProcessEnd::text() const {
  return signal != 0 ? fmt::format("killed by signal {}", signal)
                     : fmt::format("exit {}", exit_code);
}

class ProcessSupervisor::Watch {
 public:
  explicit Watch(SupervisorOptions options)
      : options_(std::move(options)), slots_(static_cast<std::size_t>(options_.count)) {}
  ~Watch() {
    stop(milliseconds(0));
    ::close(bell_);
  }
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  Status start() {
    for (Slot& slot : slots_) {
      if (Status started = start_child(slot); !started) return started;
    }
    thread_ = std::jthread([this](const std::stop_token& stopping) { run(stopping); });
    return ok();
  }

  void kill(pid_t pid) const {
    const std::lock_guard lock(mutex_);
    for (const Slot& slot : slots_) {
      if (slot.child && slot.child->pid == pid) ::kill(pid, SIGKILL);
    }
  }

  std::vector<pid_t> pids() const {
    const std::lock_guard lock(mutex_);
    std::vector<pid_t> all;
    for (const Slot& slot : slots_) {
      if (slot.child) all.push_back(slot.child->pid);
    }
    return all;
  }

  void stop(milliseconds patience) {
    if (thread_.joinable()) {
      thread_.request_stop();
      ring();
      thread_.join();
    }
    for (const Slot& slot : slots_) {
      if (slot.child) ::kill(slot.child->pid, SIGTERM);
    }
    const auto deadline = Clock::now() + patience;
    for (Slot& slot : slots_) end_child(slot, deadline);
  }

 private:
  struct Slot {
    std::optional<Child> child;
    Clock::time_point started;
    std::optional<Clock::time_point> next_start;
    std::size_t falls = 0;
  };

  Status start_child(Slot& slot) {
    auto child = spawn(options_.command);
    if (!child) return child.error();
    {
      const std::lock_guard lock(mutex_);
      slot.child = *child;
    }
    slot.started = Clock::now();
    slot.next_start.reset();
    if (options_.on_start) options_.on_start(number_of(slot), child->pid);
    return ok();
  }

  static void end_child(Slot& slot, Clock::time_point deadline) {
    if (!slot.child) return;
    const auto left = std::chrono::ceil<milliseconds>(deadline - Clock::now());
    pollfd wait{slot.child->handle, POLLIN, 0};
    if (::poll(&wait, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0))) <= 0) {
      ::kill(slot.child->pid, SIGKILL);
    }
    reap(*slot.child);
    slot.child.reset();
  }

  void run(const std::stop_token& stopping) {
    while (!stopping.stop_requested()) {
      wait_for_change();
      if (stopping.stop_requested()) return;
      for (Slot& slot : slots_) look_at(slot);
    }
  }

  void wait_for_change() {
    std::vector<pollfd> waits = {{bell_, POLLIN, 0}};
    milliseconds pause(60'000);
    for (const Slot& slot : slots_) {
      if (slot.child) waits.push_back({slot.child->handle, POLLIN, 0});
      if (slot.next_start) {
        pause = std::min(pause, std::chrono::ceil<milliseconds>(*slot.next_start - Clock::now()));
      }
    }
    ::poll(waits.data(), waits.size(), static_cast<int>(std::max(pause, milliseconds(0)).count()));
  }

  void look_at(Slot& slot) {
    if (slot.child) {
      pollfd wait{slot.child->handle, POLLIN, 0};
      if (::poll(&wait, 1, 0) > 0) take_end(slot);
    }
    const bool is_due = slot.next_start && Clock::now() >= *slot.next_start;
    if (is_due && !start_child(slot)) plan_start(slot);
  }

  void take_end(Slot& slot) {
    const Child child = *slot.child;
    {
      const std::lock_guard lock(mutex_);
      slot.child.reset();
    }
    ProcessEnd end = reap(child);
    end.slot = number_of(slot);
    const bool is_good = Clock::now() - slot.started >= options_.good_life || !end.is_crash();
    if (is_good) slot.falls = 0;
    plan_start(slot);
    if (options_.on_end) options_.on_end(end);
  }

  void plan_start(Slot& slot) {
    const std::size_t last = options_.pauses.size() - 1;
    slot.next_start = Clock::now() + options_.pauses[std::min(slot.falls++, last)];
  }

  int number_of(const Slot& slot) const { return static_cast<int>(&slot - slots_.data()); }

  void ring() const {
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = ::write(bell_, &one, sizeof one);
  }

  const SupervisorOptions options_;
  const int bell_ = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  mutable std::mutex mutex_;  ///< guards each slot's child; only the thread changes it
  std::vector<Slot> slots_;
  std::jthread thread_;
};

ProcessSupervisor::ProcessSupervisor(std::unique_ptr<Watch> watch) : watch_(std::move(watch)) {}
ProcessSupervisor::~ProcessSupervisor() { stop(); }

Result<std::unique_ptr<ProcessSupervisor>> ProcessSupervisor::start(SupervisorOptions options) {
  const bool is_good = options.count >= 1 && !options.command.empty() && !options.pauses.empty();
  if (!is_good) {
    return make_error(ErrorCode::kInvalidArgument, "nothing to supervise: no count or command");
  }
  auto watch = std::make_unique<Watch>(std::move(options));
  if (Status started = watch->start(); !started) return started.error();
  return std::unique_ptr<ProcessSupervisor>(new ProcessSupervisor(std::move(watch)));
}

void ProcessSupervisor::kill(pid_t pid) { watch_->kill(pid); }
std::vector<pid_t> ProcessSupervisor::pids() const { return watch_->pids(); }
void ProcessSupervisor::stop(std::chrono::milliseconds patience) { watch_->stop(patience); }

}  // namespace subtide
