#include "elements/sidecar_sink/sidecar_stream.h"

#include <algorithm>
#include <utility>

#include "engine/base/fault_point.h"
#include "engine/speech/language_tag.h"

namespace subtide {
namespace {

constexpr const char* kUndetermined = "und";

TimeSpan clamp_to_zero(TimeSpan span) {
  return {std::max(span.begin, MediaTime(0)), std::max(span.end, MediaTime(0))};
}

Cue moved(Cue cue, MediaDuration by) {
  cue.span = clamp_to_zero(cue.span.shifted(by));
  for (Word& word : cue.words) word.span = clamp_to_zero(word.span.shifted(by));
  return cue;
}

}  // namespace

bool LanguageClaims::claim(const std::string& language) {
  const std::lock_guard lock(mutex_);
  return taken_.insert(language).second;
}

SidecarStream::SidecarStream(SidecarStreamOptions options, std::shared_ptr<LanguageClaims> claims)
    : options_(std::move(options)), claims_(std::move(claims)) {}

Status SidecarStream::open() {
  if (options_.language.empty()) return ok();
  // The language becomes part of a path, and a TAG may come from a foreign file.
  if (!has_tag_form(options_.language)) {
    return make_error(ErrorCode::kInvalidArgument,
                      "language '{}' is no language tag: give one such as en or pt-BR",
                      options_.language);
  }
  suggested_ = options_.language;
  return open_files();
}

Status SidecarStream::open_files() {
  if (!language_.empty()) return ok();
  const std::string language = has_tag_form(suggested_) ? suggested_ : kUndetermined;
  if (!claims_->claim(language)) {
    return make_error(ErrorCode::kAlreadyExists,
                      "two streams would write {}.{}.*: give each pad its own language",
                      options_.location, language);
  }
  language_ = language;
  return reserve_files();
}

Status SidecarStream::reserve_files() {
  for (const SidecarFormat format : options_.formats) {
    auto file = AtomicFile::create(path_of(format), options_.if_exists);
    if (!file && file.error().code != ErrorCode::kNoSpace) return file.error();
    if (!file) {
      failures_.push_back(file.error());
      continue;
    }
    files_.push_back({std::move(*file), format, nullptr});
  }
  fault_point(FaultPoint::kSidecarBegun);
  return ok();
}

std::string SidecarStream::path_of(SidecarFormat format) const {
  return options_.location + "." + language_ + "." + std::string(to_string(format));
}

SidecarHeader SidecarStream::header() const {
  SidecarHeader header;
  header.language = language_;
  header.media_name = options_.media_name;
  header.models = models_;
  header.style = options_.style;
  header.frame_rate = options_.frame_rate;
  return header;
}

/// Writes `text(file)` to every file, and gives up those that fail.
template <typename Text>
void SidecarStream::write_each(Text text) {
  std::erase_if(files_, [&](File& file) {
    const Status written = file.file.write(text(file));
    if (!written) failures_.push_back(written.error());
    return !written;
  });
}

void SidecarStream::begin() {
  if (has_begun_) return;
  has_begun_ = true;
  begun_with_ = models_;
  for (File& file : files_) file.writer = make_cue_writer(file.format, header());
  write_each([](File& file) { return file.writer->begin(); });
}

Status SidecarStream::add(Cue cue) {
  cue = moved(std::move(cue), -options_.time_zero);
  if (cue.span.end <= MediaTime(0)) return ok();
  if (language_.empty() && !cue.language.empty()) suggested_ = cue.language;
  const Status opened = open_files();
  if (!opened) return opened.error();
  begin();
  cue.language = language_;
  ++cues_;
  write_each([&cue](File& file) { return file.writer->add(cue); });
  return ok();
}

void SidecarStream::add_gap(Gap gap) {
  gap.span = clamp_to_zero(gap.span.shifted(-options_.time_zero));
  if (!gap.span.empty()) gaps_.push_back(std::move(gap));
}

void SidecarStream::add_model(const std::string& role, const std::string& spec) {
  std::string& known = models_[role];
  if ((", " + known + ", ").find(", " + spec + ", ") != std::string::npos) return;
  known += (known.empty() ? "" : ", ") + spec;
}

void SidecarStream::suggest_language(const std::string& language) {
  if (language_.empty()) suggested_ = language;
}

Result<std::vector<FinishedSidecar>> SidecarStream::finish() {
  const Status opened = open_files();
  if (!opened) return opened.error();
  begin();
  SidecarFooter footer{options_.media_duration, gaps_};
  for (const auto& [role, model] : models_) {
    const auto begun = begun_with_.find(role);
    if (begun == begun_with_.end() || begun->second != model) footer.models[role] = model;
  }
  write_each([&footer](File& file) { return file.writer->end(footer); });
  fault_point(FaultPoint::kSidecarEnded);
  std::vector<FinishedSidecar> finished;
  for (File& file : files_) {
    const Status committed = file.file.commit();
    if (committed) {
      fault_point(FaultPoint::kSidecarNamed);
      finished.push_back({file.file.path().string(), file.format, cues_, language_});
    } else {
      failures_.push_back(committed.error());
    }
  }
  files_.clear();
  return finished;
}

Status SidecarStream::restart() {
  files_.clear();
  gaps_.clear();
  cues_ = 0;
  has_begun_ = false;
  if (language_.empty()) return ok();
  return reserve_files();
}

std::vector<Error> SidecarStream::take_failures() { return std::exchange(failures_, {}); }

bool SidecarStream::is_given_up() const { return !language_.empty() && files_.empty(); }

}  // namespace subtide
