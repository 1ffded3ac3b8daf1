#include "elements/hls_sink/published_folder.h"

#include <algorithm>
#include <charconv>
#include <sstream>
#include <system_error>
#include <utility>

#include "engine/base/log.h"

namespace subtide {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::milliseconds kTryEvery(500);
constexpr std::size_t kLargestPlaylist = 64U << 20U;

/// Of "00000012.m4s", "00000012.3.m4s", "00000012.vtt", "init_00000012.mp4"; "init.mp4" is 1.
std::optional<std::uint64_t> first_number_in(const std::string& name) {
  const bool is_segment = name.ends_with(".m4s") || name.ends_with(".vtt");
  const bool is_init = name.starts_with("init") && name.ends_with(".mp4");
  if (!is_segment && !is_init) return std::nullopt;
  std::string_view digits = name;
  if (is_init) digits.remove_prefix(std::min<std::size_t>(5, digits.size()));
  if (is_init && digits.find_first_not_of("0123456789") < 8) return 1;
  std::uint64_t number = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (read.ec != std::errc() || read.ptr - digits.data() < 8) return std::nullopt;
  return number;
}

/// "video_720p/00000012.3.m4s".
bool is_part(const std::string& name) {
  return std::ranges::count(name.substr(name.rfind('/') + 1), '.') == 2;
}

}  // namespace

std::vector<fs::path> rendition_folders(const fs::path& folder) {
  std::vector<fs::path> found;
  std::error_code failure;
  for (fs::directory_iterator each(folder, failure), end; !failure && each != end;
       each.increment(failure)) {
    const std::string name = each->path().filename().string();
    const bool is_ours =
        name.starts_with("video_") || name.starts_with("audio_") || name.starts_with("subs_");
    std::error_code unknown;
    if (is_ours && each->is_directory(unknown)) found.push_back(each->path());
  }
  return found;
}

PublishedFolder::PublishedFolder(fs::path folder) : folder_(std::move(folder)) {
  if (folder_.empty()) return;
  for (const fs::path& rendition : rendition_folders(folder_)) {
    const auto text = read_file(rendition / "index.m3u8", kLargestPlaylist);
    const auto end = text ? read_playlist_end(*text) : std::nullopt;
    if (end) former_ = former_.joined(*end);
  }
}

bool PublishedFolder::put(const std::string& name, std::string_view bytes,
                          AtomicFile::Flush flush) {
  const fs::path path = folder_ / name;
  std::error_code failure;
  fs::create_directories(path.parent_path(), failure);
  if (failure) {
    trouble_ = make_error(ErrorCode::kIo, "{}: {}", path.parent_path().string(), failure.message());
    return false;
  }
  const auto written = write_file_atomically(path, bytes, AtomicFile::IfExists::kReplace, flush);
  if (!written) trouble_ = written.error();
  return static_cast<bool>(written);
}

void PublishedFolder::write(const std::string& name, Bytes bytes) {
  if (folder_.empty()) return;
  // Behind what waits, so that what is there has no holes.
  const auto flush = is_part(name) ? AtomicFile::Flush::kLater : AtomicFile::Flush::kNow;
  if (kept_.empty() && put(name, *bytes, flush)) return;
  kept_bytes_ += bytes->size();
  kept_.push_back({name, std::move(bytes)});
  while (kept_bytes_ > kMostKept) give_up_oldest();
}

/// Initialization segments are small, and nothing plays without them.
void PublishedFolder::give_up_oldest() {
  const auto oldest =
      std::ranges::find_if(kept_, [](const Kept& kept) { return !kept.name.ends_with(".mp4"); });
  if (oldest == kept_.end()) return;
  kept_bytes_ -= oldest->bytes->size();
  given_up_.insert(oldest->name);
  kept_.erase(oldest);
}

void PublishedFolder::write_playlist(const std::string& name, const std::string& text,
                                     AtomicFile::Flush flush) {
  if (folder_.empty()) return;
  const bool is_in_order = kept_.empty() && waiting_playlists_.empty();
  if (is_in_order && put(name, with_gaps(name, text), flush)) return;
  waiting_playlists_[name] = text;
}

std::string PublishedFolder::with_gaps(const std::string& playlist, const std::string& text) const {
  if (given_up_.empty()) return text;
  const std::string folder = playlist.substr(0, playlist.find('/') + 1);
  std::string told;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (given_up_.contains(folder + line)) told += "#EXT-X-GAP\n";
    told += line + "\n";
  }
  return told;
}

void PublishedFolder::remove(const std::string& name) {
  if (folder_.empty()) return;
  if (former_.next_sequence > 1) remove_former();
  const auto kept = std::ranges::find(kept_, name, &Kept::name);
  if (kept != kept_.end()) {
    kept_bytes_ -= kept->bytes->size();
    kept_.erase(kept);
  }
  given_up_.erase(name);
  std::error_code ignored;
  fs::remove(folder_ / name, ignored);
}

void PublishedFolder::try_again() {
  if (kept_.empty() && waiting_playlists_.empty()) return trouble_.reset();
  const auto now = std::chrono::steady_clock::now();
  if (now - tried_at_ < kTryEvery) return;
  tried_at_ = now;
  write_kept();
}

void PublishedFolder::write_kept() {
  while (!kept_.empty()) {
    if (!put(kept_.front().name, *kept_.front().bytes)) return;
    kept_bytes_ -= kept_.front().bytes->size();
    kept_.pop_front();
  }
  while (!waiting_playlists_.empty()) {
    const auto next = waiting_playlists_.begin();
    if (!put(next->first, with_gaps(next->first, next->second))) return;
    waiting_playlists_.erase(next);
  }
  trouble_.reset();
}

/// Its playlists are replaced by now, and nobody waits for its segments any more.
void PublishedFolder::remove_former() {
  const std::uint64_t first = std::exchange(former_, {}).next_sequence;
  for (const fs::path& rendition : rendition_folders(folder_)) {
    std::vector<fs::path> old;
    std::error_code failure;
    for (fs::directory_iterator each(rendition, failure), end; !failure && each != end;
         each.increment(failure)) {
      const auto number = first_number_in(each->path().filename().string());
      if (number && *number < first) old.push_back(each->path());
    }
    std::error_code ignored;
    for (const fs::path& path : old) fs::remove(path, ignored);
  }
}

}  // namespace subtide
