#include "engine/events/catalogue.h"

#include <cstddef>
#include <type_traits>
#include <utility>

namespace subtide {
namespace {

template <typename Body>
constexpr EventClass kClass = EventClass::kFact;
template <>
constexpr EventClass kClass<JobProgress> = EventClass::kTelemetry;
template <>
constexpr EventClass kClass<TranscriptPartial> = EventClass::kTelemetry;
template <>
constexpr EventClass kClass<WorkAvailable> = EventClass::kTelemetry;
template <>
constexpr EventClass kClass<WorkerHeartbeat> = EventClass::kTelemetry;
template <>
constexpr EventClass kClass<BusGap> = EventClass::kTelemetry;

template <std::size_t... Index>
std::optional<EventClass> find_class(std::string_view name, std::index_sequence<Index...>) {
  std::optional<EventClass> found;
  ((std::variant_alternative_t<Index, EventBody>::kName == name
        ? void(found = kClass<std::variant_alternative_t<Index, EventBody>>)
        : void()),
   ...);
  return found;
}

}  // namespace

std::string_view name_of(const EventBody& body) {
  return std::visit([](const auto& typed) { return typed.kName; }, body);
}

EventClass class_of(const EventBody& body) {
  return std::visit([](const auto& typed) { return kClass<std::decay_t<decltype(typed)>>; }, body);
}

std::optional<EventClass> class_of(std::string_view name) {
  return find_class(name, std::make_index_sequence<std::variant_size_v<EventBody>>());
}

std::string_view family_of(std::string_view name) { return name.substr(0, name.find('.')); }

std::string_view to_string(BusGap::Action action) {
  switch (action) {
    case BusGap::Action::kNone:
      return "none";
    case BusGap::Action::kReplay:
      return "replay";
    case BusGap::Action::kSnapshot:
      return "snapshot";
  }
  return "none";
}

}  // namespace subtide
