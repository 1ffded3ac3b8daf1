#include "engine/app/version.h"

namespace subtide {

std::string_view version() { return SUBTIDE_VERSION; }

}  // namespace subtide
