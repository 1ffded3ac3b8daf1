#include "engine/base/child_program.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

namespace subtide {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr int kFirstInherited = 3;
constexpr int kOutOfTheWay = 64;  // no copy stands where another one has to go
constexpr std::size_t kMostErrors = 64U << 10U;

/// A descriptor that is closed with the object.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Descriptor() { close(); }
  void close() {
    if (number_ >= 0) ::close(std::exchange(number_, -1));
  }
  int number() const { return number_; }
  bool is_open() const { return number_ >= 0; }

 private:
  int number_ = -1;
};

Error system_error(const std::string& program) {
  return make_error(ErrorCode::kIo, "cannot run {}: {}", program, std::strerror(errno));
}

struct SpawnParts {
  posix_spawn_file_actions_t actions{};
  posix_spawnattr_t attributes{};

  SpawnParts() {
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    sigset_t none;
    sigset_t standard;
    sigemptyset(&none);
    sigemptyset(&standard);
    for (const int signal : {SIGINT, SIGTERM, SIGPIPE}) sigaddset(&standard, signal);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &standard);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(
        &attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  SpawnParts(const SpawnParts&) = delete;
  SpawnParts& operator=(const SpawnParts&) = delete;
  ~SpawnParts() {
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
  }
};

/// A running child and what is read of it. Killed with the object, unless it has ended.
class Child {
 public:
  static Result<Child> start(const ChildOrder& order);
  Child(Child&& other) noexcept
      : pid_(std::exchange(other.pid_, -1)),
        handle_(std::move(other.handle_)),
        output_(std::move(other.output_)),
        errors_(std::move(other.errors_)) {}
  Child& operator=(Child&&) = delete;
  ~Child() {
    if (pid_ > 0) end();
  }

  /// Reads until it has ended. `bell` is readable when a stop is wanted.
  Result<ChildEnd> finish(const ChildOrder& order, int bell);

 private:
  Child(pid_t pid, Descriptor handle, Descriptor output, Descriptor errors)
      : pid_(pid),
        handle_(std::move(handle)),
        output_(std::move(output)),
        errors_(std::move(errors)) {}
  static int spawn(const ChildOrder& order, int output, int errors, pid_t& pid);
  static void read_some(Descriptor& from, std::string& text, std::size_t most);
  int end();

  pid_t pid_ = -1;
  Descriptor handle_;  ///< of the process; readable once it has ended
  Descriptor output_;
  Descriptor errors_;
};

int Child::spawn(const ChildOrder& order, int output, int errors, pid_t& pid) {
  SpawnParts parts;
  auto* actions = &parts.actions;
  posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(actions, output, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(actions, errors, STDERR_FILENO);
  std::vector<Descriptor> copies;
  int place = kFirstInherited;
  for (const int descriptor : order.descriptors) {
    copies.emplace_back(::fcntl(descriptor, F_DUPFD_CLOEXEC, kOutOfTheWay));
    if (!copies.back().is_open()) return errno;
    posix_spawn_file_actions_adddup2(actions, copies.back().number(), place++);
  }
  posix_spawn_file_actions_addclosefrom_np(actions, place);
  posix_spawn_file_actions_addchdir_np(actions, "/");
  std::vector<char*> words;
  for (const std::string& word : order.command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  return ::posix_spawnp(&pid, words[0], actions, &parts.attributes, words.data(), environ);
}

Result<Child> Child::start(const ChildOrder& order) {
  const std::string& program = order.command.front();
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return system_error(program);
  Descriptor output(ends[0]);
  const Descriptor output_end(ends[1]);
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return system_error(program);
  Descriptor errors(ends[0]);
  const Descriptor errors_end(ends[1]);
  for (const Descriptor* one : {&output, &errors}) ::fcntl(one->number(), F_SETFL, O_NONBLOCK);
  pid_t pid = -1;
  const int failure = spawn(order, output_end.number(), errors_end.number(), pid);
  if (failure != 0) {
    return make_error(failure == ENOENT ? ErrorCode::kNotFound : ErrorCode::kIo,
                      "cannot run {}: {}", program, std::strerror(failure));
  }
  // glibc 2.36 declares pidfd_open() for C only.
  Descriptor handle(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  const int number = errno;
  Child child(pid, std::move(handle), std::move(output), std::move(errors));
  errno = number;
  if (!child.handle_.is_open()) return system_error(program);
  return child;
}

void Child::read_some(Descriptor& from, std::string& text, std::size_t most) {
  std::array<char, 65536> bytes{};
  while (from.is_open()) {
    const ssize_t got = ::read(from.number(), bytes.data(), bytes.size());
    if (got < 0 && errno == EINTR) continue;
    if (got == 0 || (got < 0 && errno != EAGAIN)) return from.close();
    if (got < 0) return;
    const auto room = most - std::min(most, text.size());
    text.append(bytes.data(), std::min(static_cast<std::size_t>(got), room));
  }
}

int Child::end() {
  // Also what it started and left behind. The group keeps its number until its leader is waited
  // for.
  ::kill(-pid_, SIGKILL);
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  return status;
}

Result<ChildEnd> Child::finish(const ChildOrder& order, int bell) {
  const std::string& program = order.command.front();
  const auto deadline = Clock::now() + order.timeout;
  ChildEnd result;
  while (true) {
    const auto left = std::chrono::ceil<milliseconds>(deadline - Clock::now());
    if (left <= milliseconds(0)) {
      return make_error(ErrorCode::kDeadline, "{} took longer than {} s; it was ended", program,
                        std::chrono::ceil<std::chrono::seconds>(order.timeout).count());
    }
    std::array<pollfd, 4> waits = {pollfd{handle_.number(), POLLIN, 0}, pollfd{bell, POLLIN, 0},
                                   pollfd{output_.number(), POLLIN, 0},
                                   pollfd{errors_.number(), POLLIN, 0}};
    ::poll(waits.data(), waits.size(),
           static_cast<int>(std::min(left, milliseconds(60'000)).count()));
    read_some(output_, result.output, order.most_output + 1);
    read_some(errors_, result.errors, kMostErrors);
    if (result.output.size() > order.most_output) {
      return make_error(ErrorCode::kBadInput, "{} writes more than {} bytes; it was ended", program,
                        order.most_output);
    }
    if (waits[0].revents != 0) break;
    if (waits[1].revents != 0) return make_error(ErrorCode::kUnavailable, "{}: stopped", program);
  }
  const int status = end();
  if (WIFEXITED(status)) result.exit_code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) result.signal = WTERMSIG(status);
  return result;
}

}  // namespace

std::string ChildEnd::reason() const {
  const auto last = errors.find_last_not_of(" \r\n");
  if (last != std::string::npos) {
    const auto before = errors.find_last_of("\r\n", last);
    const auto begin = before == std::string::npos ? 0 : before + 1;
    return errors.substr(begin, last + 1 - begin);
  }
  return signal != 0 ? fmt::format("killed by signal {}", signal)
                     : fmt::format("exit {}", exit_code);
}

std::string child_path(std::size_t index) {
  return fmt::format("/proc/self/fd/{}", index + kFirstInherited);
}

Result<ChildEnd> run_child(const ChildOrder& order, const std::stop_token& stop) {
  const Descriptor bell(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  const std::stop_callback stopped(stop, [&bell] {
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = ::write(bell.number(), &one, sizeof one);
  });
  auto child = Child::start(order);
  if (!child) return child.error();
  return child->finish(order, bell.number());
}

}  // namespace subtide
