#pragma once

#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/gst/pointer.h"
#include "engine/metadata/timed_metadata.h"
#include "engine/pipeline/live_session.h"

namespace subtide {

/// Timed metadata on its way into a live stream: what people inject and what the source brings, to
/// the tidemeta elements of all renditions.
///
/// Time:    engine time. Owner: the caller. Threads: any.
/// Errors:  inject(): kInvalidArgument, kBadInput for what cannot be read, kUnavailable while no
///          stream runs.
class LiveMarkers {
 public:
  /// The stream runs: `session` lives until end(). `cue_file` has more of them.
  void begin(const LiveSession& session, std::size_t renditions,
             const std::optional<std::filesystem::path>& cue_file);
  void end();

  /// A cue object as JSON; answers its id and time as JSON.
  Result<std::string> inject(const std::string& json, const char* origin);
  /// What comes before begin() waits for it.
  void place(const TimedMetadata& item);

 private:
  Status put(const TimedMetadata& item) const;

  std::mutex mutex_;  ///< guards what is below
  const LiveSession* session_ = nullptr;
  std::vector<ElementPtr> places_;
  std::vector<TimedMetadata> early_;
};

/// Whether this element's news stand for those of all renditions.
bool tells_of_markers(const std::string& element);

}  // namespace subtide
