// F34: files that are made to cost much. Each gets its verdict soon and in bounded memory.
#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "tests/app/program_fixture.h"
#include "tests/faults/watched_run.h"
#include "tests/support/sanitized.h"

namespace subtide {
namespace {

using testing::AnyOf;
using testing::HasSubstr;

constexpr double kLatestVerdict = 30;                      // seconds
constexpr double kMostMemory = kIsSanitized ? 1500 : 400;  // MiB; the program alone has some 60

bool is_long() { return std::getenv("SUBTIDE_LONG") != nullptr; }

std::string number(std::uint32_t value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift & 0xFFU);
  return bytes;
}

std::string atom(const std::string& type, const std::string& body = "") {
  return number(static_cast<std::uint32_t>(body.size() + 8)) + type + body;
}

std::string repeated(const std::string& text, int times) {
  std::string all;
  all.reserve(text.size() * static_cast<std::size_t>(times));
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

class Bombs : public ProgramTest {
 protected:
  /// Runs ffmpeg; the output file is `name`.
  void make(const std::string& name, const Words& arguments) const {
    Words all = {"ffmpeg", "-v", "error", "-y", "-nostdin"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    all.push_back(path(name).string());
    const auto made = run_program(all);
    ASSERT_TRUE(made.succeeded()) << made.summary();
  }

  void write_bytes(const std::string& name, const std::string& bytes) const {
    std::ofstream(path(name), std::ios::binary) << bytes;
  }

  /// Works on `name` and holds it against the bounds of every bomb.
  WatchedRun explode(const std::string& name, double latest = kLatestVerdict) const {
    const Words words = {built_program("subtide").string(),
                         "subtitle",
                         name,
                         "--recognizer",
                         "fake:",
                         "--detector",
                         "energy",
                         "--language",
                         "en",
                         "-o",
                         "out",
                         "--formats",
                         "json",
                         "--force"};
    auto how = options();
    how.timeout = std::chrono::minutes(10);
    const auto run = run_watched(words, how);
    EXPECT_TRUE(run.result.exit_code.has_value()) << run.result.summary();
    EXPECT_LT(run.seconds, latest);
    EXPECT_LT(run.peak, kMostMemory);
    std::printf("F34, %s: exit %d after %.1f s, %.0f MiB\n", name.c_str(),
                run.result.exit_code.value_or(-1), run.seconds, run.peak);
    return run;
  }

  static Words tone(const std::string& seconds) {
    return {"-f", "lavfi", "-i", "sine=frequency=440:sample_rate=16000:duration=" + seconds};
  }
};

TEST_F(Bombs, APictureOfThirtyFiveMegapixelsIsNeverDecoded) {
  SUBTIDE_REQUIRE_PROGRAM("ffmpeg");
  Words arguments = {"-f", "lavfi", "-i", "color=size=8192x4320:rate=2:duration=3"};
  const Words sound = tone("3");
  arguments.insert(arguments.end(), sound.begin(), sound.end());
  for (const char* word : {"-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac"}) {
    arguments.emplace_back(word);
  }
  make("wide.mp4", arguments);
  EXPECT_EQ(explode("wide.mp4").result.exit_code, 0);
}

TEST_F(Bombs, HoursOfSilenceInALittleFile) {
  SUBTIDE_REQUIRE_PROGRAM("ffmpeg");
  const char* seconds = is_long() ? "21600" : "1200";
  make("silence.flac", {"-f", "lavfi", "-i", "anullsrc=r=16000:cl=mono", "-t", seconds});
  // The whole of it is decoded: that takes its time, and no more memory than a minute would.
  const auto run = explode("silence.flac", is_long() ? 300 : kLatestVerdict);
  EXPECT_EQ(run.result.exit_code, 0);
  EXPECT_TRUE(sidecar("out/silence.en.json").cues.empty());
}

TEST_F(Bombs, AMillionEmptyAtoms) {
  const std::string head = atom("ftyp", "isom" + number(0) + "isom");
  write_bytes("flat.mp4", head + repeated(atom("free"), 1'000'000));
  EXPECT_EQ(explode("flat.mp4").result.exit_code, 4);
  write_bytes("inside.mp4", head + atom("moov", repeated(atom("udta"), 1'000'000)));
  EXPECT_EQ(explode("inside.mp4").result.exit_code, 4);
  write_bytes("tracks.mp4", head + atom("moov", repeated(atom("trak"), 1'000'000)));
  EXPECT_EQ(explode("tracks.mp4").result.exit_code, 4);
}

TEST_F(Bombs, AtomsInAtomsInAtoms) {
  std::string nested = atom("udta");
  for (int depth = 0; depth < 5000; ++depth) nested = atom("moov", nested);
  write_bytes("deep.mp4", atom("ftyp", "isom" + number(0) + "isom") + nested);
  EXPECT_EQ(explode("deep.mp4").result.exit_code, 4);
}

TEST_F(Bombs, AThousandTracks) {
  SUBTIDE_REQUIRE_PROGRAM("ffmpeg");
  Words arguments = tone("1");
  for (int i = 0; i < 1000; ++i) {
    arguments.emplace_back("-map");
    arguments.emplace_back("0:a");
  }
  for (const char* word : {"-c:a", "pcm_s16le"}) arguments.emplace_back(word);
  make("tracks.mkv", arguments);
  const auto run = explode("tracks.mkv");
  EXPECT_EQ(run.result.exit_code, 4);
  EXPECT_THAT(run.result.err, HasSubstr("more than 32 streams"));
}

/// An ID3 frame whose text is `mebibytes` of zeros, packed.
class TagBombs : public Bombs {
 protected:
  std::string packed_zeros(int mebibytes) const {
    const auto packed =
        run_program({"python3", "-c",
                     "import sys, zlib; "
                     "sys.stdout.buffer.write(zlib.compress(bytes(int(sys.argv[1]) << 20), 9))",
                     std::to_string(mebibytes)});
    EXPECT_TRUE(packed.succeeded()) << packed.summary();
    return packed.out;
  }

  /// Version 2.3: sizes of frames are plain numbers, flag 0x80 of the second byte is compression.
  static std::string packed_frame(const char* id, const std::string& packed, int mebibytes) {
    const auto whole = number(static_cast<std::uint32_t>(mebibytes) << 20U);
    return id + number(static_cast<std::uint32_t>(packed.size() + 4)) + std::string("\0\x80", 2) +
           whole + packed;
  }

  static std::string tag(const std::string& frames) {
    std::string size;
    for (int shift = 21; shift >= 0; shift -= 7) {
      size += static_cast<char>(frames.size() >> shift & 0x7FU);
    }
    return std::string("ID3\x03\x00\x00", 6) + size + frames;
  }
};

TEST_F(TagBombs, TagsThatUnpackToMuchMoreThanTheFile) {
  SUBTIDE_REQUIRE_PROGRAM("ffmpeg");
  SUBTIDE_REQUIRE_PROGRAM("python3");
  make("tone.mp3", tone("3"));
  const std::string packed = packed_zeros(200);
  std::string frames;
  for (const char* id : {"TIT2", "TPE1", "TALB", "COMM", "APIC"}) {
    frames += packed_frame(id, packed, 200);
  }
  write_bytes("tags.mp3", tag(frames) + read("tone.mp3"));
  EXPECT_THAT(explode("tags.mp3").result.exit_code, AnyOf(0, 4));
}

TEST_F(TagBombs, ManyTagsAndOneThatClaimsMoreThanThereIs) {
  SUBTIDE_REQUIRE_PROGRAM("ffmpeg");
  make("tone.mp3", tone("3"));
  const std::string small = std::string("TXXX") + number(3) + std::string("\0\0", 2) +
                            "\x00"
                            "a"
                            "b";
  write_bytes("many.mp3",
              tag(repeated(tag(small), 1)) + repeated(tag(small), 100'000) + read("tone.mp3"));
  EXPECT_THAT(explode("many.mp3").result.exit_code, AnyOf(0, 4));
  const std::string liar = std::string("ID3\x03\x00\x00\x7F\x7F\x7F\x7F", 10);
  write_bytes("liar.mp3", liar + read("tone.mp3"));
  EXPECT_THAT(explode("liar.mp3").result.exit_code, AnyOf(0, 4));
}

}  // namespace
}  // namespace subtide
