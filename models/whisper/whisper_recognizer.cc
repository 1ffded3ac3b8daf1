#include "models/whisper/whisper_recognizer.h"

#include <whisper.h>

#include <algorithm>
#include <cmath>
#include <exception>
#include <memory>
#include <new>
#include <utility>
#include <vector>

#include "engine/base/lane_pool.h"
#include "engine/speech/word_timing.h"
#include "models/whisper/model_file.h"
#include "models/whisper/paused_audio.h"
#include "models/whisper/whisper_log.h"
#include "models/whisper/whisper_words.h"

namespace subtide {
namespace {

constexpr MediaDuration kCentisecond = std::chrono::milliseconds(10);
constexpr float kFullScale = 32768.0F;
constexpr MediaDuration kLead = std::chrono::milliseconds(300);
constexpr MediaDuration kLongestPause = std::chrono::milliseconds(500);
constexpr int kEncoderFramesPerSecond = 50;
/// For a second attempt: the first of whisper's own steps up that leaves a loop more often than
/// not.
constexpr float kOtherTemperature = 0.4F;

struct Free {
  void operator()(whisper_context* context) const { whisper_free(context); }
  void operator()(whisper_state* state) const { whisper_free_state(state); }
};
using Context = std::unique_ptr<whisper_context, Free>;
using State = std::unique_ptr<whisper_state, Free>;

/// What a lane keeps between windows: room only, nothing heard.
struct Lane {
  std::vector<float> samples;
};

/// Decides, each time whisper.cpp wants to hear on from where its last words ended, whether there
/// is anything left to hear. Without it a fraction of a second of silence at a window's end costs
/// a whole encoder run, and invites invented words.
class Rest {
 public:
  explicit Rest(std::span<const float> samples) : samples_(samples) {}

  MediaDuration duration() const {
    return samples_to_duration(static_cast<std::int64_t>(samples_.size()));
  }

  bool is_worth_hearing(whisper_state* state) const {
    const int segments = whisper_full_n_segments_from_state(state);
    if (segments == 0) return true;
    const std::int64_t heard = whisper_full_get_segment_t1_from_state(state, segments - 1);
    const auto from = static_cast<std::size_t>(std::max<std::int64_t>(heard, 0) * 160);
    if (from + kShortest >= samples_.size()) return false;
    return loudest(samples_.subspan(from)) > kQuiet * loudest(samples_.first(from));
  }

 private:
  static constexpr std::size_t kShortest = 16000 / 5;  ///< no word is shorter than 0.2 s
  static constexpr std::size_t kFrame = 16000 / 50;
  static constexpr float kQuiet = 0.05F;  ///< 26 dB below what was heard: room noise

  /// Mean amplitude of the loudest frame.
  static float loudest(std::span<const float> samples) {
    float most = 0.0F;
    for (std::size_t at = 0; at + kFrame <= samples.size(); at += kFrame) {
      float sum = 0.0F;
      for (const float sample : samples.subspan(at, kFrame)) sum += std::abs(sample);
      most = std::max(most, sum / static_cast<float>(kFrame));
    }
    return most;
  }

  std::span<const float> samples_;
};

/// Asked by whisper.cpp between the steps of its graphs.
bool wants_stop(void* request) {
  return !static_cast<const RecognitionRequest*>(request)->goes_on();
}

bool is_worth_encoding(whisper_context* /*context*/, whisper_state* state, void* rest) {
  return static_cast<const Rest*>(rest)->is_worth_hearing(state);
}

/// What one segment's tokens say: its words, and its span from the window's first sample.
RoughPhrase read_segment(whisper_context* context, whisper_state* state, int segment) {
  std::vector<TextToken> tokens;
  const int count = whisper_full_n_tokens_from_state(state, segment);
  for (int i = 0; i < count; ++i) {
    const whisper_token_data token = whisper_full_get_token_data_from_state(state, segment, i);
    if (token.id >= whisper_token_eot(context)) continue;
    tokens.push_back({.bytes = whisper_token_to_str(context, token.id), .probability = token.p});
  }
  return {.span = {whisper_full_get_segment_t0_from_state(state, segment) * kCentisecond,
                   whisper_full_get_segment_t1_from_state(state, segment) * kCentisecond},
          .words = assemble_words(tokens)};
}

class WhisperRecognizer final : public Recognizer {
 public:
  WhisperRecognizer(Context context, const WhisperOptions& options, ModelTraits traits)
      : context_(std::move(context)),
        options_(options),
        traits_(std::move(traits)),
        lanes_(options.lanes,
               []() -> Result<std::unique_ptr<Lane>> { return std::make_unique<Lane>(); }) {}

  const ModelTraits& traits() const override { return traits_; }

  Result<Transcript> recognize(const AudioWindow& window,
                               const RecognitionRequest& request) override {
    if (Status status = check_language(request.language); !status) return status.error();
    auto lane = lanes_.borrow(request.stop);
    if (!lane) return lane.error();
    try {
      return decode(window, request, **lane);
    } catch (const std::exception& error) {
      return make_error(ErrorCode::kInternal, "{}: {}", traits_.spec, error.what());
    }
  }

 private:
  Status check_language(const std::string& language) const {
    const auto& known = traits_.languages;
    const std::string base = language.substr(0, language.find('-'));
    if (language == "auto" || std::find(known.begin(), known.end(), base) != known.end()) {
      return ok();
    }
    return make_error(
        ErrorCode::kUnsupported, "{} does not know the language '{}'{}", traits_.spec, language,
        known.size() == 1 ? "; it knows English only: use a model without '.en'" : "");
  }

  Result<Transcript> decode(const AudioWindow& window, const RecognitionRequest& request,
                            Lane& lane) const {
    const PausedAudio audio(window, kLead, kLongestPause);
    const auto samples = audio.samples();
    lane.samples.resize(samples.size());
    std::transform(samples.begin(), samples.end(), lane.samples.begin(),
                   [](std::int16_t sample) { return static_cast<float>(sample) / kFullScale; });
    // Beam search draws its candidates by a chance whose source is seeded when a state is made.
    const State state(whisper_init_state(context_.get()));
    if (!state) {
      return make_error(ErrorCode::kInternal, "{}: not enough memory to decode", traits_.spec);
    }
    const Rest rest(lane.samples);
    const std::string language = request.language.substr(0, request.language.find('-'));
    const whisper_full_params parameters = make_parameters(request, language, rest);
    const int failure =
        whisper_full_with_state(context_.get(), state.get(), parameters, lane.samples.data(),
                                static_cast<int>(lane.samples.size()));
    if (request.stop.stop_requested()) return make_error(ErrorCode::kUnavailable, "stopped");
    if (failure != 0) {
      return make_error(ErrorCode::kInternal, "{}: whisper.cpp failed with {}", traits_.spec,
                        failure);
    }
    return read_transcript(state.get(), window, audio);
  }

  whisper_full_params make_parameters(const RecognitionRequest& request,
                                      const std::string& language, const Rest& rest) const {
    const bool is_quick = request.effort == SearchEffort::kQuick;
    const bool is_beam = options_.search == WhisperSearch::kBeam && !is_quick;
    whisper_full_params parameters = whisper_full_default_params(
        is_beam ? WHISPER_SAMPLING_BEAM_SEARCH : WHISPER_SAMPLING_GREEDY);
    parameters.beam_search.beam_size = options_.beam_size;
    if (is_quick) parameters.greedy.best_of = 1;
    // Each fallback decodes the window once more; what is asked again soon needs none.
    if (is_quick || request.is_partial) parameters.temperature_inc = 0.0F;
    parameters.n_threads = options_.threads_per_lane;
    parameters.no_context = true;
    parameters.print_progress = parameters.print_realtime = parameters.print_timestamps = false;
    parameters.language = traits_.languages.size() == 1 ? "en" : language.c_str();
    if (request.attempt > 0) {
      parameters.temperature = kOtherTemperature;  // without the prompt: it may be what it repeats
    } else if (!request.prompt.empty()) {
      parameters.initial_prompt = request.prompt.c_str();
    }
    // A cut context is not what models were trained on, so a second attempt has it whole.
    const bool is_cut = request.audio_context == AudioContext::kWindow && request.attempt == 0;
    if (options_.fits_encoder_to_window || is_cut) {
      parameters.audio_ctx = fitted_encoder_frames(rest.duration());
    }
    parameters.abort_callback = wants_stop;
    parameters.abort_callback_user_data = const_cast<RecognitionRequest*>(&request);  // NOLINT
    parameters.encoder_begin_callback = is_worth_encoding;
    parameters.encoder_begin_callback_user_data = const_cast<Rest*>(&rest);  // NOLINT
    return parameters;
  }

  /// Half a second more than the window, in steps of 64 frames.
  int fitted_encoder_frames(MediaDuration duration) const {
    const int needed = static_cast<int>(to_seconds(duration) * kEncoderFramesPerSecond) + 25;
    return std::min((needed + 63) / 64 * 64, whisper_n_audio_ctx(context_.get()));
  }

  Transcript read_transcript(whisper_state* state, const AudioWindow& window,
                             const PausedAudio& audio) const {
    Transcript transcript;
    transcript.is_punctuated = true;
    transcript.language = whisper_is_multilingual(context_.get()) != 0
                              ? whisper_lang_str(whisper_full_lang_id_from_state(state))
                              : "en";
    std::vector<RoughPhrase> phrases;
    for (int i = 0; i < whisper_full_n_segments_from_state(state); ++i) {
      RoughPhrase phrase = read_segment(context_.get(), state, i);
      if (!phrase.words.empty()) phrases.push_back(std::move(phrase));
    }
    const std::vector<TimeSpan> spans =
        time_words(audio.samples(), phrases, {.phrase_accuracy = options_.segment_accuracy});
    for (RoughPhrase& phrase : phrases) {
      transcript.phrase_starts.push_back(transcript.words.size());
      for (RoughWord& word : phrase.words) {
        const TimeSpan span = spans[transcript.words.size()];
        const MediaTime begin =
            window.media_time(audio.window_offset(span.begin), AudioWindow::Border::kBegin);
        const MediaTime end =
            window.media_time(audio.window_offset(span.end), AudioWindow::Border::kEnd);
        transcript.words.push_back({.text = std::move(word.text),
                                    .span = {begin, std::max(begin, end)},
                                    .confidence = word.confidence});
      }
    }
    return transcript;
  }

  const Context context_;
  const WhisperOptions options_;
  const ModelTraits traits_;
  LanePool<Lane> lanes_;
};

ModelTraits make_traits(const WhisperOptions& options, const WhisperModelFacts& facts) {
  ModelTraits traits;
  traits.spec = options.spec;
  traits.detail = fmt::format("whisper.cpp {}, {} ({} MB)", whisper_version(),
                              options.model_file.filename().string(), facts.bytes / 1'000'000);
  traits.max_window = options.max_window;
  traits.is_punctuated = true;
  if (!facts.is_multilingual) {
    traits.languages = {"en"};
  } else {
    for (int i = 0; i <= whisper_lang_max_id(); ++i)
      traits.languages.emplace_back(whisper_lang_str(i));
  }
  return traits;
}

/// False when this much memory cannot be had: whisper.cpp stops the process when that happens
/// while it loads.
bool has_memory(std::uintmax_t bytes) {
  const std::unique_ptr<char[]> trial(new (std::nothrow) char[bytes]);  // NOLINT
  return trial != nullptr;
}

Status check_options(const WhisperOptions& options) {
  const bool is_good = options.lanes >= 1 && options.threads_per_lane >= 1 &&
                       options.beam_size >= 1 && options.beam_size <= 8 &&
                       options.max_window > MediaDuration(0) &&
                       options.max_window <= std::chrono::seconds(30);
  if (is_good) return ok();
  return make_error(ErrorCode::kInvalidArgument,
                    "{}: lanes and threads start at 1, beams are 1 to 8, windows up to 30 s",
                    options.spec);
}

}  // namespace

Result<std::shared_ptr<Recognizer>> make_whisper_recognizer(const WhisperOptions& options) {
  if (Status status = check_options(options); !status) return status.error();
  const Result<WhisperModelFacts> facts = inspect_whisper_model(options.model_file);
  if (!facts) return facts.error();
  adopt_whisper_log();
  try {
    if (!has_memory(facts->bytes)) {
      return make_error(ErrorCode::kInternal,
                        "{}: not enough memory for {} MB; use a smaller model", options.spec,
                        facts->bytes / 1'000'000);
    }
    Context context(whisper_init_from_file_with_params_no_state(options.model_file.c_str(),
                                                                whisper_context_default_params()));
    if (!context) {
      return make_error(ErrorCode::kBadInput, "{}: whisper.cpp cannot load it; get the file again",
                        options.model_file.string());
    }
    return std::make_shared<WhisperRecognizer>(std::move(context), options,
                                               make_traits(options, *facts));
  } catch (const std::exception& error) {
    return make_error(ErrorCode::kBadInput, "{}: cannot be loaded: {}", options.model_file.string(),
                      error.what());
  }
}

}  // namespace subtide
