#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "engine/speech/ports.h"
#include "engine/work/link/mediator.h"
#include "engine/work/store/blob_store.h"
#include "engine/work/store/effect_store.h"

namespace subtide {

/// How much was found, and how much had to be made.
struct WorkCounters {
  std::atomic<std::uint64_t> found = 0;
  std::atomic<std::uint64_t> made = 0;
  std::atomic<bool> is_unkept = false;  ///< the last result made here was not kept
};

/// What all work of one job has in common.
struct JobWork {
  std::string job;
  std::string pipeline;                    ///< version of our code: a new one does the work anew
  std::shared_ptr<Mediator> mediator;      ///< null: the model is in this process
  std::shared_ptr<EffectStore> effects;    ///< null: nothing is kept
  std::shared_ptr<BlobStore> blobs;        ///< for windows that travel; with `mediator` only
  std::shared_ptr<WorkCounters> counters;  ///< may be null
  bool is_fresh = false;                   ///< results of before are not looked for
  std::string model;                       ///< the name that workers serve; with `mediator` only
  /// Told of the model behind each result that is given out. Threads: any. May be empty.
  std::function<void(const MadeBy&)> on_model;
  /// Nothing more can be done until somebody mends what the error names.
  std::function<void(const Error&)> on_trouble;
};

/// A recogniser whose results are kept: a window that was recognised before, by the same model with
/// the same parameters, is not recognised again. With a mediator the work is done by its workers
/// and `model` is null; its traits are those that a worker told. Workers may change to another
/// model meanwhile: each result is kept and found under the key of the one that made it.
///
/// Threads: any. Errors: as the model; kUnavailable with the reason when a task was given up.
std::shared_ptr<Recognizer> make_kept_recognizer(std::shared_ptr<Recognizer> model,
                                                 ModelTraits traits, JobWork work);
/// The same for sentences.
std::shared_ptr<Translator> make_kept_translator(std::shared_ptr<Translator> model,
                                                 ModelTraits traits, JobWork work);

}  // namespace subtide
