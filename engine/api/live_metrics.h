#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace subtide {

/// What a live stream measures of itself, for Prometheus.
///
/// Owner:   the caller. Threads: any. Errors: none.
class LiveMetrics {
 public:
  using Duration = std::chrono::nanoseconds;

  LiveMetrics();
  ~LiveMetrics();
  LiveMetrics(const LiveMetrics&) = delete;
  LiveMetrics& operator=(const LiveMetrics&) = delete;

  /// From the end of a word until it was committed: by the rules of commitment, and by waiting and
  /// the model's computing.
  void word_committed(Duration policy, Duration compute);
  /// From the end of a cue's last word until it could be fetched.
  void caption_published(const std::string& language, Duration delay);
  void segment_published(const std::string& rendition, std::uint64_t bytes);
  /// From a segment's end until all of it had come, and from then on until it was written.
  void segment_packaged(const std::string& rendition, Duration waited, Duration packaging);
  void metadata_placed();
  void epoch_opened(const std::string& reason);
  void packets_damaged(std::uint64_t missing, std::uint64_t broken);
  void gap_marked(const std::string& reason);
  void late_cue(const std::string& language);
  void source_connected(bool is_connected);
  void rung_taken(int rung);  ///< of shedding load; 0: none
  void viewers_waiting(std::size_t count);
  void output_congested(const std::string& output, bool is_congested);

  /// The text that Prometheus reads.
  std::string text() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace subtide
