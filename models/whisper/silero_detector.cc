#include "models/whisper/silero_detector.h"

#include <whisper.h>

#include <algorithm>
#include <exception>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "models/whisper/model_file.h"
#include "models/whisper/whisper_log.h"

namespace subtide {
namespace {

constexpr float kFullScale = 32768.0F;

struct FreeVad {
  void operator()(whisper_vad_context* context) const { whisper_vad_free(context); }
};
using VadContext = std::unique_ptr<whisper_vad_context, FreeVad>;

class SileroStream final : public DetectorStream {
 public:
  explicit SileroStream(VadContext context) : context_(std::move(context)) { reset(); }

  Result<std::vector<float>> push(std::span<const std::int16_t> samples) override {
    if (samples.size() % kDetectorWindow != 0) {
      return make_error(ErrorCode::kInvalidArgument,
                        "silero: {} samples are no whole windows of {}", samples.size(),
                        kDetectorWindow);
    }
    if (samples.empty()) return std::vector<float>();
    try {
      return detect(samples);
    } catch (const std::exception& error) {
      return make_error(ErrorCode::kInternal, "silero: {}", error.what());
    }
  }

  void reset() override { whisper_vad_reset_state(context_.get()); }

 private:
  Result<std::vector<float>> detect(std::span<const std::int16_t> samples) {
    samples_.resize(samples.size());
    std::transform(samples.begin(), samples.end(), samples_.begin(),
                   [](std::int16_t sample) { return static_cast<float>(sample) / kFullScale; });
    const bool is_done = whisper_vad_detect_speech_no_reset(context_.get(), samples_.data(),
                                                            static_cast<int>(samples_.size()));
    if (!is_done) return make_error(ErrorCode::kInternal, "silero: whisper.cpp failed");
    const float* first = whisper_vad_probs(context_.get());
    return std::vector<float>(first, first + whisper_vad_n_probs(context_.get()));
  }

  const VadContext context_;
  std::vector<float> samples_;
};

class SileroDetector final : public SpeechDetector {
 public:
  SileroDetector(std::filesystem::path file, VadContext first)
      : file_(std::move(file)), first_(std::move(first)) {
    traits_.spec = "silero";
    traits_.detail = fmt::format("Silero VAD, {}", file_.filename().string());
  }

  const ModelTraits& traits() const override { return traits_; }

  Result<std::unique_ptr<DetectorStream>> open_stream() override;

 private:
  const std::filesystem::path file_;
  ModelTraits traits_;
  std::mutex mutex_;
  VadContext first_;  ///< loaded to see that it loads; the first stream takes it
};

Result<VadContext> load(const std::filesystem::path& file) {
  try {
    whisper_vad_context_params parameters = whisper_vad_default_context_params();
    parameters.n_threads = 1;
    VadContext context(whisper_vad_init_from_file_with_params(file.c_str(), parameters));
    if (context) return context;
    return make_error(ErrorCode::kBadInput, "{}: whisper.cpp cannot load it; get the file again",
                      file.string());
  } catch (const std::exception& error) {
    return make_error(ErrorCode::kBadInput, "{}: cannot be loaded: {}", file.string(),
                      error.what());
  }
}

Result<std::unique_ptr<DetectorStream>> SileroDetector::open_stream() {
  {
    const std::lock_guard lock(mutex_);
    if (first_) return std::make_unique<SileroStream>(std::move(first_));
  }
  Result<VadContext> context = load(file_);
  if (!context) return std::move(context.error());
  return std::make_unique<SileroStream>(std::move(*context));
}

}  // namespace

Result<std::shared_ptr<SpeechDetector>> make_silero_detector(const std::filesystem::path& file) {
  if (Status status = inspect_silero_model(file); !status) return std::move(status.error());
  adopt_whisper_log();
  Result<VadContext> context = load(file);
  if (!context) return std::move(context.error());
  return std::make_shared<SileroDetector>(file, std::move(*context));
}

}  // namespace subtide
