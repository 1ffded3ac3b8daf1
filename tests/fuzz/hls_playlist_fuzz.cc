// HLS playlists of strangers: any bytes are read or refused, and name nothing but http addresses.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "engine/ingest/hls_playlist.h"

namespace {

void expect_http(const subtide::Url& url) {
  if ((url.scheme != "http" && url.scheme != "https") || url.host.empty()) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto base = subtide::parse_url("https://a.example/b/c.m3u8");
  const auto playlist = subtide::parse_hls_playlist(text, *base);
  if (!playlist) {
    if (playlist.error().message.empty()) std::abort();
    return 0;
  }
  if (const auto* master = std::get_if<subtide::HlsMaster>(&*playlist)) {
    for (const auto& variant : master->variants) expect_http(variant.url);
    return 0;
  }
  const auto& media = std::get<subtide::HlsMedia>(*playlist);
  for (const auto& segment : media.segments) expect_http(segment.media.url);
  subtide::HlsCursor cursor;
  const std::size_t fresh = cursor.update(media).size();
  if (fresh > media.segments.size() || !cursor.update(media).empty()) std::abort();
  return 0;
}
