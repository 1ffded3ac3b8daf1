#include "tests/faults/lost_writes.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <fstream>
#include <ranges>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace subtide {
namespace {

namespace fs = std::filesystem;

/// One change, and how to take it back.
struct Change {
  std::string path;
  bool is_name = false;
  off_t offset = 0;
  off_t size_before = 0;
  std::string bytes_before;
};

std::string bytes_of(const std::string& hex) {
  std::string bytes;
  for (std::size_t i = 1; i + 1 < hex.size(); i += 2) {  // after the "x"
    bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  }
  return bytes;
}

std::string rest_of(std::istringstream& line) {
  std::string rest;
  std::getline(line >> std::ws, rest);
  return rest;
}

/// A file's flush keeps its bytes, a folder's the names in it.
bool is_kept_by(const std::string& flushed, const Change& change) {
  return change.is_name ? fs::path(change.path).parent_path() == flushed : change.path == flushed;
}

std::vector<Change> unflushed(const fs::path& journal) {
  std::vector<Change> changes;
  std::ifstream file(journal);
  for (std::string text; std::getline(file, text);) {
    std::istringstream line(text);
    std::string kind;
    line >> kind;
    if (kind == "old") {
      Change change;
      std::string hex;
      line >> change.offset >> change.size_before >> hex;
      change.bytes_before = bytes_of(hex);
      change.path = rest_of(line);
      changes.push_back(std::move(change));
    } else if (kind == "name") {
      changes.push_back({rest_of(line), true, 0, 0, ""});
    } else if (kind == "flushed") {
      const std::string path = rest_of(line);
      std::erase_if(changes, [&](const Change& change) { return is_kept_by(path, change); });
    } else {
      throw std::runtime_error(fmt::format("{}: not a journal: {}", journal.string(), text));
    }
  }
  return changes;
}

void take_back(const Change& change) {
  std::error_code gone;
  if (change.is_name) {
    fs::remove_all(change.path, gone);
    return;
  }
  const int file = ::open(change.path.c_str(), O_WRONLY | O_CLOEXEC);
  if (file < 0) return;  // removed since
  const std::string& bytes = change.bytes_before;
  const bool is_done = ::pwrite(file, bytes.data(), bytes.size(), change.offset) ==
                           static_cast<ssize_t>(bytes.size()) &&
                       ::ftruncate(file, change.size_before) == 0;
  ::close(file);
  if (!is_done) throw std::runtime_error(fmt::format("{} cannot be put back", change.path));
}

}  // namespace

int lose_unflushed_writes(const fs::path& journal) {
  const std::vector<Change> changes = unflushed(journal);
  for (const Change& change : std::views::reverse(changes)) take_back(change);
  return static_cast<int>(changes.size());
}

}  // namespace subtide
