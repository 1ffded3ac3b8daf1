#include "engine/pipeline/encoder_probe.h"

#include <gst/gst.h>

#include "engine/gst/pointer.h"

namespace subtide {

bool encoder_works(const std::string& element) {
  GstElement* made = gst_element_factory_make(element.c_str(), nullptr);
  if (made == nullptr) return false;
  const ElementPtr encoder = own_object(made);
  const auto ready = gst_element_set_state(encoder.get(), GST_STATE_READY);
  gst_element_set_state(encoder.get(), GST_STATE_NULL);
  return ready == GST_STATE_CHANGE_SUCCESS;
}

}  // namespace subtide
