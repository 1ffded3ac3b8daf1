// Hears a whole recording with the Silero detector and gate, as the whole-process side of the VAD
// bench: vad_speed MODEL WAV. Prints the number of speech segments and their seconds.
#include <sndfile.h>

#include <cstdint>
#include <cstdio>
#include <memory>
#include <span>
#include <vector>

#include "engine/base/media_time.h"
#include "engine/speech/audio_window.h"
#include "engine/speech/ports.h"
#include "engine/speech/speech_gate.h"
#include "models/whisper/silero_detector.h"

namespace {

using subtide::kDetectorWindow;

constexpr std::size_t kWindowsPerCall = 32;  // as tidevad's default

class SpeechSum {
 public:
  void add(const subtide::SpeechSegment& segment) {
    ++segments_;
    seconds_ += subtide::to_seconds(segment.span.duration());
  }
  void print() const { std::printf("%d segments, %.2f s of speech\n", segments_, seconds_); }

 private:
  int segments_ = 0;
  double seconds_ = 0;
};

int fail(const char* what) {
  std::fprintf(stderr, "vad_speed: %s\n", what);
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return fail("usage: vad_speed MODEL WAV");
  SF_INFO format{};
  const std::unique_ptr<SNDFILE, int (*)(SNDFILE*)> file(sf_open(argv[2], SFM_READ, &format),
                                                         &sf_close);
  if (!file || format.samplerate != subtide::kSpeechSampleRate || format.channels != 1) {
    return fail("needs a 16 kHz mono recording");
  }
  const auto detector = subtide::make_silero_detector(argv[1]);
  if (!detector) return fail(detector.error().message.c_str());
  const auto stream = (*detector)->open_stream();
  auto gate = subtide::SpeechGate::create({});
  if (!stream || !gate) return fail("cannot start");

  SpeechSum sum;
  std::vector<std::int16_t> samples(kDetectorWindow * kWindowsPerCall);
  const subtide::MediaDuration window = subtide::samples_to_duration(kDetectorWindow);
  subtide::MediaTime begin{0};
  while (true) {
    const auto count = static_cast<std::size_t>(
        sf_read_short(file.get(), samples.data(), static_cast<sf_count_t>(samples.size())));
    const std::size_t whole = count / kDetectorWindow * kDetectorWindow;
    if (whole == 0) break;
    const auto probabilities = (*stream)->push(std::span(samples).first(whole));
    if (!probabilities) return fail(probabilities.error().message.c_str());
    for (const float probability : *probabilities) {
      for (const auto& decision : gate->push({begin, begin + window}, probability)) {
        if (decision.ended) sum.add(*decision.ended);
      }
      begin += window;
    }
  }
  if (const auto last = gate->finish()) sum.add(*last);
  sum.print();
  return 0;
}
