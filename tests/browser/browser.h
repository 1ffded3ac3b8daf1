#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/support/program.h"

namespace subtide {

/// Headless Chromium with one page, by the DevTools protocol over two named pipes.
///
/// Time:    the page's clock is the real one.
/// Owner:   the caller; the browser ends with the object.
/// Threads: one at a time.
/// Errors:  std::runtime_error: no browser, no answer in time, a script that threw.
class Browser {
 public:
  /// `folder` holds its pipes and its profile.
  explicit Browser(const std::filesystem::path& folder);
  ~Browser();
  Browser(const Browser&) = delete;
  Browser& operator=(const Browser&) = delete;

  void open(const std::string& url);
  /// The value of a JavaScript expression in the page, a promise's when it is kept.
  nlohmann::json evaluate(const std::string& expression);
  /// Waits until the expression is true; false after `most`.
  bool wait_for(const std::string& expression, std::chrono::milliseconds most);

 private:
  nlohmann::json call(const std::string& method, nlohmann::json parameters);
  void send(const nlohmann::json& message);
  nlohmann::json receive(std::chrono::steady_clock::time_point until);

  std::unique_ptr<RunningProgram> program_;
  int to_browser_ = -1;
  int from_browser_ = -1;
  std::string received_;
  std::string session_;
  int last_id_ = 0;
};

}  // namespace subtide
