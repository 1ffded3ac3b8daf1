#include "engine/app/live_published.h"

#include <charconv>
#include <string_view>
#include <utility>

namespace subtide {
namespace {

/// What follows `tag` on its line; empty when the playlist has none.
std::string_view after_tag(std::string_view playlist, std::string_view tag) {
  const auto at = playlist.find(tag);
  if (at == std::string_view::npos) return "";
  const std::string_view rest = playlist.substr(at + tag.size());
  return rest.substr(0, rest.find('\n'));
}

}  // namespace

PlaylistEdge edge_of(const PlaylistUpdate& update) {
  PlaylistEdge edge;
  edge.next_sequence = update.sequence + 1;
  edge.is_ended = update.has_ended;
  int seconds = 0;
  const auto target = after_tag(update.text, "#EXT-X-TARGETDURATION:");
  std::from_chars(target.data(), target.data() + target.size(), seconds);
  edge.target = std::chrono::seconds(seconds);
  if (update.text.find("#EXT-X-PART-INF") == std::string::npos) return edge;
  edge.parts = static_cast<unsigned>(update.parts);
  edge.last_parts = static_cast<unsigned>(update.last_parts);
  const auto hint = after_tag(update.text, "#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"");
  if (!hint.empty()) {
    edge.hint = update.rendition + "/" + std::string(hint.substr(0, hint.find('"')));
  }
  return edge;
}

void LivePublished::on_file(const std::string& name, std::shared_ptr<const std::string> bytes) {
  publication_.put_file(name, std::move(bytes));
}

void LivePublished::on_file_removed(const std::string& name) { publication_.remove_file(name); }

void LivePublished::on_playlist(const PlaylistUpdate& playlist) {
  publication_.put_playlist(playlist.name, playlist.text, edge_of(playlist));
}

void LivePublished::on_playlist_written(const PlaylistUpdate& playlist) {
  told_.on_playlist(playlist.name, playlist.sequence);
}

void LivePublished::on_segment(const SegmentPublished& segment, const SegmentFigures& figures) {
  told_.on_segment(segment, figures);
}

void LivePublished::on_late_cue(const LateCue& late) { told_.on_late_cue(late.cue); }

}  // namespace subtide
