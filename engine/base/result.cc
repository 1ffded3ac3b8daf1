#include "engine/base/result.h"

namespace subtide {

std::string_view to_string(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument:
      return "invalid_argument";
    case ErrorCode::kNotFound:
      return "not_found";
    case ErrorCode::kAlreadyExists:
      return "already_exists";
    case ErrorCode::kUnsupported:
      return "unsupported";
    case ErrorCode::kBadInput:
      return "bad_input";
    case ErrorCode::kUnavailable:
      return "unavailable";
    case ErrorCode::kDeadline:
      return "deadline";
    case ErrorCode::kNoSpace:
      return "no_space";
    case ErrorCode::kIo:
      return "io";
    case ErrorCode::kDenied:
      return "denied";
    case ErrorCode::kBreakerOpen:
      return "breaker_open";
    case ErrorCode::kInternal:
      return "internal";
  }
  return "internal";
}

}  // namespace subtide
