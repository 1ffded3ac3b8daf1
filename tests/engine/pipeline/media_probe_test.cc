#include "engine/pipeline/media_probe.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "tests/engine/pipeline/made_media.h"

namespace subtide {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;

class MediaProbe : public MadeMedia {
 protected:
  static Result<MediaInformation> probe(const std::filesystem::path& path) {
    const auto input = MediaInput::open(path);
    if (!input) return input.error();
    return probe_media(*input);
  }
  static MediaInformation probed(const std::filesystem::path& path) {
    auto media = probe(path);
    EXPECT_TRUE(media) << media.error().message;
    return media ? *std::move(media) : MediaInformation();
  }
  static Error refused(const std::filesystem::path& path) {
    const auto media = probe(path);
    EXPECT_FALSE(media) << path;
    return media ? Error() : media.error();
  }
  std::filesystem::path write(const std::string& name, std::string_view bytes) {
    std::ofstream(folder_ / name, std::ios::binary) << bytes;
    return folder_ / name;
  }
};

TEST_F(MediaProbe, TellsTracksDurationAndRateOfAVideo) {
  const auto media =
      probed(make("two.mp4", joined({test_picture(),
                                     tone_burst(),
                                     tone_burst("44100"),
                                     {"-map", "0:v", "-map", "1:a", "-map", "2:a", "-c:v",
                                      "libx264", "-c:a", "aac", "-ac:a:1", "2", "-metadata:s:a:0",
                                      "language=eng", "-metadata:s:a:1", "language=spa"}})));
  EXPECT_EQ(media.name, "two.mp4");
  ASSERT_EQ(media.audio.size(), 2U);
  EXPECT_EQ(media.audio[0].language, "en");
  EXPECT_EQ(media.audio[1].language, "es");
  EXPECT_EQ(media.audio[1].number, 2);
  EXPECT_EQ(media.audio[0].sample_rate, 48000);
  EXPECT_THAT(media.audio[0].codec, HasSubstr("AAC"));
  ASSERT_TRUE(media.video);
  EXPECT_EQ(media.video->width, 160);
  EXPECT_EQ(media.video->frame_rate, 25.0);
  EXPECT_TRUE(media.is_seekable);
  EXPECT_EQ(media.time_zero, MediaTime(0));
  EXPECT_NEAR(to_seconds(media.duration.value_or(MediaTime(0))), 4.0, 0.1);
}

TEST_F(MediaProbe, ZeroIsTheEarliestPictureWhateverTheContainerCounts) {
  const std::vector<std::string> codecs = {"-c:v", "libx264", "-bf", "2", "-c:a", "aac"};
  const auto inputs = joined({test_picture(), tone_burst(), codecs});
  const auto timecode = probed(make("tc.mov", joined({inputs, {"-timecode", "10:00:00:00"}})));
  EXPECT_EQ(timecode.time_zero, MediaTime(0));
  EXPECT_NEAR(to_seconds(*timecode.duration), 4.0, 0.1);
  const auto offset = probed(make("offset.mkv", joined({inputs, {"-output_ts_offset", "7"}})));
  EXPECT_NEAR(to_seconds(offset.time_zero), 7.0, 0.1);
  EXPECT_NEAR(to_seconds(*offset.duration), 4.0, 0.1);
  EXPECT_EQ(offset.video->frame_rate, 25.0);
}

TEST_F(MediaProbe, MeasuresTheFrameRateWhereTheContainerDoesNotTellIt) {
  const auto media = probed(
      make("a.ts",
           joined({test_picture(), tone_burst(), {"-c:v", "libx264", "-bf", "2", "-c:a", "aac"}})));
  ASSERT_TRUE(media.video);
  EXPECT_EQ(media.video->frame_rate, 25.0);
}

TEST_F(MediaProbe, NamesWhatIsWrongWithBadInput) {
  EXPECT_EQ(refused(folder_ / "missing.mp4").code, ErrorCode::kNotFound);
  EXPECT_THAT(refused(write("empty.mp4", "")).message, HasSubstr("the file is empty"));
  EXPECT_THAT(refused(folder_.path()).message, HasSubstr("is a folder"));
  EXPECT_THAT(refused(write("text.txt", "just some words\n")).message,
              HasSubstr("text.txt: is not"));
  const auto silent = make("silent.mp4", joined({test_picture(), {"-c:v", "libx264"}}));
  EXPECT_THAT(refused(silent).message, HasSubstr("silent.mp4: has no audio track"));
  EXPECT_EQ(refused(silent).code, ErrorCode::kBadInput);
}

TEST_F(MediaProbe, RefusesPlaylistsUnderAnyName) {
  constexpr std::string_view kList = "#EXTM3U\n#EXTINF:5,\nfile:///etc/passwd\n";
  for (const char* name : {"list.m3u8", "list.mp4"}) {
    const Error error = refused(write(name, kList));
    EXPECT_EQ(error.code, ErrorCode::kUnsupported);
    EXPECT_THAT(error.message, HasSubstr("is a playlist"));
  }
  EXPECT_THAT(refused(write("a.mpd", "<?xml version=\"1.0\"?><MPD></MPD>")).message,
              HasSubstr("is a playlist"));
}

TEST_F(MediaProbe, NeverWaitsForAPipeOrReadsADevice) {
  const auto pipe = folder_ / "pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_THAT(refused(pipe).message, HasSubstr("is not a regular file"));
  EXPECT_THAT(refused("/dev/zero").message, HasSubstr("is not a regular file"));
}

TEST_F(MediaProbe, ReadsAnUnlinkedFileByItsDescriptor) {
  const auto path = make("a.flac", tone_burst());
  const int descriptor = open(path.c_str(), O_RDONLY);
  ASSERT_GE(descriptor, 0);
  std::filesystem::remove(path);
  const auto input = MediaInput::from_descriptor(descriptor, "talk.flac");
  close(descriptor);
  ASSERT_TRUE(input) << input.error().message;
  const auto media = probe_media(*input);
  ASSERT_TRUE(media) << media.error().message;
  EXPECT_EQ(media->name, "talk.flac");
  EXPECT_EQ(media->duration, seconds(4));
}

TEST_F(MediaProbe, RefusesMoreStreamsThanTheLimit) {
  const auto path = make("a.mp4", joined({test_picture(), tone_burst(), {"-c:a", "aac"}}));
  const auto input = MediaInput::open(path);
  ASSERT_TRUE(input);
  ProbeOptions options;
  options.maximum_streams = 1;
  const auto media = probe_media(*input, options);
  ASSERT_FALSE(media);
  EXPECT_THAT(media.error().message, HasSubstr("has more than 1 streams"));
}

TEST_F(MediaProbe, AnswersForEveryOddFile) {
  SUBTIDE_REQUIRE_FILE(shared_media("odd"));
  for (const char* folder : {"odd", "vad"}) {
    for (const auto& entry : std::filesystem::directory_iterator(shared_media(folder))) {
      const auto media = probe(entry.path());
      if (!media) {
        EXPECT_THAT(media.error().message, HasSubstr(entry.path().filename().string()));
        EXPECT_EQ(media.error().message.find('\n'), std::string::npos);
      }
    }
  }
  EXPECT_EQ(probed(shared_media("odd/derived_wav_size_lies.wav")).duration, seconds(11));
  EXPECT_FALSE(probe(shared_media("odd/mono.empty.wav")));
  EXPECT_FALSE(probe(shared_media("odd/missing_wav_header.wav")));
}

TEST(ChooseAudioTrack, TakesNumbersFromOneAndLanguages) {
  MediaInformation media;
  media.name = "talk.mkv";
  media.audio = {{1, "a", "en", "", "AAC", 2, 48000}, {2, "b", "pt-BR", "", "Opus", 2, 48000}};
  EXPECT_EQ(choose_audio_track(media, "")->stream, "a");
  EXPECT_EQ(choose_audio_track(media, "2")->stream, "b");
  EXPECT_EQ(choose_audio_track(media, "pt")->stream, "b");
  EXPECT_EQ(choose_audio_track(media, "eng")->stream, "a");
  const auto missing = choose_audio_track(media, "3");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(missing.error().message,
            "talk.mkv: has no audio track '3'; it has: 1 (en, AAC), 2 (pt-BR, Opus)");
}

}  // namespace
}  // namespace subtide
