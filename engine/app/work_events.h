#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/events/event.h"
#include "engine/work/link/mediator.h"

namespace subtide {

/// A fact of the mediator's, as the catalogue has it.
struct CataloguedEvent {
  EventSubject subject;
  EventBody body;
};
std::optional<CataloguedEvent> catalogued(const work::EventHappened& event);
CataloguedEvent catalogued(const ModelHappened& event);

/// "recognizer", "translator"
std::string role_of_stage(std::string_view stage);

}  // namespace subtide
