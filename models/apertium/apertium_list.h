#pragma once

#include <string>
#include <vector>

#include "engine/base/result.h"
#include "models/apertium/apertium_languages.h"

namespace subtide {

/// Runs `program -l`. Errors: kNotFound (names the package).
Result<std::vector<ApertiumPair>> read_apertium_pairs(const std::string& program);

/// As find_apertium_route; the error names a package that would help.
Result<std::vector<std::string>> route_or_remedy(const std::vector<ApertiumPair>& pairs,
                                                 const std::string& source,
                                                 const std::string& target);

}  // namespace subtide
