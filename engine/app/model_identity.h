#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "engine/speech/ports.h"
#include "engine/work/store/input_identity.h"

namespace subtide {

/// Knows models by the content of their files: a new file under an old name is another model.
///
/// Owner:   the caller. Threads: any.
class ModelIdentities {
 public:
  ModelIdentities(std::shared_ptr<ModelProvider> models, InputIdentities files)
      : models_(std::move(models)), files_(std::move(files)) {}

  /// The SHA-256 of a model that is one file; else its resolved spec, with those of its files.
  /// Nothing when it is not to be had, or a file cannot be read. Reads a file once, then knows it.
  std::optional<std::string> of(ModelRole role, std::string_view spec, const ModelOptions& options,
                                const std::stop_token& stop = {});
  /// The same; nothing for a model that has no file.
  std::optional<std::string> of_files(ModelRole role, std::string_view spec,
                                      const ModelOptions& options);

 private:
  const std::shared_ptr<ModelProvider> models_;
  InputIdentities files_;
};

/// The same models; the traits of those that are files tell their identity, while the database that
/// knows files is open.
std::shared_ptr<ModelProvider> make_identified_provider(std::shared_ptr<ModelProvider> models,
                                                        std::weak_ptr<SharedDatabase> files);

}  // namespace subtide
