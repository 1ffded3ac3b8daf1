#include "engine/app/source_parts.h"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "engine/pipeline/chapters.h"
#include "engine/pipeline/source_texts.h"

namespace subtide {
namespace {

namespace fs = std::filesystem;
using Kind = SourceStream::Kind;

bool is_movie(Package package) { return package == Package::kMp4 || package == Package::kMkv; }

MovieKind movie_kind(Package package) {
  return package == Package::kMp4 ? MovieKind::kMp4 : MovieKind::kMatroska;
}

std::string named(const SourceStream& stream) {
  return fmt::format("the subtitles {} ({})",
                     stream.language.empty() ? "without a language" : "in " + stream.language,
                     stream.codec);
}

/// GStreamer's reader of Matroska shows no WebVTT.
bool has_web_texts(const MediaInput& input) {
  constexpr std::size_t kHead = 64U << 10U;
  const auto head = input.read_at(0, kHead);
  return head && head->find("WEBVTT") != std::string::npos;
}

Status move_over(const fs::path& from, const fs::path& to) {
  std::error_code failure;
  fs::rename(from, to, failure);
  if (failure) return make_error(ErrorCode::kIo, "{}: {}", to.string(), failure.message());
  return ok();
}

}  // namespace

Status SourceParts::look_into(const MediaInput& input, const MediaInformation& media) {
  input_ = &input;
  media_ = &media;
  const bool has_package = options_.package != Package::kNone;
  const bool is_copying = has_package && (copies_pictures() || copies_sound());
  const bool has_texts =
      options_.keeps_source_subtitles && (!media.subtitles.empty() || has_web_texts(input));
  if (!is_copying && !(has_texts && has_package)) return ok();
  auto streams = read_source_streams(input, around_.stop);
  if (!streams) {
    if (is_copying) return streams.error();
    around_.console.line("{}: its own subtitles are left out: {}", task_.item.name,
                         streams.error().message);
    return ok();
  }
  streams_ = *std::move(streams);
  if (has_texts) tell_left_out();
  return is_copying ? check_copies() : ok();
}

Status SourceParts::check_copies() const {
  const MovieJoin join{*input_, *streams_, copies_pictures(), copies_sound(), {}, {}};
  return is_movie(options_.package) ? check_join(join, movie_kind(options_.package))
                                    : check_presented(join);
}

void SourceParts::tell_left_out() const {
  for (const SourceStream& stream : streams_->of_kind(Kind::kPictureText)) {
    around_.console.line("{}: {} are pictures, which are left out", task_.item.name, named(stream));
  }
}

std::vector<TextTrack> SourceParts::source_texts() const {
  std::vector<TextTrack> texts;
  if (!streams_ || !options_.keeps_source_subtitles) return texts;
  const auto wanted = streams_->of_kind(Kind::kText);
  auto read = read_source_texts(*input_, wanted, streams_->time_zero, around_.stop);
  if (!read) {
    around_.console.line("{}: its own subtitles are left out: {}", task_.item.name,
                         read.error().message);
    return texts;
  }
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    Result<TextTrack>& track = (*read)[i];
    if (!track) {
      around_.console.line("{}: {} are left out: {}", task_.item.name, named(wanted[i]),
                           track.error().message);
    } else if (!track->cues.empty()) {
      texts.push_back(*std::move(track));
    }
  }
  return texts;
}

Status SourceParts::plan_renditions(TranscodePlan& plan, std::vector<std::string>& reasons) {
  if (options_.package != Package::kHls) return ok();
  plan_texts(plan);
  return copies_pictures() || copies_sound() ? plan_copies(plan, reasons) : ok();
}

Status SourceParts::plan_copies(TranscodePlan& plan, std::vector<std::string>& reasons) {
  MovieJoin parts{*input_, *streams_, copies_pictures(), copies_sound(), {}, {}};
  parts.is_fragmented = true;
  const auto videos = streams_->of_kind(Kind::kVideo);
  if (copies_pictures() && !videos.empty()) {
    plan.copied_codec = videos.front().codec;
    const int lines = std::min(videos.front().width, videos.front().height);
    plan.copied_pictures = {fmt::format("{}p", lines)};
  }
  for (const SourceStream& stream : streams_->of_kind(Kind::kAudio)) {
    if (copies_sound()) plan.copied_sound.push_back(to_bcp47(stream.language));
  }
  if (plan.copied_pictures.empty() && plan.copied_sound.empty()) return ok();
  auto staged = StagedOutput::create(task_.names.folder / (task_.names.stem + ".copied"),
                                     StagedOutput::IfExists::kReplace);
  if (!staged) return staged.error();
  copied_.emplace(*std::move(staged));
  plan.copied = copied_->staging();
  const auto complaint = join_movie(plan.copied, MovieKind::kMp4, parts, around_.stop);
  if (!complaint) return complaint.error();
  tell_damage(*complaint, reasons);
  return ok();
}

void SourceParts::tell_damage(const std::string& complaint,
                              std::vector<std::string>& reasons) const {
  if (complaint.empty()) return;
  reasons.push_back(
      fmt::format("{}: is damaged, and was copied as it is: {}", task_.item.name, complaint));
}

void SourceParts::plan_texts(TranscodePlan& plan) {
  presented_ = source_texts();
  const bool is_beside_others = plan.has_speech && options_.subtitles.embeds;
  for (const TextTrack& track : presented_) {
    const bool is_known = track.language != "und";
    std::string name = is_known ? track.language : "source";
    if (is_known && is_beside_others) name += "-source";
    const std::string first = name;
    for (int number = 2; std::ranges::find(plan.source_texts, name) != plan.source_texts.end();) {
      name = fmt::format("{}-{}", first, number++);
    }
    plan.source_texts.push_back(name);
    plan.source_text_languages.push_back(is_known ? track.language : "");
  }
}

void SourceParts::feed(const TranscodeSession& session) const {
  for (std::size_t i = 0; i < presented_.size(); ++i) {
    const ElementPtr source = session.element(fmt::format("source_text_{}", i));
    if (source) push_texts(source.get(), presented_[i].cues);
  }
}

std::vector<Chapter> SourceParts::chapters(MediaDuration length) const {
  auto found = read_chapters(*input_, around_.stop);
  if (!found) {
    around_.console.line("{}: chapters are left out: {}", task_.item.name, found.error().message);
    return {};
  }
  for (Chapter& chapter : *found) chapter.span = chapter.span.shifted(-media_->time_zero);
  return tidy_chapters(*std::move(found), length);
}

Status SourceParts::complete(const std::vector<fs::path>& movies, bool has_encoded,
                             std::vector<TextTrack> spoken, MediaDuration length,
                             std::vector<std::string>& reasons) const {
  if (!is_movie(options_.package)) return ok();
  MovieExtras extras{std::move(spoken), chapters(length)};
  for (TextTrack& track : source_texts()) extras.texts.push_back(std::move(track));
  for (const fs::path& movie : movies) {
    if (auto done = complete_one(movie, has_encoded, extras, reasons); !done) return done;
  }
  return ok();
}

Status SourceParts::complete_one(const fs::path& movie, bool has_encoded, const MovieExtras& extras,
                                 std::vector<std::string>& reasons) const {
  const bool is_mp4 = options_.package == Package::kMp4;
  const bool is_joined = copies_pictures() || copies_sound();
  MovieExtras own = extras;
  if (is_mp4 || is_joined) own.chapters.clear();  // by the pass that follows
  if (has_encoded && !own.empty()) {
    const fs::path whole = movie.string() + ".texts";
    auto added = add_to_movie(movie, whole, movie_kind(options_.package), own, around_.stop);
    if (added) added = move_over(whole, movie);
    if (!added) return added;
  }
  if (is_joined) return join(movie, has_encoded, extras, reasons);
  return is_mp4 ? write_chapters(movie, extras.chapters, around_.stop) : ok();
}

Status SourceParts::join(const fs::path& movie, bool has_encoded, const MovieExtras& extras,
                         std::vector<std::string>& reasons) const {
  const MovieKind kind = movie_kind(options_.package);
  MovieJoin parts{*input_, *streams_, copies_pictures(), copies_sound(), {}, extras.chapters};
  if (!has_encoded && !extras.texts.empty()) {
    auto written = write_text_movie(movie, kind, extras.texts, around_.stop);
    if (!written) return written;
  }
  if (has_encoded || !extras.texts.empty()) parts.rest = movie;
  const auto complaint = join_movie(movie, kind, parts, around_.stop);
  if (!complaint) return complaint.error();
  tell_damage(*complaint, reasons);
  return ok();
}

}  // namespace subtide
