#include "elements/register.h"

namespace subtide {

bool register_elements(GstPlugin*, std::shared_ptr<ModelProvider>) { return true; }

}  // namespace subtide
