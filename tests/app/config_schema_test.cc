// The schema of configuration files, beside what the commands' own help says.
#include <set>

#include "engine/app/transcode_manifest.h"
#include "tests/app/program_fixture.h"

namespace subtide {
namespace {

/// The long options of "  -q,--quiet   Only errors" and the like; those for files only.
std::set<std::string> settable_options(const std::string& help) {
  std::set<std::string> names;
  std::istringstream lines(help);
  for (std::string line; std::getline(lines, line);) {
    const auto begin = line.find("--");
    if (!line.starts_with("  ") || begin == std::string::npos || begin > 6) continue;
    const auto end = line.find_first_of(" \t", begin);
    names.insert(line.substr(begin + 2, end == std::string::npos ? end : end - begin - 2));
  }
  for (const char* name : {"help", "config"}) names.erase(name);
  return names;
}

class ConfigSchema : public ProgramTest, public testing::WithParamInterface<const char*> {};

TEST_P(ConfigSchema, KnowsEachOptionOfTheCommandAndNoOther) {
  const auto text = read_file(source_root() / "engine/app/config.schema.json", 1U << 20U);
  ASSERT_TRUE(text) << text.error().message;
  const auto schema = nlohmann::json::parse(*text);
  std::set<std::string> known;
  for (const auto& [name, value] :
       schema.at("properties").at(GetParam()).at("properties").items()) {
    EXPECT_FALSE(value.at("description").get<std::string>().empty()) << name;
    known.insert(name);
  }
  const auto help = run({GetParam(), "--help"});
  ASSERT_EQ(help.exit_code, 0) << help.summary();
  EXPECT_EQ(known, settable_options(help.out));
}

INSTANTIATE_TEST_SUITE_P(Commands, ConfigSchema, testing::Values("subtitle", "transcode", "live"));

TEST(ManifestSchema, KnowsEachOptionOfAJobAndNoOther) {
  const auto text =
      read_file(source_root() / "engine/config/batch_manifest.schema.json", 1U << 20U);
  ASSERT_TRUE(text) << text.error().message;
  const auto job = nlohmann::json::parse(*text).at("items");
  EXPECT_EQ(job.at("additionalProperties"), false);
  std::set<std::string> known;
  for (const auto& [name, value] : job.at("properties").items()) known.insert(name);
  const auto keys = manifest_keys();
  std::set<std::string> wanted(keys.begin(), keys.end());
  wanted.insert("input");
  EXPECT_EQ(known, wanted);
}

}  // namespace
}  // namespace subtide
