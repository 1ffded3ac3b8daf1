#include "engine/config/batch_manifest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "engine/base/atomic_file.h"
#include "tests/support/json_schema.h"
#include "tests/support/shared_files.h"

namespace subtide {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;
using testing::StartsWith;

const std::vector<std::string> kKnown = {"output",  "language",    "translate", "ladder",
                                         "package", "video-codec", "subtitles", "segment",
                                         "crf",     "force"};

std::string error_of(std::string_view text, std::string_view name) {
  const auto jobs = parse_batch_manifest(text, name, kKnown);
  if (jobs) return "no error";
  EXPECT_EQ(jobs.error().code, ErrorCode::kBadInput);
  EXPECT_EQ(jobs.error().message.find('\n'), std::string::npos);
  return jobs.error().message;
}

TEST(BatchManifest, JsonJobsKeepTheirOptionsAsText) {
  const auto jobs = parse_batch_manifest(R"([
    {"input": "a.mp4", "crf": 21, "force": true, "segment": 6.50},

    {"translate": ["es", "it"], "input": "b \u00e9.mp4", "ladder": null, "package": "",
     "subtitles": [], "language": ["en"], "force": false}
  ])",
                                         "batch.json", kKnown);
  ASSERT_TRUE(jobs) << jobs.error().message;
  EXPECT_THAT(
      *jobs,
      ElementsAre(
          ManifestJob{"line 2",
                      {{"input", "a.mp4"}, {"crf", "21"}, {"force", "true"}, {"segment", "6.50"}}},
          ManifestJob{"line 4",
                      {{"input", "b é.mp4"},
                       {"translate", "es,it"},
                       {"package", ""},
                       {"subtitles", ""},
                       {"language", "en"},
                       {"force", "false"}}}));
  EXPECT_EQ(jobs->front().input(), "a.mp4");
}

TEST(BatchManifest, CsvJobsLeaveOutEmptyCells) {
  const auto jobs = parse_batch_manifest(
      "\xEF\xBB\xBFinput,ladder,crf\r\n"
      "\"a,\"\"1\"\".mp4\",\"720p,360p\",\r\n"
      "\r\n"
      "\"two\nlines.mp4\",,21\r\n"
      "c.mp4,,",
      "batch.csv", kKnown);
  ASSERT_TRUE(jobs) << jobs.error().message;
  EXPECT_THAT(
      *jobs, ElementsAre(ManifestJob{"line 2", {{"input", "a,\"1\".mp4"}, {"ladder", "720p,360p"}}},
                         ManifestJob{"line 4", {{"input", "two\nlines.mp4"}, {"crf", "21"}}},
                         ManifestJob{"line 6", {{"input", "c.mp4"}}}));
}

TEST(BatchManifest, TheContentTellsJsonFromCsv) {
  EXPECT_TRUE(parse_batch_manifest("\xEF\xBB\xBF\n [{\"input\": \"a\"}]", "jobs.csv", kKnown));
  EXPECT_TRUE(parse_batch_manifest("[{\"input\": \"a\"}]", "jobs", kKnown));
  EXPECT_TRUE(parse_batch_manifest("input\na\n", "jobs", kKnown));
  EXPECT_THAT(error_of("input\na\n", "jobs.JSON"), HasSubstr("this is not JSON"));
}

TEST(BatchManifest, ErrorsOfJsonNameTheLineAndTheKey) {
  const std::pair<const char*, const char*> wrong[] = {
      {"", "batch.json: line 1, column 1: this is not JSON"},
      {"[\n{\"input\": \"a\",}]", "line 2, column 15: this is not JSON"},
      {"[{\"input\": \"a\"}] x", "line 1, column 18: this is not JSON"},
      {"{\n\"input\": \"a\"}", "batch.json: line 1: must be a list"},
      {"\n7\n", "line 2: must be a list"},
      {"[]", "batch.json: it has no jobs"},
      {"[\n\"a.mp4\"]", "line 2: a job must be an object"},
      {"[\n1\n]", "line 2: a job must be an object"},
      {"[[]]", "line 1: a job must be an object"},
      {"[null]", "line 1: a job must be an object"},
      {"[{\"input\": \"a\"},\n{\"output\": \"b\"}]", "line 2: 'input' is missing"},
      {"[{\"input\": null}]", "line 1: 'input' is missing"},
      {"[{\"input\": \"\"}]", "line 1: 'input' is missing"},
      {"[{\"input\": 3}]", "line 1, 'input': must be a text"},
      {"[{\"input\": [\"a\"]}]", "line 1, 'input': must be one text"},
      {"[{\"input\": \"a\",\n\"laddr\": 1}]",
       "line 2, 'laddr': is not known; did you mean 'ladder'?"},
      {"[{\"colour\": 1}]", "line 1, 'colour': is not known; keys are the long options"},
      {"[{\"input\": \"a\",\n\"crf\": 1,\n\"crf\": 2}]",
       "line 3, 'crf': is given twice in one job"},
      {"[{\"crf\": null, \"crf\": 2}]", "'crf': is given twice"},
      {"[{\"crf\":\n{}}]", "line 2, 'crf': must be a text, a number, true, false, or a list"},
      {"[{\"crf\": [1]}]", "line 1, 'crf': must be a text, a number"},
      {"[{\"crf\": [null]}]", "line 1, 'crf': must be a text, a number"},
      {"[{\"crf\": [\"a\", [\"b\"]]}]", "line 1, 'crf': must be a text, a number"},
      {"[{\"translate\": [\"es,it\"]}]", "line 1, 'translate': an item of a list has a comma"},
      {"[{\"input\": \"a\\u0000b\"}]", "line 1, 'input': has a NUL character"},
      {"[{\"crf\": 1e999}]", "this is not JSON"},
      {"[{\"in\nput\": 1}]", "this is not JSON"},
      {"[{\"in\\nput\": 1}]", "line 1, 'in put': is not known; did you mean 'input'?"},
  };
  for (const auto& [text, message] : wrong) {
    EXPECT_THAT(error_of(text, "batch.json"), HasSubstr(message)) << text;
  }
  EXPECT_THAT(error_of("[{\"caf\xE9\": 1}]", "batch.json"), HasSubstr("this is not JSON"));
}

TEST(BatchManifest, ErrorsOfCsvNameTheLineAndTheColumn) {
  const std::pair<const char*, const char*> wrong[] = {
      {"", "batch.csv: it has no jobs"},
      {"input,crf\n", "batch.csv: it has no jobs"},
      {"\noutput,crf\nb,1\n", "batch.csv: line 2: the header names no column 'input'"},
      {"input;crf\na;1\n", "line 1: columns are separated by commas"},
      {"input,laddr\na,b\n", "line 1, 'laddr': is not known; did you mean 'ladder'?"},
      {"input,crf,crf\na,1,2\n", "line 1: 'crf' heads two columns"},
      {"input,\na,\n", "line 1, '': is not known"},
      {"input,crf\na,1\nb\n", "line 3: 1 cells, but the header has 2"},
      {"input,crf\na,1,2\n", "line 2: 3 cells, but the header has 2"},
      {"input,crf\na,1\n,2\n", "line 3: 'input' is missing"},
      {"input\n\"a\n", "line 2: a quote that is never closed"},
      {"\"input\n", "line 1: a quote that is never closed"},
      {"input\ncaf\xE9\n", "line 2: not UTF-8"},
  };
  for (const auto& [text, message] : wrong) {
    EXPECT_THAT(error_of(text, "batch.csv"), HasSubstr(message)) << text;
  }
}

TEST(BatchManifest, HasLimits) {
  EXPECT_THAT(error_of(std::string(kLargestManifest + 1, ' '), "batch.csv"),
              StartsWith("batch.csv: larger than 16 MiB"));
  std::string rows = "input\n";
  for (std::size_t i = 0; i < kMostManifestJobs; ++i) rows += "a\n";
  EXPECT_EQ(parse_batch_manifest(rows, "batch.csv", kKnown).value().size(), kMostManifestJobs);
  EXPECT_THAT(error_of(rows + "a\n", "batch.csv"), HasSubstr("line 100002: more than 100000 jobs"));
  EXPECT_THAT(error_of(std::string(1'000'000, '['), "batch.json"), HasSubstr("must be an object"));
}

TEST(BatchManifest, IsReadFromAFile) {
  const TemporaryFolder folder;
  const auto path = folder / "jobs.csv";
  ASSERT_TRUE(write_file_atomically(path, "input\na.mp4\n", AtomicFile::IfExists::kRefuse));
  const auto jobs = read_batch_manifest(path, kKnown);
  ASSERT_TRUE(jobs) << jobs.error().message;
  EXPECT_THAT(*jobs, ElementsAre(ManifestJob{"line 2", {{"input", "a.mp4"}}}));
  EXPECT_EQ(read_batch_manifest(folder / "none.csv", kKnown).error().code, ErrorCode::kNotFound);
  EXPECT_THAT(read_batch_manifest(folder.path(), kKnown).error().message, HasSubstr("is a folder"));
  ASSERT_TRUE(write_file_atomically(path, "input\n", AtomicFile::IfExists::kReplace));
  EXPECT_EQ(read_batch_manifest(path, kKnown).error().message, path.string() + ": it has no jobs");
}

TEST(BatchManifest, ReadsTheSamples) {
  const auto json = read_batch_manifest(source_root() / "samples/transcode/batch.json", kKnown);
  ASSERT_TRUE(json) << json.error().message;
  ASSERT_EQ(json->size(), 3U);
  EXPECT_EQ(json->front().options.at("subtitles"), "embed,sidecar");
  const auto csv = read_batch_manifest(source_root() / "samples/transcode/batch.csv", kKnown);
  ASSERT_TRUE(csv) << csv.error().message;
  ASSERT_EQ(csv->size(), 3U);
  EXPECT_THAT(csv->at(1).options,
              ElementsAre(Pair("input", "archive/2019/panel.mkv"), Pair("output", "streams/panel"),
                          Pair("package", "mkv"), Pair("subtitles", "embed")));
  EXPECT_EQ(csv->back().input(), "archive/interviews/Ann \"the voice\" Lee.mp4");
}

/// The schema beside the reader says the same as the reader, as far as a schema can.
TEST(BatchManifestSchema, AgreesWithTheReader) {
  const auto schema_text =
      read_file(source_root() / "engine/config/batch_manifest.schema.json", 1U << 20U);
  const auto sample = read_file(source_root() / "samples/transcode/batch.json", 1U << 20U);
  ASSERT_TRUE(schema_text && sample);
  const auto schema = nlohmann::json::parse(*schema_text);
  EXPECT_EQ(first_breach(schema, nlohmann::json::parse(*sample)), "");
  for (const char* good : {R"([{"input": "a", "crf": 2, "force": true, "translate": ["es"]}])",
                           R"([{"input": "a", "crf": null, "ladder": []}])"}) {
    EXPECT_EQ(first_breach(schema, nlohmann::json::parse(good)), "") << good;
    EXPECT_TRUE(parse_batch_manifest(good, "b.json", kKnown)) << good;
  }
  for (const char* wrong :
       {"{}", "[]", "[1]", R"([{"crf": 1}])", R"([{"input": ""}])", R"([{"input": 1}])",
        R"([{"input": ["a"]}])", R"([{"input": "a", "crf": {}}])",
        R"([{"input": "a", "crf": [1]}])", R"([{"input": "a", "translate": ["a,b"]}])",
        R"([{"input": "a", "--crf": 1}])"}) {
    EXPECT_NE(first_breach(schema, nlohmann::json::parse(wrong)), "") << wrong;
    EXPECT_FALSE(parse_batch_manifest(wrong, "b.json", kKnown)) << wrong;
  }
}

}  // namespace
}  // namespace subtide
