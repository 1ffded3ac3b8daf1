#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

namespace subtide {

/// Which events a subscriber wants, by name: "cue.emitted", "cue.*", "*.failed", "*".
///
/// Facts are numbered by family, so a hole can only be told from something not asked for when whole
/// families come over the wire. prefixes() names those; matches() picks what was asked for.
///
/// Threads: any once made.
class EventFilter {
 public:
  /// Errors:  kInvalidArgument for no patterns at all, or one that no name can match.
  static Result<EventFilter> create(std::vector<std::string> patterns);

  bool matches(std::string_view name) const;
  /// True when the whole family of `name` is subscribed to.
  bool covers(std::string_view name) const;
  /// Topics to subscribe to: "cue.", or empty for all.
  const std::vector<std::string>& prefixes() const { return prefixes_; }

 private:
  explicit EventFilter(std::vector<std::string> patterns);
  std::vector<std::string> patterns_;
  std::vector<std::string> prefixes_;
};

}  // namespace subtide
