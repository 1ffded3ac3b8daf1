#include "engine/events/sequence_watch.h"

#include <algorithm>

namespace subtide {

SequenceWatch::Verdict SequenceWatch::judge(std::string_view source, std::string_view family,
                                            std::uint64_t sequence) const {
  const std::uint64_t seen = last(source, family);
  if (sequence <= seen) return Verdict::kRepeated;
  if (seen == 0 && first_seen_ == FirstSeen::kAnyIsNext) return Verdict::kNext;
  return sequence == seen + 1 ? Verdict::kNext : Verdict::kGap;
}

void SequenceWatch::advance(std::string_view source, std::string_view family,
                            std::uint64_t sequence) {
  std::uint64_t& seen = last_[Key(source, family)];
  seen = std::max(seen, sequence);
}

std::uint64_t SequenceWatch::last(std::string_view source, std::string_view family) const {
  const auto found = last_.find(Key(source, family));
  return found == last_.end() ? 0 : found->second;
}

}  // namespace subtide
