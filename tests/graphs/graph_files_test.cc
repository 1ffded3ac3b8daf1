#include <gmock/gmock.h>
#include <gst/gst.h>

#include "elements/register.h"
#include "engine/config/encoder_choice.h"
#include "engine/config/graph_spec.h"
#include "engine/pipeline/graph_bin.h"
#include "engine/pipeline/recognition_part.h"
#include "models/builtin.h"
#include "tests/support/shared_files.h"

namespace subtide {
namespace {

std::vector<std::filesystem::path> graph_files() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(source_root() / "graphs")) {
    if (entry.path().extension() == ".json") files.push_back(entry.path());
  }
  return files;
}

/// A value of the parameter's type; two items for lists, so that repeats are made twice.
ParameterValue sample(const GraphParameter& parameter) {
  if (parameter.default_value && parameter.type != ParameterType::kStrings) {
    return *parameter.default_value;
  }
  switch (parameter.type) {
    case ParameterType::kString:
      return std::string("en");
    case ParameterType::kInteger:
      return std::int64_t{1};
    case ParameterType::kNumber:
      return 1.0;
    case ParameterType::kBoolean:
      return true;
    case ParameterType::kStrings:
      if (parameter.description.starts_with("one item")) return std::vector<std::string>{"0"};
      return std::vector<std::string>{"es", "it"};
  }
  return false;
}

class GraphFiles : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    gst_init(nullptr, nullptr);
    ASSERT_TRUE(register_elements(nullptr, make_builtin_provider()));
  }
  static MediaInformation media() {
    MediaInformation information;
    information.name = "talk.mp4";
    information.duration = std::chrono::seconds(60);
    information.time_zero = std::chrono::milliseconds(1400);
    return information;
  }
};

bool has_parameter(const GraphSpec& graph, std::string_view name) {
  return std::ranges::any_of(graph.parameters(),
                             [&](const auto& parameter) { return parameter.name == name; });
}

bool is_transcode(const GraphSpec& graph) { return has_parameter(graph, "matroska"); }

/// A live graph has entries for what a source carries, others one input.
Result<ElementPtr> make_bin(const GraphSpec& graph, const ParameterValues& values,
                            const MediaInformation& media) {
  if (is_transcode(graph)) {
    auto made = make_graph_bin_with_entries(graph, values, media);
    if (!made) return made.error();
    return std::move(made->bin);
  }
  if (!has_parameter(graph, "captions")) return make_graph_bin(graph, values, media);
  if (values.contains("encoded")) {
    return make_live_graph_bin(graph, values, std::vector<std::string>{"video", "audio"});
  }
  return make_live_graph_bin(graph, {{"video", std::vector<std::string>{"0"}}},
                             std::vector<std::string>{"video"});
}

TEST_F(GraphFiles, EveryOneTellsWhatItIsAndShowsItsDiagram) {
  ASSERT_FALSE(graph_files().empty());
  for (const auto& file : graph_files()) {
    const auto graph = GraphSpec::load(file);
    ASSERT_TRUE(graph) << graph.error().message;
    EXPECT_FALSE(graph->description().empty()) << file;
    EXPECT_FALSE(graph->diagram().empty()) << file;
    for (const auto& parameter : graph->parameters()) {
      EXPECT_FALSE(parameter.description.empty()) << file << " " << parameter.name;
    }
  }
}

TEST_F(GraphFiles, EveryOneMakesABinWithItsDefaults) {
  for (const auto& file : graph_files()) {
    const auto graph = GraphSpec::load(file);
    ASSERT_TRUE(graph);
    ParameterValues least;
    if (is_transcode(*graph)) least = {{"picture", std::vector<std::string>{"0"}}};
    const auto bin = make_bin(*graph, least, media());
    EXPECT_TRUE(bin) << bin.error().message;
  }
}

TEST_F(GraphFiles, EveryParameterReachesAPropertyThatTakesIt) {
  for (const auto& file : graph_files()) {
    const auto graph = GraphSpec::load(file);
    ASSERT_TRUE(graph);
    ParameterValues values;
    for (const auto& parameter : graph->parameters()) values[parameter.name] = sample(parameter);
    if (values.contains("profanity")) values["profanity"] = std::string("keep");
    if (is_transcode(*graph)) continue;  // its own test: not everything at once
    // Pictures pass through or are encoded anew.
    if (values.contains("ladder")) {
      values.erase("video");
      values.erase("captioned");
      values.erase("second");
    }
    const auto bin = make_bin(*graph, values, media());
    ASSERT_TRUE(bin) << bin.error().message;
    EXPECT_GE(graph->bind(values)->settings.size(), values.size()) << file;
  }
}

TEST_F(GraphFiles, ATranscodeTakesEveryCodecIntoItsPackages) {
  using Names = std::vector<std::string>;
  struct Case {
    const char* video;
    const char* sound;
    const char* package;
  };
  const auto graph = GraphSpec::load(source_root() / "graphs/transcode.json");
  ASSERT_TRUE(graph) << graph.error().message;
  for (const Case& one : {Case{"h264", "aac", "mp4"}, Case{"h265", "aac", "matroska"},
                          Case{"av1", "opus", "mp4"}, Case{"vp9", "opus", "matroska"}}) {
    const std::string package = one.package;
    const Names files = {"a", "b"};
    ParameterValues values = {{"picture", Names{"0"}},
                              {"plain", Names{"720p", "360p"}},
                              {one.video, Names{"720p", "360p"}},
                              {one.sound, Names{"en"}},
                              {package, files},
                              {package + "-picture", files},
                              {"tracks", Names{"en"}},
                              {"speech", Names{"0"}},
                              {"translate", Names{"es"}},
                              {"sidecars", Names{"0"}},
                              {"sidecars-translate", Names{"es"}},
                              {"location", std::string("x")}};
    if (one.video == std::string_view("h264")) {
      values["hls"] = Names{"folder"};
      values["hls-picture"] = Names{"720p", "360p"};
      values["hls-sound"] = Names{"en"};
      values["hls-text"] = Names{"0"};
      values["hls-translate"] = Names{"es"};
    }
    const auto bin = make_graph_bin_with_entries(*graph, values, media());
    ASSERT_TRUE(bin) << one.video << ": " << bin.error().message;
    EXPECT_EQ(bin->entries, (Names{"video", "speech", "audio_0"})) << one.video;
  }
}

TEST_F(GraphFiles, ATranscodeDrawsAndTellsCuesThatAreKnown) {
  using Names = std::vector<std::string>;
  const auto graph = GraphSpec::load(source_root() / "graphs/transcode.json");
  ASSERT_TRUE(graph) << graph.error().message;
  const Names sizes = {"720p", "360p"};
  const auto bin = make_graph_bin_with_entries(*graph,
                                               {{"picture", Names{"0"}},
                                                {"burned", sizes},
                                                {"h264", sizes},
                                                {"aac", Names{"en"}},
                                                {"hls", Names{"folder"}},
                                                {"hls-marked", sizes},
                                                {"hls-sound", Names{"en"}},
                                                {"hls-told", Names{"en", "es"}},
                                                {"metadata", std::string("cues.jsonl")}},
                                               media());
  ASSERT_TRUE(bin) << bin.error().message;
  EXPECT_EQ(bin->entries, (Names{"video", "audio_0"}));
  for (const char* name : {"burned_1", "told_1", "meta_1"}) {
    EXPECT_TRUE(ElementPtr(gst_bin_get_by_name(GST_BIN(bin->bin.get()), name))) << name;
  }
}

TEST_F(GraphFiles, TheFirstOfTwoPassesWritesNothing) {
  using Names = std::vector<std::string>;
  const auto graph = GraphSpec::load(source_root() / "graphs/transcode.json");
  ASSERT_TRUE(graph) << graph.error().message;
  for (const auto& lists : {Names{"h265", "measured"}, Names{"vp9-measured"}}) {
    ParameterValues values = {{"picture", Names{"0"}}, {"plain", Names{"720p", "360p"}}};
    for (const auto& list : lists) values[list] = Names{"720p", "360p"};
    const auto bin = make_graph_bin_with_entries(*graph, values, media());
    ASSERT_TRUE(bin) << bin.error().message;
    EXPECT_TRUE(ElementPtr(gst_bin_get_by_name(GST_BIN(bin->bin.get()), "measured_1")));
  }
}

// No machine has them all: what stands in the graph is compared with what may be chosen.
TEST_F(GraphFiles, ATranscodeHasABlockForEachHardwareEncoder) {
  const auto graph = GraphSpec::load(source_root() / "graphs/transcode.json");
  ASSERT_TRUE(graph) << graph.error().message;
  for (const auto codec : {VideoCodec::kH264, VideoCodec::kH265}) {
    for (const auto& encoder : hardware_encoders(codec)) {
      const auto bound = graph->bind({{encoder.element, std::vector<std::string>{"720p"}}});
      ASSERT_TRUE(bound) << encoder.element << ": " << bound.error().message;
      EXPECT_NE(bound->launch.find("! " + encoder.element + " name=encoder_0 !"), std::string::npos)
          << encoder.element;
    }
  }
}

bool has_element_of(const ElementPtr& bin, std::string_view factory) {
  return !elements_of(GST_BIN(bin.get()), factory).empty();
}

TEST_F(GraphFiles, ATranscodeChecksAndChangesLoudnessOnlyWhenAsked) {
  using Names = std::vector<std::string>;
  const auto graph = GraphSpec::load(source_root() / "graphs/transcode.json");
  ASSERT_TRUE(graph) << graph.error().message;
  ParameterValues values = {{"picture", Names{"0"}},      {"plain", Names{"720p"}},
                            {"h264", Names{"720p"}},      {"aac", Names{"en", "de"}},
                            {"mp4", Names{"a"}},          {"mp4-picture", Names{"a"}},
                            {"tracks", Names{"en", "de"}}};
  const auto plain = make_graph_bin_with_entries(*graph, values, media());
  ASSERT_TRUE(plain) << plain.error().message;
  EXPECT_EQ(plain->entries, (Names{"video", "audio_0", "audio_1"}));
  for (const char* factory : {"tideqc", "audioamplify", "fakesink"}) {
    EXPECT_FALSE(has_element_of(plain->bin, factory)) << factory;
  }
  values["check"] = Names{"0"};
  values["gain"] = Names{"en", "de"};
  const auto checked = make_graph_bin_with_entries(*graph, values, media());
  ASSERT_TRUE(checked) << checked.error().message;
  EXPECT_EQ(checked->entries, (Names{"video", "audio_0", "audio_1"}));
  EXPECT_EQ(elements_of(GST_BIN(checked->bin.get()), "tideqc").size(), 3U);
  EXPECT_EQ(elements_of(GST_BIN(checked->bin.get()), "audioamplify").size(), 2U);
  // Sound is checked as it is decoded.
  const PadPtr entry(gst_element_get_static_pad(checked->bin.get(), "audio_1"));
  const PadPtr first(gst_ghost_pad_get_target(GST_GHOST_PAD(entry.get())));
  EXPECT_STREQ(GST_OBJECT_NAME(GST_PAD_PARENT(first.get())), "qc_1");
}

TEST_F(GraphFiles, SubtitlesOfAFileAreToldItsZeroAndOneBranchIsMadePerLanguage) {
  const auto graph = GraphSpec::load(source_root() / "graphs/file_subtitles.json");
  ASSERT_TRUE(graph) << graph.error().message;
  const auto bin = make_graph_bin(
      *graph, {{"translate", std::vector<std::string>{"es", "it"}}, {"location", std::string("x")}},
      media());
  ASSERT_TRUE(bin) << bin.error().message;
  const ElementPtr sink(gst_bin_get_by_name(GST_BIN(bin->get()), "sidecars"));
  ASSERT_TRUE(sink);
  EXPECT_EQ(sink->numsinkpads, 3);
  guint64 zero = 0;
  g_object_get(sink.get(), "time-zero", &zero, nullptr);
  EXPECT_EQ(zero, 1'400'000'000U);
  const PadPtr pad(gst_element_get_static_pad(sink.get(), "text_2"));
  ASSERT_TRUE(pad);
  gchar* language = nullptr;
  g_object_get(pad.get(), "language", &language, nullptr);
  EXPECT_STREQ(TextPtr(language).get(), "it");
}

}  // namespace
}  // namespace subtide
