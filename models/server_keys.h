#pragma once

#include <string>

#include "models/builtin.h"

namespace subtide {

/// The key to send to the server at `url`; empty for none. A key that was set for other programs
/// goes by https, or to this machine, and nowhere else.
std::string key_for(const BuiltinOptions& options, const std::string& url);

}  // namespace subtide
