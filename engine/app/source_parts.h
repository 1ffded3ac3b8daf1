#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "engine/app/job_surroundings.h"
#include "engine/app/transcode_graph.h"
#include "engine/app/transcode_options.h"
#include "engine/base/staged_output.h"
#include "engine/pipeline/media_input.h"
#include "engine/pipeline/media_probe.h"
#include "engine/pipeline/movie_join.h"
#include "engine/pipeline/movie_texts.h"
#include "engine/pipeline/source_streams.h"

namespace subtide {

/// What a transcode takes over from its source as it is: coded streams, subtitles, chapters.
///
/// Owner:   the job, whose `media` and `input` outlive it.
/// Threads: the job's.
class SourceParts {
 public:
  SourceParts(const JobSurroundings& around, const JobTask& task, const TranscodeOptions& options)
      : around_(around), task_(task), options_(options) {}

  /// Learns what there is and tells people what is left out. Errors: kUnsupported for what the
  /// package cannot carry, else as read_source_streams().
  Status look_into(const MediaInput& input, const MediaInformation& media);

  bool copies_pictures() const { return options_.copies_pictures(); }
  bool copies_sound() const { return options_.copies_sound(); }

  /// Plans the renditions of an HLS presentation for coded streams, which it puts into a movie that
  /// goes with the job, and for the source's own subtitles, beside those of what is spoken; gives
  /// the subtitles to its graph. Without HLS nothing happens. Errors: as join_movie().
  Status plan_renditions(TranscodePlan& plan, std::vector<std::string>& reasons);
  void feed(const TranscodeSession& session) const;

  /// Puts it into the finished movies, with `spoken` before the source's own subtitles. The movies
  /// hold what was encoded; without `has_encoded` there are none yet. Lines about what was odd come
  /// into `reasons`. Errors: of what failed.
  Status complete(const std::vector<std::filesystem::path>& movies, bool has_encoded,
                  std::vector<TextTrack> spoken, MediaDuration length,
                  std::vector<std::string>& reasons) const;

 private:
  Status check_copies() const;
  void tell_left_out() const;
  std::vector<TextTrack> source_texts() const;
  void plan_texts(TranscodePlan& plan);
  Status plan_copies(TranscodePlan& plan, std::vector<std::string>& reasons);
  void tell_damage(const std::string& complaint, std::vector<std::string>& reasons) const;
  std::vector<Chapter> chapters(MediaDuration length) const;
  Status complete_one(const std::filesystem::path& movie, bool has_encoded,
                      const MovieExtras& extras, std::vector<std::string>& reasons) const;
  Status join(const std::filesystem::path& movie, bool has_encoded, const MovieExtras& extras,
              std::vector<std::string>& reasons) const;

  const JobSurroundings& around_;
  const JobTask& task_;
  const TranscodeOptions& options_;
  const MediaInput* input_ = nullptr;
  const MediaInformation* media_ = nullptr;
  std::vector<TextTrack> presented_;      ///< in HLS
  std::optional<StagedOutput> copied_;    ///< for HLS; not for the user: goes with the job
  std::optional<SourceStreams> streams_;  ///< where something of them is taken over
};

}  // namespace subtide
