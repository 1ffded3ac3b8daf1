#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "engine/base/atomic_file.h"
#include "engine/base/child_program.h"
#include "engine/pipeline/chapters.h"

namespace subtide {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLongestTitle = 1000;  // bytes; a sample of the chapter track holds 65535
constexpr std::chrono::seconds kLeastTime(60);
constexpr std::uint64_t kSlowestDisk = 1U << 20U;  // bytes a second

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  int number() const { return number_; }
  std::uint64_t size() const {
    struct stat file {};
    return ::fstat(number_, &file) == 0 ? static_cast<std::uint64_t>(file.st_size) : 0;
  }

 private:
  int number_;
};

/// Signs that mean something to ffmpeg get a backslash; other control characters go.
std::string escaped_title(std::string_view title) {
  std::size_t length = std::min(title.size(), kLongestTitle);
  while (length < title.size() && length > 0 &&
         (static_cast<unsigned char>(title[length]) & 0xC0U) == 0x80U) {
    --length;
  }
  std::string text;
  for (const char letter : title.substr(0, length)) {
    if (std::string_view("=;#\\\n").find(letter) != std::string_view::npos) text += '\\';
    const bool is_control = static_cast<unsigned char>(letter) < 0x20;
    if (!is_control || letter == '\n' || letter == '\t') text += letter;
  }
  return text;
}

/// A file without a name that holds `text`; -1 when there can be none.
int in_memory(const std::string& text) {
  const int descriptor = ::memfd_create("chapters", MFD_CLOEXEC);
  std::string_view rest = text;
  while (descriptor >= 0 && !rest.empty()) {
    const ssize_t written = ::write(descriptor, rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) {
      ::close(descriptor);
      return -1;
    }
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
  return descriptor;
}

/// Descriptors: the movie, the chapters, the new file.
std::vector<std::string> command(const std::string& program) {
  return {program,
          "-nostdin",
          "-v",
          "error",
          "-xerror",  // a read error must not make a shorter file
          "-y",
          "-protocol_whitelist",
          "file,pipe",
          "-f",
          "mov",
          "-i",
          "file:" + child_path(0),
          "-protocol_whitelist",
          "file,pipe",
          "-f",
          "ffmetadata",
          "-i",
          "file:" + child_path(1),
          "-map",
          "0",
          "-map",
          "-0:d?",  // the track of former chapters; that of time codes is written anew
          "-map_metadata",
          "0",
          "-map_chapters",
          "1",
          "-c",
          "copy",
          "-bsf:s",
          kWithoutEmptyTexts,
          "-movie_timescale",  // edits keep their lengths better than by milliseconds
          "90000",
          "-movflags",
          "+faststart",
          "-fflags",
          "+bitexact",  // no version of ffmpeg's as what encoded it
          "-f",
          "mp4",
          "file:" + child_path(2)};
}

Error failed(const fs::path& movie, const ChildEnd& end) {
  const bool is_full = end.errors.find(std::strerror(ENOSPC)) != std::string::npos;
  return make_error(is_full ? ErrorCode::kNoSpace : ErrorCode::kBadInput,
                    "{}: its chapters cannot be written: {}", movie.string(), end.reason());
}

Status copy_with(const std::string& program, const fs::path& movie, const std::string& metadata,
                 int target, const std::stop_token& stop) {
  const Descriptor source(::open(movie.c_str(), O_RDONLY | O_CLOEXEC));
  if (source.number() < 0) {
    return make_error(errno == ENOENT ? ErrorCode::kNotFound : ErrorCode::kIo, "cannot open {}: {}",
                      movie.string(), std::strerror(errno));
  }
  const Descriptor chapters(in_memory(metadata));
  ChildOrder order;
  order.command = command(program);
  order.descriptors = {source.number(), chapters.number(), target};
  order.timeout = kLeastTime + std::chrono::seconds(source.size() / kSlowestDisk);
  const auto end = run_child(order, stop);
  if (!end && end.error().code == ErrorCode::kNotFound) {
    return make_error(ErrorCode::kUnavailable,
                      "{}: ffmpeg, which writes chapters, is not installed; run: apt install "
                      "ffmpeg",
                      movie.string());
  }
  if (!end) return make_error(end.error().code, "{}: {}", movie.string(), end.error().message);
  return end->succeeded() ? ok() : Status(failed(movie, *end));
}

}  // namespace

std::string to_ffmetadata(std::span<const Chapter> chapters) {
  std::string text = ";FFMETADATA1\n";
  for (const Chapter& chapter : chapters) {
    text += fmt::format("[CHAPTER]\nTIMEBASE=1/1000000000\nSTART={}\nEND={}\ntitle={}\n",
                        chapter.span.begin.count(), chapter.span.end.count(),
                        escaped_title(chapter.title));
  }
  return text;
}

Status write_chapters(const fs::path& movie, std::span<const Chapter> chapters,
                      const std::stop_token& stop, const std::string& program) {
  if (chapters.empty()) return ok();
  auto target = AtomicFile::create(movie, AtomicFile::IfExists::kReplace);
  if (!target) return target.error();
  std::vector<Chapter> all(chapters.begin(), chapters.end());
  // The track of chapters has no gaps: the first would begin at zero.
  if (const MediaTime first = all.front().span.begin; first > MediaTime(0)) {
    all.insert(all.begin(), Chapter{{MediaTime(0), first}, ""});
  }
  const auto copied = copy_with(program, movie, to_ffmetadata(all), target->descriptor(), stop);
  if (!copied) return copied;
  return target->commit();
}

}  // namespace subtide
