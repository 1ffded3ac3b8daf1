#include "engine/gst/guard.h"

#include "engine/gst/pointer.h"

namespace subtide {

// Plain C on purpose: an exception may come from want of memory.
void report_exception(GstElement* element, const char* what) noexcept {
  GError* error = g_error_new(GST_LIBRARY_ERROR, GST_LIBRARY_ERROR_FAILED,
                              "%s failed inside: %s. Please report this with the input.",
                              GST_ELEMENT_NAME(element), what);
  gst_element_post_message(element,
                           gst_message_new_error(GST_OBJECT_CAST(element), error, nullptr));
  g_error_free(error);
}

}  // namespace subtide
