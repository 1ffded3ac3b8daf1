#include "models/ladder.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "engine/base/log.h"
#include "models/rung_in_use.h"

namespace subtide {
namespace {

constexpr const char* kTranscribe = "transcribe";
constexpr const char* kTranslate = "translate";

/// Whether what failed may go well later.
bool heals_with_time(ErrorCode code) {
  return code != ErrorCode::kDenied && code != ErrorCode::kInvalidArgument &&
         code != ErrorCode::kNotFound;
}

void add_languages(ModelTraits& traits, const ModelTraits& other) {
  if (traits.languages.empty()) return;  // any already
  if (other.languages.empty()) {
    traits.languages.clear();
    return;
  }
  for (const auto& language : other.languages) {
    if (std::find(traits.languages.begin(), traits.languages.end(), language) ==
        traits.languages.end()) {
      traits.languages.push_back(language);
    }
  }
}

template <typename Model>
ModelTraits joined_traits(const std::vector<LadderRung<Model>>& rungs) {
  ModelTraits traits = rungs.front().model->traits();
  for (std::size_t i = 1; i < rungs.size(); ++i) {
    const auto& other = rungs[i].model->traits();
    traits.spec += "," + other.spec;
    traits.max_window = std::min(traits.max_window, other.max_window);
    traits.is_punctuated = traits.is_punctuated && other.is_punctuated;
    traits.detail += "; else " + other.spec;
    traits.lesser_models += 1 + other.lesser_models;
    add_languages(traits, other);
  }
  return traits;
}

template <typename Model, typename Answer>
class Ladder {
 public:
  using Call = std::function<Result<Answer>(Model&)>;
  /// An answer and the rung it is of; an error is of none.
  using Answered = std::pair<Result<Answer>, std::size_t>;

  Ladder(const char* stage, std::vector<LadderRung<Model>> rungs, LadderOptions options)
      : stage_(stage),
        options_(std::move(options)),
        traits_(joined_traits(rungs)),
        in_use_(options_.calls_to_recover) {
    for (auto& rung : rungs) {
      const std::string spec = rung.model->traits().spec;
      rungs_.push_back({std::move(rung.model), {stage, spec, std::move(rung.device)}});
    }
    last_errors_.resize(rungs_.size());
  }

  const ModelTraits& traits() const { return traits_; }
  const std::string& spec(std::size_t rung) const { return rungs_[rung].key.model; }

  /// Asks `call` of rung after rung from `first` on, waiting for breakers as long as `goes_on`.
  Answered ask(const std::stop_token& stop, const Call& call, const std::function<bool()>& goes_on,
               std::size_t first = 0) {
    Round round(rungs_.size());
    std::fill_n(round.is_passed.begin(), std::min(first, rungs_.size() - 1), true);
    while (true) {
      for (std::size_t i = 0; i < rungs_.size(); ++i) {
        auto answer = try_rung(i, round, stop, call);
        if (answer) return {std::move(*answer), i};
      }
      if (round.is_over()) return {std::move(*round.error), rungs_.size()};
      if (!is_worth_waiting(round)) return {kept_away(), rungs_.size()};
      if (!goes_on()) return {make_error(ErrorCode::kUnavailable, "stopped"), rungs_.size()};
      options_.pause(stop);
    }
  }

 private:
  struct Rung {
    std::shared_ptr<Model> model;
    work::BreakerKey key;
  };
  /// What one call has met so far.
  struct Round {
    explicit Round(std::size_t rungs) : is_passed(rungs, false) {}
    /// One failed, or none that could answer is left. Else all of those are kept away.
    bool is_over() const {
      return has_failed || std::ranges::find(is_passed, false) == is_passed.end();
    }
    bool has_passed_all_before(std::size_t rung) const {
      const auto end = is_passed.begin() + static_cast<std::ptrdiff_t>(rung);
      return std::find(is_passed.begin(), end, false) == end;
    }

    std::vector<bool> is_passed;  ///< does not offer what is asked
    bool has_failed = false;
    std::optional<Error> error;  ///< of the last rung tried
  };

  /// The answer that is to be given; nothing when the next rung is to be tried.
  std::optional<Result<Answer>> try_rung(std::size_t index, Round& round,
                                         const std::stop_token& stop, const Call& call) {
    if (round.is_passed[index]) return std::nullopt;
    Rung& rung = rungs_[index];
    const auto permit = options_.breakers->ask(rung.key, options_.call_limit);
    if (!permit) return std::nullopt;
    auto answer = call(*rung.model);
    if (answer) {
      options_.breakers->end(rung.key, *permit, work::CallEnd::kSucceeded);
      tell(index, round);
      return answer;
    }
    const bool is_unsupported = answer.error().code == ErrorCode::kUnsupported;
    if (is_unsupported || stop.stop_requested()) {
      options_.breakers->end(rung.key, *permit, work::CallEnd::kAbandoned);
    }
    if (stop.stop_requested()) return answer;
    round.error = answer.error();
    if (is_unsupported) {
      round.is_passed[index] = true;
      return std::nullopt;
    }
    log_warning("{} failed: {}", rung.key.model, answer.error().message);
    note_failure(index, answer.error());
    round.has_failed = true;
    options_.breakers->end(rung.key, *permit, work::CallEnd::kFailed);
    return std::nullopt;
  }

  void note_failure(std::size_t index, const Error& error) {
    const std::lock_guard lock(mutex_);
    last_errors_[index] = error;
  }
  std::optional<Error> last_error(std::size_t index) const {
    const std::lock_guard lock(mutex_);
    return last_errors_[index];
  }

  /// Every rung that could answer is kept away: whether one of them may be back in time.
  bool is_worth_waiting(const Round& round) {
    for (std::size_t i = 0; i < rungs_.size(); ++i) {
      if (round.is_passed[i]) continue;
      const auto error = last_error(i);
      const bool heals = !error || heals_with_time(error->code);
      if (heals && options_.breakers->ill_for(rungs_[i].key) < options_.patience) return true;
    }
    return false;
  }

  Error kept_away() const {
    const auto error = last_error(rungs_.size() - 1);
    return make_error(ErrorCode::kBreakerOpen,
                      "{} is not asked for a while, it failed too often{}{}", traits_.spec,
                      error ? "; at last: " : "", error ? error->message : "");
  }

  void tell(std::size_t index, const Round& round) {
    const auto change = in_use_.answered(index, !round.has_passed_all_before(index));
    if (change.move == RungInUse::Move::kNone) return;
    RungStep step{stage_, spec(change.from), spec(index), spec(index) + " answers again"};
    if (change.move == RungInUse::Move::kUp) return options_.breakers->recovered(step);
    const auto error = last_error(change.from);
    step.cause = error ? error->message : spec(change.from) + " is kept away by its breaker";
    options_.breakers->degraded(step);
  }

  const char* const stage_;
  const LadderOptions options_;
  const ModelTraits traits_;
  std::vector<Rung> rungs_;
  RungInUse in_use_;
  mutable std::mutex mutex_;
  std::vector<std::optional<Error>> last_errors_;  ///< by rung
};

class RecognizerLadder : public Recognizer {
 public:
  RecognizerLadder(std::vector<LadderRung<Recognizer>> rungs, LadderOptions options)
      : ladder_(kTranscribe, std::move(rungs), std::move(options)) {}
  const ModelTraits& traits() const override { return ladder_.traits(); }
  Result<Transcript> recognize(const AudioWindow& window,
                               const RecognitionRequest& request) override {
    auto [transcript, rung] = ladder_.ask(
        request.stop, [&](Recognizer& model) { return model.recognize(window, request); },
        [&] { return request.goes_on(); },
        static_cast<std::size_t>(std::max(request.lesser_model, 0)));
    if (transcript && transcript->model.empty()) transcript->model = ladder_.spec(rung);
    return std::move(transcript);
  }

 private:
  Ladder<Recognizer, Transcript> ladder_;
};

class TranslatorLadder : public Translator {
 public:
  TranslatorLadder(std::vector<LadderRung<Translator>> rungs, LadderOptions options)
      : ladder_(kTranslate, std::move(rungs), std::move(options)) {}
  const ModelTraits& traits() const override { return ladder_.traits(); }
  Result<std::vector<std::string>> translate(std::span<const std::string> sentences,
                                             const TranslationRequest& request) override {
    return ladder_
        .ask(
            request.stop, [&](Translator& model) { return model.translate(sentences, request); },
            [&] { return !request.stop.stop_requested(); })
        .first;
  }

 private:
  Ladder<Translator, std::vector<std::string>> ladder_;
};

}  // namespace

void pause_shortly(const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  never.wait_for(lock, stop, std::chrono::milliseconds(100), [] { return false; });
}

std::shared_ptr<Recognizer> make_recognizer_ladder(std::vector<LadderRung<Recognizer>> rungs,
                                                   LadderOptions options) {
  return std::make_shared<RecognizerLadder>(std::move(rungs), std::move(options));
}

std::shared_ptr<Translator> make_translator_ladder(std::vector<LadderRung<Translator>> rungs,
                                                   LadderOptions options) {
  return std::make_shared<TranslatorLadder>(std::move(rungs), std::move(options));
}

}  // namespace subtide
