#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
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

/// True for a BCP 47 tag whose language is one of ISO 639-1, or "und".
bool is_known_language(std::string_view text);

}  // namespace subtide
