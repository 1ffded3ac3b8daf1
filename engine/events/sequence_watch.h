#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace subtide {

/// Remembers the last number of each source and family, and so sees repeated and missing facts.
///
/// Owner:   the caller. Threads: one at a time. Errors: none.
class SequenceWatch {
 public:
  /// What the first number seen of a source and family means.
  enum class FirstSeen {
    kAnyIsNext,      ///< a subscriber that joined late and knows nothing of before
    kCountsFromOne,  ///< one that was told where every family stood
  };
  enum class Verdict { kNext, kRepeated, kGap };

  explicit SequenceWatch(FirstSeen first_seen) : first_seen_(first_seen) {}

  void set_first_seen(FirstSeen first_seen) { first_seen_ = first_seen; }
  /// Changes nothing.
  Verdict judge(std::string_view source, std::string_view family, std::uint64_t sequence) const;
  /// `sequence` and all before it count as seen; never goes back.
  void advance(std::string_view source, std::string_view family, std::uint64_t sequence);
  /// The last number that counts as seen; 0 when there is none.
  std::uint64_t last(std::string_view source, std::string_view family) const;

 private:
  using Key = std::pair<std::string, std::string>;
  FirstSeen first_seen_;
  std::map<Key, std::uint64_t> last_;
};

}  // namespace subtide
