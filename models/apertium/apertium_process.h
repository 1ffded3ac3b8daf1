#pragma once

#include <sys/types.h>

#include <chrono>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/base/result.h"

namespace subtide {

/// One running `apertium` for one pair, which answers texts until it is closed.
///
/// Each text ends with a note that Apertium passes on untouched (a superblank with a number), so an
/// answer is known by its number and not by counting; empty texts behind it push it through the
/// pipeline's buffers.
///
/// Owner:   the caller; the destructor closes its input, waits a little, and kills its process
/// group. Threads: one at a time. Errors:  start: kNotFound. translate: kUnavailable (died,
/// stopped), kDeadline; after an error the
///          process is of no more use.
class ApertiumProcess {
 public:
  static Result<ApertiumProcess> start(const std::string& program, const std::string& pair);
  ApertiumProcess(ApertiumProcess&& other) noexcept;
  ApertiumProcess& operator=(ApertiumProcess&&) = delete;
  ~ApertiumProcess();

  /// Texts in stream format (to_apertium), never empty; the same number comes back, in order.
  Result<std::vector<std::string>> translate(std::span<const std::string> texts,
                                             std::chrono::milliseconds timeout,
                                             const std::stop_token& stop);

 private:
  struct Conversation;
  ApertiumProcess(pid_t pid, int input, int output) : pid_(pid), input_(input), output_(output) {}
  Status exchange(Conversation& conversation, std::chrono::milliseconds timeout,
                  const std::stop_token& stop);
  Status send_some(Conversation& conversation);
  Status receive_some(Conversation& conversation);

  pid_t pid_ = -1;
  int input_ = -1;
  int output_ = -1;
  unsigned long last_number_ = 0;
};

}  // namespace subtide
