#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace subtide {

/// Inside engine/events: the attributes that an envelope may have.
enum class Attribute {
  kSpecVersion,
  kType,
  kSource,
  kId,
  kSubject,
  kTime,
  kDataContentType,
  kSequence,
  kCorrelationId,
  kCausationId,
  kData
};
inline constexpr std::size_t kAttributeCount = 11;

/// An envelope taken apart. Every attribute is there once at most, a text attribute is not empty,
/// and the data is a JSON object.
class EnvelopeText {
 public:
  /// Reads only as deep as it must, for subscribers read thousands in a second.
  /// Errors:  kBadInput: no JSON, or what the envelope does not allow.
  static Result<EnvelopeText> read(std::string_view json);

  bool has(Attribute attribute) const { return at(attribute).has_value(); }
  /// Empty when it is not there; of kData the JSON text.
  const std::string& text(Attribute attribute) const {
    static const std::string kNothing;
    return has(attribute) ? *at(attribute) : kNothing;
  }

 private:
  const std::optional<std::string>& at(Attribute attribute) const {
    return texts_[static_cast<std::size_t>(attribute)];
  }

  std::array<std::optional<std::string>, kAttributeCount> texts_;
};

}  // namespace subtide
