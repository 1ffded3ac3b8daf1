#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/media_time.h"
#include "engine/base/result.h"
#include "engine/speech/audio_window.h"
#include "engine/speech/transcript.h"

namespace subtide {

/// What a model is and can do; shown to users and used to cut windows for it.
struct ModelTraits {
  std::string spec;                    ///< as resolved, such as "whisper:base.en"
  std::string detail;                  ///< one line for people: file, version, how rough it is
  std::vector<std::string> languages;  ///< BCP 47; empty means any
  MediaDuration max_window = std::chrono::seconds(28);  ///< the most audio it takes well at once
  bool is_punctuated = false;
  /// What makes it another model, such as a hash of its file; empty: spec and detail.
  std::string identity;
  int lesser_models = 0;  ///< how many cheaper ones stand behind it
};

/// Which model made a result.
struct MadeBy {
  std::string spec;
  std::string detail;
  std::string identity;  ///< never empty; equal: the same model
};
inline MadeBy made_by(const ModelTraits& model) {
  return {model.spec, model.detail,
          model.identity.empty() ? model.spec + "\n" + model.detail : model.identity};
}

/// How much of the encoder's usual span a model works through.
enum class AudioContext {
  kWhole,   ///< all of it, as the model was trained
  kWindow,  ///< little more than the window: faster on short ones, less sure
};
/// How hard a model searches for the best words.
enum class SearchEffort { kFull, kQuick };

/// How one window is to be recognised.
struct RecognitionRequest {
  std::string language = "auto";  ///< BCP 47 or "auto"
  std::string prompt;             ///< words to expect; may be ignored
  /// 0 at first. 1: the answer was not believed; once more, with other parameters and without the
  /// prompt.
  int attempt = 0;
  /// More of the same will be asked soon: once is enough, and nobody keeps the answer.
  bool is_partial = false;
  AudioContext audio_context = AudioContext::kWhole;
  SearchEffort effort = SearchEffort::kFull;
  int lesser_model = 0;  ///< 1: the next cheaper one, where there is one
  std::stop_token stop;  ///< asks to give up soon; the call then answers kUnavailable
  /// Counted up with every step of real work, for whoever watches that a call has not hung; may be
  /// null.
  std::atomic<std::uint64_t>* progress = nullptr;

  /// Whether it asks for all that a model can do, as for a file.
  bool is_thorough() const {
    return !is_partial && audio_context == AudioContext::kWhole && effort == SearchEffort::kFull &&
           lesser_model == 0;
  }
  /// Between two steps of work: counts the step. False when the call should give up.
  bool goes_on() const {
    if (progress != nullptr) progress->fetch_add(1, std::memory_order_relaxed);
    return !stop.stop_requested();
  }
};

/// One audio window in, timed words out.
///
/// Time:    the words of the transcript are in media time (AudioWindow::media_time), in order,
///          inside the window's span.
/// Owner:   shared; heavy. Stateless per call: the same window and attempt give the same words,
///          whatever was asked before.
/// Threads: recognize() may be called from several threads at once; a call works on one window.
/// Errors:  kUnsupported (language; another attempt, where the model has but one way),
///          kUnavailable (server, crash, stopped), kBreakerOpen, kDeadline, kInternal.
class Recognizer {
 public:
  virtual ~Recognizer() = default;
  virtual const ModelTraits& traits() const = 0;
  virtual Result<Transcript> recognize(const AudioWindow& window,
                                       const RecognitionRequest& request) = 0;
};

/// How sentences are to be translated.
struct TranslationRequest {
  std::string source_language;       ///< BCP 47
  std::string target_language;       ///< BCP 47
  std::vector<std::string> context;  ///< earlier source sentences, oldest first; may be ignored
  std::stop_token stop;
  /// As in RecognitionRequest; may be null.
  std::atomic<std::uint64_t>* progress = nullptr;
};

/// Sentences in, the same number of sentences out, in order.
///
/// Threads: as Recognizer. Errors: kUnsupported (no such pair), kUnavailable, kBreakerOpen,
///          kDeadline, kInternal.
class Translator {
 public:
  virtual ~Translator() = default;
  virtual const ModelTraits& traits() const = 0;
  virtual Result<std::vector<std::string>> translate(std::span<const std::string> sentences,
                                                     const TranslationRequest& request) = 0;
};

/// Samples per probability: 32 ms at 16 kHz.
inline constexpr std::size_t kDetectorWindow = 512;

/// One stream's speech detection; keeps the state that a model carries from window to window.
/// Threads: one at a time. Errors: kInternal.
class DetectorStream {
 public:
  virtual ~DetectorStream() = default;
  /// `samples` holds a whole number of detector windows; gives one probability (0..1) for each.
  virtual Result<std::vector<float>> push(std::span<const std::int16_t> samples) = 0;
  /// Forgets the past: after a jump in time.
  virtual void reset() = 0;
};

/// A shared model that hears where speech is. Threads: any.
class SpeechDetector {
 public:
  virtual ~SpeechDetector() = default;
  virtual const ModelTraits& traits() const = 0;
  virtual Result<std::unique_ptr<DetectorStream>> open_stream() = 0;
};

/// What the models should be made for.
struct ModelOptions {
  int lanes = 1;                  ///< calls that will be made at once
  int threads_per_lane = 1;       ///< cores for each call
  std::string language = "auto";  ///< what will be asked for; steers the auto rule
  std::string target_language;    ///< translators only
};

enum class ModelRole { kDetector, kRecognizer, kTranslator };

/// What a model is made of, known without loading it. Equal text and equal files: the same model.
struct ModelSources {
  std::string text;  ///< as resolved: "whisper:base.en"
  std::vector<std::filesystem::path> files;
};

/// Turns a spec ("whisper:base.en", "auto", "whisper:small.en,pocketsphinx") into a shared model.
///
/// Owner:   shared. Threads: any; loading the same model twice gives the same object.
/// Errors:  kInvalidArgument (spec), kNotFound (file; says how to get it), kUnsupported (language).
class ModelProvider {
 public:
  virtual ~ModelProvider() = default;
  virtual Result<std::shared_ptr<Recognizer>> recognizer(std::string_view spec,
                                                         const ModelOptions& options) = 0;
  virtual Result<std::shared_ptr<Translator>> translator(std::string_view spec,
                                                         const ModelOptions& options) = 0;
  virtual Result<std::shared_ptr<SpeechDetector>> detector(std::string_view spec) = 0;
  /// What a model of this spec would be made of. Errors: as loading it, as far as they show.
  virtual Result<ModelSources> sources(ModelRole /*role*/, std::string_view spec,
                                       const ModelOptions& /*options*/) {
    return ModelSources{std::string(spec), {}};
  }
};

}  // namespace subtide
