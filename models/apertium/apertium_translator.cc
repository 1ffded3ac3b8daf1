#include "models/apertium/apertium_translator.h"

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <utility>

#include "engine/base/log.h"
#include "models/apertium/apertium_languages.h"
#include "models/apertium/apertium_list.h"
#include "models/apertium/apertium_process.h"
#include "models/apertium/apertium_text.h"

namespace subtide {
namespace {

// The processes of one pair: up to `lanes` at work, the idle ones kept.
class PairProcesses {
 public:
  PairProcesses(const ApertiumOptions& options, std::string pair)
      : options_(options), pair_(std::move(pair)) {}

  Result<std::vector<std::string>> translate(std::span<const std::string> texts,
                                             const std::stop_token& stop) {
    take_lane();
    auto answers = translate_in_lane(texts, stop);
    give_lane_back();
    return answers;
  }

 private:
  using Answers = Result<std::vector<std::string>>;

  void take_lane() {
    std::unique_lock lock(mutex_);
    free_.wait(lock, [this] { return busy_ < std::max(1, options_.lanes); });
    ++busy_;
  }
  void give_lane_back() {
    const std::lock_guard lock(mutex_);
    --busy_;
    free_.notify_one();
  }

  // A process that was killed or crashed is replaced once; what fails twice is told.
  Answers translate_in_lane(std::span<const std::string> texts, const std::stop_token& stop) {
    for (int attempt = 1;; ++attempt) {
      auto process = take_process();
      if (!process) return std::move(process.error());
      auto answers = (*process)->translate(texts, options_.timeout, stop);
      if (answers) {
        keep(std::move(*process));
        return answers;
      }
      const bool has_died =
          answers.error().code == ErrorCode::kUnavailable && !stop.stop_requested();
      if (!has_died || attempt == 2) return name_pair(answers.error());
      log_warning("apertium {} ended; starting it again", pair_);
    }
  }

  Error name_pair(const Error& error) const {
    return Error{error.code, fmt::format("{} ({})", error.message, pair_)};
  }

  Result<std::unique_ptr<ApertiumProcess>> take_process() {
    {
      const std::lock_guard lock(mutex_);
      if (!idle_.empty()) {
        auto process = std::move(idle_.back());
        idle_.pop_back();
        return process;
      }
    }
    auto started = ApertiumProcess::start(options_.program, pair_);
    if (!started) return std::move(started.error());
    return std::make_unique<ApertiumProcess>(std::move(*started));
  }

  void keep(std::unique_ptr<ApertiumProcess> process) {
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(process));
  }

  ApertiumOptions options_;
  std::string pair_;
  std::mutex mutex_;
  std::condition_variable free_;
  int busy_ = 0;
  std::vector<std::unique_ptr<ApertiumProcess>> idle_;
};

// From the pair "eng-spa" or "spa-eng_US": "spa", "eng".
std::string target_of(const std::string& pair) { return parse_apertium_mode(pair)->target; }

class ApertiumTranslator : public Translator {
 public:
  ApertiumTranslator(ApertiumOptions options, std::vector<ApertiumPair> pairs)
      : options_(std::move(options)), pairs_(std::move(pairs)) {
    traits_.spec = "apertium";
    traits_.detail =
        fmt::format("rule-based translation, {} language pairs installed", pairs_.size());
    traits_.is_punctuated = true;
  }

  const ModelTraits& traits() const override { return traits_; }

  Result<std::vector<std::string>> translate(std::span<const std::string> sentences,
                                             const TranslationRequest& request) override {
    const auto source = to_iso639_3(request.source_language);
    const auto target = to_iso639_3(request.target_language);
    auto route = route_or_remedy(pairs_, source, target);
    if (!route) return std::move(route.error());
    std::vector<std::string> texts(sentences.begin(), sentences.end());
    for (const auto& pair : *route) {
      auto translated = translate_by(pair, texts, request.stop);
      if (!translated) return std::move(translated.error());
      texts = std::move(*translated);
    }
    return texts;
  }

 private:
  Result<std::vector<std::string>> translate_by(const std::string& pair,
                                                const std::vector<std::string>& sentences,
                                                const std::stop_token& stop) {
    std::vector<ApertiumInput> inputs;
    std::vector<std::string> texts;
    std::vector<std::size_t> places;  // of the sentences that hold anything
    for (std::size_t i = 0; i < sentences.size(); ++i) {
      auto input = to_apertium(sentences[i]);
      if (input.text.empty()) continue;
      texts.push_back(input.text);
      inputs.push_back(std::move(input));
      places.push_back(i);
    }
    std::vector<std::string> results(sentences.size());
    if (texts.empty()) return results;
    auto answers = processes(pair).translate(texts, stop);
    if (!answers) return answers;
    for (std::size_t i = 0; i < places.size(); ++i) {
      const auto& sentence = sentences[places[i]];
      results[places[i]] = polish_translation(from_apertium((*answers)[i], inputs[i], sentence),
                                              sentence, target_of(pair));
    }
    return results;
  }

  PairProcesses& processes(const std::string& pair) {
    const std::lock_guard lock(mutex_);
    auto& found = processes_[pair];
    if (found == nullptr) found = std::make_unique<PairProcesses>(options_, pair);
    return *found;
  }

  ApertiumOptions options_;
  std::vector<ApertiumPair> pairs_;
  ModelTraits traits_;
  std::mutex mutex_;
  std::map<std::string, std::unique_ptr<PairProcesses>> processes_;
};

}  // namespace

Result<std::shared_ptr<Translator>> make_apertium_translator(const ApertiumOptions& options) {
  auto pairs = read_apertium_pairs(options.program);
  if (!pairs) return std::move(pairs.error());
  return std::make_shared<ApertiumTranslator>(options, std::move(*pairs));
}

Result<std::vector<std::string>> apertium_route(const ApertiumOptions& options,
                                                const std::string& source,
                                                const std::string& target) {
  auto pairs = read_apertium_pairs(options.program);
  if (!pairs) return std::move(pairs.error());
  return route_or_remedy(*pairs, to_iso639_3(source), to_iso639_3(target));
}

Result<std::vector<std::string>> list_apertium_pairs(const ApertiumOptions& options) {
  auto pairs = read_apertium_pairs(options.program);
  if (!pairs) return std::move(pairs.error());
  std::vector<std::string> modes;
  for (const auto& pair : *pairs) modes.push_back(pair.mode);
  return modes;
}

}  // namespace subtide
