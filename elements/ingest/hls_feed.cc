#include "elements/ingest/hls_feed.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "engine/gst/pointer.h"
#include "engine/net/http_retry.h"

namespace subtide {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kLargestPlaylist = 4U << 20U;
constexpr std::size_t kLargestSegment = 128U << 20U;
constexpr int kMostStandstill = 6;  // reloads without anything new: three target lengths
constexpr int kMostLevels = 2;      // a list of renditions, and a rendition

milliseconds to_ms(MediaDuration time) { return std::chrono::duration_cast<milliseconds>(time); }

HttpHeader basic_login(const Url& url) {
  const std::string login = url.user + ":" + url.password;
  const TextPtr encoded(
      g_base64_encode(reinterpret_cast<const guchar*>(login.data()), login.size()));
  return {"Authorization", std::string("Basic ") + encoded.get()};
}

std::string name_of(const HlsPart& part) {
  if (!part.range) return part.url.to_request();
  return fmt::format("{} {}+{}", part.url.to_request(), part.range->first, part.range->length);
}

}  // namespace

HlsCursor HlsMemory::take(const std::string& playlist) {
  const std::lock_guard lock(mutex_);
  return cursors_[playlist];
}

void HlsMemory::keep(const std::string& playlist, HlsCursor cursor) {
  const std::lock_guard lock(mutex_);
  cursors_[playlist] = cursor;
}

HlsFeed::HlsFeed(SourceGraph& graph, const IngestPlan& plan, HlsMemory& memory, Follow follow)
    : graph_(graph),
      plan_(plan),
      memory_(memory),
      follow_(std::move(follow)),
      inlet_(graph),
      trusted_(*parse_url(plan.address.uri)) {}

Result<HttpResponse> HlsFeed::fetch(const Url& url, const std::optional<ByteRange>& range,
                                    milliseconds timeout, const std::stop_token& stop) {
  HttpRequest request;
  request.url = url.to_request();
  const bool is_trusted = has_same_origin(url, trusted_);
  request.trust = is_trusted ? UrlTrust::kUserGiven : UrlTrust::kFound;
  request.allowed = plan_.allowed;
  if (is_trusted && !trusted_.user.empty()) request.headers.push_back(basic_login(trusted_));
  if (!plan_.settings.user_agent.empty()) {
    request.headers.push_back({"User-Agent", plan_.settings.user_agent});
  }
  if (range) {
    request.headers.push_back(
        {"Range", fmt::format("bytes={}-{}", range->first, range->first + range->length - 1)});
  }
  request.connect_timeout = std::min(to_ms(plan_.settings.connect_timeout), timeout);
  request.timeout = timeout;
  request.max_response = kLargestSegment;
  request.stop = stop;
  auto answer = client_.request(request);
  if (!answer || answer->status == 200 || answer->status == 206) {
    // A server that does not know ranges sends the whole.
    if (answer && range && answer->status == 200) {
      const auto first = static_cast<std::size_t>(range->first);
      answer->body = first < answer->body.size()
                         ? answer->body.substr(first, static_cast<std::size_t>(range->length))
                         : std::string();
    }
    return answer;
  }
  return make_error(ErrorCode::kUnavailable, "{} answered with status {}", url.for_messages(),
                    answer->status);
}

Result<HlsMedia> HlsFeed::load(const Url& url, const std::stop_token& stop) {
  Url address = url;
  for (int level = 0; level < kMostLevels; ++level) {
    auto answer = fetch(address, std::nullopt, to_ms(plan_.settings.stall_timeout), stop);
    if (!answer) return std::move(answer.error());
    if (answer->body.size() > kLargestPlaylist) {
      return make_error(ErrorCode::kBadInput, "{}: the playlist is too long",
                        address.for_messages());
    }
    auto base = parse_url(answer->url);
    if (!base) return std::move(base.error());
    auto playlist = parse_hls_playlist(answer->body, *base);
    if (!playlist) return std::move(playlist.error());
    if (auto* media = std::get_if<HlsMedia>(&*playlist)) return std::move(*media);
    const HlsVariant* best = best_variant(std::get<HlsMaster>(*playlist));
    if (best->audio && !(*best->audio).path.empty() &&
        best->audio->to_request() != best->url.to_request()) {
      follow_(*best->audio);
    }
    address = best->url;
    rendition_ = address;
  }
  return make_error(ErrorCode::kBadInput, "{}: names playlists that name playlists",
                    url.for_messages());
}

Status HlsFeed::run(const std::string& url, const std::stop_token& stop) {
  auto address = parse_url(url);
  if (!address) return std::move(address.error());
  rendition_ = *address;
  auto media = load(*address, stop);
  if (!media) return std::move(media.error());
  return follow(rendition_, std::move(*media), stop);
}

Status HlsFeed::follow(const Url& url, HlsMedia media, const std::stop_token& stop) {
  HlsCursor cursor = memory_.take(url.to_request());
  graph_.gate()->pieces(media.target);
  for (int standstill = 0; standstill < kMostStandstill;) {
    const auto fresh = cursor.update(media);
    standstill = fresh.empty() ? standstill + 1 : 0;
    for (const HlsSegment& segment : fresh) {
      if (auto fed = feed(segment, stop); !fed) return fed;
      if (stop.stop_requested()) return ok();
    }
    memory_.keep(url.to_request(), cursor);
    if (cursor.has_ended()) return inlet_.end();
    if (!wait_unless_stopped(to_ms(cursor.reload_pause()), stop)) return ok();
    auto next = load(url, stop);
    if (!next) return std::move(next.error());
    media = std::move(*next);
  }
  return make_error(ErrorCode::kUnavailable, "{}: nothing new for three segments' time",
                    url.for_messages());
}

Status HlsFeed::feed(const HlsSegment& segment, const std::stop_token& stop) {
  const auto timeout = std::max(to_ms(plan_.settings.stall_timeout), to_ms(segment.duration));
  if (segment.map && name_of(*segment.map) != map_) {
    if (!map_.empty()) {
      return make_error(ErrorCode::kUnavailable, "{}: its format changes",
                        segment.media.url.for_messages());
    }
    auto head = fetch(segment.map->url, segment.map->range, timeout, stop);
    if (!head) return std::move(head.error());
    map_ = name_of(*segment.map);
    if (auto pushed = inlet_.push(head->body); !pushed) return pushed;
  }
  auto answer = fetch(segment.media.url, segment.media.range, timeout, stop);
  if (!answer) return std::move(answer.error());
  return inlet_.push(answer->body);
}

}  // namespace subtide
