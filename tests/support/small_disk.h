#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <utility>

#include "tests/support/program.h"

namespace subtide {

/// A small disk of its own, gone with the object.
class SmallDisk {
 public:
  SmallDisk(std::filesystem::path folder, const std::string& size) : folder_(std::move(folder)) {
    std::filesystem::create_directories(folder_);
    is_there_ =
        run_program({"mount", "-t", "tmpfs", "-o", "size=" + size, "tmpfs", folder_}).succeeded();
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  ~SmallDisk() {
    if (is_there_) run_program({"umount", "-l", folder_});
  }

  bool is_there() const { return is_there_; }

  /// Takes all the room that is left.
  void fill() const {
    std::ofstream filler(folder_ / "filler", std::ios::binary | std::ios::app);
    const std::string block(4096, 'x');
    while (filler.write(block.data(), static_cast<std::streamsize>(block.size())).flush()) {
    }
  }
  void make_room() const { std::filesystem::remove(folder_ / "filler"); }

 private:
  const std::filesystem::path folder_;
  bool is_there_ = false;
};

}  // namespace subtide
