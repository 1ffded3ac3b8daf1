#pragma once

#include <stop_token>
#include <thread>

namespace subtide {

/// Turns the first SIGINT or SIGTERM into a stop request; a second one ends the program at once,
/// which is safe since no file is ever half written under its name. SIGPIPE is ignored.
///
/// Owner:   main(), before any other thread is started: the signals are blocked in every thread.
/// Threads: one of its own. Child programs inherit the blocked signals and so outlive a Ctrl-C
///          until we let them go.
class Interrupt {
 public:
  Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;
  ~Interrupt();

  std::stop_token token() const { return source_.get_token(); }

 private:
  void wait_for_signals();

  std::stop_source source_;
  int signals_ = -1;
  int ended_ = -1;
  std::thread thread_;
};

}  // namespace subtide
