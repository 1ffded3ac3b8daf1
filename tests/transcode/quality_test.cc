// --qc and --loudness: what is found, where, and how loud outputs are.
#include <gmock/gmock.h>

#include "tests/transcode/transcode_fixture.h"

namespace subtide {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

constexpr double kFrame = 0.041;  // of these clips
constexpr double kNear = 0.050;

class Quality : public TranscodeTest {
 protected:
  /// Pictures that change all the time, as they are, without loss.
  static Words moving(const std::string& seconds, const std::string& filters = "") {
    return {"-f", "lavfi", "-i",
            "testsrc2=size=320x240:rate=25:duration=" + seconds + (filters.empty() ? "" : ",") +
                filters};
  }
  static Words formula(const std::string& sound, const std::string& seconds) {
    return {"-f", "lavfi", "-i", "aevalsrc=" + sound + ":s=48000:d=" + seconds};
  }
  static Words lossless() { return {"-c:v", "libx264", "-qp", "0", "-c:a", "pcm_s16le"}; }
  /// Black from 3 to 5 s, standing still from 8 to 11 s; silent from 6 to 9 s, clipped from 12 to
  /// 12.5 s.
  static std::vector<Words> faulty() {
    return {moving("15",
                   "drawbox=t=fill:c=black:enable='between(t,2.99,4.99)',"
                   "loop=loop=74:size=1:start=201,setpts=N/25/TB,trim=duration=15"),
            formula("if(between(t\\,12\\,12.5)\\,clip(4*sin(2*PI*440*t)\\,-1\\,1)\\,"
                    "if(between(t\\,6\\,9)\\,0\\,0.3*sin(2*PI*440*t)))",
                    "15"),
            lossless()};
  }

  Json report() const { return Json::parse(read("report.json")).at("jobs").at(0); }
  Json quality() const { return report().at("quality"); }
  ProgramResult check(const Words& words) const {
    std::filesystem::remove(path("report.json"));
    return transcode(joined({words, {"-o", "out", "--report", "report.json"}}));
  }

  /// "black 3.00-5.00" and "1: silent 6.00-9.00".
  static std::string text_of(const Json& finding) {
    char times[64];
    std::snprintf(times, sizeof times, " %.2f-%.2f", finding.at("start").get<double>(),
                  finding.at("end").get<double>());
    const std::string track =
        finding.contains("track") ? std::to_string(finding["track"].get<int>()) + ": " : "";
    return track + finding.at("kind").get<std::string>() + times;
  }
  std::vector<std::string> findings() const {
    std::vector<std::string> texts;
    const Json all = quality();
    for (const auto& one : all.at("findings")) texts.push_back(text_of(one));
    return texts;
  }
  void expect_finding(const std::string& kind, double begin, double end, double tolerance) const {
    const Json all = quality();
    for (const auto& one : all.at("findings")) {
      if (one.at("kind") != kind || std::abs(one.at("start").get<double>() - begin) > 1) continue;
      EXPECT_NEAR(one.at("start").get<double>(), begin, tolerance) << kind;
      EXPECT_NEAR(one.at("end").get<double>(), end, tolerance) << kind;
      return;
    }
    ADD_FAILURE() << "no " << kind << " at " << begin << ": " << quality().dump();
  }

  struct Measured {
    double loudness = 0;  ///< LUFS
    double peak = 0;      ///< dBTP
  };
  /// As ffmpeg's ebur128 filter hears it.
  Measured measured(const std::string& name, int track = 0) const {
    const auto result = run_program({"ffmpeg", "-hide_banner", "-nostdin", "-i",
                                     path(name).string(), "-map", "0:a:" + std::to_string(track),
                                     "-af", "ebur128=peak=true", "-f", "null", "-"});
    EXPECT_TRUE(result.succeeded()) << result.summary();
    const auto number = [&](const char* field) {
      const auto at = result.err.rfind(field);
      return at == std::string::npos ? 0 : std::atof(result.err.c_str() + at + std::strlen(field));
    };
    return {number("  I: "), number("Peak: ")};
  }
};

TEST_F(Quality, ControlFindsWhatIsWrongAndWhere) {
  make("in/faulty.mov", faulty());
  const auto result = check({"in/faulty.mov", "--qc", "--json"});
  ASSERT_TRUE(result.succeeded()) << result.summary();
  expect_finding("black", 3, 5, kFrame);
  expect_finding("frozen", 3, 5, kFrame);  // black pictures stand still too
  expect_finding("frozen", 8, 11, kFrame);
  expect_finding("silent", 6, 9, kNear);
  expect_finding("clipped", 12, 12.5, kNear);
  EXPECT_THAT(findings(), SizeIs(5));
  EXPECT_EQ(report().at("ending"), "completed");
  EXPECT_THAT(result.err, HasSubstr("  quality    black 00:00:03.000 to 00:00:05.000"));
  EXPECT_THAT(result.err, HasSubstr("  quality    track 1: silent 00:00:06.000 to 00:00:09.000"));
  std::vector<std::string> told;
  for (const auto& event : json_lines(result.out)) {
    if (event.at("type") == "io.subtide.media.quality.found.v1") {
      told.push_back(text_of(event.at("data")));
    }
  }
  EXPECT_THAT(told, testing::UnorderedElementsAreArray(findings()));
}

TEST_F(Quality, ControlFindsNothingInACleanFileAndTellsItsLoudness) {
  make("in/clean.mp4", {moving("6"), sound("6"), {"-c:v", "libx264", "-c:a", "aac"}});
  const auto result = check({"in/clean.mp4", "--qc", "--ladder", "240p", "--json"});
  ASSERT_TRUE(result.succeeded()) << result.summary();
  EXPECT_THAT(findings(), IsEmpty());
  EXPECT_THAT(result.err, HasSubstr("  quality    nothing found"));
  const auto before = measured("in/clean.mp4");
  const Json loudness = quality().at("loudness").at(0);
  EXPECT_NEAR(loudness.at("integrated_lufs").get<double>(), before.loudness, 0.15);
  EXPECT_NEAR(loudness.at("true_peak_dbtp").get<double>(), before.peak, 0.2);
  EXPECT_FALSE(loudness.contains("gain_db"));
  EXPECT_THAT(result.out, HasSubstr("io.subtide.media.loudness.measured.v1"));
  EXPECT_NEAR(measured("out/clean_240p.mp4").loudness, before.loudness, 0.2);
}

TEST_F(Quality, TimesCountFromWhatAPlayerShowsFirst) {
  make("in/late.ts", {moving("6", "drawbox=t=fill:c=black:enable='between(t,0.99,3.49)'"),
                      sound("6"),
                      {"-c:v", "libx264", "-qp", "0", "-c:a", "aac", "-output_ts_offset", "100"}});
  ASSERT_TRUE(check({"in/late.ts", "--qc"}).succeeded());
  expect_finding("black", 1, 3.52, kFrame);
}

TEST_F(Quality, SoundThatIsNotThereIsMissing) {
  make("in/still.mp4", {moving("4"), {"-c:v", "libx264"}});
  ASSERT_TRUE(check({"in/still.mp4", "--qc"}).succeeded());
  EXPECT_THAT(findings(), ElementsAre("missing_audio 0.00-4.00"));
  make("in/muted.mp4",
       {moving("4"), formula("0", "4"), {"-c:v", "libx264", "-c:a", "aac", "-shortest"}});
  const auto muted = check({"in/muted.mp4", "--qc"});
  ASSERT_TRUE(muted.succeeded()) << muted.summary();
  EXPECT_THAT(muted.err, HasSubstr("missing audio 00:00:00.000"));
  EXPECT_THAT(muted.err, HasSubstr("loudness   track 1: too short or too silent"));
  expect_finding("missing_audio", 0, 4, kNear);
  expect_finding("silent", 0, 4, kNear);
  make(
      "in/short.mov",
      {moving("6"), sound("3.5"), sound("6"), {"-map", "0", "-map", "1", "-map", "2"}, lossless()});
  ASSERT_TRUE(check({"in/short.mov", "--qc"}).succeeded());
  EXPECT_THAT(findings(), ElementsAre("1: missing_audio 3.50-6.00"));
}

TEST_F(Quality, ControlAloneWritesNothing) {
  make("in/faulty.mov", faulty());
  const auto result = check({"in/faulty.mov", "--qc", "--package", "none"});
  ASSERT_TRUE(result.succeeded()) << result.summary();
  EXPECT_THAT(findings(), SizeIs(5));
  EXPECT_THAT(files(), ElementsAre("in/faulty.mov", "report.json"));
}

TEST_F(Quality, NobodyLooksWhereNobodyAsked) {
  make("in/clip.mp4", {pictures(), sound(), {"-c:v", "libx264", "-c:a", "aac"}});
  const auto result = check({"in/clip.mp4"});
  ASSERT_TRUE(result.succeeded()) << result.summary();
  EXPECT_FALSE(report().contains("quality"));
  EXPECT_THAT(result.err, AllOf(Not(HasSubstr("quality")), Not(HasSubstr("loudness"))));
}

TEST_F(Quality, AFinishedJobKeepsItsFindings) {
  make("in/faulty.mov", faulty());
  ProgramOptions how = options();
  how.environment["SUBTIDE_STATE"] = path("state").string();
  const Words words = {"transcode", "in/faulty.mov", "-o",  "out",      "--qc",       "--subtitles",
                       "none",      "--loudness",    "-23", "--report", "report.json"};
  const auto first = run(words, how);
  ASSERT_TRUE(first.succeeded()) << first.summary();
  const Json found = quality();
  EXPECT_THAT(found.at("findings"), SizeIs(5));
  std::filesystem::remove(path("report.json"));
  const auto second = run(words, how);
  EXPECT_THAT(second.err, HasSubstr("was done before"));
  EXPECT_EQ(quality(), found);
}

TEST_F(Quality, SoundComesOutAsLoudAsAskedFor) {
  // A tone of 1 kHz measures 3 dB less than its amplitude.
  make("in/quiet.mov", {moving("8"),
                        formula("0.0447*sin(2*PI*1000*t)", "8"),
                        formula("0.2*sin(2*PI*1000*t)|0.2*sin(2*PI*1000*t)", "8"),
                        {"-map", "0", "-map", "1", "-map", "2"},
                        lossless()});
  EXPECT_NEAR(measured("in/quiet.mov").loudness, -30, 0.1);
  const auto result = check({"in/quiet.mov", "--loudness", "-23", "--package", "mkv"});
  ASSERT_TRUE(result.succeeded()) << result.summary();
  const auto first = measured("out/quiet.mkv");
  const auto second = measured("out/quiet.mkv", 1);
  std::printf("-23 asked for: %.1f LUFS from -30, %.1f LUFS from -14\n", first.loudness,
              second.loudness);
  EXPECT_NEAR(first.loudness, -23, 0.3);
  EXPECT_NEAR(second.loudness, -23, 0.3);
  const Json told = quality().at("loudness").at(0);
  EXPECT_NEAR(told.at("integrated_lufs").get<double>(), -30, 0.2);
  EXPECT_NEAR(told.at("gain_db").get<double>(), 7, 0.2);
  EXPECT_EQ(told.at("held_back_by_peak"), false);
  EXPECT_EQ(quality().at("checked"), false);
  EXPECT_THAT(result.err, HasSubstr("; made 7.0 dB louder, -23.0 LUFS\n"));
}

TEST_F(Quality, SpeechComesOutAsLoudAsAskedForInEachCodec) {
  const auto speech = shared_media("en/jfk.wav");
  SUBTIDE_REQUIRE_FILE(speech);
  make("in/talk.wav", {{"-i", speech.string(), "-af", "volume=-15dB"}});
  const double before = measured("in/talk.wav").loudness;
  EXPECT_NEAR(before, -30, 1);
  for (const std::string codec : {"aac", "opus"}) {
    const auto result = check({"in/talk.wav", "--audio-codec", codec, "--package", "mkv",
                               "--loudness", "-23", "--force"});
    ASSERT_TRUE(result.succeeded()) << result.summary();
    ASSERT_EQ(quality().at("loudness").at(0).at("held_back_by_peak"), false) << result.err;
    const auto after = measured("out/talk.mkv");
    std::printf("%s: %.1f LUFS, %.1f dBTP, from %.1f\n", codec.c_str(), after.loudness, after.peak,
                before);
    EXPECT_NEAR(after.loudness, -23, 0.3) << codec;
  }
}

TEST_F(Quality, PeaksHoldLoudnessBack) {
  make("in/peaks.mov",
       {formula("if(between(t\\,4\\,4.02)\\,0.6\\,0.0447)*sin(2*PI*1000*t)", "8"), lossless()});
  const auto result = check({"in/peaks.mov", "--loudness", "-16"});
  ASSERT_TRUE(result.succeeded()) << result.summary();
  const Json told = quality().at("loudness").at(0);
  EXPECT_EQ(told.at("held_back_by_peak"), true);
  EXPECT_NEAR(told.at("gain_db").get<double>(), -1.5 - told.at("true_peak_dbtp").get<double>(),
              0.01);
  EXPECT_THAT(result.err, HasSubstr("its peaks leave no room for more"));
  const auto after = measured("out/peaks.mp4");
  std::printf("peaks at %.1f dBTP\n", after.peak);
  EXPECT_LE(after.peak, -1);
  EXPECT_LT(after.loudness, -20);
}

TEST_F(Quality, LoudnessThatNobodyCanGiveIsRefused) {
  make("in/clip.wav", {sound()});
  EXPECT_EQ(check({"in/clip.wav", "--loudness", "-50"}).exit_code, 2);
  EXPECT_EQ(check({"in/clip.wav", "--loudness", "loud"}).exit_code, 2);
  const auto result =
      run({"transcode", "in/clip.wav", "--package", "none", "--loudness", "-23", "-o", "out"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("--loudness changes sound that is written"));
}

TEST_F(Quality, PicturesWithoutSoundHaveNoLoudness) {
  make("in/still.mp4", {moving("2"), {"-c:v", "libx264"}});
  const auto result = check({"in/still.mp4", "--loudness", "-23"});
  ASSERT_TRUE(result.succeeded()) << result.summary();
  EXPECT_THAT(result.err, HasSubstr("there is no sound whose loudness could be changed"));
}

}  // namespace
}  // namespace subtide
