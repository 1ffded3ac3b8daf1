#pragma once

#include <string>
#include <string_view>

#include "engine/events/event.h"

namespace subtide {

/// The events of one run as lines of JSON on standard output, when the user asked for them.
///
/// Each line is flushed at once. When nobody reads any more, the rest is dropped and the work goes
/// on. Threads: one at a time.
class EventOutput {
 public:
  enum class Mode { kSilent, kJsonLines };
  explicit EventOutput(Mode mode);

  bool is_on() const { return mode_ == Mode::kJsonLines; }
  void emit(std::string_view job, EventBody body);

  /// Names the jobs of this run: "<run>-<number>".
  std::string job_id(std::size_t number) const;

 private:
  Mode mode_;
  std::string run_;
  EventSource source_;
};

}  // namespace subtide
