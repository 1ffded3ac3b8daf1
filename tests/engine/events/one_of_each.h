#pragma once

#include <vector>

#include "engine/events/catalogue.h"

namespace subtide::testing_support {

/// One body of each type; full, so that every field is written.
std::vector<EventBody> one_of_each();

}  // namespace subtide::testing_support
