#pragma once

#include <gtest/gtest.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "engine/work/store/effect_store.h"
#include "engine/work/store/run_store.h"

namespace subtide {

inline WallTime wall(std::int64_t seconds) { return WallTime(std::chrono::seconds(seconds)); }

inline std::string key_of(std::size_t number) { return fmt::format("{:064x}", number); }

inline JobRecord make_job(std::string id, JobState state = JobState::kRunning) {
  return {std::move(id), state, R"({"input":"talk.mp4"})", "", wall(100)};
}

inline TaskRecord make_task(TaskId id, std::string job) {
  TaskRecord record;
  record.task = {id,
                 std::move(job),
                 "transcribe",
                 "whisper:base.en",
                 key_of(id),
                 R"({"blob":"ab"})",
                 {MediaTime(id * 1000), MediaTime(id * 1000 + 999)},
                 Urgency::kLive,
                 WorkTime::max()};
  return record;
}

inline LogRow make_event(std::uint64_t sequence, std::string name) {
  const std::string family = name.substr(0, name.find('.'));
  return {0, "/node/a/engine/1", family, sequence, name, "job/a", R"({"data":"é"})", wall(200)};
}

inline Effect make_effect(std::size_t number, std::string json = R"({"words":[]})") {
  return {key_of(number),
          "transcribe",
          "whisper",
          "job-a",
          key_of(7),
          std::move(json),
          wall(static_cast<std::int64_t>(number))};
}

/// Runs SQL on a file behind the stores' back.
inline void run_sql(const std::filesystem::path& path, const std::string& sql) {
  sqlite3* handle = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &handle), SQLITE_OK);
  sqlite3_busy_timeout(handle, 5000);
  EXPECT_EQ(sqlite3_exec(handle, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
      << sqlite3_errmsg(handle);
  sqlite3_close(handle);
}

inline std::string read_bytes(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

inline void write_bytes(const std::filesystem::path& path, std::string_view bytes) {
  std::ofstream(path, std::ios::binary)
      .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

inline void flip_bits(const std::filesystem::path& path, int count, unsigned seed) {
  std::string bytes = read_bytes(path);
  std::mt19937 random(seed);
  for (int i = 0; i < count; ++i) {
    const std::size_t bit =
        std::uniform_int_distribution<std::size_t>(0, bytes.size() * 8 - 1)(random);
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
  }
  write_bytes(path, bytes);
}

/// What a child process said, line by line, and how it ended.
struct ChildEnd {
  std::vector<std::string> lines;
  bool was_killed = false;
  int exit_status = -1;
};

using Say = std::function<void(const std::string&)>;

/// A child process under way.
class Child {
 public:
  /// `work` runs in the child; a line that it says is with the parent even when it dies next.
  explicit Child(const std::function<void(const Say&)>& work) {
    int ends[2];
    EXPECT_EQ(::pipe(ends), 0);
    process_ = ::fork();
    if (process_ == 0) {
      ::close(ends[0]);
      work([out = ends[1]](const std::string& line) {
        const std::string text = line + "\n";
        if (::write(out, text.data(), text.size()) < 0) ::_exit(9);
      });
      ::_exit(0);
    }
    ::close(ends[1]);
    in_ = ends[0];
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  ChildEnd wait() {
    std::string text;
    char block[4096];
    for (ssize_t length; (length = ::read(in_, block, sizeof block)) > 0;) {
      text.append(block, static_cast<std::size_t>(length));
    }
    ::close(in_);
    int status = 0;
    ::waitpid(process_, &status, 0);
    ChildEnd end;
    end.was_killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
    if (WIFEXITED(status)) end.exit_status = WEXITSTATUS(status);
    for (std::size_t begin = 0, stop; (stop = text.find('\n', begin)) != std::string::npos;
         begin = stop + 1) {
      end.lines.push_back(text.substr(begin, stop - begin));
    }
    return end;
  }

 private:
  pid_t process_ = -1;
  int in_ = -1;
};

}  // namespace subtide
