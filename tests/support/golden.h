#pragma once

#include <string_view>

namespace subtide {

/// Compares `actual` with the file tests/golden/<name>, byte by byte, and fails the test at the
/// first line that differs. With UPDATE_GOLDEN=1 in the environment the file is written instead.
void expect_golden(std::string_view name, std::string_view actual);

}  // namespace subtide
