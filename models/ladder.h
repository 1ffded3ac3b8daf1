#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/speech/ports.h"
#include "models/model_breakers.h"

namespace subtide {

/// A tenth of a second, or until asked to stop.
void pause_shortly(const std::stop_token& stop);

struct LadderOptions {
  std::shared_ptr<ModelBreakers> breakers = std::make_shared<ModelBreakers>();
  /// A longer call is late. So long that a slow model is not taken for an ill one.
  std::chrono::milliseconds call_limit = std::chrono::minutes(30);
  /// How long calls wait for models that are all kept away, since the last of them fell ill.
  std::chrono::milliseconds patience = std::chrono::minutes(2);
  std::size_t calls_to_recover = 10;  ///< in a row by a better rung: then it counts as back
  /// Lets time pass between two looks at the breakers; tests bring their own.
  std::function<void(const std::stop_token&)> pause = pause_shortly;
};

/// A model with what its breaker is known by, besides its spec.
template <typename Model>
struct LadderRung {
  std::shared_ptr<Model> model;
  std::string device = "cpu";
};

/// One model or several as one, each behind its circuit breaker: a call goes to the first that may
/// be asked, and on failure to the next. A model that cannot do what is asked (kUnsupported) is
/// passed over without blame.
///
/// Where all that could answer are kept away by their breakers, the call waits: in a file nothing
/// is lost by that, and a server that was restarted costs no text. It waits until the outage is as
/// old as `patience`, whoever waited before, so that a model which never answers holds the work up
/// once and not at each window; from then on calls end at once with kBreakerOpen, but for the
/// probes. It does not wait where the last failure was one that time does not heal (a wrong key).
/// Calls that failed before the breaker opened (ten, by its limits) are not made again: their
/// windows are gaps that a second run fills. While it waits, it counts progress.
///
/// A recognition request may ask for a lesser model from the start; that is no step down of health.
///
/// What is told of health: changes of breakers; a step down when a lesser rung answers because a
/// better one failed or is kept away; a step up when the better one has answered some calls in a
/// row.
///
/// `rungs` is not empty. The traits are those of all: the shortest window, any language of any. A
/// transcript names the rung that wrote it.
/// Threads: as the models. Errors: that of the last model tried; kBreakerOpen.
std::shared_ptr<Recognizer> make_recognizer_ladder(std::vector<LadderRung<Recognizer>> rungs,
                                                   LadderOptions options = {});
std::shared_ptr<Translator> make_translator_ladder(std::vector<LadderRung<Translator>> rungs,
                                                   LadderOptions options = {});

}  // namespace subtide
