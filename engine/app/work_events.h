#pragma once

#include <optional>

#include "engine/events/event.h"
#include "engine/work/work_effect.h"

namespace subtide {

/// A fact of the mediator's, as the catalogue has it.
struct CataloguedEvent {
  EventSubject subject;
  EventBody body;
};
std::optional<CataloguedEvent> catalogued(const work::EventHappened& event);

}  // namespace subtide
