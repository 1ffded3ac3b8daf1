#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/base/epoch.h"
#include "engine/metadata/scte35.h"
#include "engine/metadata/timed_metadata.h"

namespace subtide {

/// One attribute of a playlist tag; the value as it stands in the playlist, quotes and all.
struct TagAttribute {
  std::string name;
  std::string value;

  bool operator==(const TagAttribute&) const = default;
};

/// The attributes of one EXT-X-DATERANGE tag, in the order they are written.
using DateRange = std::vector<TagAttribute>;

/// "#EXT-X-DATERANGE:ID=…", without line feed.
std::string to_line(const DateRange& range);

struct DateRangeOptions {
  /// Classes whose items last until the next one of the class (END-ON-NEXT), such as chapters.
  std::set<std::string> end_on_next;
};

/// Makes the EXT-X-DATERANGE tags of items. It remembers breaks: the tag of a splice_insert that
/// leads back has the ID, the class and the START-DATE of the one that led out.
///
/// JSON payloads become X- attributes, one for each member of an object: X-COM-EXAMPLE-GOAL-TEAM.
/// What is neither a number nor text that quotes can hold becomes a hex sequence of its JSON, as
/// other payloads become a hex sequence X-…-PAYLOAD.
///
/// Time:    an item's `at` is engine time; dates are UTC by way of the epoch, to the millisecond.
/// Owner:   the caller; one for each playlist, so that each sees every break.
/// Threads: one at a time.
/// Errors:  none; an SCTE-35 section that cannot be read is carried as SCTE35-CMD.
/// Source:  RFC 8216bis section 4.4.5.1.
class DateRangeWriter {
 public:
  explicit DateRangeWriter(DateRangeOptions options = {});

  /// Items of one break have to come in order.
  DateRange add(const TimedMetadata& item, const Epoch& epoch);

 private:
  struct Break {
    std::string id;
    std::string class_name;
    WallTime start{};
    std::uint64_t number = 0;  ///< the older, the smaller
  };

  void add_splice(const TimedMetadata& item, WallTime at, DateRange& range);
  void open_break(std::uint32_t event_id, const TimedMetadata& item, WallTime at);

  DateRangeOptions options_;
  std::map<std::uint32_t, Break> open_;  ///< by splice event id
  std::uint64_t breaks_ = 0;
};

}  // namespace subtide
