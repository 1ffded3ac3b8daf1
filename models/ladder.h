#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "engine/speech/ports.h"
#include "models/circuit_breaker.h"

namespace subtide {

struct LadderOptions {
  BreakerOptions breaker;
  std::function<CircuitBreaker::Time()> now = [] { return std::chrono::steady_clock::now(); };
};

/// Several models as one: each call goes to the first whose circuit breaker lets it, and on failure
/// to the next. A model that cannot do what is asked (kUnsupported) is passed over without blame.
///
/// `rungs` is not empty. The traits are those of all: the shortest window, any language of any.
/// Threads: as the models. Errors: that of the last model tried.
std::shared_ptr<Recognizer> make_recognizer_ladder(std::vector<std::shared_ptr<Recognizer>> rungs,
                                                   LadderOptions options = {});
std::shared_ptr<Translator> make_translator_ladder(std::vector<std::shared_ptr<Translator>> rungs,
                                                   LadderOptions options = {});

}  // namespace subtide
