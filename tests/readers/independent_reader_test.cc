#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

#include "engine/subtitles/sidecar.h"
#include "tests/engine/subtitles/sidecar_samples.h"
#include "tests/support/json_schema.h"
#include "tests/support/program.h"
#include "tests/support/shared_files.h"

namespace subtide {
namespace {

using Json = nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

/// Every nasty text as a cue of its own, a second apart, and one cue of two lines.
std::vector<Cue> nasty_cues(std::string_view without = "") {
  std::vector<Cue> cues;
  const auto add = [&](std::vector<std::string> lines) {
    const int begin = static_cast<int>(cues.size()) * 1000 + 250;
    cues.push_back(cue_at(begin, begin + 900, std::move(lines)));
    cues.back().id = std::to_string(cues.size());
  };
  for (const std::string& text : nasty_texts()) {
    if (text.find_first_of(without) == std::string::npos) add({text});
  }
  add({"first line", "second line"});
  return cues;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += (text.empty() ? "" : "\n") + line;
  return text;
}

std::string write(SidecarFormat format, const std::vector<Cue>& cues) {
  return write_sidecar(format, sample_header(), cues, sample_footer());
}

/// What ffmpeg makes of a sidecar: its own SRT, read back.
std::vector<Cue> through_ffmpeg(SidecarFormat format, const std::vector<Cue>& cues) {
  const TemporaryFolder folder;
  const std::string input = folder / fmt::format("in.{}", to_string(format));
  std::ofstream(input) << write(format, cues);
  const auto result = run_program({"ffmpeg", "-v", "error", "-i", input, "-f", "srt", "-"});
  EXPECT_TRUE(result.succeeded()) << result.summary();
  EXPECT_EQ(result.err, "");
  auto sidecar = read_sidecar(SidecarFormat::kSrt, result.out);
  if (sidecar) return sidecar->cues;
  ADD_FAILURE() << sidecar.error().message << "\n" << result.out;
  return {};
}

void expect_same_cues(const std::vector<Cue>& found, const std::vector<Cue>& wanted) {
  ASSERT_EQ(found.size(), wanted.size());
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    EXPECT_EQ(found[i].lines, wanted[i].lines);
    EXPECT_EQ(found[i].span, wanted[i].span);
  }
}

TEST(Ffmpeg, ReadsOurSrtWithEveryText) {
  SUBTIDE_REQUIRE_PROGRAM("ffmpeg");
  expect_same_cues(through_ffmpeg(SidecarFormat::kSrt, nasty_cues()), nasty_cues());
}

// ffmpeg's own way to SRT turns a backslash of WebVTT into a code and writes tags unescaped.
TEST(Ffmpeg, ReadsOurWebVtt) {
  SUBTIDE_REQUIRE_PROGRAM("ffmpeg");
  const auto cues = nasty_cues("\\{<>&");
  ASSERT_GT(cues.size(), 12U);
  expect_same_cues(through_ffmpeg(SidecarFormat::kWebVtt, cues), cues);
}

TEST(Ffmpeg, ReadsOurAss) {
  SUBTIDE_REQUIRE_PROGRAM("ffmpeg");
  const auto cues = nasty_cues("\\{<>&");
  expect_same_cues(through_ffmpeg(SidecarFormat::kAss, cues), cues);
}

/// How many pixels libass lights for one cue.
std::ptrdiff_t lit_pixels(const std::string& text, const std::string& style) {
  const TemporaryFolder folder;
  SidecarHeader header;
  header.style = style;
  std::ofstream(folder / "in.ass")
      << write_sidecar(SidecarFormat::kAss, header, {cue_at(0, 2000, {text})}, {});
  ProgramOptions options;
  options.folder = folder.path();
  const auto result =
      run_program({"ffmpeg", "-v", "error", "-f", "lavfi", "-i", "color=gray:s=640x360:d=1", "-vf",
                   "ass=in.ass", "-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "gray", "-"},
                  options);
  EXPECT_TRUE(result.succeeded()) << result.summary();
  if (result.out.empty()) return 0;
  const char background = result.out.front();
  return std::ssize(result.out) - std::count(result.out.begin(), result.out.end(), background);
}

TEST(Libass, DrawsBracesAsTextAndNotAsOverrides) {
  SUBTIDE_REQUIRE_PROGRAM("ffmpeg");
  EXPECT_GT(lit_pixels("{plain}", "default"), lit_pixels("plain", "default"));
  EXPECT_GT(lit_pixels("{\\alpha&HFF&}", "default"), 1000);
}

TEST(Libass, DrawsTheBoxedPresetOnABox) {
  SUBTIDE_REQUIRE_PROGRAM("ffmpeg");
  EXPECT_GT(lit_pixels("text", "boxed"), 3 * lit_pixels("text", "default") / 2);
}

/// Runs one of the folder's Node scripts with the packages of package-lock.json.
class NpmReader : public testing::Test {
 protected:
  void SetUp() override {
    SUBTIDE_REQUIRE_PROGRAM("npm");
    SUBTIDE_REQUIRE_PROGRAM("node");
    ProgramOptions options;
    options.timeout = std::chrono::seconds(100);
    const auto result = run_program(
        {source_root() / "cmake/install_node_packages.sh", scripts(), packages()}, options);
    if (!result.succeeded()) {
      SUBTIDE_SKIP_OR_FAIL("npm could not install the readers: " + result.summary());
    }
  }

  static std::filesystem::path scripts() { return source_root() / "tests/readers"; }
  static std::filesystem::path packages() {
    return built_program("x").parent_path().parent_path() / "tests/readers_npm";
  }

  Json run(const std::string& script, const std::string& input) {
    ProgramOptions options;
    options.input = input;
    const auto result = run_program({"node", scripts() / script, packages()}, options);
    EXPECT_TRUE(result.succeeded()) << result.summary();
    return Json::parse(result.out, nullptr, false);
  }

  static void expect_same_cues(const Json& found, const std::vector<Cue>& wanted) {
    ASSERT_EQ(found.size(), wanted.size());
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      EXPECT_EQ(found[i]["text"], joined(wanted[i].lines));
      EXPECT_NEAR(found[i]["start"].get<double>(), to_seconds(wanted[i].span.begin), 1e-6);
      EXPECT_NEAR(found[i]["end"].get<double>(), to_seconds(wanted[i].span.end), 1e-6);
    }
  }
};

TEST_F(NpmReader, WebVttParserReadsOurWebVttWithoutComplaint) {
  for (const auto& cues : {nasty_cues(), sample_cues(), std::vector<Cue>()}) {
    const Json read = run("read_vtt.cjs", write(SidecarFormat::kWebVtt, cues));
    EXPECT_THAT(read["errors"], IsEmpty());
    expect_same_cues(read["cues"], cues);
  }
}

TEST_F(NpmReader, ImscReadsOurTtmlWithoutComplaint) {
  for (const auto& cues : {nasty_cues(), sample_cues(), std::vector<Cue>()}) {
    const Json read = run("read_ttml.cjs", write(SidecarFormat::kTtml, cues));
    EXPECT_THAT(read["errors"], IsEmpty());
    EXPECT_EQ(read["language"], "en");
    expect_same_cues(read["cues"], cues);
  }
}

// Documents that show what each rule of the file syntax allows and forbids.
std::vector<std::string> webvtt_documents() {
  std::vector<std::string> documents{
      "WEBVTT",
      "WEBVTT\n",
      "WEBVTT title\n",
      "WEBVTTX\n",
      "webvtt\n",
      "",
      "\nWEBVTT\n",
      "WEBVTT\n00:01.000 --> 00:02.000\nx\n",
      "WEBVTT\n\nNOTE\nx\n\nNOTE y\n",
      "WEBVTT\n\nSTYLE\n::cue { color: red }\n\n00:01.000 --> 00:02.000\nx\n",
      "WEBVTT\n\nid\n00:01.000 --> 00:02.000\nx\n",
      "WEBVTT\n\nid\nx\n",
      "WEBVTT\n\n00:02.000 --> 00:03.000\nx\n\n00:01.000 --> 00:03.000\nx\n"};
  for (const char* times :
       {"00:01.000 --> 00:02.000", "00:00:01.000 --> 00:00:02.000",
        "100:00:01.000 --> 100:00:02.000", "00:01,000 --> 00:02.000", "0:01.000 --> 00:02.000",
        "00:60.000 --> 01:01.000", "00:01.000-->00:02.000", "00:01.000 --> 00:02.00",
        "00:02.000 --> 00:01.000", "00:01.000 --> 00:02.000 line:0 align:start",
        "00:01.000 --> 00:02.000 align:middle", "00:01.000 --> 00:02.000 size:101%",
        "00:01.000 --> 00:02.000 position:50%,center", "00:01.000 --> 00:02.000 vertical:up",
        "00:01.000 --> 00:02.000 foo:bar"}) {
    documents.push_back(fmt::format("WEBVTT\n\n{}\nx\n", times));
  }
  for (const char* text :
       {"plain", "<b>x</b>", "<i.loud>x</i>", "<v Anna>x", "<v Anna>x</v>", "<lang es>x</lang>",
        "<ruby>x<rt>y</rt></ruby>", "<c.a.b>x</c>", "a &amp; b &lt; c", "<b>x", "</b>",
        "<b><i>x</b></i>", "<font>x</font>", "<00:01.500>x"}) {
    documents.push_back(fmt::format("WEBVTT\n\n00:01.000 --> 00:02.000\n{}\n", text));
  }
  return documents;
}

TEST_F(NpmReader, OurWebVttReaderRefusesWhatTheValidatorComplainsAbout) {
  const auto documents = webvtt_documents();
  const Json complaints = run("check_vtt.cjs", Json(documents).dump());
  ASSERT_EQ(complaints.size(), documents.size());
  for (std::size_t i = 0; i < documents.size(); ++i) {
    const auto sidecar = read_sidecar(SidecarFormat::kWebVtt, documents[i]);
    EXPECT_EQ(sidecar.has_value(), complaints[i].empty())
        << documents[i] << "\nvalidator: " << complaints[i]
        << "\nours: " << (sidecar ? "" : sidecar.error().message);
  }
}

class TtmlParse : public testing::Test {
 protected:
  void SetUp() override {
    SUBTIDE_REQUIRE_PROGRAM("gst-launch-1.0");
    std::ofstream(folder_ / "in.ttml") << write(SidecarFormat::kTtml, cues_);
    options_.folder = folder_.path();
  }

  std::vector<Cue> cues_ = nasty_cues();
  TemporaryFolder folder_;
  ProgramOptions options_;
};

TEST_F(TtmlParse, GivesTheTextOfOurTtml) {
  const auto result = run_program({"gst-launch-1.0", "-q", "filesrc", "location=in.ttml", "!",
                                   "ttmlparse", "!", "filesink", "location=out.txt"},
                                  options_);
  ASSERT_TRUE(result.succeeded()) << result.summary();
  std::ifstream file(folder_ / "out.txt");
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  std::size_t at = 0;
  for (const Cue& cue : cues_) {
    at = text.find(joined(cue.lines), at);
    ASSERT_NE(at, std::string::npos) << joined(cue.lines) << " is not in\n" << text;
  }
}

TEST_F(TtmlParse, GivesTheTimesOfOurTtml) {
  const auto result = run_program({"gst-launch-1.0", "-v", "filesrc", "location=in.ttml", "!",
                                   "ttmlparse", "!", "fakesink", "silent=false"},
                                  options_);
  ASSERT_TRUE(result.succeeded()) << result.summary();
  for (const Cue& cue : cues_) {
    EXPECT_THAT(result.out,
                HasSubstr(fmt::format("pts: 0:{}000000, duration: 0:{}000000",
                                      format_clock(cue.span.begin).substr(1 + 2),
                                      format_clock(cue.span.duration()).substr(1 + 2))));
  }
}

TEST(Schema, HoldsForOurJson) {
  const auto file = source_root() / "engine/subtitles/schema/sidecar.schema.json";
  std::ifstream stream(file);
  const Json schema_json = Json::parse(stream);
  const auto complaint = [&](const Json& document) { return first_breach(schema_json, document); };
  for (const auto& cues : {nasty_cues(), sample_cues(), std::vector<Cue>()}) {
    const Json document = Json::parse(write(SidecarFormat::kJson, cues));
    EXPECT_EQ(complaint(document), "");
    EXPECT_EQ(document["cues"].size(), cues.size());
    for (const char* name : {"version", "media", "language", "models", "cues", "gaps"}) {
      Json broken = document;
      broken.erase(name);
      EXPECT_NE(complaint(broken), "") << name;
      broken[name] = 7;
      EXPECT_NE(complaint(broken), "") << name;
    }
  }
}

}  // namespace
}  // namespace subtide
