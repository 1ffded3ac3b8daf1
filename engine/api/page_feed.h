#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "engine/api/http_server.h"

namespace subtide {

/// What happens, told to web pages as server-sent events.
///
/// Who joins first gets the newest event of each lasting kind (such as the state) and the last
/// kKept of each of the others, so that a page that comes late shows something at once.
///
/// Owner:   the caller. Threads: any; starts one that keeps idle connections alive.
/// Errors:  none; who does not read is let go, see HttpStream.
/// Source:  HTML, "Server-sent events".
class PageFeed {
 public:
  static constexpr std::size_t kKept = 50;
  enum class Kind { kPassing, kLasting };

  PageFeed();
  ~PageFeed();
  PageFeed(const PageFeed&) = delete;
  PageFeed& operator=(const PageFeed&) = delete;

  /// `json` is one value on one line; `name` such as "cue".
  void tell(const std::string& name, const std::string& json, Kind kind = Kind::kPassing);
  void join(const HttpReply& reply);
  std::size_t listeners() const;

 private:
  void write_to_all(std::string_view text);  ///< with the lock
  void keep_alive(const std::stop_token& stop);

  mutable std::mutex mutex_;
  std::vector<std::shared_ptr<HttpStream>> streams_;
  std::map<std::string, std::string> lasting_;
  std::map<std::string, std::deque<std::string>> passing_;
  std::jthread thread_;
};

}  // namespace subtide
