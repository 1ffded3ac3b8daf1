#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

namespace subtide {

/// One model as a user names it: "whisper:base.en" is the adapter "whisper" with "base.en".
struct ModelSpec {
  std::string adapter;
  std::string rest;  ///< what follows the first ':'; may be empty
  std::string text;  ///< the whole
  bool operator==(const ModelSpec&) const = default;
};

/// A ladder: specs with commas between. A comma inside a URL or inside JSON is part of its spec:
/// only one that the name of an adapter follows begins a new rung.
/// Errors: kInvalidArgument (unknown adapter; lists them. Something missing or too much after it).
Result<std::vector<ModelSpec>> parse_model_ladder(std::string_view text);

/// "URL#model" -> URL, model.
struct ServerSpec {
  std::string url;
  std::string model;
};
ServerSpec split_server_spec(std::string_view rest);

}  // namespace subtide
