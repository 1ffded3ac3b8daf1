#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/media_time.h"
#include "tests/support/program.h"

namespace subtide {

/// What a sender sends: test pictures and a tone, or a file as it is.
struct SenderOptions {
  std::filesystem::path input = {};  ///< the file
  std::string target;                ///< "srt://127.0.0.1:9000?mode=caller"
  std::string format = "mpegts";     ///< ffmpeg's name of the container
  std::string audio = "48000:2";     ///< rate and channels
  MediaTime from{0};                 ///< its first time stamp
  bool has_video = true;
  bool has_audio = true;
  bool is_silent = false;
  double seconds = 600;
  bool in_real_time = true;
  std::vector<std::string> more;  ///< options before the target
};

/// ffmpeg that sends until it is destroyed.
std::unique_ptr<RunningProgram> send(const SenderOptions& options);

/// The same into a file, as fast as it can. Throws when ffmpeg fails.
std::filesystem::path make_media(const std::filesystem::path& file, SenderOptions options);

/// Whether the tests run at the size of the fault list, not of a quick look.
bool is_long_form();
/// "udp://127.0.0.1:PORT" and `rest`.
std::string local(const std::string& scheme, int port, const std::string& rest = "");

/// A free port of 127.0.0.1, for TCP and UDP.
int free_port();

}  // namespace subtide
