#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace subtide {

/// The breaker of one stage, model and device, and the calls it judged by.
struct BreakerNamed {
  std::string key;          ///< "transcribe/whisper:base.en/cpu"
  int window = 0;           ///< calls looked at
  double failure_rate = 0;  ///< 0..1
  double late_rate = 0;     ///< over their deadline, 0..1
};
struct BreakerOpened {
  static constexpr std::string_view kName = "breaker.opened";
  BreakerNamed breaker;
  std::chrono::milliseconds open_for{0};
};
struct BreakerHalfOpened {
  static constexpr std::string_view kName = "breaker.half_opened";
  std::string key;
  int probes = 0;  ///< calls let through
};
struct BreakerClosed {
  static constexpr std::string_view kName = "breaker.closed";
  BreakerNamed breaker;
};

/// A step down or up the ladder of lesser service.
struct LadderStep {
  std::string ladder;  ///< what it is the ladder of, such as "recognizer"
  std::string from;    ///< rungs by name
  std::string to;
  std::string cause;  ///< one line for people
};
struct DegradeEntered {
  static constexpr std::string_view kName = "degrade.entered";
  LadderStep step;
};
struct DegradeLeft {
  static constexpr std::string_view kName = "degrade.left";
  LadderStep step;
};

/// A subscriber saw that facts are missing.
struct BusGap {
  static constexpr std::string_view kName = "bus.gap";
  /// What the subscriber did about it.
  enum class Action { kNone, kReplay, kSnapshot };
  std::string source;
  std::string family;
  std::uint64_t expected = 0;
  std::uint64_t got = 0;
  Action action = Action::kNone;
  bool operator==(const BusGap&) const = default;
};
std::string_view to_string(BusGap::Action action);

/// Room for the store, in bytes.
struct StoreSpace {
  std::string path;
  std::uint64_t free_bytes = 0;
  std::uint64_t threshold_bytes = 0;
};
struct StoreLowSpace {
  static constexpr std::string_view kName = "store.low_space";
  StoreSpace space;
};
struct StoreFull {
  static constexpr std::string_view kName = "store.full";
  StoreSpace space;
};
struct StoreRecovered {
  static constexpr std::string_view kName = "store.recovered";
  StoreSpace space;
};

/// A rule about a figure, and the figure that met it.
struct AlertNamed {
  std::string rule;
  double value = 0;
  double threshold = 0;
  std::string message;  ///< one line for people
};
struct AlertRaised {
  static constexpr std::string_view kName = "alert.raised";
  AlertNamed alert;
};
struct AlertCleared {
  static constexpr std::string_view kName = "alert.cleared";
  AlertNamed alert;
};
struct SecurityDenied {
  static constexpr std::string_view kName = "security.denied";
  std::string rule;   ///< stable lower-case name, such as "private_address"
  std::string value;  ///< what was refused, without secrets
};

}  // namespace subtide
