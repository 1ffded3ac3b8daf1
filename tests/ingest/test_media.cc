#include "tests/ingest/test_media.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <set>
#include <stdexcept>

namespace subtide {
namespace {

/// Test pictures and a tone, encoded.
void add_made_media(const SenderOptions& options, std::vector<std::string>& command) {
  const auto colon = options.audio.find(':');
  const auto input = [&](const std::string& source) {
    if (options.in_real_time) command.emplace_back("-re");
    command.insert(command.end(), {"-f", "lavfi", "-i", source});
  };
  if (options.has_video) input("testsrc2=size=160x120:rate=25");
  if (options.has_audio) {
    const std::string rate = options.audio.substr(0, colon);
    input(options.is_silent ? "anullsrc=r=" + rate : "sine=frequency=440:sample_rate=" + rate);
  }
  command.insert(command.end(), {"-t", fmt::format("{}", options.seconds)});
  if (options.has_video) {
    command.insert(command.end(), {"-c:v", "libx264", "-preset", "ultrafast", "-tune",
                                   "zerolatency", "-g", "25", "-pix_fmt", "yuv420p"});
  }
  if (options.has_audio) {
    command.insert(command.end(), {"-c:a", "aac", "-ac", options.audio.substr(colon + 1)});
  }
}

std::vector<std::string> command_of(const SenderOptions& options) {
  std::vector<std::string> command{"ffmpeg", "-v", "error", "-nostdin", "-y"};
  if (options.input.empty()) {
    add_made_media(options, command);
  } else {
    command.insert(command.end(), {"-re", "-i", options.input.string(), "-c", "copy"});
  }
  if (options.from != MediaTime(0)) {
    command.insert(command.end(),
                   {"-output_ts_offset", fmt::format("{:.6f}", to_seconds(options.from))});
  }
  if (options.format == "mpegts") {
    command.insert(command.end(), {"-muxdelay", "0", "-pat_period", "0.2", "-flush_packets", "1"});
  }
  command.insert(command.end(), options.more.begin(), options.more.end());
  command.insert(command.end(), {"-f", options.format, options.target});
  return command;
}

bool can_bind(int type, int port) {
  const int socket = ::socket(AF_INET, type | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  const bool is_free = ::bind(socket, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
  ::close(socket);
  return is_free;
}

}  // namespace

std::unique_ptr<RunningProgram> send(const SenderOptions& options) {
  return std::make_unique<RunningProgram>(command_of(options));
}

std::filesystem::path make_media(const std::filesystem::path& file, SenderOptions options) {
  options.target = file.string();
  options.in_real_time = false;
  const ProgramResult result = run_program(command_of(options));
  if (!result.succeeded()) throw std::runtime_error(result.summary());
  return file;
}

bool is_long_form() { return std::getenv("SUBTIDE_LONG") != nullptr; }

std::string local(const std::string& scheme, int port, const std::string& rest) {
  return fmt::format("{}://127.0.0.1:{}{}", scheme, port, rest);
}

int free_port() {
  // Tests run side by side: each process has a stretch of its own, below the ports that the system
  // gives to outgoing connections.
  static std::set<int> given;
  for (int port = 20'000 + static_cast<int>(::getpid()) % 750 * 16;; ++port) {
    if (given.contains(port) || !can_bind(SOCK_STREAM, port) || !can_bind(SOCK_DGRAM, port))
      continue;
    given.insert(port);
    return port;
  }
}

}  // namespace subtide
