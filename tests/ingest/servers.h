#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>

#include "tests/support/http_server.h"
#include "tests/support/program.h"

namespace subtide {

/// A folder in the test's temporary folder, gone with the object.
class TestFolder {
 public:
  TestFolder();
  ~TestFolder();
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// nginx with the configuration of samples/rtmp_in, on a port of its own.
class RtmpServer {
 public:
  explicit RtmpServer(const TestFolder& folder);
  int port() const { return port_; }
  /// "rtmp://127.0.0.1:PORT/live/KEY", through `port` if another one is given.
  std::string url(const std::string& key = "change-me", int port = 0) const;

 private:
  int port_;
  std::unique_ptr<RunningProgram> nginx_;
};

/// How an RTSP server lets itself be asked.
enum class RtspTransport { kAny, kTcp, kUdp };

/// An RTSP server with one stream of pictures and sound, made while it is asked for, or of
/// `programme`, an MPEG-TS of H.264 and AAC.
class RtspServer {
 public:
  explicit RtspServer(RtspTransport transport = RtspTransport::kAny,
                      const std::filesystem::path& programme = {});
  ~RtspServer();
  RtspServer(const RtspServer&) = delete;
  RtspServer& operator=(const RtspServer&) = delete;
  std::string url() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Serves the files of a folder that ffmpeg fills with an HLS stream, made by itself or of
/// `programme`.
class HlsOrigin {
 public:
  enum class Kind { kTransportStream, kFragmentedMp4 };

  HlsOrigin(const TestFolder& folder, Kind kind, const std::filesystem::path& programme = {});
  HttpTestServer& server() { return server_; }
  std::string url(const std::string& name = "/index.m3u8") const { return server_.url(name); }
  /// Answers nothing more.
  void hang() { is_hanging_ = true; }
  void go_on() { is_hanging_ = false; }

 private:
  void serve(const std::string& name);

  std::filesystem::path folder_;
  std::atomic<bool> is_hanging_ = false;
  HttpTestServer server_;
  std::unique_ptr<RunningProgram> ffmpeg_;
};

}  // namespace subtide
