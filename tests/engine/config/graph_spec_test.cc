#include "engine/config/graph_spec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace subtide {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kGraph = R"({
  "version": 1,
  "description": "two branches",
  "diagram": ["source -> sink"],
  "parameters": {
    "model": {"type": "string", "default": "auto", "description": "which model"},
    "lanes": {"type": "integer", "description": "calls at once"},
    "threshold": {"type": "number", "default": 1, "description": "loudness"},
    "languages": {"type": "strings", "default": [], "description": "targets"}
  },
  "launch": ["identity name=source !", "fakesink name=sink"],
  "set": {"source.name2": {"parameter": "model"}, "source.lanes": {"parameter": "lanes"},
          "sink.sync": false},
  "repeat": [{"over": "languages", "launch": ["t. ! translate name=to_{index} ! s.text_{number}"],
              "set": {"to_{index}.language": {"item": true}, "s.text_{number}.lang": {"item": true}}}]
})";

GraphSpec graph() {
  auto spec = GraphSpec::parse(kGraph, "test.json");
  EXPECT_TRUE(spec) << spec.error().message;
  return *std::move(spec);
}

std::string error_of(std::string_view json) {
  const auto spec = GraphSpec::parse(json, "bad.json");
  EXPECT_FALSE(spec);
  return spec ? "" : spec.error().message;
}

std::string replaced(std::string_view what, std::string_view with) {
  std::string text(kGraph);
  const auto at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return text.replace(at, what.size(), with);
}

TEST(GraphSpec, KeepsDescriptionDiagramAndParametersInTheFilesOrder) {
  const GraphSpec spec = graph();
  EXPECT_EQ(spec.description(), "two branches");
  EXPECT_THAT(spec.diagram(), ElementsAre("source -> sink"));
  std::vector<std::string> names;
  for (const auto& parameter : spec.parameters()) names.push_back(parameter.name);
  EXPECT_THAT(names, ElementsAre("model", "lanes", "threshold", "languages"));
  EXPECT_EQ(spec.parameters()[2].default_value, ParameterValue(1.0));
}

TEST(GraphSpec, ABlockOverTwoListsIsWrittenForEachPair) {
  const auto spec = GraphSpec::parse(R"({
    "version": 1, "description": "files with tracks", "diagram": [],
    "parameters": {"files": {"type": "strings", "default": ["a", "b"], "description": "x"},
                   "tracks": {"type": "strings", "default": ["en", "es"], "description": "x"}},
    "launch": [],
    "repeat": [{"over": ["files", "tracks"], "launch": ["s_{inner}. ! m_{index}.a_{inner}"],
                "set": {"m_{index}.a_{inner}.name2": {"item": true}}}]})",
                                     "pairs.json");
  ASSERT_TRUE(spec) << spec.error().message;
  const auto bound = spec->bind({});
  ASSERT_TRUE(bound);
  EXPECT_EQ(bound->launch, "\ns_0. ! m_0.a_0\ns_1. ! m_0.a_1\ns_0. ! m_1.a_0\ns_1. ! m_1.a_1\n");
  ASSERT_EQ(bound->settings.size(), 4U);
  EXPECT_EQ(bound->settings[1], (PropertySetting{"m_0", "a_1.name2", std::string("a")}));
  EXPECT_EQ(bound->settings[2], (PropertySetting{"m_1", "a_0.name2", std::string("b")}));
}

TEST(GraphSpec, JoinsLaunchLinesAndFillsInDefaults) {
  const auto bound = graph().bind({});
  ASSERT_TRUE(bound) << bound.error().message;
  EXPECT_EQ(bound->launch, "identity name=source !\nfakesink name=sink\n");
  EXPECT_THAT(bound->settings, ElementsAre(PropertySetting{"source", "name2", std::string("auto")},
                                           PropertySetting{"sink", "sync", false}));
}

TEST(GraphSpec, LeavesAPropertyAloneWhenItsParameterHasNoValue) {
  const auto bound = graph().bind({{"lanes", std::int64_t{3}}});
  ASSERT_TRUE(bound);
  EXPECT_EQ(bound->settings[1], (PropertySetting{"source", "lanes", std::int64_t{3}}));
}

TEST(GraphSpec, RepeatsABlockPerItemAndPutsOnlyTheIndexIntoTheText) {
  const std::vector<std::string> hostile = {"es", "it ! filesink location=/tmp/x", "{index}"};
  const auto bound = graph().bind({{"languages", hostile}});
  ASSERT_TRUE(bound);
  EXPECT_THAT(bound->launch, HasSubstr("t. ! translate name=to_0 ! s.text_1\n"
                                       "t. ! translate name=to_1 ! s.text_2\n"
                                       "t. ! translate name=to_2 ! s.text_3\n"));
  EXPECT_THAT(bound->launch, Not(HasSubstr("filesink")));
  EXPECT_EQ(bound->settings[2], (PropertySetting{"to_0", "language", hostile[0]}));
  EXPECT_EQ(bound->settings[3], (PropertySetting{"s", "text_1.lang", hostile[0]}));
  EXPECT_EQ(bound->settings[4], (PropertySetting{"to_1", "language", hostile[1]}));
  EXPECT_EQ(bound->settings[7], (PropertySetting{"s", "text_3.lang", hostile[2]}));
}

TEST(GraphSpec, ALineWithAConditionIsThereWhenItsListHasItems) {
  const auto spec = GraphSpec::parse(R"({
    "version": 1, "description": "one", "diagram": [],
    "parameters": {"tracks": {"type": "strings", "default": ["a"], "description": "tracks"},
                   "gain": {"type": "strings", "default": [], "description": "louder"}},
    "launch": [],
    "repeat": [{"over": "tracks", "launch": ["convert !",
                {"if": "gain", "launch": "volume name=gain_{index} !"}, "encode"]}]
  })",
                                     "test.json");
  ASSERT_TRUE(spec) << spec.error().message;
  EXPECT_EQ(spec->bind({})->launch, "\nconvert !\nencode\n");
  EXPECT_EQ(spec->bind({{"gain", std::vector<std::string>{"x"}}})->launch,
            "\nconvert !\nvolume name=gain_0 !\nencode\n");
}

TEST(GraphSpec, RefusesUnknownParametersAndWrongTypes) {
  const auto unknown = graph().bind({{"lane", std::int64_t{1}}});
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(unknown.error().message,
            "test.json has no parameter 'lane'; it has: model, lanes, threshold, languages");
  const auto wrong = graph().bind({{"lanes", std::string("1")}});
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().message, "test.json: parameter 'lanes' is of type integer, not string");
}

TEST(GraphSpec, NamesThePlaceOfASyntaxError) {
  EXPECT_EQ(error_of("{\n  \"version\": 1,,\n}"), "bad.json: not valid JSON at line 2, column 16");
  EXPECT_THAT(error_of(""), HasSubstr("line 1, column 1"));
}

TEST(GraphSpec, NamesTheFieldThatIsWrong) {
  EXPECT_EQ(error_of("[]"), "bad.json: field '': expected an object");
  EXPECT_EQ(error_of("{}"), "bad.json: field 'version': missing");
  EXPECT_EQ(error_of(replaced("\"version\": 1", "\"version\": 2")),
            "bad.json: field 'version': expected 1");
  EXPECT_EQ(error_of(replaced("\"diagram\": [\"source -> sink\"]", "\"diagram\": [1]")),
            "bad.json: field 'diagram[0]': expected a string");
  EXPECT_EQ(error_of(replaced("\"integer\"", "\"int\"")),
            "bad.json: field 'parameters.lanes.type': expected string, integer, number, boolean or "
            "strings, found 'int'");
  EXPECT_EQ(error_of(replaced("\"auto\"", "7")),
            "bad.json: field 'parameters.model.default': expected type string");
  EXPECT_EQ(error_of(replaced("{\"parameter\": \"model\"}", "{\"parameter\": \"nodel\"}")),
            "bad.json: field 'set[\"source.name2\"].parameter': no parameter 'nodel'");
  EXPECT_EQ(error_of(replaced("\"sink.sync\": false", "\"sink\": false")),
            "bad.json: field 'set[\"sink\"]': expected ELEMENT.PROPERTY");
  EXPECT_EQ(error_of(replaced("\"sink.sync\": false", "\"sink.sync\": {\"item\": true}")),
            "bad.json: field 'set[\"sink.sync\"]': 'item' has a meaning only inside 'repeat'");
  EXPECT_EQ(error_of(replaced("\"over\": \"languages\"", "\"over\": \"model\"")),
            "bad.json: field 'repeat[0].over': parameter 'model' is not of type strings");
  const std::string_view line = "\"fakesink name=sink\"";
  EXPECT_EQ(error_of(replaced(line, R"({"if": "model", "launch": "x"})")),
            "bad.json: field 'launch[1].if': parameter 'model' is not of type strings");
  EXPECT_EQ(error_of(replaced(line, R"({"if": "nobody", "launch": "x"})")),
            "bad.json: field 'launch[1].if': no parameter 'nobody'");
  EXPECT_EQ(error_of(replaced(line, R"({"launch": "x"})")),
            "bad.json: field 'launch[1].if': missing");
  EXPECT_THAT(error_of(replaced("\"repeat\"", "\"repeats\"")),
              HasSubstr("field 'repeats': unknown field"));
}

}  // namespace
}  // namespace subtide
