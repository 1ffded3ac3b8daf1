#pragma once

#include <string_view>

namespace subtide {

/// What must hold of any bytes that come as a message; what does not stops the program. A message
/// is read or refused with a reason; what was read is written and read again as the same.

/// An event's envelope.
void fuzz_event_envelope(std::string_view bytes);
/// Requests and answers of snapshot and replay; frames are set apart by a zero byte.
void fuzz_state_protocol(std::string_view bytes);
/// A message between mediator and worker: the kind, a line feed, the body.
void fuzz_wire(std::string_view bytes);
/// What workers get and give back; the first byte, modulo five, says which of the texts it is.
void fuzz_work_json(std::string_view bytes);

}  // namespace subtide
