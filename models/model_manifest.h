#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/media_time.h"
#include "engine/base/result.h"

namespace subtide {

enum class ModelKind { kWhisper, kDetector };
enum class HashAlgorithm { kSha1, kSha256 };

/// What is known of a model before it is here.
struct ModelFacts {
  std::string name;  ///< as people write it: "base.en"
  ModelKind kind = ModelKind::kWhisper;
  std::string file;                    ///< file name without folders
  std::string url;                     ///< empty: it is not to be had by download
  std::uint64_t approximate_size = 0;  ///< bytes, to two digits
  HashAlgorithm algorithm = HashAlgorithm::kSha1;
  std::string checksum;                ///< of that algorithm, lower-case hexadecimal
  int rank = 0;                        ///< what recognises better has the higher rank
  std::vector<std::string> languages;  ///< BCP 47; empty: many
  MediaDuration max_window = std::chrono::seconds(28);
  MediaDuration segment_accuracy = std::chrono::milliseconds(200);  ///< see WhisperOptions
  bool fits_encoder_to_window = false;                              ///< see WhisperOptions
  bool is_test_only = false;                                        ///< never chosen by `auto`
  std::string note;                                                 ///< for people; may be empty
};

/// Reads a manifest. `base_url`, when not empty, replaces every repository's address.
/// Errors: kBadInput, naming the model and the field.
Result<std::vector<ModelFacts>> parse_model_manifest(std::string_view json,
                                                     const std::string& base_url);

/// The manifest that was built in.
std::string_view builtin_manifest();

}  // namespace subtide
