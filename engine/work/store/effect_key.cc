#include "engine/work/store/effect_key.h"

#include "engine/work/store/sha256.h"

namespace subtide {

std::string effect_key(const EffectParts& parts) {
  Sha256 sum;
  sum.add_framed("subtide effect 1");
  sum.add_framed(parts.input);
  sum.add_framed(parts.stage);
  sum.add_framed(parts.model);
  sum.add_framed(parts.pipeline);
  sum.add_framed(std::to_string(parts.parameters.size()));
  for (const auto& [name, value] : parts.parameters) {
    sum.add_framed(name);
    sum.add_framed(value);
  }
  return sum.finish();
}

}  // namespace subtide
