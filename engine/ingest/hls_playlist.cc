#include "engine/ingest/hls_playlist.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <map>
#include <utility>

namespace subtide {
namespace {

constexpr std::size_t kLongestPlaylist = 4U << 20U;
constexpr std::size_t kMostEntries = 10'000;
constexpr double kLongestSegment = 3600.0;

Error refuse(const Url& base, std::string_view why) {
  return make_error(ErrorCode::kBadInput, "{}: {}", base.for_messages(), why);
}

std::optional<std::uint64_t> to_number(std::string_view text) {
  std::uint64_t number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<MediaDuration> to_duration(std::string_view text) {
  double seconds = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (read.ec != std::errc() || !std::isfinite(seconds)) return std::nullopt;
  if (seconds < 0 || seconds > kLongestSegment) return std::nullopt;
  return from_seconds(seconds);
}

// "10@20": the length, and where it begins; without that it follows on the part before.
std::optional<ByteRange> to_range(std::string_view text, std::uint64_t follows) {
  constexpr std::uint64_t kMost = std::uint64_t{1} << 40U;
  const auto at = text.find('@');
  const auto length = to_number(text.substr(0, at));
  const auto first =
      at == std::string_view::npos ? std::optional(follows) : to_number(text.substr(at + 1));
  if (!length || !first || *length == 0 || *length > kMost || *first > kMost) return std::nullopt;
  return ByteRange{*first, *length};
}

// KEY=value,KEY="quoted, value"
std::map<std::string, std::string> read_attributes(std::string_view text) {
  std::map<std::string, std::string> found;
  while (!text.empty()) {
    const auto equals = text.find('=');
    if (equals == std::string_view::npos) break;
    std::string name(text.substr(0, equals));
    text.remove_prefix(equals + 1);
    const bool is_quoted = text.starts_with('"');
    if (is_quoted) text.remove_prefix(1);
    const auto end = std::min(text.find(is_quoted ? '"' : ','), text.size());
    found.emplace(std::move(name), text.substr(0, end));
    text.remove_prefix(std::min(text.size(), end + (is_quoted ? 1 : 0)));
    const auto comma = text.find(',');
    text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
  }
  return found;
}

// Reads line by line; what it has learnt so far decides what an address means.
class PlaylistReader {
 public:
  explicit PlaylistReader(const Url& base) : base_(base) {}

  Status take(std::string_view line) {
    if (line.empty()) return ok();
    if (!line.starts_with('#')) return take_address(line);
    if (const auto rest = after(line, "#EXT-X-STREAM-INF:")) return take_variant(*rest);
    if (const auto rest = after(line, "#EXT-X-MEDIA:")) return take_rendition(*rest);
    if (const auto rest = after(line, "#EXT-X-KEY:")) return take_key(*rest);
    if (const auto rest = after(line, "#EXT-X-MAP:")) return take_map(*rest);
    if (const auto rest = after(line, "#EXTINF:")) return take_duration(*rest);
    if (const auto rest = after(line, "#EXT-X-BYTERANGE:")) return take_range(*rest);
    if (const auto rest = after(line, "#EXT-X-TARGETDURATION:")) {
      const auto target = to_duration(*rest);
      if (!target || *target == MediaDuration(0)) return refuse(base_, "no usable target duration");
      media_.target = *target;
    } else if (const auto number = after(line, "#EXT-X-MEDIA-SEQUENCE:")) {
      next_number_ = to_number(*number).value_or(0);
    } else if (line == "#EXT-X-DISCONTINUITY") {
      begins_anew_ = true;
    } else if (line == "#EXT-X-GAP") {
      is_gap_ = true;
    } else if (line == "#EXT-X-ENDLIST") {
      media_.is_ended = true;
    }
    return ok();
  }

  Result<HlsPlaylist> finish() {
    if (!master_.variants.empty()) {
      join_audio();
      return HlsPlaylist(std::move(master_));
    }
    if (media_.target == MediaDuration(0)) return refuse(base_, "is no media playlist");
    return HlsPlaylist(std::move(media_));
  }

 private:
  static std::optional<std::string_view> after(std::string_view line, std::string_view tag) {
    if (!line.starts_with(tag)) return std::nullopt;
    return line.substr(tag.size());
  }

  Result<Url> resolve(std::string_view address) const {
    auto url = resolve_url(base_, address);
    if (url) return url;
    return make_error(ErrorCode::kDenied,
                      "{}: names an address that is not allowed; only http and https are",
                      base_.for_messages());
  }

  Status take_address(std::string_view line) {
    if (++entries_ > kMostEntries) return refuse(base_, "more than 10000 entries");
    auto url = resolve(line);
    if (!url) return std::move(url.error());
    if (variant_) {
      variant_->url = std::move(*url);
      master_.variants.push_back(std::move(*variant_));
      variant_.reset();
      return ok();
    }
    if (!duration_) return refuse(base_, "an address without its length");
    HlsSegment segment{{std::move(*url), {}}, map_,         *duration_,
                       next_number_++,        begins_anew_, is_gap_};
    if (range_) {
      segment.media.range = to_range(*range_, range_end_);
      if (!segment.media.range) return refuse(base_, "a byte range that makes no sense");
      range_end_ = segment.media.range->first + segment.media.range->length;
    }
    media_.segments.push_back(std::move(segment));
    duration_.reset();
    range_.reset();
    begins_anew_ = false;
    is_gap_ = false;
    return ok();
  }

  Status take_variant(std::string_view text) {
    const auto attributes = read_attributes(text);
    variant_ = HlsVariant{};
    if (const auto found = attributes.find("BANDWIDTH"); found != attributes.end()) {
      variant_->bandwidth = to_number(found->second).value_or(0);
    }
    const auto audio = attributes.find("AUDIO");
    audio_groups_.push_back(audio == attributes.end() ? "" : audio->second);
    return ok();
  }

  // Of each group the default rendition, or the first.
  Status take_rendition(std::string_view text) {
    if (++entries_ > kMostEntries) return refuse(base_, "more than 10000 entries");
    auto attributes = read_attributes(text);
    if (attributes["TYPE"] != "AUDIO" || !attributes.contains("URI")) return ok();
    auto url = resolve(attributes["URI"]);
    if (!url) return std::move(url.error());
    const std::string group = attributes["GROUP-ID"];
    if (attributes["DEFAULT"] == "YES") {
      audio_.insert_or_assign(group, std::move(*url));
    } else {
      audio_.emplace(group, std::move(*url));
    }
    return ok();
  }

  Status take_key(std::string_view text) {
    auto attributes = read_attributes(text);
    if (attributes["METHOD"] == "NONE") return ok();
    return make_error(
        ErrorCode::kUnsupported,
        "{}: its segments are encrypted, which is not supported; use a source without "
        "EXT-X-KEY",
        base_.for_messages());
  }

  Status take_map(std::string_view text) {
    const auto attributes = read_attributes(text);
    const auto address = attributes.find("URI");
    if (address == attributes.end()) return refuse(base_, "EXT-X-MAP without URI");
    auto url = resolve(address->second);
    if (!url) return std::move(url.error());
    HlsPart map{std::move(*url), {}};
    if (const auto range = attributes.find("BYTERANGE"); range != attributes.end()) {
      map.range = to_range(range->second, 0);
      if (!map.range) return refuse(base_, "a byte range that makes no sense");
    }
    map_ = std::move(map);
    return ok();
  }

  Status take_duration(std::string_view text) {
    duration_ = to_duration(text.substr(0, text.find(',')));
    if (!duration_) return refuse(base_, "a length that is no number");
    return ok();
  }

  Status take_range(std::string_view text) {
    range_ = std::string(text);
    return ok();
  }

  void join_audio() {
    for (std::size_t i = 0; i < master_.variants.size() && i < audio_groups_.size(); ++i) {
      const auto found = audio_.find(audio_groups_[i]);
      if (found != audio_.end()) master_.variants[i].audio = found->second;
    }
  }

  const Url& base_;
  HlsMaster master_;
  HlsMedia media_;
  std::size_t entries_ = 0;
  std::optional<HlsVariant> variant_;
  std::vector<std::string> audio_groups_;
  std::map<std::string, Url> audio_;
  std::optional<HlsPart> map_;
  std::optional<MediaDuration> duration_;
  std::optional<std::string> range_;
  std::uint64_t range_end_ = 0;
  std::uint64_t next_number_ = 0;
  bool begins_anew_ = false;
  bool is_gap_ = false;
};

std::string_view trimmed(std::string_view line) {
  while (!line.empty() && (line.back() == '\r' || line.back() == ' ' || line.back() == '\t')) {
    line.remove_suffix(1);
  }
  return line;
}

}  // namespace

Result<HlsPlaylist> parse_hls_playlist(std::string_view text, const Url& base) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  if (!text.starts_with("#EXTM3U")) return refuse(base, "is no playlist");
  if (text.size() > kLongestPlaylist) return refuse(base, "the playlist is too long");
  PlaylistReader reader(base);
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    if (auto taken = reader.take(trimmed(text.substr(0, end))); !taken) {
      return std::move(taken.error());
    }
    text.remove_prefix(std::min(text.size(), end + 1));
  }
  return reader.finish();
}

const HlsVariant* best_variant(const HlsMaster& master) {
  const auto best = std::max_element(
      master.variants.begin(), master.variants.end(),
      [](const HlsVariant& a, const HlsVariant& b) { return a.bandwidth < b.bandwidth; });
  return best == master.variants.end() ? nullptr : &*best;
}

std::vector<HlsSegment> HlsCursor::update(const HlsMedia& playlist) {
  has_ended_ = playlist.is_ended;
  pause_ = playlist.target / 2;
  if (playlist.segments.empty()) return {};
  const std::uint64_t first = playlist.segments.front().number;
  const std::uint64_t last = playlist.segments.back().number;
  // A playlist that counts from anew belongs to a server that was started again.
  const bool is_other = next_ && last + 1 < *next_;
  if (!next_ || is_other) {
    MediaDuration behind{0};
    std::uint64_t start = last + 1;
    for (auto it = playlist.segments.rbegin(); it != playlist.segments.rend(); ++it) {
      if (!playlist.is_ended && behind + it->duration > playlist.target * 3 && start <= last) break;
      behind += it->duration;
      start = it->number;
    }
    next_ = start;
  }
  std::vector<HlsSegment> fresh;
  for (const HlsSegment& segment : playlist.segments) {
    if (segment.number >= *next_ && !segment.is_gap) fresh.push_back(segment);
  }
  if (!fresh.empty()) {
    if (is_other || first > *next_) fresh.front().begins_anew = true;
    pause_ = playlist.target;
  }
  next_ = last + 1;
  return fresh;
}

}  // namespace subtide
