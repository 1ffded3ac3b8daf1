#include "engine/app/source_parts.h"

#include <fmt/format.h>

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
  const bool is_copying = is_movie(options_.package) && (copies_pictures() || copies_sound());
  const bool has_texts =
      options_.keeps_source_subtitles && (!media.subtitles.empty() || has_web_texts(input));
  if (has_texts && options_.package == Package::kHls) {
    around_.console.line(
        "{}: its own subtitles are left out: --package hls carries what is spoken; mp4 and mkv "
        "keep them",
        task_.item.name);
  }
  if (!is_copying && !(has_texts && is_movie(options_.package))) return ok();
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
  return check_join(join, movie_kind(options_.package));
}

void SourceParts::tell_left_out() const {
  for (const SourceStream& stream : streams_->of_kind(Kind::kPictureText)) {
    around_.console.line("{}: {} are pictures, which are left out", task_.item.name, named(stream));
  }
}

void SourceParts::add_source_texts(std::vector<TextTrack>& texts) const {
  if (!streams_ || !options_.keeps_source_subtitles) return;
  const auto wanted = streams_->of_kind(Kind::kText);
  auto read = read_source_texts(*input_, wanted, streams_->time_zero, around_.stop);
  if (!read) {
    return around_.console.line("{}: its own subtitles are left out: {}", task_.item.name,
                                read.error().message);
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
  add_source_texts(extras.texts);
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
  if (!complaint->empty()) {
    reasons.push_back(
        fmt::format("{}: is damaged, and was copied as it is: {}", task_.item.name, *complaint));
  }
  return ok();
}

}  // namespace subtide
