#include "engine/api/publication.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <condition_variable>
#include <utility>

namespace subtide {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

constexpr milliseconds kTick(200);
constexpr nanoseconds kUnknownTarget = std::chrono::seconds(6);
constexpr std::uint64_t kFurthest = 2;  ///< segments ahead that may be waited for

HttpHeaders make_headers(const char* cache) {
  return {{"Cache-Control", cache},
          {"Access-Control-Allow-Origin", "*"},
          {"X-Content-Type-Options", "nosniff"}};
}

SharedAnswer plain(int status, std::string text) {
  return SharedAnswer(
      make_answer(status, "text/plain; charset=utf-8", std::move(text), make_headers("no-store")));
}

SharedAnswer file_answer(const std::string& name, std::shared_ptr<const std::string> bytes) {
  return SharedAnswer(ServerAnswer{200, std::string(hls_content_type(name)), std::move(bytes),
                                   make_headers("public, max-age=3600, immutable")});
}

SharedAnswer playlist_answer(std::string text) {
  return SharedAnswer(make_answer(200, std::string(hls_content_type(".m3u8")), std::move(text),
                                  make_headers("no-cache")));
}

template <typename Number>
std::optional<Number> read_number(const std::string& text) {
  Number value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return {};
  return value;
}

/// "folder/file" or "file", made of what our own names are made of.
bool is_plain_name(std::string_view name) {
  if (name.empty() || name.starts_with('.') || name.find("/.") != std::string_view::npos) {
    return false;
  }
  return std::ranges::count(name, '/') <= 1 && std::ranges::all_of(name, [](unsigned char c) {
           return std::isalnum(c) != 0 || c == '_' || c == '-' || c == '.' || c == '/';
         });
}

std::shared_ptr<const std::string> read_whole(const std::filesystem::path& path) {
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (descriptor < 0) return nullptr;
  std::shared_ptr<std::string> bytes;
  struct stat status {};
  if (fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode)) {
    bytes = std::make_shared<std::string>(static_cast<std::size_t>(status.st_size), '\0');
    std::size_t done = 0;
    while (done < bytes->size()) {
      const ssize_t count = read(descriptor, bytes->data() + done, bytes->size() - done);
      if (count <= 0) break;
      done += static_cast<std::size_t>(count);
    }
    if (done < bytes->size()) bytes = nullptr;
  }
  close(descriptor);
  return bytes;
}

}  // namespace

std::string_view hls_content_type(std::string_view name) {
  const auto ends = [&](std::string_view end) { return name.ends_with(end); };
  if (ends(".m3u8")) return "application/vnd.apple.mpegurl";
  if (ends(".m4s") || ends(".mp4")) return "video/mp4";
  if (ends(".vtt")) return "text/vtt; charset=utf-8";
  if (ends(".json")) return "application/json";
  return "application/octet-stream";
}

Publication::Publication(std::filesystem::path folder, std::size_t budget)
    : folder_(std::move(folder)),
      budget_(budget),
      thread_([this](const std::stop_token& stop) { end_long_waits(stop); }) {}

Publication::~Publication() = default;

/// Takes those out of `waiting_` who need not wait any longer. Called with the lock.
template <typename IsReady>
std::vector<HttpReply> Publication::take_ready(const IsReady& is_ready) {
  std::vector<HttpReply> ready;
  const auto still = std::stable_partition(waiting_.begin(), waiting_.end(),
                                           [&](const auto& one) { return !is_ready(one); });
  for (auto one = still; one != waiting_.end(); ++one) ready.push_back(std::move(one->reply));
  waiting_.erase(still, waiting_.end());
  return ready;
}

void Publication::put_file(const std::string& name, std::shared_ptr<const std::string> bytes) {
  const std::size_t size = bytes->size();
  const auto answer = file_answer(name, std::move(bytes));
  std::vector<HttpReply> ready;
  {
    const std::lock_guard lock(mutex_);
    const auto [kept, is_new] = files_.try_emplace(name, File{answer, 0});
    if (is_new) order_.push_back(name);
    held_ += size - kept->second.size;
    kept->second = {answer, size};
    forget_oldest();
    ready = take_ready([&](const Waiter& one) { return !one.wanted && one.name == name; });
  }
  for (const auto& reply : ready) reply.send(answer);
}

void Publication::forget_oldest() {
  while (held_ > budget_ && order_.size() > 1) {
    const auto oldest = files_.find(order_.front());
    if (oldest != files_.end()) {
      held_ -= oldest->second.size;
      files_.erase(oldest);
    }
    order_.pop_front();
  }
}

void Publication::remove_file(const std::string& name) {
  const std::lock_guard lock(mutex_);
  const auto found = files_.find(name);
  if (found == files_.end()) return;
  held_ -= found->second.size;
  files_.erase(found);
  std::erase(order_, name);
}

void Publication::put_playlist(const std::string& name, std::string text, PlaylistEdge edge) {
  const auto answer = playlist_answer(std::move(text));
  std::vector<HttpReply> ready;
  {
    const std::lock_guard lock(mutex_);
    ready = take_ready([&](const Waiter& one) {
      return one.wanted && one.name == name && contains(edge, *one.wanted);
    });
    playlists_.insert_or_assign(name, Playlist{answer, std::move(edge)});
  }
  for (const auto& reply : ready) reply.send(answer);
}

bool Publication::contains(const PlaylistEdge& edge, const Wanted& wanted) {
  if (edge.is_ended) return true;
  const bool is_beyond = wanted.part && edge.last_parts && *wanted.part >= *edge.last_parts &&
                         wanted.sequence + 1 == edge.next_sequence;
  if (is_beyond) return edge.parts.value_or(0) > 0;
  if (edge.next_sequence > wanted.sequence) return true;
  return wanted.part && edge.next_sequence == wanted.sequence && edge.parts &&
         *edge.parts > *wanted.part;
}

std::optional<nanoseconds> Publication::wait_for_hint(const std::string& name) const {
  for (const auto& [_, playlist] : playlists_) {
    if (playlist.edge.hint == name && !playlist.edge.is_ended) return playlist.edge.target;
  }
  return std::nullopt;
}

/// What becomes of a request: without an answer it waits.
struct Publication::Verdict {
  std::optional<SharedAnswer> answer;
  bool is_unknown = false;
};

/// A request without answer has made `waiter` ready to wait. Called with the lock.
Publication::Verdict Publication::answer_now(const std::string& name, const ServerRequest& request,
                                             Waiter& waiter) const {
  const auto until = [](nanoseconds target) {
    const nanoseconds three = 3 * (target > nanoseconds(0) ? target : kUnknownTarget);
    return Clock::now() + three;
  };
  if (const auto file = files_.find(name); file != files_.end()) return {file->second.answer};
  const auto found = playlists_.find(name);
  if (found == playlists_.end()) {
    const auto target = wait_for_hint(name);
    if (!target) return {plain(404, "There is no such file, or it left the live window.\n"), true};
    waiter.until = until(*target);
    return {};
  }
  const auto& [answer, edge] = found->second;
  const auto sequence = request.query.find("_HLS_msn");
  const auto part = request.query.find("_HLS_part");
  if (sequence == request.query.end()) {
    if (part != request.query.end()) return {plain(400, "_HLS_part needs _HLS_msn.\n")};
    return {answer};
  }
  Wanted wanted;
  const auto number = read_number<std::uint64_t>(sequence->second);
  if (!number) return {plain(400, "_HLS_msn must be a number.\n")};
  wanted.sequence = *number;
  if (part != request.query.end()) {
    wanted.part = read_number<unsigned>(part->second);
    if (!wanted.part) return {plain(400, "_HLS_part must be a number.\n")};
  }
  if (contains(edge, wanted)) return {answer};
  if (wanted.sequence > edge.next_sequence + kFurthest) {
    return {plain(400, "_HLS_msn is too far in the future.\n")};
  }
  waiter.wanted = wanted;
  waiter.until = until(edge.target);
  return {};
}

void Publication::answer(const std::string& name, const ServerRequest& request,
                         const HttpReply& reply) {
  if (!is_plain_name(name)) return reply.send(plain(404, "There is no such file.\n"));
  Verdict verdict;
  {
    const std::lock_guard lock(mutex_);
    Waiter waiter{name, {}, {}, reply};
    verdict = answer_now(name, request, waiter);
    if (!verdict.answer) return waiting_.push_back(std::move(waiter));
  }
  // A playlist on the disk may be an earlier run's.
  if (verdict.is_unknown && !folder_.empty() && !name.ends_with(".m3u8")) {
    if (auto bytes = read_whole(folder_ / name)) {
      return reply.send(file_answer(name, std::move(bytes)));
    }
  }
  reply.send(*verdict.answer);
}

std::size_t Publication::waiting() const {
  const std::lock_guard lock(mutex_);
  return waiting_.size();
}

std::size_t Publication::bytes_held() const {
  const std::lock_guard lock(mutex_);
  return held_;
}

void Publication::end_long_waits(const std::stop_token& stop) {
  std::mutex pause;
  std::condition_variable_any never;
  while (!stop.stop_requested()) {
    std::unique_lock sleep(pause);
    never.wait_for(sleep, stop, kTick, [] { return false; });
    std::vector<HttpReply> late;
    {
      const std::lock_guard lock(mutex_);
      const auto now = Clock::now();
      late = take_ready([now](const Waiter& one) { return one.until <= now; });
    }
    if (late.empty()) continue;
    const auto answer = plain(503, "The stream did not come that far in time.\n");
    for (const auto& reply : late) reply.send(answer);
  }
}

}  // namespace subtide
