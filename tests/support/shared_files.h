#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace subtide {

/// The checkout's own root, found upwards from the working folder or the test binary.
std::filesystem::path source_root();

/// The folder that holds media/ and models/: SUBTIDE_SHARED, else ../shared beside the checkout.
std::filesystem::path shared_folder();

/// A recording, by its name in media/MANIFEST.json ("en/jfk.wav"). It may be missing.
std::filesystem::path shared_media(std::string_view name);

/// A model file: the first that exists in the folders of SUBTIDE_MODEL_PATH, else in
/// shared_folder()/models. It may be missing.
std::filesystem::path shared_model(std::string_view name);

/// A program of this build ("subtide", "whisper-cli"): bin/ beside the folder of the test binary.
std::filesystem::path built_program(std::string_view name);

/// A program on PATH; nothing when it is not installed.
std::optional<std::filesystem::path> find_program(std::string_view name);

/// True when CI=true: what is missing is then a failure, not a reason to skip.
bool missing_is_failure();

/// A fresh folder, removed with all it holds when the object goes.
class TemporaryFolder {
 public:
  TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder();

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(std::string_view name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

}  // namespace subtide

/// Leaves the test: skipped with the message, or failed with it when CI=true.
#define SUBTIDE_SKIP_OR_FAIL(message)                         \
  do {                                                        \
    if (::subtide::missing_is_failure()) FAIL() << (message); \
    GTEST_SKIP() << (message);                                \
  } while (false)

/// Goes on only when the file or folder is there; else skips, or fails when CI=true.
#define SUBTIDE_REQUIRE_FILE(file)                                      \
  do {                                                                  \
    const std::filesystem::path required_file(file);                    \
    if (std::filesystem::exists(required_file)) break;                  \
    SUBTIDE_SKIP_OR_FAIL("missing file " + required_file.string() +     \
                         "; set SUBTIDE_SHARED or SUBTIDE_MODEL_PATH"); \
  } while (false)

/// Goes on only when the program is on PATH; else skips, or fails when CI=true.
#define SUBTIDE_REQUIRE_PROGRAM(name)                                                \
  do {                                                                               \
    if (::subtide::find_program(name)) break;                                        \
    SUBTIDE_SKIP_OR_FAIL(std::string("missing program ") + (name) + "; install it"); \
  } while (false)
