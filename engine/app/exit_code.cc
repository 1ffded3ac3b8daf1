#include "engine/app/exit_code.h"

#include <algorithm>

namespace subtide {

ExitCode exit_code_of(const std::vector<Ending>& endings) {
  const auto count = [&](Ending ending) { return std::ranges::count(endings, ending); };
  const auto all = static_cast<std::ptrdiff_t>(endings.size());
  if (count(Ending::kInterrupted) > 0) return ExitCode::kInterrupted;
  if (count(Ending::kUnreadable) == all) return ExitCode::kNoInput;
  if (count(Ending::kDone) == all) return ExitCode::kDone;
  const bool is_something_done = count(Ending::kDone) + count(Ending::kDegraded) > 0;
  return is_something_done ? ExitCode::kDegraded : ExitCode::kFailed;
}

ExitCode exit_code_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument:
      return ExitCode::kUsage;
    case ErrorCode::kNotFound:
    case ErrorCode::kAlreadyExists:
    case ErrorCode::kUnsupported:
    case ErrorCode::kBadInput:
    case ErrorCode::kUnavailable:
    case ErrorCode::kDeadline:
    case ErrorCode::kNoSpace:
    case ErrorCode::kIo:
    case ErrorCode::kDenied:
    case ErrorCode::kBreakerOpen:
    case ErrorCode::kInternal:
      return ExitCode::kFailed;
  }
  return ExitCode::kFailed;
}

Ending ending_of_input_error(ErrorCode code) {
  switch (code) {
    case ErrorCode::kNotFound:
    case ErrorCode::kUnsupported:
    case ErrorCode::kBadInput:
    case ErrorCode::kUnavailable:
    case ErrorCode::kDenied:
    case ErrorCode::kDeadline:
    case ErrorCode::kIo:
      return Ending::kUnreadable;
    case ErrorCode::kInvalidArgument:
    case ErrorCode::kAlreadyExists:
    case ErrorCode::kNoSpace:
    case ErrorCode::kBreakerOpen:
    case ErrorCode::kInternal:
      return Ending::kFailed;
  }
  return Ending::kFailed;
}

}  // namespace subtide
