#pragma once

#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/result.h"
#include "engine/speech/ports.h"

namespace subtide {

/// Which models workers serve, by stage and the name that tasks ask for.
///
/// A worker that goes is forgotten, but for the last one of a name: what its model made before is
/// found all the same.
///
/// Owner:   the mediator. Threads: any. Errors: none but wait_for()'s.
class ServedModels {
 public:
  using Name = std::pair<std::string, std::string>;  ///< stage, name

  /// The worker's model, in place of what it served before.
  void serves(const std::string& worker, const std::string& stage,
              const std::vector<std::string>& names, const ModelTraits& model);
  void leaves(const std::string& worker);
  /// Nobody needs to wait for it: the model cannot be loaded.
  void fails(const std::string& stage, const std::vector<std::string>& names, const Error& error);
  /// Ends all waits.
  void close();

  /// Errors: kUnavailable (nobody came, stopped); that of fails() while nobody serves it.
  Result<ModelTraits> wait_for(const Name& name, std::chrono::milliseconds patience,
                               const std::stop_token& stop) const;
  /// Different ones, newest first.
  std::vector<MadeBy> of(const Name& name) const;

 private:
  struct Served {
    std::string worker;
    ModelTraits model;
  };

  mutable std::mutex mutex_;  ///< guards all
  mutable std::condition_variable_any changed_;
  std::map<Name, std::vector<Served>> served_;  ///< newest last; never empty
  std::map<Name, Error> failures_;
  bool is_closed_ = false;
};

}  // namespace subtide
