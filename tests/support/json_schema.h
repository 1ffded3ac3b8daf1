#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace subtide {

/// Where and how `value` first fails to meet a JSON Schema (draft 7); empty when it meets all of
/// it. One place for it, since the validator's templates take long to compile.
std::string first_breach(const nlohmann::json& schema, const nlohmann::json& value);

}  // namespace subtide
