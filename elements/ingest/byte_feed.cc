#include "elements/ingest/byte_feed.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "engine/gst/guard.h"

namespace subtide {
namespace {

constexpr std::size_t kHead = 4 * 188;
constexpr std::size_t kPiece = 348 * 188;  // whole packets

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return number_; }

 private:
  int number_;
};

Error file_error(const std::string& path, int number) {
  const ErrorCode code = number == ENOENT || number == ENOTDIR ? ErrorCode::kNotFound
                         : number == EACCES || number == EPERM ? ErrorCode::kDenied
                                                               : ErrorCode::kIo;
  return make_error(code, "{}: cannot be read: {}", path, std::strerror(number));
}

Status check_regular(const Descriptor& file, const std::string& path) {
  struct stat status = {};
  if (file.get() < 0 || fstat(file.get(), &status) != 0) return file_error(path, errno);
  if (S_ISREG(status.st_mode)) return ok();
  return make_error(ErrorCode::kBadInput, "{}: is not a regular file", path);
}

int open_file(const std::string& path) {
  return ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
}

}  // namespace

Status ByteInlet::push(std::string_view bytes) {
  if (source_) return send(bytes);
  head_ += bytes;
  if (head_.size() < kHead) return ok();
  return open();
}

Status ByteInlet::open() {
  if (head_.starts_with("#EXTM3U")) {
    return make_error(ErrorCode::kBadInput,
                      "it is a playlist; give its address with a path that ends in .m3u8");
  }
  source_ = graph_.add_bytes(is_transport_stream(head_));
  if (!source_) return make_error(ErrorCode::kUnsupported, "its format cannot be read");
  return send(std::exchange(head_, {}));
}

Status ByteInlet::send(std::string_view bytes) {
  GstBuffer* buffer = gst_buffer_new_memdup(bytes.data(), bytes.size());
  if (gst_app_src_push_buffer(source_.get(), buffer) == GST_FLOW_OK) return ok();
  return make_error(ErrorCode::kUnavailable, "the stream was stopped");
}

Status ByteInlet::end() {
  if (!source_ && head_.empty()) return make_error(ErrorCode::kBadInput, "it is empty");
  if (!source_) {
    if (auto opened = open(); !opened) return opened;
  }
  gst_app_src_end_of_stream(source_.get());
  return ok();
}

ByteFeed::ByteFeed(SourceGraph& graph, Work work)
    : thread_([&graph, work = std::move(work)](std::stop_token stop) {
        guard(GST_ELEMENT(graph.bin()), [&] {
          auto done = work(stop);
          if (!done && !stop.stop_requested()) graph.fail(std::move(done.error()));
        });
      }) {}

Status feed_file(SourceGraph& graph, const std::string& path, const std::stop_token& stop) {
  const Descriptor file(open_file(path));
  if (auto regular = check_regular(file, path); !regular) return regular;
  ByteInlet inlet(graph);
  std::string piece(kPiece, '\0');
  while (!stop.stop_requested()) {
    const ssize_t got = ::read(file.get(), piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return file_error(path, errno);
    if (got == 0) return inlet.end();
    auto pushed = inlet.push(std::string_view(piece).substr(0, static_cast<std::size_t>(got)));
    if (!pushed) return pushed;
  }
  return ok();
}

Status feed_http(SourceGraph& graph, const IngestPlan& plan, const std::stop_token& stop) {
  ByteInlet inlet(graph);
  StreamRequest request;
  request.url = plan.address.uri;
  request.allowed = plan.allowed;
  if (!plan.settings.user_agent.empty()) {
    request.headers.push_back({"User-Agent", plan.settings.user_agent});
  }
  request.connect_timeout =
      std::chrono::duration_cast<std::chrono::milliseconds>(plan.settings.connect_timeout);
  request.take = [&inlet](std::string_view bytes) { return inlet.push(bytes); };
  request.stop = stop;
  HttpClient client;
  if (auto fetched = client.stream(request); !fetched) return fetched;
  return inlet.end();
}

Result<bool> is_transport_stream_file(const std::string& path) {
  const Descriptor file(open_file(path));
  if (auto regular = check_regular(file, path); !regular) return std::move(regular.error());
  std::string head(kHead, '\0');
  const ssize_t got = ::read(file.get(), head.data(), head.size());
  if (got < 0) return file_error(path, errno);
  head.resize(static_cast<std::size_t>(got));
  return is_transport_stream(head);
}

}  // namespace subtide
