// Many viewers of one low-latency stream, each waiting in a blocking playlist reload:
//   viewers_bench PORT PATH FOLDER VIEWERS SECONDS
// PATH is the playlist's on the server (/hls/video_source/index.m3u8), FOLDER where the engine
// writes the same rendition. Prints how long after a part was there the answers that name it were,
// in milliseconds. A part is there when its file is written or the first answer names it, whichever
// is earlier: the engine does not wait for its disk. Parts are counted from the moment on when all
// viewers are connected, since nobody reads answers before. Who asks for a part that is there
// already did not wait and is counted apart.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <ctime>
#include <map>
#include <memory>
#include <optional>
#include <string_view>

#include "bench/figures.h"

namespace {

using namespace subtide;
using namespace subtide::bench;
namespace fs = std::filesystem;
using Clock = std::chrono::system_clock;

/// What to wait for: the playlist that has this part.
struct Place {
  std::uint64_t sequence = 0;
  std::uint64_t part = 0;
};

struct Playlist {
  Place next;
  std::string newest;  ///< file of the newest part; empty: none
};

std::string_view attribute(std::string_view line, std::string_view name) {
  const auto at = line.find(name);
  if (at == std::string_view::npos) return "";
  line.remove_prefix(at + name.size());
  return line.substr(0, line.find('"'));
}

Playlist read_playlist(std::string_view text) {
  Playlist list;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (line.starts_with("#EXT-X-MEDIA-SEQUENCE:")) {
      list.next.sequence = std::strtoull(line.data() + line.find(':') + 1, nullptr, 10);
    } else if (line.starts_with("#EXT-X-PART:")) {
      ++list.next.part;
      list.newest = attribute(line, "URI=\"");
    } else if (!line.empty() && line[0] != '#') {
      ++list.next.sequence;
      list.next.part = 0;
    }
  }
  return list;
}

/// One keep-alive connection.
class Viewer {
 public:
  explicit Viewer(std::uint16_t port) : socket_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
      std::perror("viewers_bench: connect");
      std::exit(1);
    }
  }
  ~Viewer() { close(socket_); }
  Viewer(const Viewer&) = delete;
  Viewer& operator=(const Viewer&) = delete;
  int descriptor() const { return socket_; }
  Clock::time_point asked_at() const { return asked_at_; }

  void ask(const std::string& target) {
    asked_at_ = Clock::now();
    const std::string request = "GET " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
    if (send(descriptor(), request.data(), request.size(), MSG_NOSIGNAL) < 0) std::exit(1);
    answer_.clear();
  }

  /// The body once it is whole.
  std::string_view receive() {
    char bytes[16384];
    const ssize_t count = recv(descriptor(), bytes, sizeof bytes, 0);
    if (count <= 0) {
      std::fprintf(stderr, "viewers_bench: the server closed a connection\n");
      std::exit(1);
    }
    answer_.append(bytes, static_cast<std::size_t>(count));
    const auto head = answer_.find("\r\n\r\n");
    if (head == std::string::npos) return "";
    const auto length = answer_.find("Content-Length: ");
    if (!answer_.starts_with("HTTP/1.1 200") || length == std::string::npos) {
      std::fprintf(stderr, "viewers_bench: %s\n", answer_.substr(0, head).c_str());
      std::exit(1);
    }
    const auto size = std::strtoull(answer_.c_str() + length + 16, nullptr, 10);
    if (answer_.size() < head + 4 + size) return "";
    return std::string_view(answer_).substr(head + 4);
  }

 private:
  int socket_;
  Clock::time_point asked_at_{};
  std::string answer_;
};

std::optional<Clock::time_point> written_at(const fs::path& file) {
  std::error_code failure;
  const auto time = fs::last_write_time(file, failure);
  if (failure) return std::nullopt;
  return fs::file_time_type::clock::to_sys(time);
}

class Audience {
 public:
  Audience(std::uint16_t port, std::string path, fs::path folder, std::size_t count)
      : path_(std::move(path)), folder_(std::move(folder)), poll_(epoll_create1(0)) {
    for (std::size_t i = 0; i < count; ++i) {
      viewers_.push_back(std::make_unique<Viewer>(port));
      epoll_event event{};
      event.events = EPOLLIN;
      event.data.ptr = viewers_.back().get();
      epoll_ctl(poll_, EPOLL_CTL_ADD, viewers_.back()->descriptor(), &event);
      viewers_.back()->ask(path_);
    }
  }

  ~Audience() { close(poll_); }
  Audience(const Audience&) = delete;
  Audience& operator=(const Audience&) = delete;

  void watch(double seconds) {
    const Stopwatch watch;
    complete_at_ = Clock::now();
    epoll_event events[256];
    while (watch.seconds() < seconds) {
      const int count = epoll_wait(poll_, events, 256, 100);
      for (int i = 0; i < count; ++i) turn(*static_cast<Viewer*>(events[i].data.ptr));
    }
  }

  void print() const {
    std::vector<double> all;
    std::vector<double> latest;
    double not_waited = 0;
    for (const auto& [name, part] : parts_) {
      const auto first = part.answers.front().at;
      const auto begin = std::min(part.written.value_or(first), first);
      if (begin < complete_at_) continue;
      double last = 0;
      for (const Answer& answer : part.answers) {
        if (answer.asked >= begin) {
          ++not_waited;
          continue;
        }
        last = milliseconds_from(begin, answer.at);
        all.push_back(last);
      }
      latest.push_back(last);
    }
    print_figure("not_waited", not_waited);
    print_figure("parts", static_cast<double>(latest.size()));
    print_figure("last_viewer_ms_median", quantile(latest, 0.5));
    print_figure("answers", static_cast<double>(all.size()));
    print_figure("answer_ms_median", quantile(all, 0.5));
    print_figure("answer_ms_p99", quantile(all, 0.99));
    print_figure("answer_ms_most", quantile(all, 1));
    print_figure("viewers_processor_s", processor_seconds());
  }

 private:
  void turn(Viewer& viewer) {
    const std::string_view body = viewer.receive();
    if (body.empty()) return;
    const auto now = Clock::now();
    const Playlist list = read_playlist(body);
    if (!list.newest.empty()) note(list.newest, {viewer.asked_at(), now});
    viewer.ask(path_ + "?_HLS_msn=" + std::to_string(list.next.sequence) +
               "&_HLS_part=" + std::to_string(list.next.part));
  }

  struct Answer {
    Clock::time_point asked;
    Clock::time_point at;
  };
  void note(const std::string& part, Answer answer) {
    Part& known = parts_[part];
    known.answers.push_back(answer);
    if (!known.written) known.written = written_at(folder_ / part);
  }

  static double milliseconds_from(Clock::time_point begin, Clock::time_point end) {
    return std::chrono::duration<double, std::milli>(end - begin).count();
  }

  struct Part {
    std::optional<Clock::time_point> written;
    std::vector<Answer> answers;
  };

  std::string path_;
  fs::path folder_;
  int poll_;
  Clock::time_point complete_at_{};
  std::vector<std::unique_ptr<Viewer>> viewers_;
  std::map<std::string, Part> parts_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6) {
    std::fprintf(stderr, "usage: viewers_bench PORT PATH FOLDER VIEWERS SECONDS\n");
    return 2;
  }
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  Audience audience(static_cast<std::uint16_t>(std::atoi(argv[1])), argv[2], argv[3],
                    std::strtoull(argv[4], nullptr, 10));
  audience.watch(std::atof(argv[5]));
  audience.print();
}
