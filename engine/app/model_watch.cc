#include "engine/app/model_watch.h"

#include <fmt/format.h>

#include <chrono>
#include <utility>

namespace subtide {
namespace {

using std::chrono::milliseconds;

BreakerNamed named(const work::BreakerKey& key, const work::BreakerChange& change) {
  return {to_string(key), static_cast<int>(change.calls), change.failed_percent / 100.0,
          change.late_percent / 100.0};
}

EventBody told(const work::BreakerKey& key, const work::BreakerChange& change) {
  switch (change.to) {
    case work::BreakerState::kOpen:
      return BreakerOpened{named(key, change),
                           std::chrono::duration_cast<milliseconds>(change.open_for)};
    case work::BreakerState::kHalfOpen:
      return BreakerHalfOpened{to_string(key), static_cast<int>(work::BreakerLimits().probes)};
    case work::BreakerState::kClosed:
      break;
  }
  return BreakerClosed{named(key, change)};
}

/// By the names that people know from the graph.
std::string ladder_of(const std::string& stage) {
  return stage == "transcribe" ? "recognizer" : "translator";
}

LadderStep told(const RungStep& step) {
  return {ladder_of(step.stage), step.from, step.to, step.cause};
}

class WatchedRecognizer final : public Recognizer {
 public:
  WatchedRecognizer(std::shared_ptr<Recognizer> model, std::shared_ptr<ModelWatch> watch,
                    std::string job)
      : model_(std::move(model)), watch_(std::move(watch)), job_(std::move(job)) {}

  const ModelTraits& traits() const override { return model_->traits(); }
  Result<Transcript> recognize(const AudioWindow& window,
                               const RecognitionRequest& request) override {
    auto transcript = model_->recognize(window, request);
    if (transcript) watch_->on_transcript(job_, traits().spec, transcript->model);
    return transcript;
  }

 private:
  const std::shared_ptr<Recognizer> model_;
  const std::shared_ptr<ModelWatch> watch_;
  const std::string job_;
};

class WatchedModels final : public ModelProvider {
 public:
  WatchedModels(std::shared_ptr<ModelProvider> models, std::shared_ptr<ModelWatch> watch,
                std::string job)
      : models_(std::move(models)), watch_(std::move(watch)), job_(std::move(job)) {}

  Result<std::shared_ptr<Recognizer>> recognizer(std::string_view spec,
                                                 const ModelOptions& options) override {
    auto model = models_->recognizer(spec, options);
    if (!model) return model;
    return std::make_shared<WatchedRecognizer>(std::move(*model), watch_, job_);
  }
  Result<std::shared_ptr<Translator>> translator(std::string_view spec,
                                                 const ModelOptions& options) override {
    return models_->translator(spec, options);
  }
  Result<std::shared_ptr<SpeechDetector>> detector(std::string_view spec) override {
    return models_->detector(spec);
  }

 private:
  const std::shared_ptr<ModelProvider> models_;
  const std::shared_ptr<ModelWatch> watch_;
  const std::string job_;
};

}  // namespace

void ModelWatch::begin_job(const std::string& job) {
  const std::lock_guard lock(mutex_);
  jobs_[job] = {};
}

std::vector<std::string> ModelWatch::end_job(const std::string& job) {
  const std::lock_guard lock(mutex_);
  const Job ended = std::move(jobs_[job]);
  jobs_.erase(job);
  std::vector<std::string> notes;
  for (const auto& [asked, served] : ended.served) {
    for (const auto& [model, windows] : served.by_lesser) {
      notes.push_back(fmt::format("{} wrote {} of {} windows: of {} those before it did not", model,
                                  windows, served.windows, asked));
    }
  }
  for (const auto& [step, cause] : ended.steps) notes.push_back(fmt::format("{}: {}", step, cause));
  for (const auto& [breaker, times] : ended.opened) {
    notes.push_back(fmt::format("{} failed too often and was left alone for a while, {}", breaker,
                                times == 1 ? "once" : fmt::format("{} times", times)));
  }
  return notes;
}

/// Every job that is under way hears of it.
void ModelWatch::emit(const EventBody& body, const std::function<void(Job&)>& note) {
  std::vector<std::string> jobs;
  {
    const std::lock_guard lock(mutex_);
    for (auto& [id, job] : jobs_) {
      note(job);
      jobs.push_back(id);
    }
  }
  for (const auto& job : jobs) events_.emit(job, body);
}

void ModelWatch::on_breaker(const work::BreakerKey& key, const work::BreakerChange& change) {
  emit(told(key, change), [&](Job& job) {
    if (change.to == work::BreakerState::kOpen) ++job.opened[to_string(key)];
  });
}

void ModelWatch::on_degraded(const RungStep& step) {
  emit(DegradeEntered{told(step)}, [&](Job& job) {
    job.steps.try_emplace(fmt::format("{} in place of {}", step.to, step.from), step.cause);
  });
}

void ModelWatch::on_recovered(const RungStep& step) {
  emit(DegradeLeft{told(step)}, [](Job&) {});
}

void ModelWatch::on_transcript(const std::string& job, const std::string& asked,
                               const std::string& model) {
  const std::lock_guard lock(mutex_);
  const auto found = jobs_.find(job);
  if (found == jobs_.end()) return;
  Served& served = found->second.served[asked];
  ++served.windows;
  const bool is_first = model.empty() || asked == model || asked.starts_with(model + ",");
  if (!is_first) ++served.by_lesser[model];
}

std::shared_ptr<ModelProvider> watched(std::shared_ptr<ModelProvider> models,
                                       std::shared_ptr<ModelWatch> watch, std::string job) {
  return std::make_shared<WatchedModels>(std::move(models), std::move(watch), std::move(job));
}

}  // namespace subtide
