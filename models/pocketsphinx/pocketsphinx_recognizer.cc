#include "models/pocketsphinx/pocketsphinx_recognizer.h"

#include <algorithm>
#include <cstddef>
#include <exception>
#include <utility>

#include "engine/base/lane_pool.h"
#include "models/pocketsphinx/decoder.h"

namespace subtide {
namespace {

/// The pieces of a window that lie apart in time, each decoded as one utterance.
struct Stretch {
  std::size_t first_sample = 0;
  std::span<const std::int16_t> samples;
};

std::vector<Stretch> split(const AudioWindow& window) {
  std::vector<Stretch> stretches;
  const auto pieces = window.pieces();
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    const std::size_t first = pieces[i].first_sample;
    const std::size_t next =
        i + 1 < pieces.size() ? pieces[i + 1].first_sample : window.samples().size();
    stretches.push_back({first, window.samples().subspan(first, next - first)});
  }
  return stretches;
}

class PocketsphinxRecognizer final : public Recognizer {
 public:
  PocketsphinxRecognizer(const PocketsphinxOptions& options, std::unique_ptr<SphinxDecoder> first)
      : first_(std::move(first)), lanes_(options.lanes, [this, folder = options.model_folder] {
          return first_ ? Result<std::unique_ptr<SphinxDecoder>>(std::move(first_))
                        : SphinxDecoder::create(folder);
        }) {
    traits_.spec = "pocketsphinx";
    traits_.detail = "pocketsphinx, US English; rough: expect one word in four to be wrong";
    traits_.languages = {"en"};
    traits_.max_window = kMaximum;
  }

  const ModelTraits& traits() const override { return traits_; }

  Result<Transcript> recognize(const AudioWindow& window,
                               const RecognitionRequest& request) override {
    const std::string language = request.language.substr(0, request.language.find('-'));
    if (language != "en" && language != "auto") {
      return make_error(ErrorCode::kUnsupported,
                        "pocketsphinx knows English only, not '{}': use a Whisper model",
                        request.language);
    }
    if (request.attempt > 0) {
      return make_error(ErrorCode::kUnsupported, "pocketsphinx would say the same once more");
    }
    auto lane = lanes_.borrow(request.stop);
    if (!lane) return std::move(lane.error());
    try {
      return decode(window, request, **lane);
    } catch (const std::exception& error) {
      return make_error(ErrorCode::kInternal, "pocketsphinx: {}", error.what());
    }
  }

 private:
  static constexpr MediaDuration kMaximum = std::chrono::seconds(28);

  static Result<Transcript> decode(const AudioWindow& window, const RecognitionRequest& request,
                                   SphinxDecoder& decoder) {
    const std::vector<Stretch> stretches = split(window);
    std::vector<std::span<const std::int16_t>> samples;
    for (const Stretch& stretch : stretches) samples.push_back(stretch.samples);
    auto heard = decoder.decode(samples, request);
    if (!heard) return std::move(heard.error());
    Transcript transcript;
    transcript.language = "en";
    for (std::size_t i = 0; i < stretches.size(); ++i) {
      if (!(*heard)[i].empty()) transcript.phrase_starts.push_back(transcript.words.size());
      append(transcript, (*heard)[i], stretches[i], window);
    }
    return transcript;
  }

  static void append(Transcript& transcript, std::vector<SphinxWord>& words, const Stretch& stretch,
                     const AudioWindow& window) {
    const MediaDuration first =
        samples_to_duration(static_cast<std::int64_t>(stretch.first_sample));
    const MediaDuration length =
        samples_to_duration(static_cast<std::int64_t>(stretch.samples.size()));
    for (SphinxWord& word : words) {
      const MediaTime begin =
          window.media_time(first + std::min(word.span.begin, length), AudioWindow::Border::kBegin);
      const MediaTime end =
          window.media_time(first + std::min(word.span.end, length), AudioWindow::Border::kEnd);
      transcript.words.push_back({.text = std::move(word.text),
                                  .span = {begin, std::max(begin, end)},
                                  .confidence = word.confidence});
    }
  }

  ModelTraits traits_;
  std::unique_ptr<SphinxDecoder> first_;  ///< made early, to see that it can be made
  LanePool<SphinxDecoder> lanes_;
};

}  // namespace

Result<std::shared_ptr<Recognizer>> make_pocketsphinx_recognizer(
    const PocketsphinxOptions& options) {
  if (options.lanes < 1) {
    return make_error(ErrorCode::kInvalidArgument, "pocketsphinx: lanes start at 1");
  }
  auto first = SphinxDecoder::create(options.model_folder);
  if (!first) return std::move(first.error());
  return std::make_shared<PocketsphinxRecognizer>(options, std::move(*first));
}

}  // namespace subtide
