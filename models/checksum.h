#pragma once

#include <filesystem>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "models/model_manifest.h"

namespace subtide {

/// The checksums of a file, in the order asked for, lower-case hexadecimal; reads the file once.
/// Errors: kNotFound, kDenied, kIo; kUnavailable when stopped.
Result<std::vector<std::string>> checksums_of(const std::filesystem::path& file,
                                              std::span<const HashAlgorithm> algorithms,
                                              const std::stop_token& stop = {});

std::string_view to_string(HashAlgorithm algorithm);

}  // namespace subtide
