#include "elements/cues/cue_buffer.h"

#include <memory>

#include "engine/gst/text_buffer.h"
#include "engine/gst/text_meta.h"

namespace subtide {

BufferPtr make_cue_buffer(const Cue& cue, std::string_view line_end) {
  std::string text;
  for (const std::string& line : cue.lines) text += (text.empty() ? "" : "\n") + line;
  text += line_end;
  BufferPtr buffer = make_text_buffer(text, cue.span);
  attach_cue(buffer.get(), std::make_shared<const Cue>(cue));
  return buffer;
}

}  // namespace subtide
