#include "tests/fuzz/sidecar_checks.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "engine/subtitles/plain_text.h"
#include "engine/subtitles/sidecar_writing.h"

namespace subtide {
namespace {

void require(bool holds, const char* promise, const std::string& text) {
  if (holds) return;
  std::fprintf(stderr, "broken promise: %s\n%s\n", promise, text.c_str());
  std::abort();
}

MediaDuration step_of(SidecarFormat format) {
  return std::chrono::milliseconds(format == SidecarFormat::kAss ? 10 : 1);
}

TimeSpan rounded(const TimeSpan& span, MediaDuration step) {
  const StepSpan steps = to_steps(span, step);
  return {steps.begin * step, steps.end * step};
}

void require_valid(const Sidecar& sidecar, const std::string& text) {
  MediaTime previous(0);
  for (const Cue& cue : sidecar.cues) {
    require(!cue.span.empty(), "cues are not empty", text);
    require(cue.span.begin >= previous, "cues are in order", text);
    require(cue.span.end <= kLatestTime + std::chrono::hours(1), "times stay in range", text);
    require(!cue.id.empty(), "cues have ids", text);
    require(!cue.lines.empty(), "cues have text", text);
    for (const std::string& line : cue.lines) {
      require(!line.empty() && plain_text(line) == line, "lines are plain text", text);
    }
    previous = cue.span.begin;
  }
}

void require_same(const std::vector<Cue>& found, const std::vector<Cue>& wanted, MediaDuration step,
                  const std::string& text) {
  require(found.size() == wanted.size(), "every cue comes back", text);
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    require(found[i].lines == wanted[i].lines, "lines come back as they were", text);
    require(found[i].span == rounded(wanted[i].span, step), "times come back", text);
  }
}

/// Takes values off the front of the bytes; zeros when they are used up.
class ByteSource {
 public:
  explicit ByteSource(std::string_view bytes) : rest_(bytes) {}

  bool empty() const { return rest_.empty(); }

  std::uint64_t number(int bytes) {
    std::uint64_t value = 0;
    for (int i = 0; i < bytes && !rest_.empty(); ++i) {
      value = value << 8 | static_cast<unsigned char>(rest_.front());
      rest_.remove_prefix(1);
    }
    return value;
  }

  std::string text() {
    const std::uint64_t wanted = number(1);
    const std::size_t size = std::min<std::size_t>(wanted, rest_.size());
    std::string taken(rest_.substr(0, size));
    rest_.remove_prefix(size);
    return taken;
  }

 private:
  std::string_view rest_;
};

std::vector<Cue> make_cues(ByteSource& source) {
  std::vector<Cue> cues;
  MediaTime time(0);
  while (!source.empty()) {
    Cue cue;
    cue.id = std::to_string(cues.size() + 1);
    time += MediaTime(static_cast<std::int64_t>(source.number(5)));
    cue.span = {time, time + MediaTime(static_cast<std::int64_t>(source.number(4)))};
    const std::uint64_t shape = source.number(1);
    if ((shape & 4) != 0) cue.speaker = source.text();
    for (std::uint64_t lines = shape & 3; lines > 0; --lines) cue.lines.push_back(source.text());
    if ((shape & 8) != 0) {
      const auto share = static_cast<float>(source.number(1)) / 200.0F;
      cue.words.push_back({source.text(), cue.span, share});
    }
    cues.push_back(std::move(cue));
  }
  return cues;
}

// What is left of the cues once they are plain; cues without text are not written.
std::vector<Cue> made_plain(std::vector<Cue> cues) {
  for (Cue& cue : cues) cue.lines = plain_lines(cue);
  std::erase_if(cues, [](const Cue& cue) { return cue.lines.empty(); });
  return cues;
}

}  // namespace

void fuzz_reader(SidecarFormat format, std::string_view bytes) {
  const auto sidecar = read_sidecar(format, bytes);
  if (!sidecar) {
    const Error& error = sidecar.error();
    require(error.code != ErrorCode::kInternal, "no internal error", error.message);
    require(!error.message.empty() && error.message.size() < 500 &&
                error.message.find_first_of("\r\n") == std::string::npos,
            "an error is one line", error.message);
    return;
  }
  require_valid(*sidecar, std::string(bytes));
  const std::string text = write_sidecar(format, sidecar->header, sidecar->cues, sidecar->footer);
  const auto again = read_sidecar(format, text);
  require(again.has_value(), "what was read can be written and read again", text);
  require_same(again->cues, sidecar->cues, step_of(format), text);
}

void fuzz_writer(SidecarFormat format, std::string_view bytes) {
  ByteSource source(bytes);
  SidecarHeader header;
  header.language = source.text();
  header.media_name = source.text();
  header.models["recognizer"] = source.text();
  header.models[source.text()] = "vad";
  header.style = source.number(1) % 2 == 0 ? "default" : "boxed";
  const std::vector<Cue> cues = make_cues(source);
  SidecarFooter footer;
  if (!cues.empty()) {
    footer.media_duration = cues.back().span.end;
    footer.gaps.push_back({cues.front().span, header.media_name});
  }
  const std::string text = write_sidecar(format, header, cues, footer);
  const auto sidecar = read_sidecar(format, text);
  require(sidecar.has_value(), sidecar ? "" : sidecar.error().message.c_str(), text);
  require_valid(*sidecar, text);
  require_same(sidecar->cues, made_plain(cues), step_of(format), text);
}

}  // namespace subtide
