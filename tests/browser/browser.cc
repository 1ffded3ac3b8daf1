#include "tests/browser/browser.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <stdexcept>
#include <thread>
#include <vector>

namespace subtide {
namespace {

using nlohmann::json;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kLongestAnswer(60);
constexpr std::chrono::milliseconds kTurn(100);

int make_pipe(const std::filesystem::path& path) {
  if (::mkfifo(path.c_str(), 0600) != 0) throw std::runtime_error("cannot make " + path.string());
  // Both ways: opening waits for nobody then.
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  if (descriptor < 0) throw std::runtime_error("cannot open " + path.string());
  return descriptor;
}

}  // namespace

Browser::Browser(const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder);
  to_browser_ = make_pipe(folder / "in");
  from_browser_ = make_pipe(folder / "out");
  const std::string script =
      "exec chromium --headless --no-sandbox --disable-gpu --disable-quic --no-first-run "
      "--disable-background-networking --disable-component-update --disable-sync "
      "--disable-dev-shm-usage --mute-audio --autoplay-policy=no-user-gesture-required "
      "--window-size=1280,800 --remote-debugging-pipe --user-data-dir=\"$1/profile\" about:blank "
      "3<\"$1/in\" 4>\"$1/out\"";
  program_ = std::make_unique<RunningProgram>(
      std::vector<std::string>{"sh", "-c", script, "browser", folder.string()});
  const json page = call("Target.createTarget", {{"url", "about:blank"}})["targetId"];
  session_ = call("Target.attachToTarget", {{"targetId", page}, {"flatten", true}})["sessionId"];
}

Browser::~Browser() {
  session_.clear();
  try {
    send({{"id", ++last_id_}, {"method", "Browser.close"}, {"params", json::object()}});
    program_->ends_within(std::chrono::seconds(5));
  } catch (const std::exception&) {
    // It is killed with `program_`.
  }
  ::close(to_browser_);
  ::close(from_browser_);
}

void Browser::open(const std::string& url) {
  const json opened = call("Page.navigate", {{"url", url}});
  if (opened.contains("errorText")) {
    throw std::runtime_error(url + ": " + opened["errorText"].get<std::string>());
  }
  wait_for("document.readyState === 'complete'", std::chrono::seconds(90));
}

json Browser::evaluate(const std::string& expression) {
  const json answer =
      call("Runtime.evaluate",
           {{"expression", expression}, {"awaitPromise", true}, {"returnByValue", true}});
  if (answer.contains("exceptionDetails")) {
    throw std::runtime_error("the page threw: " + answer["exceptionDetails"].dump());
  }
  return answer["result"].value("value", json());
}

bool Browser::wait_for(const std::string& expression, std::chrono::milliseconds most) {
  for (const auto until = Clock::now() + most; Clock::now() < until;) {
    if (evaluate("Boolean(" + expression + ")") == true) return true;
    std::this_thread::sleep_for(kTurn);
  }
  return false;
}

json Browser::call(const std::string& method, json parameters) {
  json message = {{"id", ++last_id_}, {"method", method}, {"params", std::move(parameters)}};
  if (!session_.empty()) message["sessionId"] = session_;
  send(message);
  const auto until = Clock::now() + kLongestAnswer;
  while (true) {
    const json answer = receive(until);
    if (answer.value("id", 0) != last_id_) continue;  // an event
    if (answer.contains("error")) throw std::runtime_error(method + ": " + answer.dump());
    return answer["result"];
  }
}

void Browser::send(const json& message) {
  const std::string text = message.dump() + '\0';
  for (std::size_t sent = 0; sent < text.size();) {
    const ssize_t count = ::write(to_browser_, text.data() + sent, text.size() - sent);
    if (count < 0 && errno != EINTR) throw std::runtime_error("cannot write to the browser");
    if (count > 0) sent += static_cast<std::size_t>(count);
  }
}

json Browser::receive(Clock::time_point until) {
  while (true) {
    if (const auto end = received_.find('\0'); end != std::string::npos) {
      json message = json::parse(received_.substr(0, end));
      received_.erase(0, end + 1);
      return message;
    }
    pollfd entry{from_browser_, POLLIN, 0};
    const bool is_there = ::poll(&entry, 1, static_cast<int>(kTurn.count())) == 1;
    if (!is_there && program_->ends_within(std::chrono::milliseconds(0))) {
      throw std::runtime_error("the browser ended: " + program_->err());
    }
    if (!is_there && Clock::now() > until) throw std::runtime_error("the browser says nothing");
    if (!is_there) continue;
    std::array<char, 65536> block{};
    const ssize_t count = ::read(from_browser_, block.data(), block.size());
    if (count > 0) received_.append(block.data(), static_cast<std::size_t>(count));
  }
}

}  // namespace subtide
