#include "engine/quality/loudness_meter.h"

#include <ebur128.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>

namespace subtide {
namespace {

constexpr int kMode =
    EBUR128_MODE_I | EBUR128_MODE_LRA | EBUR128_MODE_TRUE_PEAK | EBUR128_MODE_HISTOGRAM;
constexpr int kLowestRate = 8000;
constexpr int kHighestRate = 768000;
constexpr std::size_t kMostChannels = 64;

int to_ebur128(SoundChannel channel) {
  switch (channel) {
    case SoundChannel::kLeft:
      return EBUR128_LEFT;
    case SoundChannel::kRight:
      return EBUR128_RIGHT;
    case SoundChannel::kCentre:
    case SoundChannel::kOther:
      return EBUR128_CENTER;
    case SoundChannel::kLowFrequency:
      return EBUR128_UNUSED;
    case SoundChannel::kLeftSurround:
      return EBUR128_LEFT_SURROUND;
    case SoundChannel::kRightSurround:
      return EBUR128_RIGHT_SURROUND;
    case SoundChannel::kLeftBack:
      return EBUR128_Mp135;
    case SoundChannel::kRightBack:
      return EBUR128_Mm135;
    case SoundChannel::kBackCentre:
      return EBUR128_Mp180;
  }
  return EBUR128_CENTER;
}

Status check(const SoundForm& form) {
  if (form.rate >= kLowestRate && form.rate <= kHighestRate && !form.channels.empty() &&
      form.channels.size() <= kMostChannels) {
    return ok();
  }
  return make_error(ErrorCode::kUnsupported,
                    "loudness: cannot measure {} channels at {} Hz; resample to 48000 Hz and mix "
                    "down to 64 channels at most",
                    form.channels.size(), form.rate);
}

struct Destroy {
  void operator()(ebur128_state* state) const { ebur128_destroy(&state); }
};
using StatePtr = std::unique_ptr<ebur128_state, Destroy>;

void set_channels(ebur128_state* meter, const std::vector<SoundChannel>& channels) {
  for (std::size_t i = 0; i < channels.size(); ++i) {
    ebur128_set_channel(meter, static_cast<unsigned>(i), to_ebur128(channels[i]));
  }
}

double highest_peak(ebur128_state* meter) {
  double highest = 0;
  for (unsigned channel = 0; channel < meter->channels; ++channel) {
    double peak = 0;
    ebur128_true_peak(meter, channel, &peak);
    highest = std::max(highest, peak);
  }
  return highest;
}

bool is_number(float sample) { return std::isfinite(sample); }

}  // namespace

std::vector<SoundChannel> usual_channels(int count) {
  using enum SoundChannel;
  switch (count) {
    case 1:
      return {kCentre};
    case 3:
      return {kLeft, kRight, kCentre};
    case 4:
      return {kLeft, kRight, kLeftSurround, kRightSurround};
    case 5:
      return {kLeft, kRight, kCentre, kLeftSurround, kRightSurround};
    case 6:
      return {kLeft, kRight, kCentre, kLowFrequency, kLeftSurround, kRightSurround};
    case 7:
      return {kLeft, kRight, kCentre, kLowFrequency, kBackCentre, kLeftSurround, kRightSurround};
    case 8:
      return {kLeft,     kRight,     kCentre,       kLowFrequency,
              kLeftBack, kRightBack, kLeftSurround, kRightSurround};
    default:
      break;
  }
  std::vector<SoundChannel> channels(static_cast<std::size_t>(std::max(count, 0)), kOther);
  if (count >= 2) channels[0] = kLeft;
  if (count >= 2) channels[1] = kRight;
  return channels;
}

double loudness_gain(const Loudness& loudness, double target, double ceiling) {
  return std::min(target - loudness.integrated, ceiling - loudness.true_peak);
}

struct LoudnessMeter::State {
  StatePtr meter;
  double former_peak = 0;  ///< libebur128 forgets it with the form
  std::vector<float> cleaned;

  std::size_t frames(std::size_t samples) const { return samples / meter->channels; }
};

LoudnessMeter::LoudnessMeter(std::unique_ptr<State> state) : state_(std::move(state)) {}
LoudnessMeter::LoudnessMeter(LoudnessMeter&&) noexcept = default;
LoudnessMeter& LoudnessMeter::operator=(LoudnessMeter&&) noexcept = default;
LoudnessMeter::~LoudnessMeter() = default;

Result<LoudnessMeter> LoudnessMeter::create(const SoundForm& form) {
  if (const Status checked = check(form); !checked) return checked.error();
  auto state = std::make_unique<State>();
  state->meter.reset(ebur128_init(static_cast<unsigned>(form.channels.size()),
                                  static_cast<unsigned long>(form.rate), kMode));
  if (!state->meter) {
    return make_error(ErrorCode::kInternal, "loudness: no memory for {} channels at {} Hz",
                      form.channels.size(), form.rate);
  }
  set_channels(state->meter.get(), form.channels);
  return LoudnessMeter(std::move(state));
}

void LoudnessMeter::push(std::span<const float> samples) {
  // Its filters feed back: one sample that is no number would spoil all that follow.
  if (!std::ranges::all_of(samples, is_number)) {
    state_->cleaned.assign(samples.begin(), samples.end());
    std::ranges::replace_if(state_->cleaned, std::not_fn(is_number), 0.0F);
    samples = state_->cleaned;
  }
  ebur128_add_frames_float(state_->meter.get(), samples.data(), state_->frames(samples.size()));
}

void LoudnessMeter::push(std::span<const std::int16_t> samples) {
  ebur128_add_frames_short(state_->meter.get(), samples.data(), state_->frames(samples.size()));
}

Status LoudnessMeter::change_form(const SoundForm& form) {
  if (Status checked = check(form); !checked) return checked;
  ebur128_state* meter = state_->meter.get();
  state_->former_peak = std::max(state_->former_peak, highest_peak(meter));
  const int changed = ebur128_change_parameters(meter, static_cast<unsigned>(form.channels.size()),
                                                static_cast<unsigned long>(form.rate));
  if (changed != EBUR128_SUCCESS && changed != EBUR128_ERROR_NO_CHANGE) {
    return make_error(ErrorCode::kInternal, "loudness: no memory for {} channels at {} Hz",
                      form.channels.size(), form.rate);
  }
  set_channels(meter, form.channels);
  return ok();
}

std::optional<Loudness> LoudnessMeter::result() const {
  ebur128_state* meter = state_->meter.get();
  Loudness loudness;
  const bool is_measured =
      ebur128_loudness_global(meter, &loudness.integrated) == EBUR128_SUCCESS &&
      ebur128_loudness_range(meter, &loudness.range) == EBUR128_SUCCESS;
  if (!is_measured || !std::isfinite(loudness.integrated)) return std::nullopt;
  loudness.true_peak = 20 * std::log10(std::max(state_->former_peak, highest_peak(meter)));
  return loudness;
}

}  // namespace subtide
