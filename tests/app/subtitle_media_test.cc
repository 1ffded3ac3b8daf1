// `subtide subtitle` on media, with fake models: names, refusals, several inputs, events.
#include <fmt/format.h>

#include "tests/app/program_fixture.h"
#include "tests/support/json_schema.h"

namespace subtide {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsSupersetOf;
using testing::Not;
using testing::StartsWith;

class SubtitleMedia : public ProgramTest {};

TEST_F(SubtitleMedia, BecomesFilesOfEachFormatAndLanguageBesideIt) {
  make_talk("talk.wav");
  const auto result =
      subtitle({"talk.wav", "--formats", "srt,vtt,ttml,ass,json", "--translate", "es"});
  ASSERT_TRUE(result.succeeded()) << result.summary();
  EXPECT_THAT(files(), ElementsAre("talk.en.ass", "talk.en.json", "talk.en.srt", "talk.en.ttml",
                                   "talk.en.vtt", "talk.es.ass", "talk.es.json", "talk.es.srt",
                                   "talk.es.ttml", "talk.es.vtt", "talk.wav"));
  for (const char* format : {"srt", "vtt", "ttml", "ass", "json"}) {
    const auto cues = sidecar(fmt::format("talk.en.{}", format)).cues;
    ASSERT_FALSE(cues.empty()) << format;
    EXPECT_THAT(all_text(cues), HasSubstr("s2")) << format;
    EXPECT_THAT(all_text(sidecar(fmt::format("talk.es.{}", format)).cues), HasSubstr("[es]"));
  }
}

TEST_F(SubtitleMedia, CuesStandWhereSpeechIs) {
  make_talk("talk.wav");
  ASSERT_TRUE(subtitle({"talk.wav", "--formats", "json"}).succeeded());
  const auto cues = sidecar("talk.en.json").cues;
  ASSERT_FALSE(cues.empty());
  EXPECT_GE(cues.front().span.begin, std::chrono::milliseconds(800));
  EXPECT_LE(cues.front().span.begin, std::chrono::milliseconds(1600));
  EXPECT_LE(cues.back().span.end, std::chrono::milliseconds(5100));
}

TEST_F(SubtitleMedia, IsSrtAndWebVttUnlessAskedOtherwise) {
  make_talk("talk.wav");
  ASSERT_TRUE(subtitle({"talk.wav"}).succeeded());
  EXPECT_THAT(files(), ElementsAre("talk.en.srt", "talk.en.vtt", "talk.wav"));
}

TEST_F(SubtitleMedia, GoesToAFolderThatIsMade) {
  make_talk("talk.wav");
  ASSERT_TRUE(subtitle({"talk.wav", "-o", "deep/out", "--formats", "srt"}).succeeded());
  EXPECT_TRUE(exists("deep/out/talk.en.srt"));
  EXPECT_FALSE(exists("talk.en.srt"));
}

TEST_F(SubtitleMedia, OfAFolderKeepsItsStructure) {
  make_talk("in/a.wav");
  make_talk("in/sub/b.wav");
  const auto result = subtitle({"in", "-o", "out", "--formats", "srt"});
  ASSERT_TRUE(result.succeeded()) << result.summary();
  EXPECT_TRUE(exists("out/a.en.srt"));
  EXPECT_TRUE(exists("out/sub/b.en.srt"));
  EXPECT_TRUE(exists("out/subtide-report.json"));
}

TEST_F(SubtitleMedia, KeepsTheExtensionWhereNamesDifferOnlyInIt) {
  make_talk("a.wav");
  make_talk("a.w64");
  const auto result = subtitle({"a.wav", "a.w64", "--formats", "srt"});
  ASSERT_TRUE(result.succeeded()) << result.summary();
  EXPECT_TRUE(exists("a.wav.en.srt"));
  EXPECT_TRUE(exists("a.w64.en.srt"));
}

TEST_F(SubtitleMedia, NeverReplacesAFileWithoutForce) {
  make_talk("talk.wav");
  write("talk.es.srt", "mine");
  const auto refused = subtitle({"talk.wav", "--formats", "srt", "--translate", "es"});
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.err, AllOf(HasSubstr("talk.es.srt"), HasSubstr("--force")));
  EXPECT_EQ(read("talk.es.srt"), "mine");
  EXPECT_FALSE(exists("talk.en.srt")) << "nothing is worked on before names are checked";
  ASSERT_TRUE(
      subtitle({"talk.wav", "--formats", "srt", "--translate", "es", "--force"}).succeeded());
  EXPECT_NE(read("talk.es.srt"), "mine");
}

TEST_F(SubtitleMedia, TakesListsAndQuotedGlobs) {
  make_talk("a 1.wav");
  make_talk("b.wav");
  auto how = options();
  how.input = "a 1.wav\nb.wav\n";
  ASSERT_TRUE(run(with_fakes({"-", "--formats", "srt"}), how).succeeded());
  EXPECT_TRUE(exists("a 1.en.srt"));
  ASSERT_TRUE(subtitle({"*.wav", "--formats", "vtt"}).succeeded());
  EXPECT_TRUE(exists("b.en.vtt"));
}

TEST_F(SubtitleMedia, OneBadInputDoesNotStopTheOthers) {
  make_talk("good.wav");
  write("bad.wav", "this is not sound");
  const auto result = subtitle({"bad.wav", "missing.wav", "good.wav", "--formats", "srt"});
  EXPECT_EQ(result.exit_code, 3) << result.summary();
  EXPECT_TRUE(exists("good.en.srt"));
  EXPECT_THAT(result.err, HasSubstr("bad.wav"));
  EXPECT_THAT(result.err, HasSubstr("missing.wav: no such file"));
}

TEST_F(SubtitleMedia, NothingReadableIsExitFour) {
  write("bad.wav", "this is not sound");
  EXPECT_EQ(subtitle({"bad.wav"}).exit_code, 4);
  EXPECT_EQ(subtitle({"missing.wav"}).exit_code, 4);
  EXPECT_EQ(subtitle({"*.mkv"}).exit_code, 4);
}

TEST_F(SubtitleMedia, WrongUsageIsExitTwoAndSaysWhatIsRight) {
  make_talk("talk.wav");
  const std::vector<std::pair<Words, const char*>> mistakes = {
      {{"talk.wav", "--formats", "doc"}, "srt"},
      {{"talk.wav", "--style", "baroque"}, "netflix"},
      {{"talk.wav", "--translate", "klingon"}, "klingon"},
      {{"talk.wav", "--start", "soon"}, "hh:mm:ss"},
      {{"talk.wav", "--duration", "0"}, "--duration"},
      {{"talk.wav", "--profanity", "shout"}, "mask"},
      {{"talk.wav", "--lanes", "1000"}, "--lanes"},
      {{"talk.wav", "-q", "-v"}, "-q"},
      {{"talk.wav", "--no-such-option"}, "--no-such-option"},
      {{}, "input"}};
  for (const auto& [words, hint] : mistakes) {
    const auto result = subtitle(words);
    EXPECT_EQ(result.exit_code, 2) << hint << ": " << result.summary();
    EXPECT_THAT(result.err, HasSubstr(hint));
    EXPECT_EQ(result.out, "");
  }
  EXPECT_EQ(run({}).exit_code, 2);
  EXPECT_EQ(run({"sing"}).exit_code, 2);
}

TEST_F(SubtitleMedia, UnknownModelIsNamed) {
  make_talk("talk.wav");
  const auto result = run({"subtitle", "talk.wav", "--recognizer", "abacus"});
  EXPECT_NE(result.exit_code, 0);
  EXPECT_THAT(result.err, HasSubstr("abacus"));
  EXPECT_THAT(files(), ElementsAre("talk.wav"));
}

TEST_F(SubtitleMedia, LeavesStandardOutputEmptyUnlessAsked) {
  make_talk("talk.wav");
  const auto result = subtitle({"talk.wav"});
  EXPECT_EQ(result.out, "");
  EXPECT_THAT(result.err, AllOf(HasSubstr("x real time"), HasSubstr("wrote"), HasSubstr("speech")));
  EXPECT_EQ(subtitle({"talk.wav", "-q", "--force"}).err, "");
}

void expect_meets_schema(const json& value, const std::string& name) {
  const auto text = read_file(source_root() / "engine/events/schema" / name, 1 << 20);
  ASSERT_TRUE(text) << name;
  EXPECT_EQ(first_breach(json::parse(*text), value), "") << name << ": " << value.dump();
}

TEST_F(SubtitleMedia, TellsEventsThatMeetTheirSchemas) {
  make_talk("talk.wav");
  const auto result =
      subtitle({"talk.wav", "--json", "--translate", "es", "--formats", "vtt", "--preview"});
  ASSERT_TRUE(result.succeeded()) << result.summary();
  Words types;
  std::map<std::string, std::string> last_sequence;
  for (const auto& event : json_lines(result.out)) {
    const std::string type = event["type"];
    const std::string name = type.substr(11);
    expect_meets_schema(event, "envelope.json");
    expect_meets_schema(event["data"], name + ".json");
    types.push_back(name.substr(0, name.size() - 3));
    if (!event.contains("sequence")) continue;
    auto& last = last_sequence[name.substr(0, name.find('.'))];
    EXPECT_LT(last, event["sequence"]) << type;
    last = event["sequence"];
  }
  ASSERT_FALSE(types.empty());
  EXPECT_EQ(types.front(), "job.accepted");
  EXPECT_EQ(types.back(), "job.completed");
  EXPECT_THAT(types, IsSupersetOf({"job.started", "media.info", "speech.started", "speech.ended",
                                   "model.loaded", "cue.emitted", "output.finished"}));
}

TEST_F(SubtitleMedia, TellsOfFailureAsTheLastEvent) {
  write("bad.wav", "this is not sound");
  const auto result = subtitle({"bad.wav", "--json"});
  EXPECT_EQ(result.exit_code, 4);
  const auto events = json_lines(result.out);
  ASSERT_FALSE(events.empty());
  EXPECT_EQ(events.back()["type"], "io.subtide.job.failed.v1");
  expect_meets_schema(events.back()["data"], "job.failed.v1.json");
}

TEST_F(SubtitleMedia, FailingTranslatorLeavesTheSpokenLanguageAndExitsDegraded) {
  make_talk("talk.wav");
  const auto result = run({"subtitle", "talk.wav", "--recognizer", "fake:", "--detector",
                           "fake:", "--language", "en", "--formats", "srt", "--translate", "es",
                           "--translator", R"(fake:{"troubles":[{"fault":"fail"}]})"});
  EXPECT_EQ(result.exit_code, 3) << result.summary();
  EXPECT_FALSE(sidecar("talk.en.srt").cues.empty());
  EXPECT_THAT(result.err, HasSubstr("translat"));
}

TEST_F(SubtitleMedia, WindowThatFailsIsAGapAndTheRestIsWritten) {
  write_sound(path("talk.wav"), {{1, false}, {20, true}, {3, false}, {20, true}, {1, false}});
  const auto result =
      run({"subtitle", "talk.wav", "--detector", "fake:", "--language", "en", "--formats", "json",
           "--recognizer", R"(fake:{"troubles":[{"fault":"fail","at":5.0}]})"});
  EXPECT_EQ(result.exit_code, 3) << result.summary();
  const auto written = sidecar("talk.en.json");
  EXPECT_THAT(all_text(written.cues), HasSubstr("s30"));
  ASSERT_FALSE(written.footer.gaps.empty());
  EXPECT_LE(written.footer.gaps.front().span.begin, std::chrono::seconds(5));
  EXPECT_THAT(result.err, HasSubstr("gap"));
}

TEST_F(SubtitleMedia, WithoutSpeechGivesValidEmptyFilesAndExitsZero) {
  write_sound(path("quiet.wav"), {{5, false}});
  const auto result = subtitle(
      {"quiet.wav", "--formats", "srt,vtt,ttml,ass,json", "--translate", "es", "--preview"});
  ASSERT_TRUE(result.succeeded()) << result.summary();
  for (const char* language : {"en", "es"}) {
    for (const char* format : {"srt", "vtt", "ttml", "ass", "json"}) {
      EXPECT_TRUE(sidecar(fmt::format("quiet.{}.{}", language, format)).cues.empty());
    }
  }
}

TEST_F(SubtitleMedia, IsTheSameBytesOnAnyNumberOfLanes) {
  std::vector<SoundPart> parts;
  for (int i = 0; i < 12; ++i) parts.insert(parts.end(), {{7.3, true}, {1.1, false}});
  write_sound(path("long.wav"), parts);
  for (const char* lanes : {"1", "4"}) {
    const auto result = subtitle({"long.wav", "-o", lanes, "--lanes", lanes, "--translate", "es",
                                  "--formats", "srt,vtt,ttml,ass,json"});
    ASSERT_TRUE(result.succeeded()) << result.summary();
  }
  for (const char* language : {"en", "es"}) {
    for (const char* format : {"srt", "vtt", "ttml", "ass", "json"}) {
      const auto name = fmt::format("long.{}.{}", language, format);
      EXPECT_EQ(read("1/" + name), read("4/" + name)) << name;
    }
  }
}

TEST_F(SubtitleMedia, IsWorkedOnInPart) {
  write_sound(path("talk.wav"), {{30, true}});
  ASSERT_TRUE(
      subtitle({"talk.wav", "--formats", "json", "--start", "10", "--duration", "5"}).succeeded());
  const auto cues = sidecar("talk.en.json").cues;
  ASSERT_FALSE(cues.empty());
  EXPECT_GE(cues.front().span.begin, std::chrono::milliseconds(9500));
  EXPECT_LE(cues.back().span.end, std::chrono::milliseconds(15600));
}

TEST_F(SubtitleMedia, IsMovedInTime) {
  make_talk("talk.wav");
  ASSERT_TRUE(subtitle({"talk.wav", "--formats", "json", "-o", "plain"}).succeeded());
  const auto result =
      subtitle({"talk.wav", "--formats", "json", "-o", "moved", "--time-offset", "2.5"});
  ASSERT_TRUE(result.succeeded()) << result.summary();
  const auto plain = sidecar("plain/talk.en.json").cues;
  const auto moved = sidecar("moved/talk.en.json").cues;
  ASSERT_EQ(plain.size(), moved.size());
  ASSERT_FALSE(plain.empty());
  EXPECT_EQ(moved[0].span.begin - plain[0].span.begin, std::chrono::milliseconds(2500));
}

TEST_F(SubtitleMedia, ReportNamesOutputsModelsAndLayout) {
  make_talk("talk.wav");
  ASSERT_TRUE(subtitle({"talk.wav", "--formats", "vtt", "--report", "report.json"}).succeeded());
  const json report = json::parse(read("report.json"));
  const auto& job = report["jobs"][0];
  EXPECT_EQ(job["ending"], "completed");
  EXPECT_EQ(job["outputs"][0]["sha256"].get<std::string>().size(), 64U);
  EXPECT_FALSE(job["models"].empty());
  EXPECT_EQ(job["layout"][0]["language"], "en");
  EXPECT_EQ(subtitle({"talk.wav", "--formats", "ass", "--report", "report.json"}).exit_code, 1)
      << "the report is not replaced either";
}

TEST_F(SubtitleMedia, TakesOptionsFromEnvironmentAndFileButTheCommandLineWins) {
  make_talk("talk.wav");
  write("config/subtide/config.json",
        R"({"subtitle": {"formats": ["ass"], "output": "from_file"}})");
  ASSERT_TRUE(subtitle({"talk.wav"}).succeeded());
  EXPECT_TRUE(exists("from_file/talk.en.ass"));
  auto how = options();
  how.environment["SUBTIDE_OUTPUT"] = "from_environment";
  ASSERT_TRUE(run(with_fakes({"talk.wav"}), how).succeeded());
  EXPECT_TRUE(exists("from_environment/talk.en.ass"));
  ASSERT_TRUE(
      run(with_fakes({"talk.wav", "-o", "from_line", "--formats", "ttml"}), how).succeeded());
  EXPECT_TRUE(exists("from_line/talk.en.ttml"));
}

TEST_F(SubtitleMedia, MistakesInTheConfigurationAreNamed) {
  make_talk("talk.wav");
  write("bad.json", "{\n \"subtitle\": {\n  \"formats\": \n}}");
  const auto broken = subtitle({"talk.wav", "--config", "bad.json"});
  EXPECT_EQ(broken.exit_code, 2);
  EXPECT_THAT(broken.err, HasSubstr("bad.json: line 4"));
  write("large.json", R"({"subtitle": {"lanes": 7e7777}})");
  const auto large = subtitle({"talk.wav", "--config", "large.json"});
  EXPECT_EQ(large.exit_code, 2);
  EXPECT_THAT(large.err, HasSubstr("large.json: not valid JSON"));
  write("unknown.json", R"({"subtitle": {"colour": "red"}})");
  const auto unknown = subtitle({"talk.wav", "--config", "unknown.json"});
  EXPECT_EQ(unknown.exit_code, 2);
  EXPECT_THAT(unknown.err, HasSubstr("subtitle.colour"));
}

TEST_F(SubtitleMedia, PlaylistsAreRefused) {
  write("list.m3u8", "#EXTM3U\n#EXTINF:10,\nfile:///etc/passwd\n");
  const auto result = subtitle({"list.m3u8"});
  EXPECT_EQ(result.exit_code, 4) << result.summary();
  EXPECT_THAT(result.err, HasSubstr("playlist"));
}

TEST_F(SubtitleMedia, HelpShowsAnExampleFirstAndComesAtOnce) {
  for (const Words& words : std::vector<Words>{
           {"--help"}, {"subtitle", "--help"}, {"models", "--help"}, {"doctor", "--help"}}) {
    const auto result = run(words);
    EXPECT_TRUE(result.succeeded());
    EXPECT_THAT(result.out, StartsWith("Example:"));
  }
}

TEST_F(SubtitleMedia, DoctorSaysWhatIsThereInBothForms) {
  const auto people = run({"doctor"});
  EXPECT_THAT(people.out, AllOf(HasSubstr("GStreamer"), HasSubstr("pocketsphinx")));
  const auto machines = run({"doctor", "--json"});
  const json found = json::parse(machines.out);
  EXPECT_EQ(found["can_subtitle"].get<bool>(), machines.exit_code == 0);
  EXPECT_GT(found["checks"].size(), 20U);
}

TEST_F(SubtitleMedia, ModelsAreListedAndFound) {
  SUBTIDE_REQUIRE_FILE(shared_model("ggml-silero-v6.2.0.bin"));
  const auto list = run({"models", "list"});
  ASSERT_TRUE(list.succeeded());
  EXPECT_THAT(list.out, AllOf(HasSubstr("base.en"), HasSubstr("silero")));
  const auto where = run({"models", "path", "silero"});
  EXPECT_THAT(where.out, HasSubstr("ggml-silero-v6.2.0.bin"));
  EXPECT_TRUE(run({"models", "verify", "silero"}).succeeded());
  const auto missing = run({"models", "path", "large-v3"});
  EXPECT_EQ(missing.exit_code, 1);
  EXPECT_THAT(missing.err, HasSubstr("subtide models pull large-v3"));
}

}  // namespace
}  // namespace subtide
