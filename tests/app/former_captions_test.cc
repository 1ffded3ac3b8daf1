#include "engine/app/former_captions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "engine/packaging/webvtt_segment.h"
#include "tests/support/shared_files.h"

namespace subtide {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using testing::IsEmpty;
using testing::SizeIs;

class FormerCaptionsTest : public testing::Test {
 protected:
  static Cue cue(const std::string& id, TimeSpan span, const std::string& text) {
    Cue made;
    made.id = id;
    made.span = span;
    made.lines = {text};
    return made;
  }
  /// Segments of two seconds from `begin` on.
  FormerProgramme publish(MediaTime begin, int count, const std::vector<Cue>& cues) const {
    fs::create_directories(folder_.path() / "subs_en");
    MediaPlaylist playlist;
    for (int i = 0; i < count; ++i) {
      SegmentEntry entry;
      entry.uri = std::to_string(i) + ".vtt";
      entry.duration = 2s;
      const TimeSpan span{begin + 2s * i, begin + 2s * (i + 1)};
      std::ofstream(folder_.path() / "subs_en" / entry.uri) << write_webvtt_segment(span, cues);
      playlist.segments.push_back(entry);
    }
    FormerProgramme programme;
    programme.playlists["subs_en"] = playlist;
    programme.end = begin + 2s * count;
    return programme;
  }
  FormerCaptions read(const FormerProgramme& programme) const {
    return read_former_captions(folder_.path(), programme);
  }
  const TemporaryFolder folder_;
};

TEST_F(FormerCaptionsTest, EachCueComesBackOnce) {
  const auto captions = read(publish(
      0s, 3,
      {cue("7", {500ms, 1500ms}, "One."), cue("8", {1600ms, 4500ms}, "Over two borders & more."),
       cue("9", {5s, 5900ms}, "Three.")}));
  const auto& cues = captions.cues.at("subs_en");
  ASSERT_THAT(cues, SizeIs(3));
  EXPECT_EQ(cues[1].id, "8");
  EXPECT_EQ(cues[1].span, (TimeSpan{1600ms, 4500ms}));
  EXPECT_EQ(cues[1].lines.at(0), "Over two borders & more.");
  EXPECT_EQ(captions.next_number, 10U);
}

TEST_F(FormerCaptionsTest, KnowsTheDay) {
  const auto captions =
      read(publish(47h + 59min + 58s, 2, {cue("1", {47h + 59min + 59s, 48h + 1s}, "Midnight.")}));
  ASSERT_THAT(captions.cues.at("subs_en"), SizeIs(1));
  EXPECT_EQ(captions.cues.at("subs_en")[0].span, (TimeSpan{47h + 59min + 59s, 48h + 1s}));
}

TEST_F(FormerCaptionsTest, LeavesOutWhatCannotBeRead) {
  FormerProgramme programme = publish(0s, 3, {cue("1", {500ms, 5s}, "One.")});
  std::ofstream(folder_.path() / "subs_en" / "0.vtt") << "damaged";
  programme.playlists["subs_en"].segments[1].is_gap = true;
  EXPECT_THAT(read(programme).cues.at("subs_en"), SizeIs(1)) << "the third segment shows it too";
  fs::remove(folder_.path() / "subs_en" / "2.vtt");
  EXPECT_THAT(read(programme).cues.at("subs_en"), IsEmpty());
  EXPECT_EQ(read(FormerProgramme{}).next_number, 1U);
}

}  // namespace
}  // namespace subtide
