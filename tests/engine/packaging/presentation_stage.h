#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "engine/packaging/presentation.h"
#include "tests/support/playlist_validator.h"

namespace subtide {

/// Feeds a Presentation and is its disk: after every effect it looks whether all rules hold.
class Stage {
 public:
  using Id = Presentation::Id;

  explicit Stage(PresentationOptions options = {}) : presentation_(made(std::move(options))) {}

  Presentation& presentation() { return presentation_; }

  Id add_video(const std::string& name = "720p") {
    const Id id = add({RenditionKind::kVideo, name});
    TrackFormat format;
    format.codec = "avc1.64001F";
    format.width = 1280;
    format.height = 720;
    format.sample_entry = std::string(
        "\0\0\0\x08"
        "avc1",
        8);
    presentation_.set_format(id, format);
    return id;
  }
  Id add_audio(const std::string& name = "en") {
    const Id id = add({RenditionKind::kAudio, name, name});
    TrackFormat format;
    format.kind = TrackFormat::Kind::kAudio;
    format.codec = "mp4a.40.2";
    format.timescale = 48'000;
    format.channels = 2;
    format.sample_entry = std::string(
        "\0\0\0\x08"
        "mp4a",
        8);
    presentation_.set_format(id, format);
    return id;
  }
  Id add_text(const std::string& name = "en") { return add({RenditionKind::kText, name, name}); }
  Id add(RenditionOptions options) {
    auto added = presentation_.add(std::move(options));
    EXPECT_TRUE(added) << added.error().message;
    return added.value_or(0);
  }

  /// Pictures of 1/25 s over a span, a key frame every `gop` of them, from its first.
  void push_video(Id id, TimeSpan span, int gop = 50, std::size_t bytes = 1000) {
    int count = 0;
    for (MediaTime at = span.begin; at < span.end; at += std::chrono::milliseconds(40)) {
      push_sample(id, at, std::chrono::milliseconds(40), count++ % gop == 0, bytes);
    }
  }
  /// AAC blocks of 1024 samples at 48 kHz that begin in a span.
  void push_audio(Id id, TimeSpan span, std::size_t bytes = 300) {
    const MediaDuration block(21'333'333);
    for (MediaTime at = span.begin; at < span.end; at += block) {
      push_sample(id, at, block, true, bytes);
    }
  }
  void push_sample(Id id, MediaTime at, MediaDuration duration, bool is_key,
                   std::size_t bytes = 100) {
    Sample sample;
    sample.decode = at;
    sample.presentation = at;
    sample.duration = duration;
    sample.is_independent = is_key;
    sample.bytes.assign(bytes, 'x');
    const Status pushed = presentation_.push(id, std::move(sample));
    EXPECT_TRUE(pushed) << pushed.error().message;
    apply();
  }
  void push_cue(Id id, const std::string& cue_id, TimeSpan span, const std::string& text) {
    Cue cue;
    cue.id = cue_id;
    cue.span = span;
    cue.lines = {text};
    presentation_.push(id, std::move(cue));
    apply();
  }
  void begin_epoch(Id id, int number, MediaTime begins) {
    Epoch epoch;
    epoch.number = number;
    epoch.begins = begins;
    // Every outage costs a minute of wall time that engine time does not have.
    epoch.wall = WallTime(std::chrono::seconds(1'782'907'200) + std::chrono::minutes(number)) +
                 std::chrono::duration_cast<WallTime::duration>(begins);
    presentation_.begin_epoch(id, epoch);
  }
  void advance(Id id, MediaTime until) {
    presentation_.advance(id, until);
    apply();
  }
  void end(Id id) {
    presentation_.end(id);
    apply();
  }
  void wait(std::chrono::nanoseconds length) {
    now_ += length;
    presentation_.tick();
    apply();
  }

  /// Files and playlists as they stand.
  const std::map<std::string, std::string>& files() const { return files_; }
  std::string playlist(const std::string& name) const {
    const auto found = playlists_.find(name);
    return found == playlists_.end() ? "(none)" : found->second;
  }
  std::vector<std::string> segments(const std::string& folder) const {
    std::vector<std::string> names;
    for (const std::string& uri : playlist_uris(playlist(folder + "/index.m3u8"))) {
      if (!uri.starts_with("init")) names.push_back(uri);
    }
    return names;
  }
  const std::vector<SegmentPublished>& published() const { return published_; }
  const std::vector<LateCue>& late() const { return late_; }
  const std::vector<LostSample>& lost() const { return lost_; }
  int updates() const { return updates_; }

  void apply() {
    for (PublishEffect& effect : presentation_.take_effects()) std::visit(*this, std::move(effect));
  }

  void operator()(FileWrite write) {
    EXPECT_FALSE(files_.contains(write.name)) << write.name << " is written twice";
    files_[write.name] = std::move(write.bytes);
  }
  void operator()(FileRemoval removal) {
    EXPECT_EQ(files_.erase(removal.name), 1U) << removal.name;
    for (const auto& [name, text] : playlists_) {
      EXPECT_THAT(named_by(name, text), testing::Not(testing::Contains(removal.name)));
    }
  }
  void operator()(PlaylistUpdate update) {
    ++updates_;
    EXPECT_THAT(playlist_faults(update.text), testing::IsEmpty()) << update.text;
    for (const std::string& file : named_by(update.name, update.text)) {
      EXPECT_TRUE(files_.contains(file) || playlists_.contains(file))
          << update.name << " names " << file;
    }
    const auto before = playlists_.find(update.name);
    if (before != playlists_.end() && !update.rendition.empty()) {
      EXPECT_THAT(reload_faults(before->second, update.text), testing::IsEmpty())
          << before->second << "\nbecame\n"
          << update.text;
    }
    playlists_[update.name] = std::move(update.text);
  }
  void operator()(SegmentPublished notice) { published_.push_back(std::move(notice)); }
  void operator()(LateCue notice) { late_.push_back(std::move(notice)); }
  void operator()(LostSample notice) { lost_.push_back(std::move(notice)); }

 private:
  Presentation made(PresentationOptions options) {
    options.clock = [this] { return now_; };
    auto presentation = Presentation::create(std::move(options));
    EXPECT_TRUE(presentation) << presentation.error().message;
    return std::move(*presentation);
  }
  static std::vector<std::string> named_by(const std::string& name, const std::string& text) {
    std::vector<std::string> files;
    const std::size_t slash = name.find('/');
    const std::string folder = slash == std::string::npos ? "" : name.substr(0, slash + 1);
    for (const std::string& uri : playlist_uris(text)) files.push_back(folder + uri);
    return files;
  }

  std::chrono::nanoseconds now_{0};
  Presentation presentation_;
  std::map<std::string, std::string> files_;
  std::map<std::string, std::string> playlists_;
  std::vector<SegmentPublished> published_;
  std::vector<LateCue> late_;
  std::vector<LostSample> lost_;
  int updates_ = 0;
};

}  // namespace subtide
