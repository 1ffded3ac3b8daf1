#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/app/input_list.h"
#include "engine/base/result.h"

namespace subtide {

/// Where the files of one input go, and how they begin.
struct OutputNames {
  std::filesystem::path folder;
  std::string stem;
  /// Subtitle files: the language in the name ("talk.es.srt"); else empty.
  std::string language_in_name;
  /// Set when an earlier input has the same names already.
  std::optional<Error> conflict;

  std::filesystem::path sidecar(std::string_view language, std::string_view format) const;
  std::filesystem::path preview() const;
};

/// One for each item, in order. Without `output_folder` files go beside their input (the working
/// folder for a URL); in it the structure of input folders is kept. Inputs whose names would be the
/// same but for the extension keep it ("a.mp4.en.srt").
std::vector<OutputNames> name_outputs(const std::vector<InputItem>& items,
                                      const std::optional<std::filesystem::path>& output_folder);
/// The same with a folder for each item.
std::vector<OutputNames> name_outputs(
    const std::vector<InputItem>& items,
    const std::vector<std::optional<std::filesystem::path>>& output_folders);

/// Names for files that come one after the other, as in a watched folder: the first of a stem gets
/// it, others of the same stem keep their extension ("a.mov.en.srt").
///
/// Owner:   the caller; a value. Threads: one at a time.
class OutputNamer {
 public:
  explicit OutputNamer(std::optional<std::filesystem::path> output_folder)
      : output_folder_(std::move(output_folder)) {}

  /// The same file gets the same names each time.
  OutputNames name(const InputItem& item);

 private:
  std::optional<std::filesystem::path> output_folder_;
  std::map<std::filesystem::path, std::filesystem::path> owners_;  ///< files by folder and stem
};

/// True for a BCP 47 tag whose language is one of ISO 639-1, or "und".
bool is_known_language(std::string_view text);

}  // namespace subtide
