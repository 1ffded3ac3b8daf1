#include "engine/pipeline/source_streams.h"

#include <fcntl.h>
#include <gst/tag/tag.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string_view>

#include "engine/base/child_program.h"

namespace subtide {
namespace {

using Json = nlohmann::json;
using Kind = SourceStream::Kind;

constexpr std::size_t kMostJson = 16U << 20U;
// Frames are reordered by less; an edit list hides at most a group of pictures.
constexpr const char* kFirstSeconds = "%+12";
constexpr std::array kTextCodecs = {"ass", "subrip", "srt", "ssa", "mov_text", "webvtt", "text"};

Error not_readable(const MediaInput& input, std::string_view why) {
  return make_error(ErrorCode::kBadInput, "{}: its streams cannot be read: {}", input.name(), why);
}

Kind kind_of(const Json& told) {
  const std::string type = told.value("codec_type", "");
  const bool is_cover = told.value("disposition", Json::object()).value("attached_pic", 0) != 0;
  if (type == "video") return is_cover ? Kind::kOther : Kind::kVideo;
  if (type == "audio") return Kind::kAudio;
  if (type != "subtitle") return Kind::kOther;
  const std::string codec = told.value("codec_name", "");
  return std::ranges::find(kTextCodecs, codec) != kTextCodecs.end() ? Kind::kText
                                                                    : Kind::kPictureText;
}

/// The bytes of ffprobe's dump: an offset, groups of two bytes in hexadecimal, the bytes as text.
std::vector<unsigned> bytes_of(const std::string& dump) {
  std::vector<unsigned> bytes;
  std::istringstream lines(dump);
  for (std::string line; std::getline(lines, line);) {
    const auto colon = line.find(": ");
    if (colon == std::string::npos) continue;
    std::string_view rest = std::string_view(line).substr(colon + 2);
    rest = rest.substr(0, rest.find("  "));
    for (std::size_t at = 0; at + 1 < rest.size();) {
      if (rest[at] == ' ') {
        ++at;
        continue;
      }
      unsigned byte = 0;
      std::from_chars(rest.data() + at, rest.data() + at + 2, byte, 16);
      bytes.push_back(byte);
      at += 2;
    }
  }
  return bytes;
}

/// The pre-skip of an Opus header (RFC 7845, 5.1).
int delay_of(const Json& told) {
  constexpr std::size_t kAt = 10;
  if (told.value("codec_name", "") != "opus") return 0;
  const auto bytes = bytes_of(told.value("extradata", ""));
  return bytes.size() < kAt + 2 ? 0 : static_cast<int>(bytes[kAt] + (bytes[kAt + 1] << 8U));
}

SourceStream to_stream(const Json& told) {
  SourceStream stream;
  stream.index = told.value("index", 0);
  stream.kind = kind_of(told);
  stream.codec = told.value("codec_name", "unknown");
  stream.delay = delay_of(told);
  stream.width = told.value("width", 0);
  stream.height = told.value("height", 0);
  const Json tags = told.value("tags", Json::object());
  stream.language = tags.value("language", "");
  stream.title = tags.value("title", "");
  for (const Json& one : told.value("side_data_list", Json::array())) {
    stream.is_turned = stream.is_turned || one.value("rotation", 0) != 0;
  }
  return stream;
}

struct Packet {
  int stream = 0;
  double time = 0;  ///< seconds
  bool is_hidden = false;
};

std::optional<Packet> to_packet(const Json& told) {
  const std::string time = told.value("pts_time", "");
  if (time.empty()) return std::nullopt;
  const std::string flags = told.value("flags", "");
  return Packet{told.value("stream_index", -1), std::atof(time.c_str()),
                flags.find('D') != std::string::npos};
}

/// What is shown first of that kind; nothing when there is none.
std::optional<double> first_shown(const SourceStreams& found, const std::vector<Packet>& packets,
                                  Kind kind) {
  const auto streams = found.of_kind(kind);
  std::optional<double> first;
  for (const Packet& packet : packets) {
    const bool is_wanted = std::ranges::any_of(streams, [&](const SourceStream& stream) {
      // Of several videos one is shown.
      return stream.index == packet.stream &&
             (kind != Kind::kVideo || stream.index == streams.front().index);
    });
    if (is_wanted && !packet.is_hidden) {
      first = first ? std::min(*first, packet.time) : packet.time;
    }
  }
  return first;
}

Result<SourceStreams> parse(const MediaInput& input, const std::string& text) {
  SourceStreams found;
  std::vector<Packet> packets;
  try {
    const Json document = Json::parse(text);
    for (const Json& told : document.at("streams")) found.streams.push_back(to_stream(told));
    for (const Json& told : document.value("packets", Json::array())) {
      if (auto packet = to_packet(told)) packets.push_back(*packet);
    }
  } catch (const Json::exception&) {
    return not_readable(input, "ffprobe's answer is not understood");
  }
  const auto video = first_shown(found, packets, Kind::kVideo);
  const auto zero = video ? video : first_shown(found, packets, Kind::kAudio);
  found.time_zero = from_seconds(zero.value_or(0));
  const auto videos = found.of_kind(Kind::kVideo);
  found.has_hidden_pictures = std::ranges::any_of(packets, [&](const Packet& packet) {
    return !videos.empty() && packet.stream == videos.front().index && packet.is_hidden;
  });
  return found;
}

}  // namespace

std::vector<SourceStream> SourceStreams::of_kind(SourceStream::Kind kind) const {
  std::vector<SourceStream> found;
  std::ranges::copy_if(streams, std::back_inserter(found),
                       [&](const SourceStream& stream) { return stream.kind == kind; });
  return found;
}

std::string to_bcp47(const std::string& tagged) {
  const auto is_plain = [](char letter) {
    return g_ascii_isalnum(letter) != FALSE || letter == '-';
  };
  if (tagged.empty() || !std::ranges::all_of(tagged, is_plain)) return "und";
  const gchar* two_letters = gst_tag_get_language_code_iso_639_1(tagged.c_str());
  return two_letters != nullptr ? two_letters : tagged;
}

Result<SourceStreams> read_source_streams(const MediaInput& input, const std::stop_token& stop,
                                          const std::string& program) {
  const int descriptor = ::open(input.location().c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return make_error(ErrorCode::kIo, "{}: cannot be read again", input.name());
  ChildOrder order;
  order.command = {program,
                   "-v",
                   "error",
                   "-protocol_whitelist",
                   "file,pipe",
                   "-format_whitelist",
                   kReadableFormats,
                   "-show_data",
                   "-show_entries",
                   "stream=index,codec_type,codec_name,width,height,extradata:stream_tags=language,"
                   "title:stream_disposition=attached_pic:stream_side_data=rotation:"
                   "packet=stream_index,pts_time,flags",
                   "-read_intervals",
                   kFirstSeconds,
                   "-of",
                   "json",
                   "-i",
                   "file:" + child_path(0)};
  order.descriptors = {descriptor};
  order.most_output = kMostJson;
  const auto end = run_child(order, stop);
  ::close(descriptor);
  if (!end && end.error().code == ErrorCode::kNotFound) {
    return make_error(ErrorCode::kUnavailable,
                      "{}: ffprobe, which reads its streams, is not installed; run: apt install "
                      "ffmpeg",
                      input.name());
  }
  if (!end) return make_error(end.error().code, "{}: {}", input.name(), end.error().message);
  if (!end->succeeded()) return not_readable(input, end->reason());
  return parse(input, end->output);
}

}  // namespace subtide
