#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "engine/app/event_output.h"
#include "engine/speech/ports.h"
#include "models/model_breakers.h"

namespace subtide {

/// Tells how the models of a run are: events for machines while it runs, lines for people at the
/// end of each job. It hears of breakers and rungs from the models of this process, and sees from
/// every transcript, also those of workers and of the store, who wrote it.
///
/// Owner:   shared by the batch and its models; `events` must outlive the models' work.
/// Threads: any. Errors: none.
class ModelWatch final : public ModelHealthListener {
 public:
  explicit ModelWatch(EventOutput& events) : events_(events) {}

  void begin_job(const std::string& job);
  /// What people should know of the models' health in it; empty when all was as asked. Models are
  /// shared: what befell them befell all jobs that were under way.
  std::vector<std::string> end_job(const std::string& job);

  void on_breaker(const work::BreakerKey& key, const work::BreakerChange& change) override;
  void on_degraded(const RungStep& step) override;
  void on_recovered(const RungStep& step) override;
  /// A window of the job, of the recogniser `asked` (a ladder's specs with commas between), was
  /// written by `model`.
  void on_transcript(const std::string& job, const std::string& asked, const std::string& model);

 private:
  struct Served {
    std::uint64_t windows = 0;
    std::map<std::string, std::uint64_t> by_lesser;
  };

  struct Job {
    std::map<std::string, int> opened;         ///< by breaker
    std::map<std::string, std::string> steps;  ///< down, each with its first cause
    std::map<std::string, Served> served;      ///< by the recogniser that was asked
  };
  void emit(const EventBody& body, const std::function<void(Job&)>& note);

  EventOutput& events_;
  std::mutex mutex_;                 ///< guards what is below
  std::map<std::string, Job> jobs_;  ///< under way, by their id
};

/// The same models for the job, of whose transcripts `watch` hears.
std::shared_ptr<ModelProvider> watched(std::shared_ptr<ModelProvider> models,
                                       std::shared_ptr<ModelWatch> watch, std::string job);

}  // namespace subtide
