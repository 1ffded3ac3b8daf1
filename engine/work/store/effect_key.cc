#include "engine/work/store/effect_key.h"

#include "engine/work/store/sha256.h"

namespace subtide {

std::string work_key(const EffectParts& parts) {
  Sha256 sum;
  sum.add_framed("subtide work 1");
  sum.add_framed(parts.input);
  sum.add_framed(parts.stage);
  sum.add_framed(parts.pipeline);
  sum.add_framed(std::to_string(parts.parameters.size()));
  for (const auto& [name, value] : parts.parameters) {
    sum.add_framed(name);
    sum.add_framed(value);
  }
  return sum.finish();
}

std::string effect_key(std::string_view work_key, std::string_view model) {
  Sha256 sum;
  sum.add_framed("subtide effect 2");
  sum.add_framed(work_key);
  sum.add_framed(model);
  return sum.finish();
}

std::string effect_key(const EffectParts& parts) {
  return effect_key(work_key(parts), parts.model);
}

}  // namespace subtide
