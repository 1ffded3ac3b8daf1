#include "engine/pipeline/chapters.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "engine/base/child_program.h"

namespace subtide {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMostJson = 16U << 20U;
constexpr long double kLatest = 1e8L;  // seconds: three years
// Those that may_have_chapters() knows, by libavformat's names.
constexpr const char* kFormats = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,ogg,flac,mp3,asf";

Error not_readable(const MediaInput& input, std::string_view why) {
  return make_error(ErrorCode::kBadInput, "{}: its chapters cannot be read: {}", input.name(), why);
}

/// "1/1000" as a number; nothing for what is none.
std::optional<long double> parse_time_base(const std::string& text) {
  const auto slash = text.find('/');
  if (slash == std::string::npos) return std::nullopt;
  long long above = 0;
  long long below = 0;
  std::from_chars(text.data(), text.data() + slash, above);
  std::from_chars(text.data() + slash + 1, text.data() + text.size(), below);
  if (above <= 0 || below <= 0) return std::nullopt;
  return static_cast<long double>(above) / static_cast<long double>(below);
}

/// A count of ticks as a time; nothing for none, or for one that nobody can mean.
std::optional<MediaTime> to_time(const Json& ticks, long double tick) {
  if (!ticks.is_number_integer()) return std::nullopt;
  const long double seconds = static_cast<long double>(ticks.get<std::int64_t>()) * tick;
  if (std::fabs(seconds) > kLatest) return std::nullopt;
  return MediaTime(std::llround(seconds * 1e9L));
}

std::optional<Chapter> to_chapter(const Json& told) {
  const auto tick = parse_time_base(told.value("time_base", ""));
  if (!tick) return std::nullopt;
  const auto begin = to_time(told.value("start", Json()), *tick);
  if (!begin) return std::nullopt;
  const auto end = to_time(told.value("end", Json()), *tick);
  const auto tags = told.value("tags", Json::object());
  return Chapter{{*begin, std::max(*begin, end.value_or(*begin))}, tags.value("title", "")};
}

Result<std::vector<Chapter>> parse_chapters(const MediaInput& input, const std::string& text) {
  std::vector<Chapter> chapters;
  try {
    const Json document = Json::parse(text);
    for (const Json& told : document.at("chapters")) {
      if (auto chapter = to_chapter(told)) chapters.push_back(std::move(*chapter));
    }
  } catch (const Json::exception&) {
    return not_readable(input, "ffprobe's answer is not understood");
  }
  return chapters;
}

}  // namespace

Result<std::vector<Chapter>> read_chapters(const MediaInput& input, const std::stop_token& stop,
                                           const std::string& program) {
  const auto may_have = may_have_chapters(input);
  if (!may_have) return may_have.error();
  if (!*may_have) return std::vector<Chapter>();
  const int descriptor = ::open(input.location().c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return make_error(ErrorCode::kIo, "{}: cannot be read again", input.name());
  ChildOrder order;
  order.command = {program,     "-v",
                   "error",     "-protocol_whitelist",
                   "file,pipe", "-format_whitelist",
                   kFormats,    "-show_chapters",
                   "-of",       "json",
                   "-i",        "file:" + child_path(0)};
  order.descriptors = {descriptor};
  order.most_output = kMostJson;
  const auto end = run_child(order, stop);
  ::close(descriptor);
  if (!end && end.error().code == ErrorCode::kNotFound) {
    return make_error(ErrorCode::kUnavailable,
                      "{}: it may have chapters, but ffprobe is not installed; run: apt install "
                      "ffmpeg",
                      input.name());
  }
  if (!end) return make_error(end.error().code, "{}: {}", input.name(), end.error().message);
  if (!end->succeeded()) return not_readable(input, end->reason());
  return parse_chapters(input, end->output);
}

std::vector<Chapter> tidy_chapters(std::vector<Chapter> chapters, MediaDuration length) {
  std::ranges::stable_sort(chapters, {}, [](const Chapter& one) { return one.span.begin; });
  for (std::size_t i = 0; i < chapters.size(); ++i) {
    TimeSpan& span = chapters[i].span;
    const MediaTime next = i + 1 < chapters.size() ? chapters[i + 1].span.begin : length;
    // Some formats tell only where a chapter begins.
    span.end = std::min({span.empty() ? next : span.end, next, length});
    span.begin = std::max(span.begin, MediaTime(0));
  }
  std::erase_if(chapters, [](const Chapter& one) { return one.span.empty(); });
  return chapters;
}

}  // namespace subtide
