#include "engine/app/run_again.h"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace subtide {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLongestCommand = 32U << 10U;

Status check(const RunDescription& run, const fs::path& state) {
  if (is_living(state, run.id)) {
    return make_error(ErrorCode::kUnavailable,
                      "run {} still goes on; give its command again when it has ended", run.id);
  }
  const bool reads_list = std::ranges::find(run.command, "-") != run.command.end();
  if (run.command.empty() || reads_list) {
    return make_error(ErrorCode::kNotFound,
                      "what run {} was started with is not kept; give its command again", run.id);
  }
  std::error_code unknown;
  if (!fs::is_directory(run.folder_of_command, unknown)) {
    return make_error(ErrorCode::kNotFound, "{}: the folder of run {} is gone",
                      run.folder_of_command.string(), run.id);
  }
  return ok();
}

Result<pid_t> spawn(const std::vector<std::string>& command, const fs::path& folder) {
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addchdir_np(&actions, folder.c_str());
  pid_t pid = 0;
  const int failure =
      ::posix_spawn(&pid, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failure == 0) return pid;
  return make_error(ErrorCode::kIo, "{}: cannot be started: {}", command[0], ::strerror(failure));
}

}  // namespace

std::vector<std::string> own_command() {
  std::ifstream file("/proc/self/cmdline", std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  if (text.size() > kLongestCommand) return {};
  std::vector<std::string> words;
  for (std::size_t begin = 0; begin < text.size();) {
    const auto end = std::min(text.find('\0', begin), text.size());
    words.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  if (!words.empty()) words.erase(words.begin());
  return words;
}

Result<ExitCode> run_again(const RunDescription& run, const fs::path& state) {
  if (const Status fits = check(run, state); !fits) return fits.error();
  std::vector<std::string> command = {fs::read_symlink("/proc/self/exe").string()};
  command.insert(command.end(), run.command.begin(), run.command.end());
  if (std::ranges::find(run.command, "--state") == run.command.end()) {
    command.insert(command.end(), {"--state", fs::absolute(state).string()});
  }
  const auto pid = spawn(command, run.folder_of_command);
  if (!pid) return pid.error();
  int status = 0;
  while (::waitpid(*pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status)) return static_cast<ExitCode>(WEXITSTATUS(status));
  return make_error(ErrorCode::kInternal, "the run was ended by signal {}", WTERMSIG(status));
}

}  // namespace subtide
