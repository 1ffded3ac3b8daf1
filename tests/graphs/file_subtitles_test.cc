#include <gmock/gmock.h>
#include <gst/gst.h>

#include <stop_token>

#include "elements/register.h"
#include "engine/base/atomic_file.h"
#include "engine/pipeline/session.h"
#include "engine/subtitles/sidecar.h"
#include "models/builtin.h"
#include "tests/support/program.h"
#include "tests/support/shared_files.h"

namespace subtide {
namespace {

using testing::ElementsAre;
using testing::UnorderedElementsAre;

class Facts : public SessionObserver {
 public:
  void on_model(const ModelUse& model) override { roles.push_back(model.role); }
  void on_output(const OutputFile& file) override { outputs.push_back(file.path.filename()); }
  void on_transcript(const Phrase& phrase) override { transcript.push_back(phrase); }
  void on_translation(const Phrase& phrase) override { translation.push_back(phrase); }
  void on_text_record(const TextRecord& told) override { record = told; }
  void on_speech(const SpeechSegment& segment) override { speech.push_back(segment); }
  std::vector<Phrase> transcript;
  std::vector<Phrase> translation;
  std::vector<SpeechSegment> speech;
  std::optional<TextRecord> record;
  std::vector<std::string> roles;
  std::vector<std::string> outputs;
};

/// Runs graphs/file_subtitles.json with a recogniser that says "s12" at 12.0 s of media time.
class FileSubtitles : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    gst_init(nullptr, nullptr);
    ASSERT_TRUE(register_elements(nullptr, make_builtin_provider()));
  }

  Result<SessionResult> run(const std::filesystem::path& media_file, ParameterValues values,
                            SessionOptions options = {}) {
    const auto graph = GraphSpec::load(source_root() / "graphs/file_subtitles.json");
    if (!graph) return graph.error();
    const auto input = MediaInput::open(media_file);
    if (!input) return input.error();
    const auto media = probe_media(*input);
    if (!media) return media.error();
    options.track = media->audio.front();
    values.insert({{"location", (folder_ / "talk").string()},
                   {"formats", std::vector<std::string>{"json"}},
                   {"detector", std::string("energy")},
                   {"recognizer", std::string("fake:")},
                   {"language", std::string("en")}});
    auto session = Session::create(*graph, values, *input, *media, options);
    if (!session) return session.error();
    settings_ = session->text_settings();
    if (text_) session->use_text(*text_);
    return session->run(facts_, {});
  }

  Sidecar written(const std::string& language) const {
    const auto bytes = read_file(folder_ / ("talk." + language + ".json"), 1 << 20);
    EXPECT_TRUE(bytes);
    auto sidecar = read_sidecar(SidecarFormat::kJson, bytes.value_or(""));
    EXPECT_TRUE(sidecar) << sidecar.error().message;
    return sidecar ? *std::move(sidecar) : Sidecar();
  }

  TemporaryFolder folder_;
  Facts facts_;
  std::optional<TextRecord> text_;  ///< given instead of the media
  std::optional<std::string> settings_;
};

TEST_F(FileSubtitles, OneFilePerLanguageAppearsAndEveryModelIsTold) {
  SUBTIDE_REQUIRE_FILE(shared_media("vad/derived_jfk_padded.wav"));
  const auto result =
      run(shared_media("vad/derived_jfk_padded.wav"),
          {{"translate", std::vector<std::string>{"es"}}, {"translator", std::string("fake:")}});
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_FALSE(result->is_degraded());
  EXPECT_THAT(facts_.roles, UnorderedElementsAre("vad", "recognizer", "translator:es"));
  EXPECT_THAT(facts_.outputs, UnorderedElementsAre("talk.en.json", "talk.es.json"));
  EXPECT_NEAR(to_seconds(result->speech), 10, 1.5);
  const Sidecar english = written("en");
  ASSERT_FALSE(english.cues.empty());
  EXPECT_EQ(english.header.media_name, "derived_jfk_padded.wav");
  EXPECT_EQ(english.footer.media_duration, std::chrono::seconds(27));
  // The speech begins at 8 s, after eight seconds of silence.
  EXPECT_NEAR(to_seconds(english.cues.front().span.begin), 8, 0.6);
  EXPECT_THAT(written("es").cues.size(), testing::Ge(1U));
}

TEST_F(FileSubtitles, TimesCountFromZeroAlsoWhereTheFileDoesNot) {
  SUBTIDE_REQUIRE_PROGRAM("ffmpeg");
  SUBTIDE_REQUIRE_FILE(shared_media("en/jfk.wav"));
  const auto path = folder_ / "late.mkv";
  const auto made = run_program({"ffmpeg", "-v", "error", "-nostdin", "-f", "lavfi", "-i",
                                 "testsrc=size=160x120:rate=25:duration=11", "-i",
                                 shared_media("en/jfk.wav").string(), "-c:v", "libx264", "-c:a",
                                 "flac", "-output_ts_offset", "100", path.string()});
  ASSERT_TRUE(made.succeeded()) << made.summary();
  const auto result = run(path, {});
  ASSERT_TRUE(result) << result.error().message;
  const Sidecar sidecar = written("en");
  ASSERT_FALSE(sidecar.cues.empty());
  EXPECT_LT(to_seconds(sidecar.cues.front().span.begin), 1.0);
  EXPECT_LT(to_seconds(sidecar.cues.back().span.end), 11.5);
  // The words tell the container's own clock: it counts from 100 s.
  EXPECT_EQ(sidecar.cues.front().words.front().text.substr(0, 4), "S100");
}

TEST_F(FileSubtitles, NoSpeechGivesAnEmptyFileOfTheLanguageAskedFor) {
  SUBTIDE_REQUIRE_FILE(shared_media("vad/aeneas_zero.wav"));
  const auto result = run(shared_media("vad/aeneas_zero.wav"), {});
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_FALSE(result->is_degraded());
  EXPECT_TRUE(written("en").cues.empty());
}

TEST_F(FileSubtitles, AFailedWindowIsAGapAndTheRestIsKept) {
  SUBTIDE_REQUIRE_FILE(shared_media("en/jfk.wav"));
  const auto result =
      run(shared_media("en/jfk.wav"),
          {{"recognizer", std::string(R"(fake:{"troubles": [{"fault": "fail"}]})")}});
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_TRUE(result->is_degraded());
  ASSERT_FALSE(result->gaps.empty());
  EXPECT_EQ(written("en").footer.gaps, result->gaps);
}

TEST_F(FileSubtitles, AModelThatIsNotThereEndsTheRunWithItsName) {
  SUBTIDE_REQUIRE_FILE(shared_media("en/jfk.wav"));
  const auto result =
      run(shared_media("en/jfk.wav"), {{"recognizer", std::string("whisper:not-there")}});
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().message, testing::HasSubstr("not-there"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "talk.en.json"));
}

TEST_F(FileSubtitles, TextOfOneRunMakesTheSameFilesInAnother) {
  SUBTIDE_REQUIRE_FILE(shared_media("vad/derived_jfk_padded.wav"));
  const auto media = shared_media("vad/derived_jfk_padded.wav");
  const ParameterValues values = {{"translate", std::vector<std::string>{"es"}},
                                  {"translator", std::string("fake:")},
                                  {"force", true}};
  const auto first = run(media, values);
  ASSERT_TRUE(first) << first.error().message;
  ASSERT_TRUE(facts_.record);
  const Facts told = std::exchange(facts_, {});
  const auto settings = settings_;
  const auto english = read_file(folder_ / "talk.en.json", 1 << 20).value_or("");
  const auto spanish = read_file(folder_ / "talk.es.json", 1 << 20).value_or("");

  auto record = text_record_from_json(to_json(*told.record));
  ASSERT_TRUE(record) << record.error().message;
  EXPECT_EQ(to_json(*record), to_json(*told.record));
  text_ = *std::move(record);
  const auto second = run(media, values);
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_EQ(settings_, settings);
  EXPECT_EQ(read_file(folder_ / "talk.en.json", 1 << 20).value_or("none"), english);
  EXPECT_EQ(read_file(folder_ / "talk.es.json", 1 << 20).value_or("none"), spanish);
  EXPECT_EQ(second->processed, first->processed);
  EXPECT_EQ(second->speech, first->speech);
  EXPECT_EQ(facts_.speech, told.speech);
  EXPECT_THAT(facts_.roles, testing::UnorderedElementsAreArray(told.roles));
  EXPECT_EQ(second->models.size(), first->models.size());
}

TEST_F(FileSubtitles, WordsAndTranslationsAreTold) {
  SUBTIDE_REQUIRE_FILE(shared_media("vad/derived_jfk_padded.wav"));
  const auto result =
      run(shared_media("vad/derived_jfk_padded.wav"),
          {{"translate", std::vector<std::string>{"es"}}, {"translator", std::string("fake:")}});
  ASSERT_TRUE(result) << result.error().message;
  ASSERT_FALSE(facts_.transcript.empty());
  ASSERT_FALSE(facts_.translation.empty());
  EXPECT_EQ(facts_.transcript.front().language, "en");
  EXPECT_EQ(facts_.translation.front().language, "es");
  // The recogniser says "s12" at 12.0 s.
  const Word& word = facts_.transcript.front().words.front();
  EXPECT_NEAR(to_seconds(word.span.begin), std::stod(word.text.substr(1)), 1.0);
}

TEST_F(FileSubtitles, AFailedWindowLeavesNoRecord) {
  SUBTIDE_REQUIRE_FILE(shared_media("vad/derived_jfk_padded.wav"));
  const auto result =
      run(shared_media("vad/derived_jfk_padded.wav"),
          {{"recognizer", std::string(R"(fake:{"troubles": [{"fault": "fail", "at": 10}]})")}});
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_FALSE(result->gaps.empty());
  EXPECT_FALSE(facts_.record);
}

}  // namespace
}  // namespace subtide
