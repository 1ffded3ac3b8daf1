#pragma once

#include <filesystem>
#include <istream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/subtitles/sidecar.h"

namespace subtide {

enum class InputKind { kMedia, kSubtitles, kUrl };

/// One thing to be worked on.
struct InputItem {
  InputKind kind = InputKind::kMedia;
  std::string name;             ///< as the user would call it; a URL without its secrets
  std::filesystem::path path;   ///< files only
  std::string url;              ///< URLs only
  std::filesystem::path below;  ///< its folder inside the input folder it was found in; else empty
};

/// Something named that gave no item, and why.
struct InputMiss {
  std::string name;
  Error error;
};

struct InputList {
  std::vector<InputItem> items;
  std::vector<InputMiss> misses;
};

/// What the user named, one after the other, as items: files, folders (all media files below, in
/// order of their names), globs that the shell did not expand, "-" for a list of such names on
/// `list`, one a line, and http or https URLs. A file named twice counts once.
///
/// Folders give media files only, known by their extension: sidecars from an earlier run stay out.
/// Names that begin with a dot are left out there.
InputList expand_inputs(const std::vector<std::string>& named, std::istream& list);

/// The format that a file's extension stands for; nothing for other files.
std::optional<SidecarFormat> sidecar_format_of(const std::filesystem::path& path);

/// True for a file name extension of a media file.
bool has_media_extension(const std::filesystem::path& path);

}  // namespace subtide
