#include "engine/pipeline/source_texts.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <utility>

#include "engine/base/child_program.h"
#include "engine/subtitles/sidecar.h"

namespace subtide {
namespace {

constexpr std::size_t kMostText = 32U << 20U;  // bytes of one track
constexpr std::chrono::seconds kLeastTime(60);
constexpr std::uint64_t kSlowestDisk = 1U << 20U;  // bytes a second

/// Open files, closed together.
class Descriptors {
 public:
  Descriptors() = default;
  Descriptors(const Descriptors&) = delete;
  Descriptors& operator=(const Descriptors&) = delete;
  ~Descriptors() {
    for (const int number : numbers_) ::close(number);
  }
  bool add(int number) {
    if (number >= 0) numbers_.push_back(number);
    return number >= 0;
  }
  const std::vector<int>& numbers() const { return numbers_; }

 private:
  std::vector<int> numbers_;
};

std::vector<std::string> command(const std::string& program,
                                 std::span<const SourceStream> streams) {
  std::vector<std::string> words = {program,
                                    "-nostdin",
                                    "-v",
                                    "error",
                                    "-y",
                                    "-protocol_whitelist",
                                    "file,pipe",
                                    "-format_whitelist",
                                    kReadableFormats,
                                    "-copyts",
                                    "-i",
                                    "file:" + child_path(0)};
  for (std::size_t i = 0; i < streams.size(); ++i) {
    for (const auto& word :
         {std::string("-map"), fmt::format("0:{}", streams[i].index), std::string("-c:s"),
          std::string("text"), std::string("-fs"), std::to_string(kMostText), std::string("-f"),
          std::string("srt"), "file:" + child_path(i + 1)}) {
      words.push_back(word);
    }
  }
  return words;
}

std::string text_of(int descriptor) {
  std::string text(kMostText, '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const ssize_t count =
        ::pread(descriptor, text.data() + size, text.size() - size, static_cast<off_t>(size));
    if (count <= 0) break;
    size += static_cast<std::size_t>(count);
  }
  text.resize(size);
  return text;
}

// SubRip knows no time before zero, so the file's own times are read.
Result<TextTrack> to_track(const SourceStream& stream, const std::string& text,
                           MediaTime time_zero) {
  auto read = read_sidecar(SidecarFormat::kSrt, text);
  if (!read) return read.error();
  for (Cue& cue : read->cues) {
    cue.span = cue.span.shifted(-time_zero);
    cue.span.begin = std::max(cue.span.begin, MediaTime(0));
  }
  std::erase_if(read->cues, [](const Cue& cue) { return cue.span.empty(); });
  return TextTrack{to_bcp47(stream.language), stream.title, std::move(read->cues)};
}

}  // namespace

Result<std::vector<Result<TextTrack>>> read_source_texts(const MediaInput& input,
                                                         std::span<const SourceStream> streams,
                                                         MediaTime time_zero,
                                                         const std::stop_token& stop,
                                                         const std::string& program) {
  std::vector<Result<TextTrack>> tracks;
  if (streams.empty()) return tracks;
  Descriptors files;
  bool has_all = files.add(::open(input.location().c_str(), O_RDONLY | O_CLOEXEC));
  for (std::size_t i = 0; i < streams.size() && has_all; ++i) {
    has_all = files.add(::memfd_create("text", MFD_CLOEXEC));
  }
  if (!has_all) return make_error(ErrorCode::kIo, "{}: cannot be read again", input.name());
  ChildOrder order;
  order.command = command(program, streams);
  order.descriptors = files.numbers();
  order.timeout = kLeastTime + std::chrono::seconds(input.size() / kSlowestDisk);
  const auto end = run_child(order, stop);
  if (!end && end.error().code == ErrorCode::kNotFound) {
    return make_error(ErrorCode::kUnavailable,
                      "{}: ffmpeg, which reads its subtitles, is not installed; run: apt install "
                      "ffmpeg",
                      input.name());
  }
  if (!end) return make_error(end.error().code, "{}: {}", input.name(), end.error().message);
  if (!end->succeeded()) {
    return make_error(ErrorCode::kBadInput, "{}: its subtitles cannot be read: {}", input.name(),
                      end->reason());
  }
  for (std::size_t i = 0; i < streams.size(); ++i) {
    tracks.push_back(to_track(streams[i], text_of(files.numbers()[i + 1]), time_zero));
  }
  return tracks;
}

}  // namespace subtide
