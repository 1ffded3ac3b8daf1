#include <fmt/format.h>

#include <algorithm>

#include "engine/packaging/playlist.h"

namespace subtide {
namespace {

using Kind = MediaChoice::Kind;

std::string_view type_of(Kind kind) {
  switch (kind) {
    case Kind::kAudio:
      return "AUDIO";
    case Kind::kSubtitles:
      return "SUBTITLES";
    case Kind::kClosedCaptions:
      return "CLOSED-CAPTIONS";
  }
  return "";
}

std::string_view group_of(Kind kind) {
  switch (kind) {
    case Kind::kAudio:
      return "audio";
    case Kind::kSubtitles:
      return "subs";
    case Kind::kClosedCaptions:
      return "captions";
  }
  return "";
}

std::string yes_or_no(bool is_yes) { return is_yes ? "YES" : "NO"; }

void append_choice(std::string& text, const MediaChoice& choice) {
  AttributeList list;
  list.plain("TYPE", type_of(choice.kind)).quoted("GROUP-ID", group_of(choice.kind));
  list.quoted("NAME", choice.name);
  if (!choice.language.empty()) list.quoted("LANGUAGE", choice.language);
  list.plain("DEFAULT", yes_or_no(choice.is_default));
  list.plain("AUTOSELECT", yes_or_no(choice.is_default || choice.is_autoselected));
  if (choice.kind == Kind::kSubtitles) list.plain("FORCED", "NO");
  if (choice.channels > 0) list.quoted("CHANNELS", std::to_string(choice.channels));
  if (!choice.uri.empty()) list.quoted("URI", choice.uri);
  if (!choice.instream_id.empty()) list.quoted("INSTREAM-ID", choice.instream_id);
  text.append("#EXT-X-MEDIA:").append(list.text()).append("\n");
}

bool has_any(const MultivariantPlaylist& playlist, Kind kind) {
  return std::ranges::any_of(playlist.choices,
                             [kind](const MediaChoice& choice) { return choice.kind == kind; });
}

void append_groups(AttributeList& list, const MultivariantPlaylist& playlist) {
  if (has_any(playlist, Kind::kAudio)) list.quoted("AUDIO", group_of(Kind::kAudio));
  if (has_any(playlist, Kind::kSubtitles)) list.quoted("SUBTITLES", group_of(Kind::kSubtitles));
  if (has_any(playlist, Kind::kClosedCaptions)) {
    list.quoted("CLOSED-CAPTIONS", group_of(Kind::kClosedCaptions));
  } else {
    list.plain("CLOSED-CAPTIONS", "NONE");
  }
}

void append_variant(std::string& text, const Variant& variant,
                    const MultivariantPlaylist& playlist) {
  AttributeList list;
  list.plain("BANDWIDTH", std::to_string(variant.peak_bits));
  if (variant.average_bits > 0) {
    list.plain("AVERAGE-BANDWIDTH", std::to_string(variant.average_bits));
  }
  list.quoted("CODECS", fmt::format("{}", fmt::join(variant.codecs, ",")));
  if (variant.width > 0) {
    list.plain("RESOLUTION", fmt::format("{}x{}", variant.width, variant.height));
  }
  if (variant.frame_rate > 0) list.plain("FRAME-RATE", fmt::format("{:.3f}", variant.frame_rate));
  append_groups(list, playlist);
  text.append("#EXT-X-STREAM-INF:").append(list.text()).append("\n");
  text.append(variant.uri).append("\n");
}

}  // namespace

std::string write_playlist(const MultivariantPlaylist& playlist) {
  std::string text = "#EXTM3U\n#EXT-X-VERSION:7\n";
  if (playlist.is_independent) text += "#EXT-X-INDEPENDENT-SEGMENTS\n";
  for (const MediaChoice& choice : playlist.choices) append_choice(text, choice);
  for (const Variant& variant : playlist.variants) append_variant(text, variant, playlist);
  return text;
}

}  // namespace subtide
