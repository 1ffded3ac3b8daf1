#include "engine/pipeline/movie_join.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <sstream>
#include <string_view>

#include "engine/base/atomic_file.h"
#include "engine/base/child_program.h"

namespace subtide {
namespace {

namespace fs = std::filesystem;
using Kind = SourceStream::Kind;
using Words = std::vector<std::string>;

constexpr std::chrono::seconds kLeastTime(60);
constexpr std::uint64_t kSlowestDisk = 1U << 20U;  // bytes a second
constexpr double kOpusSamples = 48;                // in the millisecond by which Matroska counts
constexpr std::array kMp4Pictures = {"h264",  "hevc",       "av1",        "vp9",
                                     "mpeg4", "mpeg2video", "mpeg1video", "mjpeg"};
constexpr std::array kMp4Sound = {"aac",  "mp3",  "mp2",  "ac3", "eac3",
                                  "opus", "flac", "alac", "dts"};

template <std::size_t Size>
bool holds(const std::array<const char*, Size>& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

std::vector<SourceStream> copied_pictures(const MovieJoin& join) {
  auto videos = join.streams.of_kind(Kind::kVideo);
  if (!join.copies_pictures) return {};
  videos.resize(std::min<std::size_t>(videos.size(), 1));
  return videos;
}

std::vector<SourceStream> copied_sound(const MovieJoin& join) {
  return join.copies_sound ? join.streams.of_kind(Kind::kAudio) : std::vector<SourceStream>();
}

/// Descriptors in the order of ffmpeg's inputs, and of its output.
class Descriptors {
 public:
  Descriptors() = default;
  Descriptors(const Descriptors&) = delete;
  Descriptors& operator=(const Descriptors&) = delete;
  ~Descriptors() {
    for (const int number : numbers_) ::close(number);
  }
  Status open(const fs::path& path) {
    const int number = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (number < 0) {
      return make_error(errno == ENOENT ? ErrorCode::kNotFound : ErrorCode::kIo,
                        "cannot open {}: {}", path.string(), std::strerror(errno));
    }
    numbers_.push_back(number);
    return ok();
  }
  Status keep(const std::string& text) {
    const int number = ::memfd_create("chapters", MFD_CLOEXEC);
    if (number >= 0) numbers_.push_back(number);
    const auto written = number < 0 ? -1 : ::write(number, text.data(), text.size());
    if (written == static_cast<ssize_t>(text.size())) return ok();
    return make_error(ErrorCode::kIo, "no memory for chapters: {}", std::strerror(errno));
  }
  const std::vector<int>& numbers() const { return numbers_; }

 private:
  std::vector<int> numbers_;
};

void add(Words& words, const Words& more) { words.insert(words.end(), more.begin(), more.end()); }

Words inputs(const MovieJoin& join, MovieKind kind) {
  std::size_t number = 0;
  const Words plain = {"-protocol_whitelist", "file,pipe"};
  Words words = plain;
  add(words, {"-format_whitelist", kReadableFormats, "-itsoffset",
              fmt::format("{:.6f}", -to_seconds(join.streams.time_zero)), "-i",
              "file:" + child_path(number++)});
  if (join.rest) {
    add(words, plain);
    add(words,
        {"-f", kind == MovieKind::kMp4 ? "mov" : "matroska", "-i", "file:" + child_path(number++)});
  }
  if (!join.chapters.empty()) {
    add(words, plain);
    add(words, {"-f", "ffmetadata", "-i", "file:" + child_path(number++)});
  }
  return words;
}

Words maps(const MovieJoin& join) {
  Words words;
  const auto map_all = [&](const std::vector<SourceStream>& streams) {
    for (const SourceStream& stream : streams) {
      add(words, {"-map", fmt::format("0:{}", stream.index)});
    }
  };
  const auto map_rest = [&](const char* kind) {
    if (join.rest) add(words, {"-map", fmt::format("1:{}?", kind)});
  };
  join.copies_pictures ? map_all(copied_pictures(join)) : map_rest("v");
  join.copies_sound ? map_all(copied_sound(join)) : map_rest("a");
  map_rest("s");
  const int chapters = join.chapters.empty() ? -1 : join.rest ? 2 : 1;
  add(words, {"-map_metadata", "0", "-map_chapters", std::to_string(chapters)});
  return words;
}

/// Matroska has no edit lists. And this muxer tells of Opus's delay without adding it to the times,
/// from which every reader takes it off.
Words sound_filters(const MovieJoin& join, const std::vector<SourceStream>& made) {
  Words words;
  std::size_t number = 0;
  const bool is_copied = join.copies_sound;
  for (const SourceStream& stream : is_copied ? copied_sound(join) : made) {
    const long delay = std::lround(stream.delay / kOpusSamples);
    std::string filter;
    if (is_copied) filter = fmt::format("noise=drop=lt(pts\\,-{})", delay);
    if (delay > 0) {
      filter += filter.empty() ? "" : ",";
      filter += fmt::format("setts=ts=TS+{}", delay);
    }
    if (!filter.empty()) add(words, {fmt::format("-bsf:a:{}", number), filter});
    ++number;
  }
  return words;
}

Words container(const MovieJoin& join, MovieKind kind, const std::vector<SourceStream>& made) {
  if (kind == MovieKind::kMatroska) {
    Words words = sound_filters(join, made);
    add(words, {"-avoid_negative_ts", "disabled", "-f", "matroska"});
    return words;
  }
  Words words;
  const auto pictures = copied_pictures(join);
  // As Apple's players want it.
  if (!pictures.empty() && pictures.front().codec == "hevc") add(words, {"-tag:v", "hvc1"});
  // This layout is begun before ffmpeg has seen what AAC of MPEG-TS is, and then does not ask for
  // it.
  if (join.is_fragmented && join.copies_sound) add(words, {"-bsf:a", "aac_adtstoasc"});
  const char* layout =
      join.is_fragmented ? "frag_keyframe+delay_moov+default_base_moof" : "+faststart";
  add(words, {"-bsf:s", kWithoutEmptyTexts, "-movie_timescale", "90000", "-movflags", layout, "-f",
              "mp4"});
  return words;
}

/// The sound of the movie with the rest, where its delays matter.
Result<std::vector<SourceStream>> made_sound(const MovieJoin& join, MovieKind kind,
                                             const std::stop_token& stop) {
  if (kind == MovieKind::kMp4 || join.copies_sound || !join.rest) {
    return std::vector<SourceStream>();
  }
  const auto input = MediaInput::open(*join.rest);
  if (!input) return input.error();
  const auto streams = read_source_streams(*input, stop);
  if (!streams) return streams.error();
  return streams->of_kind(Kind::kAudio);
}

/// The first line by which ffmpeg complained of the files themselves. What decoders complain of
/// while it finds out what streams are costs nothing.
std::string complaint_of(const MovieJoin& join, const std::string& errors) {
  std::istringstream lines(errors);
  for (std::string line; std::getline(lines, line);) {
    const bool is_of_decoder = std::ranges::any_of(
        join.streams.streams,
        [&](const SourceStream& stream) { return line.starts_with("[" + stream.codec + " @"); });
    const bool goes_on = line.empty() || line.front() == ' ';
    if (is_of_decoder || goes_on) continue;
    const auto end_of_name = line.find("] ");  // with an address
    return line.front() == '[' && end_of_name != std::string::npos ? line.substr(end_of_name + 2)
                                                                   : line;
  }
  return "";
}

Error failed(const MovieJoin& join, const ChildEnd& end) {
  const bool is_full = end.errors.find(std::strerror(ENOSPC)) != std::string::npos;
  return make_error(is_full ? ErrorCode::kNoSpace : ErrorCode::kBadInput,
                    "{}: cannot be copied: {}", join.source.name(), end.reason());
}

Error not_carried(const MovieJoin& join, const SourceStream& stream, const char* what,
                  const char* package) {
  const bool is_video = stream.kind == Kind::kVideo;
  return make_error(ErrorCode::kUnsupported,
                    "{}: {} not carry {}; use --package {}, or another codec than copy for {}",
                    join.source.name(), what, stream.codec, package,
                    is_video ? "--video-codec" : "--audio-codec");
}

/// Nothing but MP4 can tell that.
Status check_shown(const MovieJoin& join, const char* what) {
  const auto pictures = copied_pictures(join);
  if (pictures.empty()) return ok();
  if (pictures.front().is_turned) {
    return make_error(ErrorCode::kUnsupported,
                      "{}: its pictures are turned when they are shown, which {} does not tell; "
                      "use --package mp4, or another --video-codec than copy",
                      join.source.name(), what);
  }
  if (!join.streams.has_hidden_pictures) return ok();
  return make_error(ErrorCode::kUnsupported,
                    "{}: an edit list hides its first pictures, which {} would show; use "
                    "--package mp4, or another --video-codec than copy",
                    join.source.name(), what);
}

}  // namespace

Status check_join(const MovieJoin& join, MovieKind kind) {
  if (kind == MovieKind::kMatroska) return check_shown(join, "mkv");
  for (const SourceStream& stream : copied_pictures(join)) {
    if (!holds(kMp4Pictures, stream.codec)) return not_carried(join, stream, "mp4 does", "mkv");
  }
  for (const SourceStream& stream : copied_sound(join)) {
    if (!holds(kMp4Sound, stream.codec)) return not_carried(join, stream, "mp4 does", "mkv");
  }
  return ok();
}

Status check_presented(const MovieJoin& join) {
  for (const SourceStream& stream : copied_pictures(join)) {
    if (stream.codec != "h264" && stream.codec != "hevc") {
      return not_carried(join, stream, "hls does", "mkv");
    }
  }
  for (const SourceStream& stream : copied_sound(join)) {
    if (stream.codec != "aac") return not_carried(join, stream, "hls does", "mp4 or mkv");
  }
  return check_shown(join, "hls");
}

Result<std::string> join_movie(const fs::path& to, MovieKind kind, const MovieJoin& join,
                               const std::stop_token& stop, const std::string& program) {
  const auto made = made_sound(join, kind, stop);
  if (!made) return made.error();
  Descriptors files;
  if (auto opened = files.open(join.source.location()); !opened) return opened.error();
  if (join.rest) {
    if (auto opened = files.open(*join.rest); !opened) return opened.error();
  }
  if (!join.chapters.empty()) {
    if (auto kept = files.keep(to_ffmetadata(join.chapters)); !kept) return kept.error();
  }
  auto target = AtomicFile::create(to, AtomicFile::IfExists::kReplace);
  if (!target) return target.error();
  ChildOrder order;
  order.command = {program, "-nostdin", "-v", "error", "-y", "-copyts"};
  add(order.command, inputs(join, kind));
  add(order.command, maps(join));
  add(order.command, {"-c", "copy", "-copypriorss", "1", "-fflags", "+bitexact"});
  add(order.command, container(join, kind, *made));
  order.descriptors = files.numbers();
  add(order.command, {"file:" + child_path(order.descriptors.size())});
  order.descriptors.push_back(target->descriptor());
  order.timeout = kLeastTime + std::chrono::seconds(join.source.size() / kSlowestDisk);
  const auto end = run_child(order, stop);
  if (!end && end.error().code == ErrorCode::kNotFound) {
    return make_error(ErrorCode::kUnavailable,
                      "{}: ffmpeg, which copies streams, is not installed; run: apt install ffmpeg",
                      join.source.name());
  }
  if (!end) return make_error(end.error().code, "{}: {}", join.source.name(), end.error().message);
  if (!end->succeeded()) return failed(join, *end);
  if (auto done = target->commit(); !done) return done.error();
  return complaint_of(join, end->errors);
}

}  // namespace subtide
