#include "tests/fuzz/packaging_checks.h"

#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <utility>

#include "engine/packaging/fragment_reader.h"
#include "engine/packaging/playlist_end.h"
#include "engine/packaging/playlist_reader.h"
#include "engine/packaging/presentation.h"
#include "tests/support/cmaf_reader.h"
#include "tests/support/playlist_validator.h"

namespace subtide {
namespace {

using std::chrono::milliseconds;

void demand(bool is_so, const std::string& what) {
  if (is_so) return;
  std::fprintf(stderr, "%s\n", what.c_str());
  std::abort();
}

void demand_none(const std::vector<std::string>& faults, const std::string& text) {
  if (!faults.empty()) demand(false, faults.front() + "\n" + text);
}

void check_format(const Result<TrackFormat>& format, std::string_view record) {
  if (!format) return demand(!format.error().message.empty(), "refused without a reason");
  const CmafInit init = read_cmaf_init(write_init(*format));
  demand(init.config == record, "the codec header is another one");
  demand(init.timescale == format->timescale, "the timescale is another one");
}

/// Plays the part of disk and players.
class Disk {
 public:
  void operator()(const FileWrite& write) {
    demand(files_.emplace(write.name, write.bytes).second, write.name + " is written twice");
    const bool is_media = write.name.ends_with(".m4s");
    if (is_media) demand(!read_cmaf_chunks(write.bytes).empty(), write.name + " is empty");
  }
  void operator()(const FileRemoval& removal) {
    demand(files_.erase(removal.name) == 1, removal.name + " was not there");
  }
  void operator()(const PlaylistUpdate& update) {
    demand_none(playlist_faults(update.text), update.name + "\n" + update.text);
    const auto slash = update.name.find('/');
    const std::string folder = slash == std::string::npos ? "" : update.name.substr(0, slash + 1);
    for (const std::string& uri : playlist_uris(update.text)) {
      const bool is_there = files_.contains(folder + uri) || playlists_.contains(folder + uri);
      demand(is_there, update.name + " names " + uri);
    }
    std::string& known = playlists_[update.name];
    if (!known.empty() && !update.rendition.empty()) {
      demand_none(reload_faults(known, update.text), known + "\nbecame\n" + update.text);
    }
    known = update.text;
  }
  void operator()(const SegmentPublished& notice) {
    demand(files_.contains(notice.name), notice.name + " is not there");
    demand(!notice.span.empty(), notice.name + " has no length");
  }
  void operator()(const LateCue&) {}
  void operator()(const LostSample&) {}

 private:
  std::map<std::string, std::string> files_;
  std::map<std::string, std::string> playlists_;
};

/// Turns bytes into a story.
class Story {
 public:
  explicit Story(std::string_view bytes) : bytes_(bytes), presentation_(made()) {
    ids_[0] = *presentation_.add({RenditionKind::kVideo, "a", "", "", false, 0, 0});
    ids_[1] = *presentation_.add({RenditionKind::kAudio, "a", "", "", false, 0, 0});
    ids_[2] = *presentation_.add({RenditionKind::kText, "a", "", "", false, 0, 0});
    const std::uint8_t avc[] = {1, 0x64, 0, 0x1F, 0xFF, 0xE1, 0};
    const std::uint8_t aac[] = {0x11, 0x90};
    presentation_.set_format(ids_[0], *avc_format(avc, {64, 48}));
    presentation_.set_format(ids_[1], *aac_format(aac));
  }

  void tell() {
    while (!bytes_.empty()) {
      step(next());
      for (const PublishEffect& effect : presentation_.take_effects()) std::visit(disk_, effect);
    }
    for (const auto id : ids_) presentation_.end(id);
    for (const PublishEffect& effect : presentation_.take_effects()) std::visit(disk_, effect);
    demand(presentation_.has_ended(), "it did not end");
  }

 private:
  unsigned next() {
    if (bytes_.empty()) return 0;
    const auto value = static_cast<unsigned char>(bytes_.front());
    bytes_.remove_prefix(1);
    return value;
  }

  Presentation made() {
    const unsigned kind = next();
    PresentationOptions options;
    options.type = static_cast<PlaylistType>(kind % 3);
    options.window = 3 + kind / 3 % 4;
    options.segment = milliseconds(1000 + 500 * (kind / 12 % 4));
    if (kind >= 128) options.part = milliseconds(400);
    options.clock = [now = &now_] { return *now; };
    return std::move(*Presentation::create(std::move(options)));
  }

  /// Media comes in bursts, else the story would be over before the first segment.
  void push_media(std::size_t track, unsigned value) {
    const MediaDuration length = milliseconds(track == 0 ? 40 : 20);
    for (unsigned index = 0; index < 1 + value % 64; ++index) {
      Sample sample;
      sample.decode = sample.presentation = times_[track];
      sample.duration = length;
      sample.is_independent = track == 1 || index == 0;
      sample.bytes = "x";
      times_[track] += length;
      demand(presentation_.push(ids_[track], std::move(sample)).has_value(), "a sample is refused");
    }
  }

  void push_cue(unsigned value) {
    Cue cue;
    cue.span = {times_[2], times_[2] + milliseconds(next() * 20)};
    cue.lines = {"text " + std::to_string(value)};
    times_[2] += milliseconds(value * 10);
    presentation_.push(ids_[2], std::move(cue));
  }

  void begin_epoch() {
    Epoch epoch;
    epoch.number = ++epoch_;
    epoch.begins = std::max({times_[0], times_[1]});
    for (std::size_t track = 0; track < 2; ++track) {
      times_[track] = epoch.begins;
      presentation_.begin_epoch(ids_[track], epoch);
    }
  }

  void step(unsigned what) {
    const unsigned value = next();
    switch (what % 10) {
      case 0:
      case 1:
        return push_media(0, value);
      case 2:
      case 3:
        return push_media(1, value);
      case 4:
        return push_cue(value);
      case 5:
        times_[2] += milliseconds(value * 20);
        return presentation_.advance(ids_[2], times_[2]);
      case 6:
        times_[value % 2] += milliseconds(next() * 40);
        return presentation_.advance(ids_[value % 2], times_[value % 2]);
      case 7:
        return begin_epoch();
      case 8:
        now_ += milliseconds(value * 40);
        return presentation_.tick();
      default:
        if (value % 8 == 0) presentation_.end(ids_[value / 8 % 3]);
    }
  }

  std::string_view bytes_;
  std::chrono::nanoseconds now_{0};
  Presentation presentation_;
  Presentation::Id ids_[3] = {};
  MediaTime times_[3] = {};
  int epoch_ = 0;
  Disk disk_;
};

}  // namespace

void fuzz_track_format(std::string_view bytes) {
  const auto* begin = reinterpret_cast<const std::uint8_t*>(bytes.data());
  const std::span<const std::uint8_t> record(begin, bytes.size());
  check_format(avc_format(record, {640, 360}), bytes);
  check_format(hevc_format(record, {640, 360, 4, 3}), bytes);
  check_format(aac_format(record), bytes);
}

void fuzz_playlist(std::string_view bytes) {
  playlist_faults(bytes);
  playlist_uris(bytes);
  if (const auto end = read_playlist_end(bytes)) {
    demand(end->next_sequence > 0, "a playlist with segments ends before its first");
  }
  if (const auto read = read_playlist(bytes)) {
    const std::string text = write_playlist(*read);
    const auto again = read_playlist(text);
    demand(again.has_value(), "a playlist that was read and written is refused\n" + text);
    demand(write_playlist(*again) == text, "it changes each time it is written\n" + text);
  }
  const std::size_t half = bytes.size() / 2;
  read_fragment_begin(bytes.substr(0, half), bytes.substr(half));
  reload_faults(bytes.substr(0, half), bytes.substr(half));
}

void fuzz_presentation(std::string_view bytes) { Story(bytes).tell(); }

}  // namespace subtide
