// The multivariant playlist of a Presentation: which renditions there are to choose from.
#include <algorithm>
#include <set>

#include "engine/packaging/presentation.h"

namespace subtide {
namespace {

using Renditions = std::vector<std::unique_ptr<Rendition>>;

// Peaks differ a little from segment to segment; players only want to know the order of magnitude.
constexpr std::uint64_t kStep = 10'000;

std::uint64_t rounded_up(std::uint64_t bits) { return (bits + kStep - 1) / kStep * kStep; }

std::string label_of(const RenditionOptions& options) {
  if (!options.label.empty()) return options.label;
  return options.language.empty() ? options.name : options.language;
}

bool is_usable(const Rendition& rendition, RenditionKind kind) {
  if (rendition.options().kind != kind) return false;
  return !rendition.is_media() || rendition.media().has_format();
}

std::uint64_t largest(const Renditions& renditions, RenditionKind kind,
                      std::uint64_t (Rendition::*bits)() const) {
  std::uint64_t most = 0;
  for (const auto& each : renditions) {
    if (each->options().kind == kind) most = std::max(most, (each.get()->*bits)());
  }
  return most;
}

/// Bits a second of what plays beside the variant itself.
std::uint64_t company(const Renditions& renditions, RenditionKind kind,
                      std::uint64_t (Rendition::*bits)() const) {
  const std::uint64_t text = largest(renditions, RenditionKind::kText, bits);
  if (kind == RenditionKind::kAudio) return text;
  return text + largest(renditions, RenditionKind::kAudio, bits);
}

std::set<std::string> audio_codecs(const Renditions& renditions) {
  std::set<std::string> codecs;
  for (const auto& each : renditions) {
    if (is_usable(*each, RenditionKind::kAudio)) codecs.insert(each->media().format().codec);
  }
  return codecs;
}

Variant variant_of(const Rendition& rendition, const Renditions& all) {
  const RenditionKind kind = rendition.options().kind;
  const TrackFormat& format = rendition.media().format();
  Variant variant;
  variant.uri = rendition.folder() + "/index.m3u8";
  variant.peak_bits = rounded_up(rendition.peak_bits() + company(all, kind, &Rendition::peak_bits));
  variant.average_bits =
      std::min(variant.peak_bits,
               rounded_up(rendition.average_bits() + company(all, kind, &Rendition::average_bits)));
  if (kind == RenditionKind::kVideo) variant.codecs.push_back(format.codec);
  for (const std::string& codec : audio_codecs(all)) variant.codecs.push_back(codec);
  variant.width = format.width;
  variant.height = format.height;
  variant.frame_rate = rendition.options().frame_rate;
  return variant;
}

MediaChoice choice_of(const Rendition& rendition, bool is_first, bool has_default) {
  const RenditionOptions& options = rendition.options();
  MediaChoice choice;
  const bool is_audio = options.kind == RenditionKind::kAudio;
  choice.kind = is_audio ? MediaChoice::Kind::kAudio : MediaChoice::Kind::kSubtitles;
  choice.name = label_of(options);
  if (options.language != "und") choice.language = options.language;
  choice.is_default = options.is_default || (is_audio && is_first && !has_default);
  choice.channels = is_audio ? rendition.media().format().channels : 0;
  choice.uri = rendition.folder() + "/index.m3u8";
  return choice;
}

void add_choices(MultivariantPlaylist& playlist, const Renditions& renditions, RenditionKind kind) {
  const bool has_default = std::ranges::any_of(renditions, [kind](const auto& each) {
    return is_usable(*each, kind) && each->options().is_default;
  });
  bool is_first = true;
  std::set<std::string> names;
  for (const auto& each : renditions) {
    if (!is_usable(*each, kind)) continue;
    MediaChoice choice = choice_of(*each, is_first, has_default);
    // Names are unique in their group, and so is the default.
    if (!names.insert(choice.name).second) choice.name += " (" + each->options().name + ")";
    names.insert(choice.name);
    playlist.choices.push_back(std::move(choice));
    is_first = false;
  }
}

}  // namespace

MultivariantPlaylist Presentation::multivariant() const {
  MultivariantPlaylist playlist;
  const auto has = [this](RenditionKind kind) {
    return std::ranges::any_of(renditions_,
                               [kind](const auto& each) { return is_usable(*each, kind); });
  };
  add_choices(playlist, renditions_, RenditionKind::kAudio);
  add_choices(playlist, renditions_, RenditionKind::kText);
  for (const ClosedCaptions& captions : options_.closed_captions) {
    MediaChoice choice;
    choice.kind = MediaChoice::Kind::kClosedCaptions;
    choice.name = captions.label.empty() ? captions.channel : captions.label;
    choice.language = captions.language;
    choice.instream_id = captions.channel;
    playlist.choices.push_back(std::move(choice));
  }
  const bool is_radio = !has(RenditionKind::kVideo);
  for (const auto& each : renditions_) {
    if (!each->is_media() || !each->media().has_format()) continue;
    playlist.is_independent = playlist.is_independent && each->shelf().playlist().is_independent;
    const bool is_variant =
        is_radio ? playlist.variants.empty() : is_usable(*each, RenditionKind::kVideo);
    if (is_variant) playlist.variants.push_back(variant_of(*each, renditions_));
  }
  return playlist;
}

/// Written when every rendition has a playlist, and again when a peak outgrows what it tells.
void Presentation::publish_multivariant() {
  const bool has_all =
      !renditions_.empty() &&
      std::ranges::all_of(renditions_, [](const auto& each) { return each->has_begun(); });
  if (!has_all || (options_.type == PlaylistType::kVod && !has_ended_)) return;
  const MultivariantPlaylist playlist = multivariant();
  std::uint64_t peak = 0;
  for (const Variant& variant : playlist.variants) peak += variant.peak_bits;
  const bool is_outgrown = peak > told_peak_ || told_renditions_ != renditions_.size();
  if (playlist.variants.empty() || (!is_outgrown && !has_ended_)) return;
  PlaylistUpdate update;
  update.name = "master.m3u8";
  update.text = write_playlist(playlist);
  update.has_ended = has_ended_;
  if (update.text == multivariant_) return;
  told_peak_ = peak;
  told_renditions_ = renditions_.size();
  multivariant_ = update.text;
  effects_.push_back(std::move(update));
}

}  // namespace subtide
