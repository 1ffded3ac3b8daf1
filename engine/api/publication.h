#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "engine/api/http_server.h"

namespace subtide {

/// How far a media playlist has come.
struct PlaylistEdge {
  std::uint64_t next_sequence = 0;     ///< of the segment that is being made
  std::optional<unsigned> parts;       ///< of that segment, published; nothing: no low latency
  std::optional<unsigned> last_parts;  ///< of the segment before it, when known
  std::chrono::nanoseconds target{0};  ///< target duration
  std::string hint;                    ///< name of the part that comes next; may be empty
  bool is_ended = false;
};

/// What viewers of one HLS presentation can fetch, and those who wait for what comes next.
///
/// Names are relative to the presentation: "master.m3u8", "video_720p/00000001.m4s". Files are
/// kept in memory as long as they are part of it, the oldest only up to a budget; older ones are
/// read from `folder` if they are there.
///
/// Blocking reload: a request with `_HLS_msn` (and `_HLS_part`) is answered once the playlist
/// contains them; one for the hinted part once the part is there. A part beyond the last of its
/// segment is the first of the next.
///
/// Owner:   the caller. Threads: any; starts one that ends long waits.
/// Errors:  answers 400 for what can never come, 404 for unknown names, 503 after three target
///          durations.
/// Source:  RFC 8216bis, 6.2.5.2.
class Publication {
 public:
  explicit Publication(std::filesystem::path folder, std::size_t budget = 256 * 1024 * 1024);
  ~Publication();
  Publication(const Publication&) = delete;
  Publication& operator=(const Publication&) = delete;

  void put_file(const std::string& name, std::shared_ptr<const std::string> bytes);
  void remove_file(const std::string& name);
  void put_playlist(const std::string& name, std::string text, PlaylistEdge edge);

  /// Answers a GET for `name`, now or later.
  void answer(const std::string& name, const ServerRequest& request, const HttpReply& reply);

  std::size_t waiting() const;
  std::size_t bytes_held() const;

 private:
  using Clock = std::chrono::steady_clock;
  struct File {
    SharedAnswer answer;
    std::size_t size;
  };
  struct Playlist {
    SharedAnswer answer;
    PlaylistEdge edge;
  };
  struct Wanted {
    std::uint64_t sequence = 0;
    std::optional<unsigned> part;
  };
  struct Waiter {
    std::string name;
    std::optional<Wanted> wanted;  ///< nothing: the file of that name
    Clock::time_point until;
    HttpReply reply;
  };

  static bool contains(const PlaylistEdge& edge, const Wanted& wanted);
  template <typename IsReady>
  std::vector<HttpReply> take_ready(const IsReady& is_ready);
  void forget_oldest();
  struct Verdict;
  Verdict answer_now(const std::string& name, const ServerRequest& request, Waiter& waiter) const;
  std::optional<std::chrono::nanoseconds> wait_for_hint(const std::string& name) const;
  void end_long_waits(const std::stop_token& stop);

  const std::filesystem::path folder_;
  const std::size_t budget_;
  mutable std::mutex mutex_;
  std::map<std::string, File> files_;
  std::deque<std::string> order_;  ///< of files_, oldest first; may name files that are gone
  std::size_t held_ = 0;
  std::map<std::string, Playlist> playlists_;
  std::vector<Waiter> waiting_;
  std::jthread thread_;
};

/// "application/vnd.apple.mpegurl", "video/mp4", "text/vtt", …
std::string_view hls_content_type(std::string_view name);

}  // namespace subtide
