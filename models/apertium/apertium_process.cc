#include "models/apertium/apertium_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <map>
#include <string_view>
#include <thread>
#include <utility>

extern char** environ;

namespace subtide {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kPollStep = std::chrono::milliseconds(50);
constexpr auto kPatience = std::chrono::milliseconds(1000);
constexpr std::string_view kNote = "[subtide ";
// Two stages of the pipeline hold a text back until a further one comes.
constexpr std::string_view kPush = std::string_view("[]\0[]\0", 6);

Error dead_error() {
  return make_error(ErrorCode::kUnavailable, "apertium ended without an answer");
}

struct Pipe {
  int read = -1;
  int write = -1;
  bool open() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return false;
    read = ends[0];
    write = ends[1];
    return true;
  }
};

void close_end(int& descriptor) {
  if (descriptor >= 0) ::close(std::exchange(descriptor, -1));
}

// Argument by argument, no shell; own process group, so that the whole pipeline can be ended; an
// own folder that nobody fills; no descriptors but the standard ones.
int spawn(const std::string& program, const std::string& pair, int input, int output, pid_t& pid) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addchdir_np(&actions, "/");
  posix_spawn_file_actions_addclosefrom_np(&actions, 3);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  sigset_t defaults;
  sigemptyset(&defaults);
  sigaddset(&defaults, SIGPIPE);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes,
                           POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  std::array<std::string, 6> words{program, "-f", "none", "-u", "-z", pair};
  std::array<char*, 7> argv{};
  for (std::size_t i = 0; i < words.size(); ++i) argv[i] = words[i].data();
  const int failed =
      ::posix_spawnp(&pid, program.c_str(), &actions, &attributes, argv.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return failed;
}

// write() to a process that died must not end this one.
ssize_t write_without_signal(int descriptor, std::string_view bytes) {
  sigset_t pipe_signal;
  sigset_t before;
  sigemptyset(&pipe_signal);
  sigaddset(&pipe_signal, SIGPIPE);
  ::pthread_sigmask(SIG_BLOCK, &pipe_signal, &before);
  const ssize_t count = ::write(descriptor, bytes.data(), bytes.size());
  const int number = errno;
  if (count < 0 && number == EPIPE && sigismember(&before, SIGPIPE) == 0) {
    const timespec now{};
    ::sigtimedwait(&pipe_signal, nullptr, &now);
  }
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  errno = number;
  return count;
}

bool has_ended(pid_t pid, std::chrono::milliseconds patience) {
  const auto until = Clock::now() + patience;
  while (::waitpid(pid, nullptr, WNOHANG) == 0) {
    if (Clock::now() > until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

}  // namespace

// What is still to be sent, what came, and which numbers are waited for.
struct ApertiumProcess::Conversation {
  std::string to_send;
  std::size_t sent = 0;
  std::string received;
  std::map<unsigned long, std::size_t> places;  // number -> index
  std::vector<std::string> answers;
  bool has_lost_one = false;  // answers come in order, so one that is passed over never comes

  void take_record(std::string_view record) {
    const auto note = record.rfind(kNote);
    if (note == std::string_view::npos) return;
    const auto number =
        std::strtoul(std::string(record.substr(note + kNote.size())).c_str(), nullptr, 10);
    const auto place = places.find(number);
    if (place == places.end()) return;
    answers[place->second] = std::string(record.substr(0, note));
    has_lost_one = has_lost_one || place != places.begin();
    places.erase(place);
  }

  void take_records() {
    std::size_t begin = 0;
    for (auto end = received.find('\0'); end != std::string::npos;
         end = received.find('\0', begin)) {
      take_record(std::string_view(received).substr(begin, end - begin));
      begin = end + 1;
    }
    received.erase(0, begin);
  }
};

Result<ApertiumProcess> ApertiumProcess::start(const std::string& program,
                                               const std::string& pair) {
  Pipe input;
  Pipe output;
  pid_t pid = -1;
  int failed = input.open() && output.open() ? 0 : errno;
  if (failed == 0) failed = spawn(program, pair, input.read, output.write, pid);
  close_end(input.read);
  close_end(output.write);
  if (failed != 0) {
    close_end(input.write);
    close_end(output.read);
    return make_error(ErrorCode::kNotFound, "cannot run {}: {}; install the package apertium",
                      program, std::strerror(failed));
  }
  ::fcntl(input.write, F_SETFL, O_NONBLOCK);
  ::fcntl(output.read, F_SETFL, O_NONBLOCK);
  return ApertiumProcess(pid, input.write, output.read);
}

ApertiumProcess::ApertiumProcess(ApertiumProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      input_(std::exchange(other.input_, -1)),
      output_(std::exchange(other.output_, -1)),
      last_number_(other.last_number_) {}

ApertiumProcess::~ApertiumProcess() {
  if (pid_ < 0) return;
  close_end(input_);
  close_end(output_);
  // Its input at an end, it removes its temporary file and goes by itself.
  if (has_ended(pid_, kPatience)) return;
  ::kill(-pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

Status ApertiumProcess::send_some(Conversation& conversation) {
  const auto rest = std::string_view(conversation.to_send).substr(conversation.sent);
  const ssize_t count = write_without_signal(input_, rest);
  if (count >= 0) conversation.sent += static_cast<std::size_t>(count);
  if (count >= 0 || errno == EAGAIN || errno == EINTR) return ok();
  return dead_error();
}

Status ApertiumProcess::receive_some(Conversation& conversation) {
  std::array<char, 65536> bytes{};
  const ssize_t count = ::read(output_, bytes.data(), bytes.size());
  if (count == 0) return dead_error();
  if (count < 0) return errno == EAGAIN || errno == EINTR ? ok() : Status(dead_error());
  conversation.received.append(bytes.data(), static_cast<std::size_t>(count));
  conversation.take_records();
  if (!conversation.has_lost_one) return ok();
  return make_error(ErrorCode::kUnavailable, "apertium gave no answer to a sentence");
}

Status ApertiumProcess::exchange(Conversation& conversation, std::chrono::milliseconds timeout,
                                 const std::stop_token& stop) {
  const auto until = Clock::now() + timeout;
  while (!conversation.places.empty()) {
    if (stop.stop_requested()) return make_error(ErrorCode::kUnavailable, "apertium: stopped");
    if (Clock::now() > until) {
      return make_error(ErrorCode::kDeadline, "apertium did not answer in {} s",
                        std::chrono::duration<double>(timeout).count());
    }
    const bool has_more = conversation.sent < conversation.to_send.size();
    std::array<pollfd, 2> ends{pollfd{output_, POLLIN, 0},
                               pollfd{has_more ? input_ : -1, POLLOUT, 0}};
    ::poll(ends.data(), ends.size(), static_cast<int>(kPollStep.count()));
    if (ends[1].revents != 0) {
      if (auto status = send_some(conversation); !status) return status;
    }
    if (ends[0].revents != 0) {
      if (auto status = receive_some(conversation); !status) return status;
    }
  }
  return ok();
}

Result<std::vector<std::string>> ApertiumProcess::translate(std::span<const std::string> texts,
                                                            std::chrono::milliseconds timeout,
                                                            const std::stop_token& stop) {
  Conversation conversation;
  conversation.answers.resize(texts.size());
  for (std::size_t i = 0; i < texts.size(); ++i) {
    conversation.places[++last_number_] = i;
    conversation.to_send += texts[i] + std::string(kNote) + std::to_string(last_number_) + "]";
    conversation.to_send += '\0';
  }
  conversation.to_send += kPush;
  if (auto status = exchange(conversation, timeout, stop); !status)
    return std::move(status.error());
  return std::move(conversation.answers);
}

}  // namespace subtide
