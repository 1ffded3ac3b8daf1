#pragma once

#include <atomic>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/media_time.h"
#include "engine/base/result.h"
#include "engine/speech/transcript.h"

namespace subtide {

/// What goes wrong.
enum class FakeFault {
  kFail,      ///< answers `code`
  kCrash,     ///< ends the process
  kEmpty,     ///< answers nothing
  kLoop,      ///< says the same three words for ever
  kHuge,      ///< answers ten megabytes
  kOutside,   ///< word times far outside the window and backwards
  kLanguage,  ///< names another language
  kBytes,     ///< words that are no UTF-8
  kSlow,      ///< nothing but its delay
  kCount,     ///< translators: one sentence too few
  kHang,      ///< never answers and gets nowhere, whoever asks it to stop
};

/// One fault, and the windows or sentences it befalls: those whose span holds `at` or whose text
/// holds `text`; all of them when neither is given.
struct FakeTrouble {
  FakeFault fault = FakeFault::kFail;
  ErrorCode code = ErrorCode::kUnavailable;
  std::optional<MediaTime> at;
  std::string text;
  MediaDuration delay{0};                          ///< only the windows it befalls wait
  double pace = 0;                                 ///< and so many seconds for each of theirs
  int attempts = std::numeric_limits<int>::max();  ///< only that many attempts at a window
  std::string while_exists;  ///< only as long as there is this file; empty: always

  /// Whether it is about at all just now.
  bool lasts() const;
};

/// What a fake model was told to do. See the README for the JSON.
struct FakeScript {
  std::string name;                  ///< "b": its spec is "fake:b", to tell rungs of a ladder apart
  std::vector<Word> words;           ///< exact words; empty: derived from time
  std::vector<std::string> refrain;  ///< plain words, over and over
  bool hears_tones = false;          ///< words are tones in the sound: see tone_listener.h
  std::string language = "en";
  bool is_punctuated = false;
  MediaDuration max_window = std::chrono::seconds(28);
  MediaDuration delay{0};                        ///< each call waits
  bool is_upper_case = false;                    ///< translators
  std::map<std::string, std::string> sentences;  ///< translators: exact answers
  std::optional<std::vector<TimeSpan>> speech;   ///< detectors: seconds since the stream began
  std::vector<FakeTrouble> troubles;
};

/// Reads what follows "fake:". Errors: kInvalidArgument, kNotFound.
Result<FakeScript> read_fake_script(std::string_view spec_rest);

/// Waits, and counts steps in `progress` (may be null) meanwhile; gives up early when asked to
/// stop. Errors: kUnavailable when stopped.
Status fake_delay(MediaDuration delay, const std::stop_token& stop,
                  std::atomic<std::uint64_t>* progress);
/// Never comes back.
[[noreturn]] void fake_hang();

}  // namespace subtide
