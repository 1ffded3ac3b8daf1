#pragma once

#include <gst/gst.h>

#include <exception>
#include <type_traits>
#include <utility>

namespace subtide {

/// Posts an element error about an exception that reached a GStreamer callback.
void report_exception(GstElement* element, const char* what) noexcept;

/// Runs the body of a GStreamer callback and lets no exception through to C: one becomes an element
/// error, and the callback answers `otherwise`.
template <typename Answer, typename Body>
Answer guard(GstElement* element, Answer otherwise, Body&& body) noexcept {
  try {
    return std::forward<Body>(body)();
  } catch (const std::exception& exception) {
    report_exception(element, exception.what());
  } catch (...) {
    report_exception(element, "an exception of unknown type");
  }
  return otherwise;
}

/// The same for callbacks that answer nothing.
template <typename Body>
void guard(GstElement* element, Body&& body) noexcept {
  static_assert(std::is_void_v<std::invoke_result_t<Body>>, "say what to answer otherwise");
  guard(element, 0, [&body] {
    std::forward<Body>(body)();
    return 0;
  });
}

}  // namespace subtide
