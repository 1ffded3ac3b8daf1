#include "models/energy/energy_detector.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>

#include "models/energy/tone_finder.h"

namespace subtide {
namespace {

constexpr float kDigitalSilence = -75.0F;  // dBFS; nothing below counts as sound
constexpr float kLowestFloor = -66.0F;
constexpr float kFirstFloor = -52.0F;      // until the recording has shown its own
constexpr std::size_t kFloorWindows = 94;  // 3 s: speech has a dip within that time
constexpr std::size_t kFirstWindows = 31;  // 1 s
constexpr float kEvenOdds = 11.0F;         // dB above the floor where speech is as likely as not
constexpr float kSlope = 2.2F;             // dB for odds to grow e times
constexpr float kFloorSmoothing = 0.3F;    // share of the newest window
constexpr int kToneHangover = 6;    // windows: notes of a tune follow one another within 0.2 s
constexpr float kHighPass = 0.96F;  // takes away rumble and an offset

ModelTraits energy_traits() {
  ModelTraits traits;
  traits.spec = "energy";
  traits.detail = "loudness above the noise floor; most music counts as speech; silero is better";
  return traits;
}

class EnergyStream : public DetectorStream {
 public:
  Result<std::vector<float>> push(std::span<const std::int16_t> samples) override {
    if (samples.size() % kDetectorWindow != 0) {
      return make_error(ErrorCode::kInternal,
                        "energy detector: {} samples are no whole number of windows of {}",
                        samples.size(), kDetectorWindow);
    }
    std::vector<float> probabilities;
    for (; !samples.empty(); samples = samples.subspan(kDetectorWindow)) {
      probabilities.push_back(hear(samples.first(kDetectorWindow)));
    }
    return probabilities;
  }
  void reset() override { *this = EnergyStream(); }

 private:
  float hear(std::span<const std::int16_t> window) {
    const float level = loudness(window);
    smoothed_ = std::isnan(smoothed_) ? level : smoothed_ + kFloorSmoothing * (level - smoothed_);
    recent_.push_back(std::max(smoothed_, kLowestFloor));
    if (recent_.size() > kFloorWindows) recent_.pop_front();
    if (level <= kDigitalSilence) return 0.0F;
    if (is_tone(window)) since_tone_ = 0;
    if (since_tone_ <= kToneHangover) {
      ++since_tone_;
      return 0.0F;
    }
    const float above = level - floor();
    return 1.0F / (1.0F + std::exp((kEvenOdds - above) / kSlope));
  }

  float floor() const {
    const float lowest = *std::min_element(recent_.begin(), recent_.end());
    return recent_.size() < kFirstWindows ? std::min(lowest, kFirstFloor) : lowest;
  }

  /// In dB against full scale, without what lies below about 100 Hz.
  float loudness(std::span<const std::int16_t> window) {
    double energy = 0.0;
    for (const std::int16_t sample : window) {
      const float input = static_cast<float>(sample) / 32768.0F;
      passed_ = kHighPass * (passed_ + input - last_input_);
      last_input_ = input;
      energy += static_cast<double>(passed_) * static_cast<double>(passed_);
    }
    const double mean = energy / static_cast<double>(window.size());
    return static_cast<float>(10.0 * std::log10(mean + 1e-10));
  }

  float last_input_ = 0.0F;
  float passed_ = 0.0F;
  float smoothed_ = std::numeric_limits<float>::quiet_NaN();
  int since_tone_ = kToneHangover + 1;
  std::deque<float> recent_;  ///< smoothed levels, newest last
};

class EnergyDetector : public SpeechDetector {
 public:
  const ModelTraits& traits() const override { return traits_; }
  Result<std::unique_ptr<DetectorStream>> open_stream() override {
    return std::make_unique<EnergyStream>();
  }

 private:
  const ModelTraits traits_ = energy_traits();
};

}  // namespace

std::shared_ptr<SpeechDetector> make_energy_detector() {
  return std::make_shared<EnergyDetector>();
}

}  // namespace subtide
