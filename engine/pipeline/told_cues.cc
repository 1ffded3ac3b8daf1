#include "engine/pipeline/told_cues.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gst/app/gstappsrc.h>

#include <memory>

#include "engine/gst/text_buffer.h"
#include "engine/gst/text_meta.h"

namespace subtide {

void tell_cues(GstElement* source, const std::vector<Cue>& cues) {
  g_object_set(source, "caps", text_caps().get(), "format", GST_FORMAT_TIME, "max-bytes",
               guint64{0}, nullptr);
  for (const Cue& cue : cues) {
    BufferPtr buffer = make_text_buffer(fmt::format("{}", fmt::join(cue.lines, "\n")), cue.span);
    attach_cue(buffer.get(), std::make_shared<const Cue>(cue));
    gst_app_src_push_buffer(GST_APP_SRC(source), buffer.release());
  }
  gst_app_src_end_of_stream(GST_APP_SRC(source));
}

}  // namespace subtide
