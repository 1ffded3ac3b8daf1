#pragma once

#include <map>
#include <string>
#include <string_view>

namespace subtide {

/// All that decides what a piece of model work gives. Equal parts, equal key, same work.
struct EffectParts {
  std::string input;  ///< hash of what goes in: a window's samples, sentences
  std::string stage;  ///< "transcribe", "translate"
  std::string model;  ///< hash of the model's files, or its spec and version
  std::map<std::string, std::string> parameters;  ///< by name; language, prompt, …
  std::string pipeline;                           ///< version of our own code around the model
};

/// All parts but the model: the same work, whoever does it. SHA-256 in hexadecimal; each part goes
/// in with its length before it, so no two different sets of parts read alike. Threads: any.
std::string work_key(const EffectParts& parts);
/// What that model makes of the work.
std::string effect_key(std::string_view work_key, std::string_view model);
/// Both in one.
std::string effect_key(const EffectParts& parts);

}  // namespace subtide
