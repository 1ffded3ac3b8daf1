#include "bench/accuracy/detected_windows.h"

#include <algorithm>
#include <iterator>
#include <span>
#include <stdexcept>

#include "engine/speech/speech_gate.h"
#include "engine/speech/window_packer.h"
#include "models/whisper/silero_detector.h"

namespace subtide {
namespace {

using Windows = std::vector<std::shared_ptr<const AudioWindow>>;

template <typename T>
T required(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  return std::move(*result);
}

void append(Windows& windows, Windows more) {
  std::move(more.begin(), more.end(), std::back_inserter(windows));
}

void tell(WindowPacker& packer, const GateDecision& decision, Windows& windows) {
  if (decision.started) append(windows, packer.speech_started(*decision.started));
  if (decision.ended) append(windows, packer.speech_ended(decision.ended->span.end));
}

}  // namespace

Windows detected_windows(const std::vector<std::int16_t>& samples,
                         const std::filesystem::path& detector_file, MediaDuration maximum) {
  const auto detector = required(make_silero_detector(detector_file));
  const auto stream = required(detector->open_stream());
  SpeechGate gate = required(SpeechGate::create({}));
  WindowPacker packer = required(WindowPacker::create({.maximum = maximum}));
  const MediaDuration step = samples_to_duration(kDetectorWindow);
  Windows windows;
  MediaTime begin{0};
  for (std::span<const std::int16_t> rest(samples); rest.size() >= kDetectorWindow;
       rest = rest.subspan(kDetectorWindow)) {
    const auto window = rest.first(kDetectorWindow);
    append(windows, packer.push(begin, window));
    for (const float probability : required(stream->push(window))) {
      for (const GateDecision& decision : gate.push({begin, begin + step}, probability)) {
        tell(packer, decision, windows);
      }
    }
    begin += step;
  }
  if (const auto last = gate.finish()) append(windows, packer.speech_ended(last->span.end));
  append(windows, packer.finish());
  return windows;
}

}  // namespace subtide
