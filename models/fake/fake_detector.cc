#include <algorithm>
#include <cstdlib>
#include <utility>

#include "models/fake/fake.h"
#include "models/fake/fake_script.h"

namespace subtide {
namespace {

constexpr int kLoud = 1036;  // -30 dBFS
constexpr float kSure = 0.95F;
constexpr float kNot = 0.02F;

class FakeDetectorStream : public DetectorStream {
 public:
  explicit FakeDetectorStream(std::shared_ptr<const FakeScript> script)
      : script_(std::move(script)) {}

  Result<std::vector<float>> push(std::span<const std::int16_t> samples) override {
    std::vector<float> probabilities;
    for (; samples.size() >= kDetectorWindow; samples = samples.subspan(kDetectorWindow)) {
      const TimeSpan window{samples_to_duration(heard_),
                            samples_to_duration(heard_ + std::int64_t{kDetectorWindow})};
      for (const FakeTrouble& trouble : script_->troubles) {
        if (trouble.at && !window.contains(*trouble.at)) continue;
        return make_error(trouble.code, "fake detector: told to fail at {}",
                          format_clock(window.begin));
      }
      const bool is_speech =
          script_->speech ? is_scripted(window) : is_loud(samples.first(kDetectorWindow));
      probabilities.push_back(is_speech ? kSure : kNot);
      heard_ += std::int64_t{kDetectorWindow};
    }
    return probabilities;
  }

  void reset() override {}

 private:
  bool is_scripted(TimeSpan window) const {
    const MediaTime middle = window.begin + window.duration() / 2;
    return std::ranges::any_of(*script_->speech,
                               [&](const TimeSpan& span) { return span.contains(middle); });
  }
  static bool is_loud(std::span<const std::int16_t> samples) {
    return std::ranges::any_of(samples, [](int sample) { return std::abs(sample) > kLoud; });
  }

  const std::shared_ptr<const FakeScript> script_;
  std::int64_t heard_ = 0;
};

class FakeDetector : public SpeechDetector {
 public:
  explicit FakeDetector(FakeScript script)
      : script_(std::make_shared<const FakeScript>(std::move(script))) {
    traits_.spec = "fake";
    traits_.detail = "scripted speech, for tests";
  }
  const ModelTraits& traits() const override { return traits_; }
  Result<std::unique_ptr<DetectorStream>> open_stream() override {
    return std::make_unique<FakeDetectorStream>(script_);
  }

 private:
  const std::shared_ptr<const FakeScript> script_;
  ModelTraits traits_;
};

}  // namespace

Result<std::shared_ptr<SpeechDetector>> make_fake_detector(std::string_view spec_rest) {
  auto script = read_fake_script(spec_rest);
  if (!script) return script.error();
  return std::make_shared<FakeDetector>(std::move(*script));
}

}  // namespace subtide
