#include "engine/events/event_filter.h"

#include <algorithm>
#include <utility>

namespace subtide {
namespace {

bool is_pattern(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char letter) {
    return (letter >= 'a' && letter <= 'z') || letter == '_' || letter == '.' || letter == '*';
  });
}

/// '*' stands for any letters, also none and dots.
bool fits(std::string_view pattern, std::string_view name) {
  std::size_t at = 0;
  std::size_t in_name = 0;
  std::size_t star = pattern.npos;  // the last one seen, and how much of the name it took
  std::size_t taken_to = 0;
  while (in_name < name.size()) {
    if (at < pattern.size() && pattern[at] == '*') {
      star = at++;
      taken_to = in_name;
    } else if (at < pattern.size() && pattern[at] == name[in_name]) {
      ++at;
      ++in_name;
    } else if (star != pattern.npos) {
      at = star + 1;
      in_name = ++taken_to;
    } else {
      return false;
    }
  }
  return pattern.substr(at).find_first_not_of('*') == pattern.npos;
}

/// "cue." of "cue.*" and of "cue.emitted"; what stands before a '*' in the first part else.
std::string prefix_of(std::string_view pattern) {
  const std::string_view literal = pattern.substr(0, pattern.find('*'));
  const std::size_t dot = literal.find('.');
  return std::string(dot == literal.npos ? literal : literal.substr(0, dot + 1));
}

}  // namespace

Result<EventFilter> EventFilter::create(std::vector<std::string> patterns) {
  if (patterns.empty()) {
    return make_error(ErrorCode::kInvalidArgument, "no events asked for; '*' means all");
  }
  for (const auto& pattern : patterns) {
    if (is_pattern(pattern)) continue;
    return make_error(ErrorCode::kInvalidArgument,
                      "'{}' matches no event; write names such as cue.emitted or cue.*", pattern);
  }
  return EventFilter(std::move(patterns));
}

EventFilter::EventFilter(std::vector<std::string> patterns) : patterns_(std::move(patterns)) {
  for (const auto& pattern : patterns_) prefixes_.push_back(prefix_of(pattern));
  std::ranges::sort(prefixes_);
  prefixes_.erase(std::ranges::unique(prefixes_).begin(), prefixes_.end());
}

bool EventFilter::matches(std::string_view name) const {
  return std::ranges::any_of(patterns_, [&](const auto& pattern) { return fits(pattern, name); });
}

bool EventFilter::covers(std::string_view name) const {
  return std::ranges::any_of(prefixes_,
                             [&](const auto& prefix) { return name.starts_with(prefix); });
}

}  // namespace subtide
