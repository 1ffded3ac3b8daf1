#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <string_view>

#include "engine/work/link/worker_link.h"
#include "engine/work/link/worker_models.h"

namespace subtide {

/// What a worker is told while it runs, line by line; each line is answered with one that begins
/// with "ok" or "error":
///   load SPEC     loads a model; then new work goes to it, and the former one, once it has
///                 finished what it has, is unloaded
///   unload SPEC   gives a model back; until another is loaded the worker takes no work
///   drain         finishes what it has, then ends
///   status        the model, those that still finish something, the tasks under way
///
/// Owner:   the caller; models and link must outlive it. Threads: one at a time.
class WorkerOrders {
 public:
  WorkerOrders(WorkerModels& models, WorkerLink& link) : models_(models), link_(link) {}

  /// Obeys one line; a load takes as long as it takes. Gives the answer, without line end.
  std::string obey(std::string_view line);

  /// Reads lines from `in` until its end or `stop`.
  void serve(int in, const std::function<void(const std::string&)>& answer,
             const std::stop_token& stop);

 private:
  std::string load(const std::string& spec);

  WorkerModels& models_;
  WorkerLink& link_;
};

}  // namespace subtide
