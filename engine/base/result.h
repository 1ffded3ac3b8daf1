#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace subtide {

/// Why something that may fail did fail. Each front end maps it in one exhaustive switch.
enum class ErrorCode {
  kInvalidArgument,  ///< the caller's value is wrong: wrong usage
  kNotFound,         ///< the named thing does not exist
  kAlreadyExists,    ///< the named thing exists and may not be replaced
  kUnsupported,      ///< well-formed, but not something we can do
  kBadInput,         ///< the data is damaged, empty or not what it claims to be
  kUnavailable,      ///< a server, process or network did not answer; trying again may help
  kDeadline,         ///< it took longer than the caller allowed
  kNoSpace,          ///< the disk is full
  kIo,               ///< reading or writing failed
  kDenied,           ///< forbidden by a rule or by permissions
  kBreakerOpen,      ///< not asked at all: it failed too often of late
  kInternal,         ///< a library failed in a way we cannot name
};

/// The code's stable lower-case name, such as "bad_input"; used in JSON and logs.
std::string_view to_string(ErrorCode code);

/// An error a person can act on: one line that names the thing and says what to do.
struct Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string message;
};

template <typename... Args>
Error make_error(ErrorCode code, fmt::format_string<Args...> format, Args&&... args) {
  return Error{code, fmt::format(format, std::forward<Args>(args)...)};
}

/// A value, or the Error that says why there is none.
template <typename T>
class [[nodiscard]] Result : public tl::expected<T, Error> {
 public:
  using tl::expected<T, Error>::expected;
  Result(Error error) : tl::expected<T, Error>(tl::unexpect, std::move(error)) {}  // NOLINT
};

/// Success without a value: `return ok();`.
using Status = Result<void>;
inline Status ok() { return {}; }

}  // namespace subtide
