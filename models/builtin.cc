#include "models/builtin.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "engine/base/log.h"
#include "engine/speech/checked_recognizer.h"
#include "models/apertium/apertium_translator.h"
#include "models/auto_rule.h"
#include "models/energy/energy_detector.h"
#include "models/fake/fake.h"
#include "models/ladder.h"
#include "models/libretranslate/libretranslate_translator.h"
#include "models/model_spec.h"
#include "models/noted_recognizer.h"
#include "models/openai/chat_translator.h"
#include "models/openai/openai_recognizer.h"
#include "models/pocketsphinx/pocketsphinx_recognizer.h"
#include "models/server_keys.h"
#include "models/shared_cache.h"
#include "models/whisper/silero_detector.h"
#include "models/whisper/whisper_recognizer.h"

namespace subtide {
namespace {
namespace fs = std::filesystem;

template <typename T>
using Made = Result<std::shared_ptr<T>>;

Error wrong_role(const ModelSpec& spec, std::string_view role) {
  return make_error(ErrorCode::kInvalidArgument, "'{}' is not a {}", spec.adapter, role);
}

std::string cache_key(const std::string& text, const ModelOptions& options,
                      const std::string& languages) {
  return fmt::format("{}|{}|{}|{}", text, options.lanes, options.threads_per_lane, languages);
}

bool is_server(const ModelSpec& spec) {
  return spec.adapter.starts_with("openai") || spec.adapter == "libretranslate";
}

Status check_language(const Recognizer& model, const std::string& language) {
  const auto& traits = model.traits();
  if (is_open_language(language) || knows_language(traits.languages, language)) return ok();
  return make_error(ErrorCode::kUnsupported,
                    "{} does not know the language '{}'; take a multilingual model: subtide models "
                    "pull base",
                    traits.spec, language);
}

class BuiltinProvider : public ModelProvider {
 public:
  BuiltinProvider(BuiltinOptions options, ModelStore store)
      : options_(std::move(options)),
        store_(std::move(store)),
        client_(std::make_shared<HttpClient>()) {
    ModelBreakers::Options breakers;
    breakers.listener = options_.listener;
    ladder_.breakers = std::make_shared<ModelBreakers>(std::move(breakers));
  }

  Made<Recognizer> recognizer(std::string_view spec, const ModelOptions& options) override {
    const auto ladder = parse_model_ladder(spec);
    if (!ladder) return ladder.error();
    const auto key = cache_key(std::string(spec), options, options.language);
    return recognizers_.get("ladder|" + key, [&]() -> Made<Recognizer> {
      auto rungs = climb<Recognizer>("transcribe", *ladder, [&](const ModelSpec& rung) {
        return fitting_recognizer(rung, options);
      });
      if (!rungs) return std::move(rungs.error());
      return make_checked_recognizer(make_recognizer_ladder(std::move(*rungs), ladder_));
    });
  }

  Made<Translator> translator(std::string_view spec, const ModelOptions& options) override {
    const auto ladder = parse_model_ladder(spec);
    if (!ladder) return ladder.error();
    const auto key =
        cache_key(std::string(spec), options, options.language + ">" + options.target_language);
    return translators_.get(key, [&]() -> Made<Translator> {
      auto rungs = climb<Translator>("translate", *ladder, [&](const ModelSpec& rung) {
        return load_translator(rung, options);
      });
      if (!rungs) return std::move(rungs.error());
      return make_translator_ladder(std::move(*rungs), ladder_);
    });
  }

  Made<SpeechDetector> detector(std::string_view spec) override {
    const auto ladder = parse_model_ladder(spec);
    if (!ladder) return ladder.error();
    return detectors_.get(std::string(spec), [&]() -> Made<SpeechDetector> {
      auto first = load_detector(ladder->front());
      for (std::size_t i = 1; !first && i < ladder->size(); ++i) {
        if (auto next = load_detector((*ladder)[i])) return next;
      }
      return first;
    });
  }

  /// Those of all rungs; one that is not installed has none.
  Result<ModelSources> sources(ModelRole role, std::string_view spec,
                               const ModelOptions& options) override {
    const auto ladder = parse_model_ladder(spec);
    if (!ladder) return ladder.error();
    ModelSources all;
    for (const ModelSpec& rung : *ladder) {
      auto one = sources_of(role, rung, options);
      if (!one && ladder->size() == 1) return one;
      if (!one) continue;
      all.text += (all.text.empty() ? "" : ",") + one->text;
      std::ranges::move(one->files, std::back_inserter(all.files));
    }
    return all;
  }

 private:
  Result<ModelSources> sources_of(ModelRole role, const ModelSpec& spec,
                                  const ModelOptions& options) const {
    if (role == ModelRole::kDetector) return detector_sources(spec);
    if (role == ModelRole::kTranslator) {
      const bool is_auto = spec.adapter == "auto";
      return ModelSources{(is_auto ? "apertium" : spec.text) + " " + options.language + ">" +
                              options.target_language,
                          {}};
    }
    if (spec.adapter != "auto") return recognizer_sources(spec);
    std::error_code failed;
    const bool has_pocketsphinx = fs::is_directory(options_.pocketsphinx_folder, failed);
    const auto choice = choose_recognizer(store_.list(), has_pocketsphinx, options.language);
    if (!choice) return choice.error();
    const auto chosen = parse_model_ladder(choice->spec);
    if (!chosen) return chosen.error();
    return recognizer_sources(chosen->front());
  }

  Result<ModelSources> recognizer_sources(const ModelSpec& spec) const {
    if (spec.adapter != "whisper") return ModelSources{spec.text, {}};
    auto file = store_.path_of(spec.rest);
    if (!file) return std::move(file.error());
    return ModelSources{spec.text, {std::move(*file)}};
  }

  Result<ModelSources> detector_sources(const ModelSpec& spec) const {
    const bool is_auto = spec.adapter == "auto";
    if (!is_auto && spec.adapter != "silero") return ModelSources{spec.text, {}};
    auto file = store_.path_of(spec.rest.empty() ? "silero" : spec.rest);
    if (!file && is_auto) return ModelSources{"energy", {}};
    if (!file) return std::move(file.error());
    return ModelSources{"silero", {std::move(*file)}};
  }

  // What can be loaded of a ladder; the first error when nothing can. Wrong usage is always told.
  template <typename Model, typename Load>
  Result<std::vector<LadderRung<Model>>> climb(const char* stage,
                                               const std::vector<ModelSpec>& ladder, Load load) {
    std::vector<LadderRung<Model>> rungs;
    std::vector<std::pair<std::string, Error>> left_out;
    for (const auto& spec : ladder) {
      auto model = load(spec);
      if (model) {
        rungs.push_back({std::move(*model), is_server(spec) ? "server" : "cpu"});
        tell_left_out(stage, std::exchange(left_out, {}), rungs.back().model->traits().spec);
      } else if (model.error().code == ErrorCode::kInvalidArgument) {
        return std::move(model.error());
      } else {
        left_out.emplace_back(spec.text, std::move(model.error()));
      }
    }
    if (rungs.empty()) return std::move(left_out.front().second);
    return rungs;
  }

  // Not where a lesser model is the better choice: it knows the language and the other does not.
  void tell_left_out(const char* stage, const std::vector<std::pair<std::string, Error>>& left_out,
                     const std::string& next) {
    for (const auto& [spec, error] : left_out) {
      log_warning("{} is left out: {}", spec, error.message);
      if (error.code == ErrorCode::kUnsupported) continue;
      ladder_.breakers->degraded({stage, spec, next, error.message});
    }
  }

  Made<Recognizer> fitting_recognizer(const ModelSpec& spec, const ModelOptions& options) {
    if (spec.adapter == "auto") return auto_recognizer(options);
    auto model = load_recognizer(spec, options);
    if (!model) return model;
    if (auto fits = check_language(**model, options.language); !fits) return fits.error();
    return model;
  }

  Made<Recognizer> load_recognizer(const ModelSpec& spec, const ModelOptions& options) {
    return recognizers_.get(cache_key(spec.text, options, ""), [&]() -> Made<Recognizer> {
      if (spec.adapter == "whisper") return make_whisper(spec, options);
      if (spec.adapter == "pocketsphinx") {
        return make_pocketsphinx_recognizer(
            {.lanes = options.lanes, .model_folder = options_.pocketsphinx_folder});
      }
      if (spec.adapter == "openai") return make_openai_recognizer(server(spec), client_);
      if (spec.adapter == "fake") return make_fake_recognizer(spec.rest, options);
      return wrong_role(spec, "recogniser");
    });
  }

  Made<Recognizer> auto_recognizer(const ModelOptions& options) {
    std::error_code failed;
    const bool has_pocketsphinx = fs::is_directory(options_.pocketsphinx_folder, failed);
    auto choice = choose_recognizer(store_.list(), has_pocketsphinx, options.language);
    if (!choice) return std::move(choice.error());
    const auto spec = parse_model_ladder(choice->spec);
    if (!spec) return spec.error();
    auto model = load_recognizer(spec->front(), options);
    if (!model || choice->note.empty()) return model;
    return std::make_shared<NotedRecognizer>(std::move(*model), choice->note,
                                             choice->assumes_english);
  }

  Made<Recognizer> make_whisper(const ModelSpec& spec, const ModelOptions& options) {
    auto file = store_.path_of(spec.rest);
    if (!file) return std::move(file.error());
    WhisperOptions whisper;
    whisper.model_file = *file;
    whisper.spec = spec.text;
    whisper.lanes = options.lanes;
    whisper.threads_per_lane = options.threads_per_lane;
    for (const auto& facts : store_.list()) {
      if (facts.file != file->filename()) continue;
      whisper.max_window = facts.max_window;
      whisper.fits_encoder_to_window = facts.fits_encoder_to_window;
    }
    return make_whisper_recognizer(whisper);
  }

  OpenAiOptions server(const ModelSpec& spec) const {
    auto [url, model] = split_server_spec(spec.rest);
    OpenAiOptions server;
    server.key = key_for(options_, url);
    server.url = std::move(url);
    server.model = std::move(model);
    return server;
  }

  Made<Translator> load_translator(const ModelSpec& spec, const ModelOptions& options) {
    if (spec.adapter == "apertium" || spec.adapter == "auto") return load_apertium(options);
    if (spec.adapter == "openai-chat") return make_chat_translator(server(spec), client_);
    if (spec.adapter == "libretranslate") {
      LibreTranslateOptions libre;
      libre.url = spec.rest;
      libre.key = options_.libretranslate_key;
      return make_libretranslate_translator(std::move(libre), client_);
    }
    if (spec.adapter == "fake") return make_fake_translator(spec.rest, options);
    return wrong_role(spec, "translator");
  }

  // Refuses here, where it is cheap, what every sentence would be refused for.
  Made<Translator> load_apertium(const ModelOptions& options) {
    const ApertiumOptions apertium{.program = options_.apertium_program, .lanes = options.lanes};
    if (!is_open_language(options.language) && !options.target_language.empty()) {
      auto route = apertium_route(apertium, options.language, options.target_language);
      if (!route) return std::move(route.error());
    }
    return translators_.get(cache_key("one|apertium", options, ""),
                            [&] { return make_apertium_translator(apertium); });
  }

  Made<SpeechDetector> load_detector(const ModelSpec& spec) {
    if (spec.adapter == "energy") return make_energy_detector();
    if (spec.adapter == "fake") return make_fake_detector(spec.rest);
    const bool is_auto = spec.adapter == "auto";
    if (!is_auto && spec.adapter != "silero") return wrong_role(spec, "speech detector");
    auto file = store_.path_of(spec.rest.empty() ? "silero" : spec.rest);
    if (!file && is_auto) return make_energy_detector();
    if (!file) return std::move(file.error());
    return make_silero_detector(*file);
  }

  BuiltinOptions options_;
  LadderOptions ladder_;  ///< for all: a model's breaker outlives its ladders
  ModelStore store_;
  std::shared_ptr<HttpClient> client_;
  SharedCache<Recognizer> recognizers_;
  SharedCache<Translator> translators_;
  SharedCache<SpeechDetector> detectors_;
};

// Stands in where the manifest cannot be read, so that the error is told with the first request.
class FailedProvider : public ModelProvider {
 public:
  explicit FailedProvider(Error error) : error_(std::move(error)) {}
  Made<Recognizer> recognizer(std::string_view, const ModelOptions&) override { return error_; }
  Made<Translator> translator(std::string_view, const ModelOptions&) override { return error_; }
  Made<SpeechDetector> detector(std::string_view) override { return error_; }

 private:
  Error error_;
};

}  // namespace

std::shared_ptr<ModelProvider> make_builtin_provider() {
  return make_builtin_provider(builtin_options_from_environment());
}

std::shared_ptr<ModelProvider> make_builtin_provider(BuiltinOptions options) {
  auto store = ModelStore::create(options.store);
  if (!store) return std::make_shared<FailedProvider>(std::move(store.error()));
  return std::make_shared<BuiltinProvider>(std::move(options), std::move(*store));
}

}  // namespace subtide
