#include "tests/support/program.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace subtide {
namespace {

// Output goes to files without a name: nothing has to be pumped, and no full pipe can block.
class NamelessFile {
 public:
  NamelessFile() : file_(std::tmpfile()) {
    if (file_ == nullptr) throw std::runtime_error("cannot make a temporary file");
    ::fcntl(descriptor(), F_SETFD, FD_CLOEXEC);
  }
  NamelessFile(const NamelessFile&) = delete;
  NamelessFile& operator=(const NamelessFile&) = delete;
  ~NamelessFile() { std::fclose(file_); }

  int descriptor() const { return ::fileno(file_); }

  void fill(const std::string& text) {
    std::fwrite(text.data(), 1, text.size(), file_);
    std::rewind(file_);
  }

  std::string content() const {
    std::string text;
    std::array<char, 16384> block{};
    while (true) {
      const ssize_t got =
          ::pread(descriptor(), block.data(), block.size(), static_cast<off_t>(text.size()));
      if (got <= 0) return text;
      text.append(block.data(), static_cast<std::size_t>(got));
    }
  }

 private:
  std::FILE* file_;
};

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  for (std::string& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

/// Programs of a test keep nothing for the next one, unless the test gives them a place to.
constexpr const char* kNoState = "none";

std::vector<std::string> joined_environment(std::map<std::string, std::string> added) {
  added.try_emplace("SUBTIDE_STATE", kNoState);
  std::vector<std::string> result;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    if (!added.contains(text.substr(0, text.find('=')))) result.push_back(text);
  }
  for (const auto& [name, value] : added) result.push_back(name + "=" + value);
  return result;
}

}  // namespace

std::string ProgramResult::summary() const {
  std::string text = exit_code ? "exit " + std::to_string(*exit_code)
                               : std::string("signal ") + ::strsignal(signal);
  if (timed_out) text += " (timed out)";
  return text + "\n" + err;
}

struct RunningProgram::State {
  NamelessFile in;
  NamelessFile out;
  NamelessFile err;
  pid_t pid = 0;
  int handle = 0;
  std::optional<int> status;

  void spawn(std::vector<std::string> argv, const ProgramOptions& options) {
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, in.descriptor(), STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, out.descriptor(), STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, err.descriptor(), STDERR_FILENO);
    if (!options.folder.empty()) {
      posix_spawn_file_actions_addchdir_np(&actions, options.folder.c_str());
    }
    std::vector<std::string> environment = joined_environment(options.environment);
    const int failure = posix_spawnp(&pid, argv.front().c_str(), &actions, nullptr,
                                     pointers(argv).data(), pointers(environment).data());
    posix_spawn_file_actions_destroy(&actions);
    if (failure != 0) {
      throw std::runtime_error("cannot start " + argv.front() + ": " + std::strerror(failure));
    }
    handle = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
    if (handle < 0) throw std::runtime_error("pidfd_open: " + std::string(std::strerror(errno)));
  }

  bool ends_within(std::chrono::milliseconds timeout) {
    if (status) return true;
    pollfd entry{handle, POLLIN, 0};
    if (::poll(&entry, 1, static_cast<int>(timeout.count())) != 1) return false;
    int value = 0;
    ::waitpid(pid, &value, 0);
    status = value;
    return true;
  }
};

RunningProgram::RunningProgram(const std::vector<std::string>& argv, const ProgramOptions& options)
    : state_(std::make_unique<State>()) {
  state_->in.fill(options.input);
  state_->spawn(argv, options);
}

RunningProgram::~RunningProgram() {
  if (!state_->status) {
    ::kill(state_->pid, SIGKILL);
    int ignored = 0;
    ::waitpid(state_->pid, &ignored, 0);
  }
  ::close(state_->handle);
}

pid_t RunningProgram::pid() const { return state_->pid; }

void RunningProgram::send_signal(int signal) {
  if (!state_->status) ::kill(state_->pid, signal);
}

bool RunningProgram::ends_within(std::chrono::milliseconds timeout) {
  return state_->ends_within(timeout);
}

ProgramResult RunningProgram::wait(std::chrono::milliseconds timeout) {
  ProgramResult result;
  if (!state_->ends_within(timeout)) {
    result.timed_out = true;
    ::kill(state_->pid, SIGKILL);
    state_->ends_within(std::chrono::minutes(1));
  }
  const int status = state_->status.value_or(SIGKILL);
  if (WIFEXITED(status)) result.exit_code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) result.signal = WTERMSIG(status);
  result.out = out();
  result.err = err();
  return result;
}

std::string RunningProgram::out() const { return state_->out.content(); }
std::string RunningProgram::err() const { return state_->err.content(); }

ProgramResult run_program(const std::vector<std::string>& argv, const ProgramOptions& options) {
  RunningProgram program(argv, options);
  return program.wait(options.timeout);
}

}  // namespace subtide
