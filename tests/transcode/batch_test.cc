// Many inputs: at once, by a manifest, after a kill, as they come into a folder.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <chrono>
#include <csignal>
#include <fstream>
#include <functional>
#include <thread>

#include "tests/transcode/transcode_fixture.h"

namespace subtide {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using testing::AllOf;
using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::IsSupersetOf;
using testing::Not;
using testing::SizeIs;

class TranscodeBatch : public TranscodeTest {
 protected:
  /// A clip with speech that fake models hear: six seconds.
  void make_spoken(const std::string& name, const std::string& size = "64x48") const {
    make_talk(name + ".wav");
    make(name, {pictures(size, "6", "10"),
                {"-i", path(name + ".wav").string(), "-c:v", "libx264", "-c:a", "aac"}});
    fs::remove(path(name + ".wav"));
  }
  void make_short(const std::string& name) const {
    make(name, {pictures("64x48", "0.4", "10"), sound("0.4"), {"-c:v", "libx264", "-c:a", "aac"}});
  }
  void copy(const std::string& from, const std::string& to) const {
    fs::create_directories(path(to).parent_path());
    fs::copy_file(path(from), path(to));
  }

  Words speech_words(const Words& more) const {
    return joined({{"transcode", "--recognizer", "fake:", "--translator", "fake:", "--detector",
                    "fake:", "--language", "en"},
                   more});
  }
  ProgramOptions with_state() const {
    ProgramOptions how = options();
    how.environment["SUBTIDE_STATE"] = path("state").string();
    how.timeout = 200s;
    return how;
  }
  Words program(const Words& words) const {
    return joined({{built_program("subtide").string()}, words});
  }

  /// What a file holds and when it was written.
  using Stamp = std::pair<std::string, fs::file_time_type>;
  Stamp stamp(const std::string& name) const {
    return {read(name), fs::last_write_time(path(name))};
  }
  /// What a file holds, but for when it was made and the bits of its pictures: x264 reads memory
  /// that it has not written, so the second of two encodes in one process may differ in them.
  std::string content(const std::string& name) const {
    if (!name.ends_with(".mp4")) return read(name);
    const std::string file = path(name).string();
    const auto sums = run_program({"ffmpeg", "-v", "error", "-nostdin", "-i", file, "-map", "0:a?",
                                   "-map", "0:s?", "-c", "copy", "-f", "streamhash", "-"});
    const auto times =
        run_program({"ffprobe", "-v", "error", "-select_streams", "v", "-show_entries",
                     "packet=pts,dts,duration,flags", "-of", "csv=p=0", file});
    EXPECT_TRUE(sums.succeeded() && times.succeeded()) << sums.summary() << times.summary();
    return sums.out + times.out;
  }
  Words outputs() const {
    Words names = files();
    std::erase_if(names, [](const std::string& name) { return !name.starts_with("out/"); });
    return names;
  }
  Json report(const std::string& name = "out/subtide-report.json") const {
    return Json::parse(read(name), nullptr, false);
  }
  static std::size_t count(const std::string& text, const std::string& part) {
    std::size_t found = 0;
    for (auto at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++found;
    return found;
  }
  static bool wait_until(const std::function<bool()>& is_so, std::chrono::seconds limit = 60s) {
    const auto end = std::chrono::steady_clock::now() + limit;
    while (!is_so()) {
      if (std::chrono::steady_clock::now() > end) return false;
      std::this_thread::sleep_for(10ms);
    }
    return true;
  }
};

TEST_F(TranscodeBatch, JobsAtOnceGiveTheSameFiles) {
  for (const char* name : {"in/a.mp4", "in/b.mp4", "in/more/c.mp4", "in/more/d.mp4"}) {
    make_spoken(name);
  }
  const Words wishes = {"in", "--translate", "es", "--subtitles", "embed,sidecar"};
  const auto one = transcode_speech(joined({wishes, {"-o", "one"}}));
  ASSERT_TRUE(one.succeeded()) << one.summary();
  const auto three = transcode_speech(joined({wishes, {"-o", "three", "--jobs", "3"}}));
  ASSERT_TRUE(three.succeeded()) << three.summary();
  EXPECT_THAT(three.err, HasSubstr("4 inputs: 4 done"));
  for (const char* name : {"a", "b", "more/c", "more/d"}) {
    for (const char* ending : {".mp4", ".en.srt", ".es.srt"}) {
      const std::string file = std::string(name) + ending;
      EXPECT_EQ(content("three/" + file), content("one/" + file)) << file;
    }
  }
  const Json jobs = report("three/subtide-report.json")["jobs"];
  Words inputs;
  for (const Json& job : jobs) {
    inputs.push_back(job["input"]);
    // Each job has its own models and its own words.
    EXPECT_EQ(job["models"].size(), 3U) << job;
    EXPECT_EQ(job["ending"], "completed");
  }
  EXPECT_THAT(inputs, ElementsAre("in/a.mp4", "in/b.mp4", "in/more/c.mp4", "in/more/d.mp4"));
}

TEST_F(TranscodeBatch, EventsOfJobsAtOnceAreOfTheirJob) {
  make_spoken("in/a.mp4");
  make_spoken("in/b.mp4");
  const auto result = transcode_speech({"in", "-o", "out", "--jobs", "2", "--json"});
  ASSERT_TRUE(result.succeeded()) << result.summary();
  std::map<std::string, std::map<std::string, int>> counts;
  for (const Json& event : json_lines(result.out)) {
    const std::string subject = event.value("subject", "");
    if (subject.starts_with("job/")) ++counts[subject][event.value("type", "")];
  }
  EXPECT_THAT(counts, SizeIs(2));
  for (auto& [job, types] : counts) {
    for (const char* once : {"job.accepted", "job.started", "media.info", "output.finished",
                             "transcript.final", "job.completed"}) {
      EXPECT_EQ(types[fmt::format("io.subtide.{}.v1", once)], 1) << job << " " << once;
    }
  }
}

TEST_F(TranscodeBatch, ListsTakeNoInputsAway) {
  make_short("a.mp4");
  make_short("b.mp4");
  const auto result = run({"transcode", "-o", "out", "--state", "none", "--subtitles", "none",
                           "--translate", "es", "--formats", "srt", "a.mp4", "b.mp4"});
  EXPECT_TRUE(result.succeeded()) << result.summary();
  EXPECT_TRUE(exists("out/a.mp4"));
  EXPECT_TRUE(exists("out/b.mp4"));
}

TEST_F(TranscodeBatch, NothingTakesThePlaceOfASourceOrOfSomethingElse) {
  make_short("talk.mp4");
  make_short("talk/part.mp4");
  make_short("talk_48p.mp4");
  write("photos/cat.jpg", "not a presentation");
  make_short("photos.mp4");
  const auto before = read("talk/part.mp4");
  const auto hls = run({"transcode", "talk.mp4", "talk/part.mp4", "photos.mp4", "-o", ".",
                        "--package", "hls", "--subtitles", "none", "--force", "--state", "none"});
  EXPECT_EQ(hls.exit_code, 3) << hls.summary();
  EXPECT_THAT(hls.err, AllOf(HasSubstr("talk.mp4: ./talk would take the place of an input"),
                             HasSubstr("photos is a folder with something else in it")));
  EXPECT_TRUE(read("talk/part.mp4") == before);
  EXPECT_EQ(read("photos/cat.jpg"), "not a presentation");
  const auto source = read("talk_48p.mp4");
  const auto files = run({"transcode", "talk.mp4", "talk_48p.mp4", "--ladder", "720p", "-o", ".",
                          "--subtitles", "none", "--force", "--state", "none"});
  EXPECT_THAT(files.err, HasSubstr("talk_48p.mp4 would take the place of an input"));
  EXPECT_TRUE(read("talk_48p.mp4") == source);
}

TEST_F(TranscodeBatch, WhatWasMadeBelowAFolderIsNoInputOfIt) {
  make_short("in/a.mp4");
  for (int i = 0; i < 2; ++i) {
    const auto result =
        run({"transcode", "in", "-o", "in/out", "--subtitles", "none"}, with_state());
    EXPECT_TRUE(result.succeeded()) << result.summary();
  }
  EXPECT_FALSE(exists("in/out/out"));
  const auto beside = transcode({"in"});
  EXPECT_EQ(beside.exit_code, 2);
  EXPECT_THAT(beside.err, HasSubstr("with -o"));
}

TEST_F(TranscodeBatch, AnotherTryReplacesWhatADegradedOneLeft) {
  const Words words = {"transcode", "broken.mkv", "-o",          "out",
                       "--ladder",  "720p",       "--subtitles", "none"};
  make("long.mkv", {pictures("64x48", "6", "10"), {"-c:v", "libx264", "-g", "10"}});
  const std::string matroska = read("long.mkv");
  write("broken.mkv", matroska.substr(0, matroska.size() / 2));
  const auto first = run(words, with_state());
  const auto second = run(words, with_state());
  EXPECT_EQ(first.exit_code, second.exit_code) << second.summary();
  EXPECT_THAT(second.err, Not(HasSubstr("give --force")));
}

TEST_F(TranscodeBatch, APresentationThatLostASegmentIsMadeAgain) {
  make_short("in/a.mp4");
  const Words words = {"transcode", "in", "-o", "out", "--subtitles", "none", "--package", "hls"};
  ASSERT_TRUE(run(words, with_state()).succeeded());
  Words parts = outputs();
  std::erase_if(parts, [](const std::string& name) { return !name.ends_with(".m4s"); });
  ASSERT_FALSE(parts.empty());
  fs::remove(path(parts.front()));
  const auto second = run(words, with_state());
  EXPECT_TRUE(second.succeeded()) << second.summary();
  EXPECT_THAT(second.err, Not(HasSubstr("was done before")));
  EXPECT_TRUE(exists(parts.front()));
}

/// Killed when so many files are there, and run again.
class TranscodeKilled : public TranscodeBatch, public testing::WithParamInterface<int> {};

TEST_P(TranscodeKilled, ABatchGoesOnWhereItWas) {
  make_spoken("in/00.mp4", "320x240");
  for (int i = 1; i < 6; ++i) copy("in/00.mp4", "in/0" + std::to_string(i) + ".mp4");
  const Words words = speech_words(
      {"in", "-o", "out", "--jobs", "2", "--translate", "es", "--subtitles", "embed,sidecar"});
  std::string told;
  {
    RunningProgram first(program(words), with_state());
    ASSERT_TRUE(wait_until([&] {
      return static_cast<int>(count(first.err(), ".mp4: ")) >= GetParam() || first.ends_within(0ms);
    }));
    first.send_signal(SIGKILL);
    EXPECT_EQ(first.wait(10s).signal, SIGKILL);
    told = first.err();
  }
  // A job is finished when that was said.
  std::map<std::string, Stamp> finished;
  for (int i = 0; i < 6; ++i) {
    const std::string stem = "0" + std::to_string(i);
    if (told.find("in/" + stem + ".mp4: ") == told.npos) continue;
    for (const char* ending : {".mp4", ".en.srt", ".es.srt"}) {
      finished[stem + ending] = stamp("out/" + stem + ending);
    }
  }
  EXPECT_GE(static_cast<int>(finished.size()), 3 * GetParam());

  const auto second = run(words, with_state());
  ASSERT_TRUE(second.succeeded()) << second.summary();
  for (const auto& [name, before] : finished) EXPECT_EQ(stamp("out/" + name), before) << name;
  EXPECT_GE(count(second.err, "was done before"), static_cast<std::size_t>(GetParam()));
  Words wanted = {"out/subtide-report.json"};
  for (int i = 0; i < 6; ++i) {
    for (const char* ending : {".mp4", ".en.srt", ".es.srt"}) {
      wanted.push_back("out/0" + std::to_string(i) + ending);
      EXPECT_EQ(content(wanted.back()), content(std::string("out/00") + ending)) << wanted.back();
    }
  }
  std::ranges::sort(wanted);
  EXPECT_EQ(outputs(), wanted);  // nothing half is left
  const Json jobs = report()["jobs"];
  ASSERT_THAT(jobs, SizeIs(6));
  for (const Json& job : jobs) {
    EXPECT_EQ(job["ending"], "completed");
    EXPECT_THAT(job["outputs"], SizeIs(3));
  }
}

INSTANTIATE_TEST_SUITE_P(After, TranscodeKilled, testing::Values(0, 1, 3));

TEST_F(TranscodeBatch, AKilledPresentationIsMadeAnew) {
  make_short("in/a.mp4");
  copy("in/a.mp4", "in/b.mp4");
  const Words words = {"transcode", "in", "-o", "out", "--subtitles", "none", "--package", "hls"};
  ProgramOptions dies = with_state();
  dies.environment["SUBTIDE_FAULT_POINT"] = "job.worked:1";
  EXPECT_NE(run(words, dies).signal, 0);
  ASSERT_TRUE(exists("out/a/master.m3u8"));
  const auto second = run(words, with_state());
  ASSERT_TRUE(second.succeeded()) << second.summary();
  EXPECT_TRUE(exists("out/b/master.m3u8"));
  const auto before = stamp("out/a/master.m3u8");
  const auto third = run(words, with_state());
  ASSERT_TRUE(third.succeeded()) << third.summary();
  EXPECT_EQ(count(third.err, "was done before"), 2U);
  EXPECT_EQ(stamp("out/a/master.m3u8"), before);
}

TEST_F(TranscodeBatch, AThousandSmallFilesWithBadOnesAmongThem) {
  make("in/0/0000.mp4",
       {pictures("32x32", "0.2", "10"), sound("0.2"), {"-c:v", "libx264", "-c:a", "aac"}});
  for (int i = 1; i < 1000; ++i) {
    const std::string name = fmt::format("in/{}/{:04}.mp4", i / 100, i);
    if (i % 250 == 7) {
      write(name, "this is no media");
    } else {
      copy("in/0/0000.mp4", name);
    }
  }
  const auto result =
      run({"transcode", "in", "-o", "out", "--subtitles", "none", "--jobs", "4"}, with_state());
  EXPECT_EQ(result.exit_code, 3) << result.summary();
  EXPECT_THAT(result.err, HasSubstr("1000 inputs: 996 done, 0 with gaps, 0 failed, 4 unreadable"));
  EXPECT_EQ(count(result.err, "unreadable   "), 4U);  // the table names those, not all
  const Words made = outputs();
  EXPECT_THAT(made, SizeIs(997));
  EXPECT_EQ(content(made[500]), content("out/0/0000.mp4"));
  EXPECT_THAT(report()["jobs"], SizeIs(1000));
}

TEST_F(TranscodeBatch, LinesOfAManifestHaveTheirOwnOptions) {
  make_short("in/a.mp4");
  make_short("in/b.mp4");
  write("jobs.csv",
        "input,output,package,ladder,crf\n"
        "in/a.mp4,out/csv,mkv,,30\n"
        "in/b.mp4,,hls,240p,\n");
  const auto csv = transcode({"jobs.csv", "-o", "out", "--audio-codec", "aac"});
  ASSERT_TRUE(csv.succeeded()) << csv.summary();
  EXPECT_TRUE(exists("out/csv/a.mkv"));
  EXPECT_TRUE(exists("out/b/master.m3u8"));

  write("jobs.json", R"([{"input": "in/*.mp4", "package": "mkv", "audio-codec": "opus"},
                         {"input": "in/a.mp4", "output": "out/other", "force": true}])");
  const auto json = transcode({"jobs.json", "-o", "out/json", "--jobs", "2"});
  ASSERT_TRUE(json.succeeded()) << json.summary();
  EXPECT_EQ(stream("out/json/a.mkv", "audio")["codec_name"], "opus");
  EXPECT_TRUE(exists("out/json/b.mkv"));
  EXPECT_EQ(stream("out/other/a.mp4", "audio")["codec_name"], "aac");
  EXPECT_THAT(json.err, HasSubstr("3 inputs: 3 done"));
}

TEST_F(TranscodeBatch, AWrongManifestDoesNothingAndNamesTheLine) {
  make_short("in/a.mp4");
  struct Case {
    const char* text;
    const char* told;
  };
  for (const Case& one :
       {Case{"input,laddr\nin/a.mp4,240p\n",
             "jobs.csv: line 1, 'laddr': is not known; did you mean"},
        Case{"input,crf\nin/a.mp4,20\nin/a.mp4,many\n", "jobs.csv: line 3: --crf"},
        Case{"input,package\nin/a.mp4,avi\n", "jobs.csv: line 2: --package"},
        Case{"input,jobs\nin/a.mp4,2\n", "'jobs': is not known"}}) {
    write("jobs.csv", one.text);
    const auto result = transcode({"jobs.csv", "-o", "out"});
    EXPECT_EQ(result.exit_code, 2) << one.text;
    EXPECT_THAT(result.err, HasSubstr(one.told));
    EXPECT_FALSE(exists("out"));
  }
  EXPECT_THAT(transcode({"none.csv", "-o", "out"}).err, HasSubstr("cannot open none.csv"));
}

TEST_F(TranscodeBatch, ADryRunWritesNothingAndTellsAll) {
  make("in/a.mp4", {pictures("640x480", "1"), sound("1"), {"-c:v", "libx264", "-c:a", "aac"}});
  make_short("in/b.mp4");
  write("in/c.mp4", "this is no media");
  const Words before = files();
  const Words words = {"transcode", "in",         "-o",          "out",
                       "--ladder",  "1080p,360p", "--subtitles", "none"};
  const auto planned = run(joined({words, {"--dry-run"}}), with_state());
  EXPECT_EQ(planned.exit_code, 3) << planned.summary();
  EXPECT_EQ(files(), before);
  EXPECT_FALSE(exists("out"));
  EXPECT_THAT(planned.err, AllOf(HasSubstr("360p: 480 x 360"), HasSubstr("out/a_360p.mp4"),
                                 HasSubstr("in/c.mp4: is not"), Not(HasSubstr("1080p"))));
  EXPECT_EQ(run(words, with_state()).exit_code, 3);
  const Words after = files();
  const auto again = run(joined({words, {"--dry-run"}}), with_state());
  EXPECT_EQ(count(again.err, "was done before"), 2U) << again.err;
  EXPECT_EQ(outputs(), Words(std::find_if(after.begin(), after.end(),
                                          [](const auto& n) { return n.starts_with("out/"); }),
                             std::find_if(after.begin(), after.end(),
                                          [](const auto& n) { return n > "out0"; })));
}

class TranscodeWatch : public TranscodeBatch {
 protected:
  Words watch_words() const {
    return program({"transcode", "inbox", "--watch", "-o", "out", "--subtitles", "none"});
  }
  /// Some bytes more.
  void append(const std::string& name, std::string_view bytes) const {
    std::ofstream(path(name), std::ios::app | std::ios::binary) << bytes;
  }
};

TEST_F(TranscodeWatch, AFileThatIsStillWrittenIsTakenWhenItIsWhole) {
  make_short("whole.mp4");
  fs::create_directories(path("inbox"));
  copy("whole.mp4", "inbox/before.mp4");
  RunningProgram watch(watch_words(), with_state());
  ASSERT_TRUE(wait_until([&] { return exists("out/before.mp4"); })) << watch.err();

  const std::string bytes = read("whole.mp4");
  {
    // A writer that pauses for longer than files take to settle, and one that closes in between.
    std::ofstream slow(path("inbox/slow.mp4"), std::ios::binary);
    slow << bytes.substr(0, bytes.size() / 2) << std::flush;
    for (int i = 0; i < 5; ++i) {
      append("inbox/steps.mp4",
             bytes.substr(i * bytes.size() / 5, (i + 1) * bytes.size() / 5 - i * bytes.size() / 5));
      std::this_thread::sleep_for(1s);
    }
    EXPECT_FALSE(exists("out/slow.mp4"));
    EXPECT_EQ(watch.err().find("inbox/slow.mp4: "), std::string::npos) << watch.err();
    slow << bytes.substr(bytes.size() / 2);
  }
  copy("whole.mp4", "inbox/later/.hidden.mp4");
  fs::rename(path("inbox/later/.hidden.mp4"), path("inbox/later/moved.mp4"));
  for (const char* name : {"out/slow.mp4", "out/steps.mp4", "out/later/moved.mp4"}) {
    ASSERT_TRUE(wait_until([&] { return exists(name); })) << name << watch.err();
  }
  ASSERT_TRUE(wait_until([&] { return count(watch.err(), "x real time") == 4; })) << watch.err();
  watch.send_signal(SIGINT);
  const auto ended = watch.wait(20s);
  EXPECT_EQ(ended.exit_code, 0) << ended.summary();
  // Whole files give the same, and none was tried before it was whole.
  for (const char* name : {"out/slow.mp4", "out/steps.mp4", "out/later/moved.mp4"}) {
    EXPECT_EQ(content(name), content("out/before.mp4")) << name;
  }
  EXPECT_THAT(outputs(), ElementsAre("out/before.mp4", "out/later/moved.mp4", "out/slow.mp4",
                                     "out/steps.mp4", "out/subtide-report.json"));
  EXPECT_THAT(report()["jobs"], SizeIs(4));
  EXPECT_THAT(ended.err, HasSubstr("4 inputs: 4 done"));
}

TEST_F(TranscodeWatch, WhatWasDoneIsKnownAndANewVersionIsMadeAnew) {
  make_short("inbox/a.mp4");
  {
    RunningProgram watch(watch_words(), with_state());
    ASSERT_TRUE(wait_until([&] { return exists("out/a.mp4"); })) << watch.err();
    ASSERT_TRUE(wait_until([&] { return count(watch.err(), "wrote") == 1; }));
    const auto first = stamp("out/a.mp4");
    make("new.mp4", {pictures("32x32", "0.4", "10"), {"-c:v", "libx264"}});
    fs::rename(path("new.mp4"), path("inbox/a.mp4"));
    ASSERT_TRUE(wait_until([&] { return count(watch.err(), "wrote") == 2; })) << watch.err();
    EXPECT_NE(stamp("out/a.mp4").first, first.first);
    watch.send_signal(SIGTERM);
    EXPECT_EQ(watch.wait(20s).exit_code, 0);
  }
  const auto kept = stamp("out/a.mp4");
  RunningProgram watch(watch_words(), with_state());
  ASSERT_TRUE(wait_until([&] { return count(watch.err(), "was done before") == 1; }))
      << watch.err();
  EXPECT_EQ(stamp("out/a.mp4"), kept);
}

TEST_F(TranscodeWatch, AFileThatIsNotOursIsNeverReplaced) {
  make_short("inbox/a.mp4");
  write("out/a.mp4", "somebody's");
  RunningProgram watch(watch_words(), with_state());
  ASSERT_TRUE(wait_until([&] { return count(watch.err(), "give --force") == 1; })) << watch.err();
  append("inbox/a.mp4", "more");
  ASSERT_TRUE(wait_until([&] { return count(watch.err(), "give --force") == 2; })) << watch.err();
  EXPECT_EQ(read("out/a.mp4"), "somebody's");
}

TEST_F(TranscodeWatch, WhatCannotBeWatchedIsRefused) {
  make_short("inbox/a.mp4");
  const auto refused = [&](const Words& words) {
    const auto result = transcode(joined({words, {"--watch"}}));
    EXPECT_EQ(result.exit_code, 2) << result.summary();
    return result.err;
  };
  EXPECT_THAT(refused({"inbox/a.mp4", "-o", "out"}), HasSubstr("inbox/a.mp4 is not a folder"));
  EXPECT_THAT(refused({"inbox"}), HasSubstr("-o"));
  EXPECT_THAT(refused({"inbox", "-o", "inbox"}), HasSubstr("-o"));
  EXPECT_THAT(refused({"inbox", "-o", "."}), HasSubstr("where what is made goes"));
}

}  // namespace
}  // namespace subtide
