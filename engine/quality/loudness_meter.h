#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "engine/base/result.h"

namespace subtide {

/// Where a channel is heard; loudness weighs channels by it.
enum class SoundChannel {
  kLeft,
  kRight,
  kCentre,
  kLowFrequency,  ///< does not count
  kLeftSurround,  ///< beside the listener or a little behind
  kRightSurround,
  kLeftBack,  ///< behind the listener, where there are surround channels too
  kRightBack,
  kBackCentre,
  kOther,  ///< counts as a front channel
};

/// Interleaved sound: its rate and the order of its channels.
struct SoundForm {
  int rate = 48000;
  std::vector<SoundChannel> channels;
  bool operator==(const SoundForm&) const = default;
};

/// The usual order for so many channels (WAVE's): 1 centre, 2 stereo, 6 for 5.1, 8 for 7.1, …
std::vector<SoundChannel> usual_channels(int count);

/// How loud a programme is, as EBU R 128 measures it.
struct Loudness {
  double integrated = 0;  ///< LUFS
  double range = 0;       ///< LU
  double true_peak = 0;   ///< dBTP, of the loudest channel
  bool operator==(const Loudness&) const = default;
};

/// The gain in dB that brings a programme to `target` LUFS, less where its true peak would pass
/// `ceiling` dBTP.
double loudness_gain(const Loudness& loudness, double target, double ceiling = -1.0);

/// Measures the loudness of a programme from its first sample to its last (libebur128).
///
/// It keeps histograms, not blocks: memory stays the same however long the programme is, and
/// figures are exact to 0.1 LU.
///
/// Owner:   the caller; movable, not copyable.
/// Threads: starts none and takes no lock; use from one thread at a time.
/// Errors:  kUnsupported for rates and numbers of channels that nobody measures.
class LoudnessMeter {
 public:
  static Result<LoudnessMeter> create(const SoundForm& form);
  LoudnessMeter(LoudnessMeter&&) noexcept;
  LoudnessMeter& operator=(LoudnessMeter&&) noexcept;
  ~LoudnessMeter();

  /// Interleaved samples, full scale 1.0; what is no number counts as silence, and an unfinished
  /// last frame is left out.
  void push(std::span<const float> samples);
  void push(std::span<const std::int16_t> samples);

  /// The programme goes on in another form. After an error it must not be pushed to.
  Status change_form(const SoundForm& form);

  /// Of all that was pushed. Nothing where it is too short (0.4 s) or too silent to have one.
  std::optional<Loudness> result() const;

 private:
  struct State;
  explicit LoudnessMeter(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace subtide
