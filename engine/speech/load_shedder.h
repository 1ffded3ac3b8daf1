#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/media_time.h"
#include "engine/base/result.h"

namespace subtide {

/// What is given up when recognition falls behind, in this order.
enum class ShedRung {
  kStopPartials,  ///< only complete windows are decoded, and long speech is cut into short ones
  kLargerStep,    ///< those windows may grow to the longest: fewer calls
  kSmallerModel,  ///< the next rung of the model's ladder
  kShorterBeam,   ///< the first guess counts
  kSkip,          ///< the oldest window that waits is given up, and a gap marked
};

/// "partials_stopped", "larger_step", "smaller_model", "shorter_beam", "skipping".
std::string_view to_string(ShedRung rung);

/// A rung that was entered or left. Nothing stands for normal work.
struct ShedChange {
  bool is_entered = false;
  std::optional<ShedRung> from;
  std::optional<ShedRung> to;
  MediaDuration age{0};  ///< of the oldest unfinished window, at that moment
  bool operator==(const ShedChange&) const = default;
};

struct ShedOptions {
  MediaDuration budget = std::chrono::seconds(8);     ///< no window waits longer than this
  MediaDuration recovery = std::chrono::seconds(60);  ///< of calm before a rung is left
  /// Those that there are, in order; a model without a smaller one has no such rung. kSkip is last
  /// and always there.
  std::vector<ShedRung> rungs = {ShedRung::kStopPartials, ShedRung::kLargerStep,
                                 ShedRung::kSmallerModel, ShedRung::kShorterBeam};
};

/// Decides what to give up while the oldest unfinished window grows old, and when to take it back.
///
/// The first rung is entered at half the budget, the last at the budget, those between at even
/// distances; a leap in age enters several at once, each told. A rung is left after `recovery` in
/// which no window was older than half the budget, the next one after another such time.
///
/// Time:    the stream's own: how far audio has come. So an outage of the source heals nothing.
/// Owner:   the caller; movable. Threads: one at a time.
/// Errors:  create() refuses a budget or recovery of nothing, and rungs out of order
///          (kInvalidArgument).
class LoadShedder {
 public:
  static Result<LoadShedder> create(ShedOptions options);

  /// At `now` the oldest unfinished window is this old. Gives what changed, in order.
  std::vector<ShedChange> observe(MediaTime now, MediaDuration oldest_age);

  bool is_shedding(ShedRung rung) const;
  /// The deepest rung; nothing for normal work.
  std::optional<ShedRung> rung() const;
  MediaDuration budget() const { return options_.budget; }
  void reset();

 private:
  explicit LoadShedder(ShedOptions options) : options_(std::move(options)) {}
  MediaDuration threshold(std::size_t index) const;
  std::optional<ShedRung> rung_at(std::size_t depth) const;

  ShedOptions options_;
  std::size_t depth_ = 0;  ///< rungs entered
  std::optional<MediaTime> calm_since_;
};

}  // namespace subtide
