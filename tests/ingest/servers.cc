#include "tests/ingest/servers.h"

#include <fmt/format.h>
#include <gst/gst.h>
#include <gst/rtsp-server/rtsp-server.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fstream>
#include <stdexcept>
#include <thread>

#include "tests/ingest/test_media.h"
#include "tests/support/shared_files.h"

namespace subtide {
namespace {

std::string read_file(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

void replace(std::string& text, const std::string& what, const std::string& with) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size())) {
    text.replace(at, what.size(), with);
  }
}

bool wait_for_port(int port) {
  for (int i = 0; i < 500; ++i) {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    const int connected = ::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof(address));
    ::close(socket);
    if (connected == 0) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return false;
}

/// What the RTSP server plays.
std::string launch_line(const std::filesystem::path& programme) {
  const std::string video = "rtph264pay name=pay0 pt=96 config-interval=1 ";
  const std::string sound = "rtpmp4gpay name=pay1 pt=97 )";
  if (programme.empty()) {
    return "( videotestsrc is-live=true ! video/x-raw,width=160,height=120,framerate=25/1 ! "
           "x264enc "
           "tune=zerolatency speed-preset=ultrafast key-int-max=25 ! " +
           video + "audiotestsrc is-live=true ! audio/x-raw,rate=48000,channels=2 ! avenc_aac ! " +
           sound;
  }
  return "( filesrc location=" + programme.string() +
         " ! tsdemux name=d d. ! queue ! h264parse ! " + video + "d. ! queue ! aacparse ! " + sound;
}

}  // namespace

TestFolder::TestFolder() {
  const auto* test = testing::UnitTest::GetInstance()->current_test_info();
  path_ = std::filesystem::path(testing::TempDir()) /
          fmt::format("subtide_{}_{}_{}", test->test_suite_name(), test->name(), ::getpid());
  std::filesystem::create_directories(path_);
}

TestFolder::~TestFolder() { std::filesystem::remove_all(path_); }

RtmpServer::RtmpServer(const TestFolder& folder) : port_(free_port()) {
  std::string text = read_file(source_root() / "samples/rtmp_in/nginx.conf");
  replace(text, ":1935", fmt::format(":{}", port_));
  replace(text, ":8935", fmt::format(":{}", free_port()));
  // One process, which is gone with the test, and which does not give up root's rights.
  replace(text, "worker_processes 1;", "worker_processes 1;\nmaster_process off;");
  const auto file = folder / "nginx.conf";
  std::ofstream(file) << text;
  nginx_ = std::make_unique<RunningProgram>(
      std::vector<std::string>{"nginx", "-p", folder.path().string(), "-c", file.string()});
  if (!wait_for_port(port_)) throw std::runtime_error("nginx does not listen: " + nginx_->err());
}

std::string RtmpServer::url(const std::string& key, int port) const {
  return fmt::format("rtmp://127.0.0.1:{}/live/{}", port == 0 ? port_ : port, key);
}

struct RtspServer::State {
  GMainContext* context = g_main_context_new();
  GMainLoop* loop = g_main_loop_new(context, FALSE);
  GstRTSPServer* server = nullptr;
  std::thread thread;
};

RtspServer::RtspServer(RtspTransport transport, const std::filesystem::path& programme)
    : state_(std::make_unique<State>()) {
  gst_init(nullptr, nullptr);
  state_->server = gst_rtsp_server_new();
  gst_rtsp_server_set_address(state_->server, "127.0.0.1");
  gst_rtsp_server_set_service(state_->server, "0");
  GstRTSPMediaFactory* factory = gst_rtsp_media_factory_new();
  gst_rtsp_media_factory_set_launch(factory, launch_line(programme).c_str());
  if (transport != RtspTransport::kAny) {
    gst_rtsp_media_factory_set_protocols(factory, transport == RtspTransport::kTcp
                                                      ? GST_RTSP_LOWER_TRANS_TCP
                                                      : GST_RTSP_LOWER_TRANS_UDP);
  }
  gst_rtsp_media_factory_set_shared(factory, TRUE);
  GstRTSPMountPoints* mounts = gst_rtsp_server_get_mount_points(state_->server);
  gst_rtsp_mount_points_add_factory(mounts, "/live", factory);
  g_object_unref(mounts);
  gst_rtsp_server_attach(state_->server, state_->context);
  state_->thread = std::thread([loop = state_->loop] { g_main_loop_run(loop); });
}

RtspServer::~RtspServer() {
  // On the loop's own thread, where nothing else looks at the clients.
  GList* clients = gst_rtsp_server_client_filter(
      state_->server,
      [](GstRTSPServer*, GstRTSPClient*, gpointer) { return GST_RTSP_FILTER_REMOVE; }, nullptr);
  g_list_free_full(clients, g_object_unref);
  g_main_loop_quit(state_->loop);
  state_->thread.join();
  g_object_unref(state_->server);
  g_main_loop_unref(state_->loop);
  g_main_context_unref(state_->context);
}

std::string RtspServer::url() const {
  return fmt::format("rtsp://127.0.0.1:{}/live", gst_rtsp_server_get_bound_port(state_->server));
}

HlsOrigin::HlsOrigin(const TestFolder& folder, Kind kind, const std::filesystem::path& programme)
    : folder_(folder.path()) {
  SenderOptions options;
  options.input = programme;
  options.format = "hls";
  options.target = (folder_ / "index.m3u8").string();
  options.more = {"-hls_time", "1", "-hls_list_size", "8", "-hls_flags", "delete_segments"};
  const bool is_mp4 = kind == Kind::kFragmentedMp4;
  if (is_mp4) options.more.insert(options.more.end(), {"-hls_segment_type", "fmp4"});
  serve("index.m3u8");
  serve("init.mp4");
  for (int i = 0; i < 300; ++i) serve(fmt::format("index{}.{}", i, is_mp4 ? "m4s" : "ts"));
  ffmpeg_ = send(options);
  for (int i = 0; i < 1000; ++i) {
    if (std::filesystem::exists(folder_ / (is_mp4 ? "index2.m4s" : "index2.ts"))) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

void HlsOrigin::serve(const std::string& name) {
  server_.on(fmt::format("/{}", name), [this, name](const ReceivedRequest& request) {
    ServerReply reply;
    if (is_hanging_) {
      reply.hangs = true;
      return reply;
    }
    if (!std::filesystem::exists(folder_ / name)) {
      reply.status = 404;
      return reply;
    }
    return serve_range(request, read_file(folder_ / name));
  });
}

}  // namespace subtide
