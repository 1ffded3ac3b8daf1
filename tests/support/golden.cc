#include "tests/support/golden.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "tests/support/shared_files.h"

namespace subtide {
namespace {

std::string content(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

void write(const std::filesystem::path& path, std::string_view text) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream file(path, std::ios::binary);
  file << text;
}

bool is_updating() {
  const char* value = std::getenv("UPDATE_GOLDEN");
  return value != nullptr && std::string_view(value) == "1";
}

std::string first_difference(const std::string& expected, const std::string& actual) {
  std::istringstream wanted(expected);
  std::istringstream found(actual);
  std::string a;
  std::string b;
  for (int line = 1;; ++line) {
    const bool has_a = static_cast<bool>(std::getline(wanted, a));
    const bool has_b = static_cast<bool>(std::getline(found, b));
    if (!has_a && !has_b) return "line ends differ";
    if (has_a == has_b && a == b) continue;
    return "line " + std::to_string(line) + "\n  golden: " + (has_a ? a : "(end of file)") +
           "\n  actual: " + (has_b ? b : "(end of text)");
  }
}

}  // namespace

void expect_golden(std::string_view name, std::string_view actual) {
  const std::filesystem::path path = source_root() / "tests/golden" / name;
  if (is_updating()) return write(path, actual);
  if (!std::filesystem::exists(path)) {
    ADD_FAILURE() << path << " is missing; write it with UPDATE_GOLDEN=1";
    return;
  }
  const std::string expected = content(path);
  const std::string text(actual);
  if (expected == text) return;
  ADD_FAILURE() << path << " differs at " << first_difference(expected, text)
                << "\nIf the change is meant, run the test with UPDATE_GOLDEN=1.";
}

}  // namespace subtide
