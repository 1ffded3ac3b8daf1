#include "engine/ingest/source_address.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "engine/net/url.h"

namespace subtide {
namespace {

struct Scheme {
  std::string_view name;
  SourceKind kind;
};

constexpr std::array kSchemes{
    Scheme{"srt", SourceKind::kSrt},    Scheme{"rtmp", SourceKind::kRtmp},
    Scheme{"rtmps", SourceKind::kRtmp}, Scheme{"rtsp", SourceKind::kRtsp},
    Scheme{"rtsps", SourceKind::kRtsp}, Scheme{"udp", SourceKind::kUdp},
    Scheme{"rtp", SourceKind::kRtp},    Scheme{"http", SourceKind::kHttp},
    Scheme{"https", SourceKind::kHttp}, Scheme{"file", SourceKind::kFile},
};

constexpr std::size_t kLongestAddress = 4096;

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return result;
}

bool names_playlist(std::string_view path) {
  const std::string ending = lower(path);
  return ending.ends_with(".m3u8") || ending.ends_with(".m3u");
}

// The scheme, or nothing where the text is a path.
std::optional<std::string> scheme_of(std::string_view text) {
  const auto colon = text.find("://");
  if (colon == std::string_view::npos || colon == 0) return std::nullopt;
  const auto is_plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
  };
  std::string scheme = lower(text.substr(0, colon));
  if (!std::all_of(scheme.begin(), scheme.end(), is_plain)) return std::nullopt;
  return scheme;
}

struct Rest {
  std::string authority;  // without the user
  std::string path;
};

Rest split(std::string_view rest) {
  rest = rest.substr(0, rest.find_first_of("?#"));
  const auto slash = std::min(rest.find('/'), rest.size());
  std::string_view authority = rest.substr(0, slash);
  if (const auto at = authority.rfind('@'); at != std::string_view::npos) {
    authority = authority.substr(at + 1);
  }
  return {std::string(authority), std::string(rest.substr(slash))};
}

// The last part of an RTMP path is the stream key.
std::string shown_path(SourceKind kind, const std::string& path) {
  if (kind == SourceKind::kSrt) return "";
  if (kind != SourceKind::kRtmp) return path;
  const auto slash = path.rfind('/');
  if (slash == std::string::npos || slash == 0) return path.empty() ? "" : "/…";
  return path.substr(0, slash) + "/…";
}

Result<SourceAddress> read_file(std::string path, std::string_view text) {
  if (path.empty()) return make_error(ErrorCode::kInvalidArgument, "the source has no name");
  if (names_playlist(path)) {
    return make_error(ErrorCode::kUnsupported,
                      "{}: a playlist file names other files; give its http address, or the media "
                      "file itself",
                      path);
  }
  return SourceAddress{
      .kind = SourceKind::kFile, .uri = std::string(text), .shown = path, .path = path, .host = {}};
}

Result<SourceAddress> read_http(std::string_view text) {
  auto url = parse_url(text);
  if (!url) return std::move(url.error());
  const SourceKind kind = names_playlist(url->path) ? SourceKind::kHls : SourceKind::kHttp;
  return SourceAddress{
      .kind = kind, .uri = std::string(text), .shown = url->for_messages(), .path = {}, .host = {}};
}

// "udp://@239.0.0.1:1234" is how other players write a group to listen to.
Status read_port(SourceAddress& address, const std::string& authority) {
  const auto colon = authority.rfind(':');
  int port = 0;
  if (colon != std::string::npos) {
    const char* end = authority.data() + authority.size();
    const auto read = std::from_chars(authority.data() + colon + 1, end, port);
    if (read.ec != std::errc() || read.ptr != end) port = 0;
  }
  if (port < 1 || port > 65535) {
    return make_error(ErrorCode::kInvalidArgument, "{}: needs a port, as in {}://127.0.0.1:5000",
                      address.shown, to_string(address.kind));
  }
  address.port = port;
  address.host = authority.substr(0, colon);
  if (address.host.starts_with('[') && address.host.ends_with(']')) {
    address.host = address.host.substr(1, address.host.size() - 2);
  }
  return ok();
}

}  // namespace

std::string_view to_string(SourceKind kind) {
  switch (kind) {
    case SourceKind::kSrt:
      return "srt";
    case SourceKind::kRtmp:
      return "rtmp";
    case SourceKind::kRtsp:
      return "rtsp";
    case SourceKind::kUdp:
      return "udp";
    case SourceKind::kRtp:
      return "rtp";
    case SourceKind::kHls:
      return "hls";
    case SourceKind::kHttp:
      return "http";
    case SourceKind::kFile:
      return "file";
  }
  return "";
}

Result<SourceAddress> parse_source_address(std::string_view text) {
  if (text.empty()) return make_error(ErrorCode::kInvalidArgument, "no source is named");
  if (text.size() > kLongestAddress || text.find('\0') != std::string_view::npos) {
    return make_error(ErrorCode::kInvalidArgument, "the source's address is too long or damaged");
  }
  const auto scheme = scheme_of(text);
  if (!scheme) return read_file(std::string(text), text);
  const auto known = std::find_if(kSchemes.begin(), kSchemes.end(),
                                  [&](const Scheme& each) { return each.name == *scheme; });
  if (known == kSchemes.end()) {
    return make_error(ErrorCode::kUnsupported,
                      "{}: no such kind of source; there are srt, rtmp, rtsp, udp, rtp, http(s) "
                      "and files",
                      *scheme);
  }
  const std::string_view rest = text.substr(scheme->size() + 3);
  if (known->kind == SourceKind::kHttp) return read_http(text);
  if (known->kind == SourceKind::kFile) return read_file(std::string(rest), text);
  const Rest parts = split(rest);
  SourceAddress address{
      .kind = known->kind,
      .uri = std::string(text),
      .shown = *scheme + "://" + parts.authority + shown_path(known->kind, parts.path),
      .path = {},
      .host = {}};
  if (known->kind == SourceKind::kUdp || known->kind == SourceKind::kRtp) {
    if (auto read = read_port(address, parts.authority); !read) return std::move(read.error());
  } else if (parts.authority.empty()) {
    return make_error(ErrorCode::kInvalidArgument, "{}: names no host", address.shown);
  }
  return address;
}

}  // namespace subtide
