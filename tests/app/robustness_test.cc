// What is left on the disk when the program is stopped, killed or out of space.
#include <sys/mount.h>
#include <unistd.h>

#include <csignal>
#include <random>

#include "tests/app/program_fixture.h"

namespace subtide {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;

class Robustness : public ProgramTest {
 protected:
  /// Many short windows, each of which takes a while.
  Words slow_work(const std::string& delay) const {
    return {built_program("subtide").string(),
            "subtitle",
            "talk.wav",
            "--detector",
            "fake:",
            "--recognizer",
            R"(fake:{"delay":)" + delay + "}",
            "--translator",
            "fake:",
            "--language",
            "en",
            "--translate",
            "es",
            "--formats",
            "srt,vtt,ttml,ass,json",
            "--preview",
            "--force"};
  }

  void make_long_talk() const {
    std::vector<SoundPart> parts;
    for (int i = 0; i < 8; ++i) parts.insert(parts.end(), {{20, true}, {1, false}});
    write_sound(path("talk.wav"), parts);
  }

  /// Every file under a final name can be read by its strict reader.
  void expect_whole_files() const {
    for (const auto& name : files()) {
      if (name == "talk.wav") continue;
      const auto extension = std::filesystem::path(name).extension().string().substr(1);
      if (extension == "html") {
        EXPECT_THAT(read(name), HasSubstr("</html>"));
        continue;
      }
      const auto format = parse_sidecar_format(extension);
      ASSERT_TRUE(format) << "left behind: " << name;
      EXPECT_TRUE(read_sidecar(*format, read(name))) << name;
    }
  }
};

TEST_F(Robustness, InterruptedLeavesNothingAndSaysSo) {
  make_long_talk();
  RunningProgram program(slow_work("5"), options());
  EXPECT_FALSE(program.ends_within(milliseconds(700)));
  program.send_signal(SIGINT);
  const auto result = program.wait(milliseconds(10'000));
  EXPECT_EQ(result.exit_code, 130) << result.summary();
  EXPECT_THAT(files(), ElementsAre("talk.wav"));
}

TEST_F(Robustness, KilledAtRandomMomentsLeavesOnlyWholeFiles) {
  make_long_talk();
  const auto seed = std::random_device()();
  RecordProperty("seed", std::to_string(seed));
  std::mt19937 random(seed);
  for (int round = 0; round < 10; ++round) {
    RunningProgram program(slow_work("0.02"), options());
    program.ends_within(milliseconds(std::uniform_int_distribution<int>(5, 900)(random)));
    program.send_signal(SIGKILL);
    program.wait(milliseconds(5'000));
    expect_whole_files();
    if (HasFailure()) FAIL() << "round " << round << ", seed " << seed;
  }
}

TEST_F(Robustness, NobodyReadingTheEventsDoesNotStopTheWork) {
  make_talk("talk.wav");
  std::string command = "'" + built_program("subtide").string() + "'";
  for (const auto& word : with_fakes({"talk.wav", "--json", "--formats", "srt"})) {
    command += " '" + word + "'";
  }
  const auto result = run_program({"sh", "-c", command + " | true"}, options());
  EXPECT_TRUE(result.succeeded()) << result.summary();
  EXPECT_FALSE(sidecar("talk.en.srt").cues.empty());
}

/// A file system of one page or so.
class TinyDisk {
 public:
  explicit TinyDisk(const std::filesystem::path& folder) : folder_(folder) {
    std::filesystem::create_directories(folder);
    is_mounted_ = mount("tmpfs", folder.c_str(), "tmpfs", 0, "size=8k") == 0;
  }
  TinyDisk(const TinyDisk&) = delete;
  TinyDisk& operator=(const TinyDisk&) = delete;
  ~TinyDisk() {
    if (is_mounted_) umount2(folder_.c_str(), MNT_DETACH);
  }
  bool is_mounted() const { return is_mounted_; }

 private:
  std::filesystem::path folder_;
  bool is_mounted_ = false;
};

TEST_F(Robustness, FullDiskIsNamedAndLeavesNothingBroken) {
  const TinyDisk disk(path("small"));
  if (!disk.is_mounted()) GTEST_SKIP() << "a small file system can only be mounted by root";
  make_long_talk();
  const auto result = run(with_fakes({"talk.wav", "-o", "small", "--formats", "json,ttml"}));
  EXPECT_TRUE(result.exit_code == 1 || result.exit_code == 3) << result.summary();
  EXPECT_THAT(result.err, HasSubstr("No space left"));
  expect_whole_files();
}

TEST_F(Robustness, FolderThatMayNotBeWrittenIsNamed) {
  make_talk("talk.wav");
  const auto result = subtitle({"talk.wav", "-o", "/proc/subtide-none"});
  EXPECT_EQ(result.exit_code, 1) << result.summary();
  EXPECT_THAT(result.err, HasSubstr("/proc/subtide-none"));
}

}  // namespace
}  // namespace subtide
