#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "engine/base/atomic_file.h"
#include "engine/subtitles/sidecar.h"
#include "tests/app/sound.h"
#include "tests/support/program.h"
#include "tests/support/shared_files.h"

namespace subtide {

/// Runs the real program in a folder of its own, with fake models unless the test says otherwise.
class ProgramTest : public testing::Test {
 protected:
  using Words = std::vector<std::string>;

  std::filesystem::path path(std::string_view name) const { return folder_ / name; }

  ProgramOptions options() const {
    ProgramOptions options;
    options.folder = folder_.path();
    options.environment = {{"XDG_CONFIG_HOME", path("config").string()},
                           {"SUBTIDE_MODEL_PATH", (shared_folder() / "models").string()}};
    return options;
  }

  ProgramResult run(const Words& words) const { return run(words, options()); }
  ProgramResult run(const Words& words, const ProgramOptions& how) const {
    Words all = {built_program("subtide").string()};
    all.insert(all.end(), words.begin(), words.end());
    return run_program(all, how);
  }

  /// `subtide subtitle` with fake models.
  ProgramResult subtitle(const Words& words) const { return run(with_fakes(words)); }

  static Words with_fakes(const Words& words) {
    Words all = {"subtitle", "--recognizer", "fake:", "--translator", "fake:", "--detector",
                 "fake:",    "--language",   "en"};
    all.insert(all.end(), words.begin(), words.end());
    return all;
  }

  /// Six seconds: silence, three of speech, silence.
  void make_talk(std::string_view name) const {
    std::filesystem::create_directories(path(name).parent_path());
    write_sound(path(name), {{1, false}, {3, true}, {2, false}});
  }

  void write(std::string_view name, std::string_view text) const {
    std::filesystem::create_directories(path(name).parent_path());
    const auto written = write_file_atomically(path(name), text, AtomicFile::IfExists::kReplace);
    ASSERT_TRUE(written) << written.error().message;
  }

  std::string read(std::string_view name) const {
    const auto text = read_file(path(name), 64U << 20U);
    EXPECT_TRUE(text) << text.error().message;
    return text ? *text : "";
  }

  Sidecar sidecar(std::string_view name) const {
    const std::string extension = path(name).extension().string().substr(1);
    auto sidecar = read_sidecar(*parse_sidecar_format(extension), read(name));
    EXPECT_TRUE(sidecar) << name << ": " << sidecar.error().message;
    return sidecar ? *std::move(sidecar) : Sidecar{};
  }

  /// All files below the folder, hidden ones too, as sorted relative names.
  Words files() const {
    Words names;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_.path())) {
      if (entry.is_regular_file()) {
        names.push_back(entry.path().lexically_relative(folder_.path()).string());
      }
    }
    std::ranges::sort(names);
    return names;
  }

  bool exists(std::string_view name) const { return std::filesystem::exists(path(name)); }

 private:
  TemporaryFolder folder_;
};

/// The lines of standard output as JSON; a line that is none fails the test.
inline std::vector<nlohmann::json> json_lines(const std::string& out) {
  std::vector<nlohmann::json> lines;
  std::istringstream text(out);
  for (std::string line; std::getline(text, line);) {
    auto value = nlohmann::json::parse(line, nullptr, false);
    EXPECT_FALSE(value.is_discarded()) << line;
    lines.push_back(std::move(value));
  }
  return lines;
}

inline std::string all_text(const std::vector<Cue>& cues) {
  std::string text;
  for (const auto& cue : cues) {
    for (const auto& line : cue.lines) text += (text.empty() ? "" : " ") + line;
  }
  return text;
}

}  // namespace subtide
