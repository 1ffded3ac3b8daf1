#pragma once

#include <map>
#include <string>

namespace subtide {

/// All that decides what a piece of model work gives. Equal parts, equal key, same work.
struct EffectParts {
  std::string input;  ///< hash of what goes in: a window's samples, sentences
  std::string stage;  ///< "transcribe", "translate"
  std::string model;  ///< hash of the model's files, or its spec and version
  std::map<std::string, std::string> parameters;  ///< by name; language, prompt, …
  std::string pipeline;                           ///< version of our own code around the model
};

/// SHA-256 over the parts, in hexadecimal. Each part goes in with its length before it, so no two
/// different sets of parts read alike. Threads: any.
std::string effect_key(const EffectParts& parts);

}  // namespace subtide
